"""The reference: every type that a viewer may use and no other, with links that lead somewhere."""

import re
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from html import unescape
from typing import Any
from urllib.parse import parse_qs, unquote

import orjson
import pytest
from pydantic import SecretStr
from starlette.types import ASGIApp

from graph.app import create_app
from graph.identity.viewer import ROLES
from graph.roles.views import Views
from graph.schema import core_schema
from graph.settings import Settings
from graph.site.reference.links import PATH, ROOTS
from graph.site.reference.reference import MAX_KEPT, Reference
from tests.graph.aging import create_aging_app
from tests.graph.conftest import Server
from tests.graph.identity.hostile import SECRET, good

HREF = re.compile(r'href="(/docs/reference[^"#]*)(?:#([^"]*))?"')
ID = re.compile(r' id="([^"]+)"')


@pytest.fixture(scope="module")
def production(
    directory_url: str,
    settings_for: Callable[..., Settings],
    serve: Callable[[ASGIApp], AbstractContextManager[Server]],
) -> Iterator[Server]:
    """A server that shows each viewer its own part of the schema."""
    settings = settings_for(directory_url, environment="production", token_secret=SecretStr(SECRET))
    with serve(create_app(settings)) as running:
        yield running


def read(server: Server, page: str = "", token: str | None = None) -> str:
    headers = {} if token is None else {"authorization": f"Bearer {token}"}
    answer = server.client.get(f"{PATH}{page}", headers=headers)
    assert answer.status_code == 200, page
    return answer.text


def text_of(html: str) -> str:
    return unescape(re.sub(r"<[^>]+>", "", html))


def addresses(html: str) -> set[str]:
    return {each[1] for each in HREF.finditer(html)}


@pytest.fixture(scope="module")
def pages(server: Server) -> dict[str, str]:
    """All pages that one gets to from the first, by their addresses."""
    found: dict[str, str] = {}
    waiting = {PATH}
    while waiting:
        address = waiting.pop()
        found[address] = read(server, address.removeprefix(PATH))
        waiting |= {each for each in addresses(found[address]) if "?" not in each} - found.keys()
    return found


def test_there_is_a_page_for_every_type_and_directive(pages: dict[str, str]) -> None:
    types = {name for name in core_schema.type_map if not name.startswith("__")}
    directives = {f"@{each.name}" for each in core_schema.directives}
    expected = {ROOTS.get(name, name) for name in types | directives}
    assert {address.removeprefix(f"{PATH}/") for address in pages if address != PATH} == expected
    assert len(expected) > 150


def test_every_link_leads_to_a_page_and_a_section_of_it(pages: dict[str, str]) -> None:
    ids = {address: set(ID.findall(html)) for address, html in pages.items()}
    count = 0
    for address, html in pages.items():
        assert len(ID.findall(html)) == len(ids[address]), f"{address} has an id twice"
        for match in HREF.finditer(html):
            if "?" not in match[1] and match[2]:
                assert unescape(match[2]) in ids[match[1]], (address, match[0])
                count += 1
    assert count > 700


def test_a_field_tells_what_it_takes_and_gives(pages: dict[str, str]) -> None:
    company = text_of(pages[f"{PATH}/Company"])
    assert "ADMIN; VIEWER" not in company
    for part in (
        "An organisation with an NPI",
        "Implements",
        "Needs VIEWER, PARTNER, EDITOR or ADMIN",
        'Example "ACME MEDICAL SUPPLY LLC"',
        "1; edges and nodes count as often as first or last says, else 25 times",
        "INVALID_CURSOR",
        "first: Int",
        "type Company implements Node",
        "Query.company",
    ):
        assert re.sub(r"\s", "", part) in re.sub(r"\s", "", company), part
    queries = text_of(pages[f"{PATH}/queries"])
    assert "up to 60 s by browsers and proxies, 30 s more while they ask again" in queries
    assert "radius" in pages[f"{PATH}/NearInput"]
    assert "Float! = 25" in text_of(pages[f"{PATH}/NearInput"])
    assert "SortDirection! = ASC" in text_of(pages[f"{PATH}/LocationOrder"])
    for name, part in {"Node": "Implemented by", "NPI": "Specified by", "LicenseKind": "PHARMACY"}.items():
        assert part in pages[f"{PATH}/{name}"]


def test_what_a_description_names_is_a_link(pages: dict[str, str]) -> None:
    company = pages[f"{PATH}/Company"]
    assert f'<a href="{PATH}/Company#npiStatus"><code>npiStatus</code></a>' in company
    assert f'<a href="{PATH}/queries#changes"><code>changes</code></a>' in pages[f"{PATH}/CompanyFilter"]
    assert "<code>after</code></a>" not in company


def test_an_operation_is_there_for_every_root_field_and_opens_with_its_variables(server: Server) -> None:
    from_directory = re.compile(r'"npi(?:s": \[|": )"([0-9]{10})"')
    for root, page in ROOTS.items():
        html = read(server, f"/{page}")
        names = list(core_schema.type_map[root].fields)  # type: ignore[attr-defined]
        assert re.findall(r'<h3 id="(\w+)">', html) == names
        assert html.count("<summary>Answer, at a cost of up to") == len(names)
    numbers = set(from_directory.findall(text_of(read(server, "/queries")))) - {"1234567893"}
    assert len(numbers) == 1, "the number of a company of this directory"
    answer = server.post('{ company(npi: "%s") { name } }' % numbers.pop()).json()  # noqa: UP031 - braces
    assert answer["data"]["company"]["name"]


