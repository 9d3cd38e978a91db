"""One rule on every path: JSON for programs, a page for browsers; and what the page at / leads to."""

import asyncio
import json
import re
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from html import unescape
from typing import Any

import pytest
from pydantic import SecretStr
from starlette.types import ASGIApp

from db.engine import Database
from db.reads import Read
from graph.app import create_app
from graph.execution.run import Runner
from graph.site import directory as site_directory
from graph.site.purposes import FRONT_ENDS, OPERATORS, PARTNERS, Purpose
from tests.graph.conftest import Server
from tests.graph.identity.hostile import SECRET
from tests.proxy import Proxy

BROWSER = {"accept": "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,*/*;q=0.8"}
PROGRAMS: tuple[dict[str, str], ...] = ({"accept": "application/json"}, {"accept": "*/*"}, {})

Serve = Callable[[ASGIApp], AbstractContextManager[Server]]
Make = Callable[..., Any]


@pytest.fixture(scope="module", params=["development", "production"])
def either(
    request: pytest.FixtureRequest, directory_url: str, settings_for: Make, serve: Serve
) -> Iterator[Server]:
    """A server as people develop on it, and one as it is run; neither has GraphiQL."""
    with serve(create_app(settings_for(directory_url, environment=request.param, graphiql=False))) as running:
        yield running


def code_in(page: str, language: str) -> str:
    """Return the text of a page's first block of code in a language."""
    found = re.search(rf'<code class="language-{language}">(.*?)</code>', page, re.DOTALL)
    assert found
    return unescape(re.sub(r"<[^>]+>", "", found[1])).strip()


@pytest.mark.parametrize("path", ["/", "/graphql"])
def test_a_browser_gets_a_page_whose_links_lead_somewhere(either: Server, path: str) -> None:
    answer = either.client.get(path, headers=BROWSER)
    assert (answer.status_code, answer.headers["content-type"]) == (200, "text/html; charset=utf-8")
    assert "accept" in answer.headers["vary"].lower()
    # The bar above every page has a test of its own.
    links = set(re.findall(r'href="(/[^"]*)"', answer.text.partition("<main")[2]))
    assert {"/docs", "/graphql/schema.graphql", "/graphql/capabilities", "/readyz"} <= links
    for link in links:
        # The schema is shown to whoever may introspect: in production that takes a token.
        expected = {200, 403} if link == "/graphql/schema.graphql" else {200}
        assert either.client.get(link, headers=BROWSER).status_code in expected, link


@pytest.mark.parametrize(
    ("purpose", "words"),
    [
        (FRONT_ENDS, ("urql", "updateCompany", "npm")),
        (PARTNERS, ("5,000", "verifyNpis", "changes")),
        (OPERATORS, ("Searches are slow", "ariesone doctor", "missing-indexes")),
    ],
)
def test_a_door_leads_straight_to_what_it_promises(
    either: Server, purpose: Purpose, words: tuple[str, ...]
) -> None:
    page = either.client.get(purpose.links[0].address).text.partition("<main")[2]
    text = unescape(re.sub(r"<[^>]+>", "", page))
    assert [word for word in words if word not in text] == []


def test_the_page_says_how_much_there_is_and_how_the_server_is(either: Server) -> None:
    page = either.client.get("/", headers=BROWSER).text
    counted = either.post("{ dataset { companies { value } locations { value } } }").json()["data"]["dataset"]
    for name, title in (("companies", "Companies"), ("locations", "Locations")):
        assert f"<dt>{title}</dt><dd>{counted[name]['value']:,}</dd>" in page
    assert '<a href="/readyz">healthy</a>' in page
    assert "an invented sample" in page


def test_the_command_of_the_page_gets_the_answer_of_the_page(either: Server) -> None:
    page = either.client.get("/", headers=BROWSER).text
    command = code_in(page, "bash")
    query = re.fullmatch(
        rf"curl -sG {re.escape(str(either.client.base_url).rstrip('/'))}/graphql --data-urlencode 'query=(.*)'",
        command,
        re.DOTALL,
    )
    assert query, command
    answer = either.client.get("/graphql", params={"query": query[1]}).json()
    assert answer == json.loads(code_in(page, "json"))
    assert len(answer["data"]["companies"]["nodes"]) == 2


@pytest.mark.parametrize("headers", PROGRAMS)
def test_a_program_gets_the_places_that_lead_on(either: Server, headers: dict[str, str]) -> None:
    answer = either.client.get("/", headers=headers)
    assert answer.headers["content-type"] == "application/json"
    told = answer.json()
    assert (told["graphql"], told["status"], told["directory"]["isSample"]) == ("/graphql", "healthy", True)
    assert told["directory"]["companies"] > 300
    for name in ("docs", "capabilities", "troubleshooting", "health"):
        assert either.client.get(told[name]).status_code == 200


@pytest.mark.parametrize("path", ["/nothing", "/docs/nothing", "/graphql/", "/docs/../README.md"])
def test_what_is_not_there_is_a_page_for_browsers_and_json_for_programs(either: Server, path: str) -> None:
    page = either.client.get(path, headers=BROWSER)
    assert (page.status_code, page.headers["content-type"]) == (404, "text/html; charset=utf-8")
    assert "<h1>404 Not Found</h1>" in page.text
    for headers in PROGRAMS:
        answer = either.client.get(path, headers=headers)
        assert (answer.status_code, answer.headers["content-type"].split(";")[0]) == (404, "application/json")
        assert answer.json()["errors"][0]["extensions"]["code"] == "BAD_REQUEST"
        assert "accept" in answer.headers["vary"]