def test_graphiql_gets_the_operation_with_its_variables(page_server: Server) -> None:
    html = read(page_server, "/queries")
    links = [unescape(each) for each in re.findall(r'href="/graphql#([^"]+)"', html)]
    assert len(links) == len(core_schema.type_map["Query"].fields)  # type: ignore[attr-defined]
    given = parse_qs(next(each for each in links if "companiesByNpi" in each))
    assert given["query"][0].startswith("query CompaniesByNpi($npis: [NPI!])")
    assert list(orjson.loads(unquote(given["variables"][0]))) == ["npis"]


@pytest.mark.parametrize("role", ["anonymous", *sorted(ROLES)])
def test_one_who_develops_sees_what_others_may_use(server: Server, role: str) -> None:
    roles = frozenset() if role == "anonymous" else frozenset({role})
    view = Views(core_schema).of(roles)
    index = read(server, f"?role={role}")
    shown = {
        each.removeprefix(f"{PATH}/").partition("?")[0] for each in addresses(index) if f"?role={role}" in each
    }
    expected = {ROOTS.get(name, name) for name in view.type_map if not name.startswith("__")}
    assert {name for name in shown if name and not name.startswith(("@", PATH))} == expected
    company = text_of(read(server, f"/Company?role={role}"))
    assert ("authorizedOfficial" in company) == (role != "anonymous")
    assert ("TaxId" in company) == (role == "ADMIN")


def test_what_a_chosen_role_cannot_see_says_so_and_leads_to_other_roles(server: Server) -> None:
    for name, role, words in (
        ("TaxId", "VIEWER", "With VIEWER you can't see this."),
        ("mutations", "anonymous", "Without a token you can't see this."),
    ):
        page = read(server, f"/{name}?role={role}")
        assert words in page
        assert f'href="{PATH}/{name}?role=ADMIN"' in page
        assert '<h2 id="as-text">' not in page
        assert words not in read(server, f"/{name}?role=ADMIN")
    assert server.client.get(f"{PATH}/Nothing?role=VIEWER").status_code == 404


def test_in_production_nobody_sees_more_than_they_may_use(production: Server) -> None:
    nobody = read(production)
    assert "This is what everybody can use" in nobody
    assert nobody == read(production, "?role=ADMIN")
    for hidden in ("Mutation", "mutations", "TaxId", "WatchList", "AddLicenseInput"):
        assert hidden not in text_of(nobody)
        assert production.client.get(f"{PATH}/{hidden}", follow_redirects=True).status_code == 404
    assert "authorizedOfficial" not in read(production, "/Company")
    assert "changes" not in re.findall(r'<h3 id="(\w+)">', read(production, "/queries"))
    partner = read(production, token=good(roles=["PARTNER"]))
    assert "What your token can use: PARTNER." in partner
    assert "WatchList" in partner
    assert "AddLicenseInput" not in partner
    assert "authorizedOfficial" in read(production, "/Company", good(roles=["PARTNER"]))
    assert production.client.get(PATH, headers={"authorization": "Bearer x"}).status_code == 401


def test_a_page_is_private_and_asked_for_again_by_its_tag(server: Server) -> None:
    first = server.client.get(f"{PATH}/Company")
    assert first.headers["cache-control"] == "private, no-cache"
    assert "authorization" in first.headers["vary"]
    again = server.client.get(f"{PATH}/Company", headers={"if-none-match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")


def test_the_roots_are_found_by_their_types_names_too(server: Server) -> None:
    answer = server.client.get(f"{PATH}/Mutation?role=EDITOR")
    assert (answer.is_redirect, answer.headers["location"]) == (True, f"{PATH}/mutations?role=EDITOR")


@pytest.mark.parametrize(
    "name", ["company", "Companys", "__Schema", "__typename", "x" * 5_000, "%00", "@", "queries/x"]
)
def test_what_is_not_in_the_schema_has_no_page(server: Server, name: str) -> None:
    assert server.client.get(f"{PATH}/{name}").status_code == 404


def test_what_is_kept_is_bounded_whatever_is_asked_for(
    directory_url: str,
    settings_for: Callable[..., Settings],
    monkeypatch: pytest.MonkeyPatch,
    serve: Callable[[ASGIApp], AbstractContextManager[Server]],
) -> None:
    made: list[Reference] = []
    original = Reference.__init__

    def remember(self: Reference, *given: object, **named: object) -> None:
        made.append(self)
        original(self, *given, **named)  # type: ignore[arg-type]

    monkeypatch.setattr(Reference, "__init__", remember)
    with serve(create_app(settings_for(directory_url))) as server:
        for role in ("", "anonymous", "ADMIN", "nobody", "x" * 1_000):
            for name in ("", "/queries", "/mutations?role=", "/nothing"):
                server.client.get(f"{PATH}{name}{'&' if '?' in name else '?'}role={role}")
    [reference] = made
    kept: Any = reference._find.cache
    assert kept.maxsize == MAX_KEPT
    assert 0 < kept.currsize < MAX_KEPT
    # Whatever isn't a role is none: the whole schema, once.
    assert len(kept) <= 9
    assert len(reference._views) <= 3


def test_what_is_deprecated_says_until_when_and_what_to_use(
    database_url: str,
    settings_for: Callable[..., Settings],
    serve: Callable[[ASGIApp], AbstractContextManager[Server]],
) -> None:
    with serve(create_aging_app(settings_for(database_url))) as server:
        queries = read(server, "/queries")
    assert "Deprecated" in queries
    assert "It is called company." in text_of(queries)
    assert "It works until 2028-06-01." in text_of(queries)