@pytest.mark.parametrize("path", ["/livez", "/readyz", "/health"])
def test_health_is_a_page_for_browsers_and_json_for_programs(either: Server, path: str) -> None:
    page = either.client.get(path, headers=BROWSER)
    program = either.client.get(path)
    assert page.status_code == program.status_code
    assert page.headers["content-type"].startswith("text/html")
    assert program.headers["content-type"].startswith("application/json")
    if program.status_code == 200:
        assert "<h1>The server is healthy</h1>" in page.text
        for part in program.json().get("checks", {}):
            assert f"<td>{part}</td>" in page.text


def test_the_pages_are_listed_for_programs_that_ask_for_json(either: Server) -> None:
    answer = either.client.get("/docs", headers={"accept": "application/json"})
    assert answer.headers["content-type"] == "application/json"
    pages = [page for group in answer.json()["groups"] for page in group["pages"]]
    assert {"title", "address", "about"} == set(pages[0])
    assert "/docs/settings" in {page["address"] for page in pages}
    for headers in (BROWSER, {}):
        answer = either.client.get("/docs", headers=headers)
        assert answer.headers["content-type"].startswith("text/html")
        assert "accept" in answer.headers["vary"].split(", ")


def test_a_method_that_is_not_there_keeps_its_headers_on_a_page(either: Server) -> None:
    answer = either.client.delete("/docs", headers=BROWSER)
    assert (answer.status_code, answer.headers["content-type"]) == (405, "text/html; charset=utf-8")
    assert "GET" in answer.headers["allow"]
    assert int(answer.headers["content-length"]) == len(answer.content)


def test_a_page_tells_a_hostile_host_as_text(either: Server) -> None:
    answer = either.client.get("/", headers={**BROWSER, "host": "<script>alert(1)</script>"})
    assert "<script>alert" not in answer.text


def test_a_query_in_the_address_is_answered_for_browsers_too(either: Server) -> None:
    query = "/graphql?query=%7B__typename%7D"
    answer = either.client.get(query, headers={**BROWSER, "graphql-require-preflight": "1"})
    assert answer.headers["content-type"].startswith("application/json")


def test_the_page_stands_while_the_database_is_away(
    distant_url: str, database_proxy: Proxy, settings_for: Make, serve: Serve
) -> None:
    with serve(create_app(settings_for(distant_url, graphiql=False, database_pool_timeout=1))) as server:
        database_proxy.refuse()
        page = server.client.get("/", headers=BROWSER)
        assert page.status_code == 200
        assert "can't be told at this moment" in page.text
        assert '<a href="/readyz">unhealthy</a>' in page.text
        told = server.client.get("/").json()
        assert (told["status"], told["directory"]) == ("unhealthy", None)
        assert "<h1>The server is unhealthy</h1>" in server.client.get("/readyz", headers=BROWSER).text


def test_an_empty_directory_says_how_it_is_filled(database_url: str, settings_for: Make, serve: Serve) -> None:
    with serve(create_app(settings_for(database_url, graphiql=False))) as server:
        page = server.client.get("/", headers=BROWSER).text
        assert '<a href="/docs/loading">nothing is loaded yet</a>' in page
        assert json.loads(code_in(page, "json")) == {"data": {"companies": {"nodes": []}}}
        told = server.client.get("/").json()["directory"]
        assert told == {"companies": 0, "locations": 0, "asOf": None, "isSample": False}


def test_who_needs_a_token_is_told_so_and_nothing_of_the_directory(
    directory_url: str, settings_for: Make, serve: Serve
) -> None:
    settings = settings_for(directory_url, graphiql=False, token_required=True, token_secret=SecretStr(SECRET))
    with serve(create_app(settings)) as server:
        page = server.client.get("/", headers=BROWSER).text
        assert '"authorization: Bearer $TOKEN"' in code_in(page, "bash")
        assert "Companies" not in re.sub(r"<h1>.*?</h1>", "", page)
        assert server.client.get("/").json()["directory"] is None


def test_no_command_is_shown_that_would_be_refused(
    tmp_path: Any, directory_url: str, settings_for: Make, serve: Serve
) -> None:
    (tmp_path / "manifest.json").write_text('{"one": "{ __typename }"}')
    manifest = str(tmp_path / "manifest.json")
    settings = settings_for(
        directory_url, graphiql=False, trusted_documents=manifest, trusted_documents_mode="only"
    )
    with serve(create_app(settings)) as server:
        page = server.client.get("/", headers=BROWSER).text
        assert "curl" not in page
        assert 'href="/docs/trusted-documents"' in page


async def test_many_who_come_at_once_share_one_look_which_is_told_for_some_seconds(
    directory: Database, runner: Runner, statements: list[Read], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(site_directory, "PATIENCE", 20)
    seen = site_directory.Directory(runner, is_public=True)
    statements.clear()
    sights = await asyncio.gather(*(seen.look(directory) for _ in range(50)))
    once = len(statements)
    assert sights[0] is not None
    assert once < 10
    assert all(sight is sights[0] for sight in sights)
    assert await seen.look(directory) is sights[0]
    assert len(statements) == once
    monkeypatch.setattr(site_directory, "KEPT", 0)
    assert await seen.look(directory) == sights[0]
    assert len(statements) == 2 * once
