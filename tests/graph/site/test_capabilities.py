"""What a server tells of itself is held against what it does, on three servers that differ."""

import hashlib
import json
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr
from starlette.types import ASGIApp
from websockets.sync.client import connect
from websockets.typing import Subprotocol

from graph.app import create_app
from graph.identity.viewer import ROLES
from tests.graph.conftest import Server
from tests.graph.identity.hostile import SECRET, good

ROOT = Path(__file__).parents[3]
TRUSTED = "query Trusted { __typename }"
LIST = "query List { companies(first: 50) { nodes { npi name primaryLocation { id } } } }"
JSON = {"content-type": "application/json"}

Told = Mapping[str, Any]


@pytest.fixture(scope="module")
def manifest(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A manifest with one document."""
    file = tmp_path_factory.mktemp("trusted") / "manifest.json"
    file.write_text(json.dumps({"one": TRUSTED, "list": LIST}))
    return file


@pytest.fixture(scope="module", params=["development", "generous", "strict"])
def one(
    request: pytest.FixtureRequest,
    directory_url: str,
    manifest: Path,
    settings_for: Callable[..., Any],
    serve: Callable[[ASGIApp], AbstractContextManager[Server]],
) -> Iterator[Server]:
    """One of the servers: as one develops; in production with all that may be on; with all that may be off."""
    secret = SecretStr(SECRET)
    each = {
        "development": {},
        "generous": {
            "environment": "production", "token_secret": secret, "max_batch": 3, "max_variable_sets": 2,
            "http_query": True, "throttle_roles": "PARTNER=2", "trusted_documents": str(manifest),
            "trusted_documents_mode": "report", "max_depth": 6, "max_cost_anonymous": 300,
        },
        "strict": {
            "environment": "production", "token_secret": secret, "compress_above": 0, "throttle_cost": 0,
            "throttle_cost_bulk": 0, "trusted_documents": str(manifest), "trusted_documents_mode": "only",
            "token_required": True, "token_algorithms": "HS256", "max_body_bytes": 32768,
        },
    }  # fmt: skip
    with serve(create_app(settings_for(directory_url, **each[request.param]))) as running:
        yield running


@pytest.fixture
def told(one: Server) -> Told:
    """What the server tells."""
    answer = one.client.get("/graphql/capabilities")
    assert answer.headers["content-type"] == "application/json"
    return dict(answer.json())


def send(one: Server, told: Told, method: str, path: str = "/graphql", content: str = "", **headers: str) -> Any:
    """Send a request with a token where the server needs one."""
    known = {"authorization": f"Bearer {good()}"} if told["tokens"]["isRequired"] else {}
    sent = {**JSON, **known, **{name.replace("_", "-"): value for name, value in headers.items()}}
    return one.client.request(method, path, content=content, headers=sent)


def ask(one: Server, told: Told, body: object) -> Any:
    """Send an operation, in production with a token."""
    is_open = told["server"]["environment"] == "development"
    known = {} if is_open else {"authorization": f"Bearer {good()}"}
    return send(one, told, "POST", content=json.dumps(body), **known)


def listed(told: Told) -> Told:
    """Return the request for a list."""
    return {"documentId": "list"} if told["documents"]["hasTrusted"] else {"query": LIST}


def codes_of(answer: Any) -> set[str]:
    found = answer.json()
    return {
        error["extensions"]["code"]
        for each in (found if isinstance(found, list) else [found])
        for error in each.get("errors", [])
    }


def test_it_can_be_kept_and_asked_for_again_by_its_tag(one: Server) -> None:
    first = one.client.get("/graphql/capabilities")
    assert first.headers["cache-control"] == "public, max-age=300"
    again = one.client.get("/graphql/capabilities", headers={"if-none-match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")


def test_everything_in_it_is_explained_on_its_page(told: Told) -> None:
    page = (ROOT / "docs/capabilities.md").read_text("utf-8")
    rows = set(re.findall(r"^- `([\w.]+)`: ", page, re.MULTILINE))

    def paths_of(value: Told, before: str = "") -> Iterator[str]:
        for name, inner in value.items():
            path = f"{before}{name}"
            if path in rows:
                continue
            assert isinstance(inner, dict), f"{path} is not explained"
            yield from paths_of(inner, f"{path}.")

    assert list(paths_of(told)) == []


def test_nothing_in_it_is_secret(one: Server) -> None:
    text = one.client.get("/graphql/capabilities").text
    assert SECRET not in text
    assert "manifest.json" not in text
    assert "postgresql" not in text


def test_the_schema_is_the_one_of_the_hash_and_as_open_as_told(one: Server, told: Told) -> None:
    text = (ROOT / "schema.graphql").read_bytes()
    assert told["schema"]["sha256"] == hashlib.sha256(text).hexdigest()
    is_given = one.client.get(told["links"]["schema"]).status_code == 200
    assert is_given == told["schema"]["isOpen"]


def test_its_links_lead_somewhere(one: Server, told: Told) -> None:
    found = {name: send(one, told, "GET", path).status_code for name, path in told["links"].items()}
    assert found.pop("graphql") == 400
    assert found.pop("schema") == (200 if told["schema"]["isOpen"] or told["tokens"]["isRequired"] else 403)
    assert found == dict.fromkeys(found, 200)


def test_the_methods_are_those_that_are_taken(one: Server, told: Told) -> None:
    for method in ("GET", "POST", "QUERY", "PUT", "DELETE", "PATCH"):
        answer = send(one, told, method, content="{}")
        assert (answer.status_code != 405) == (method in told["http"]["methods"]), method
    if told["documents"]["policy"] != "trusted":
        for method in told["http"]["methods"]:
            answer = send(
                one, told, method, "/graphql?query=mutation{__typename}", '{"query": "mutation{__typename}"}'
            )
            assert (answer.status_code != 405) == (method in told["http"]["mutationMethods"]), method


def test_the_media_types_are_those_that_are_taken_and_given(one: Server, told: Told) -> None:
    answers = set(told["http"]["answerMediaTypes"])
    body = json.dumps(listed(told))
    for media in {*answers, "text/html", "application/xml"}:
        found = send(one, told, "POST", content=body, accept=media)
        assert (found.status_code == 200) == (media in answers), media
        assert found.status_code == 406 or found.headers["content-type"].split(";")[0] == media
    for media in {*told["http"]["requestMediaTypes"], "text/plain", "application/graphql"}:
        found = send(one, told, "POST", content="{}", content_type=media)
        assert (found.status_code != 415) == (media in told["http"]["requestMediaTypes"]), media


def test_answers_are_coded_as_told(one: Server, told: Told) -> None:
    body = json.dumps(listed(told))
    for coding in ("gzip", "zstd", "br", "deflate"):
        answer = send(one, told, "POST", content=body, accept_encoding=coding)
        is_told = coding in told["http"]["answerCodings"]
        assert len(answer.content) > told["http"]["compressesAboveBytes"]
        assert (answer.headers.get("content-encoding") == coding) == is_told, coding


def test_batches_are_as_large_as_told_and_no_larger(one: Server, told: Told) -> None:
    entry = {"documentId": "one"} if told["documents"]["hasTrusted"] else {"query": TRUSTED}
    most = told["batches"]["requests"]
    if most:
        assert codes_of(ask(one, told, [entry] * most)) == set()
    assert codes_of(ask(one, told, [entry] * (most + 1))) == {"BAD_REQUEST"}
    most = told["batches"]["variableSets"]
    assert codes_of(ask(one, told, {**entry, "variables": [{}] * most})) == set()
    assert codes_of(ask(one, told, {**entry, "variables": [{}] * (most + 1)})) == {"BAD_REQUEST"}


def test_documents_run_as_the_policy_says(one: Server, told: Told) -> None:
    is_open = told["documents"]["policy"] != "trusted"
    answer = ask(one, told, {"query": "{ __typename }"})
    assert (codes_of(answer) == set()) == is_open
    hash_ = hashlib.sha256(b"{ __typename }").hexdigest()
    persisted = {"persistedQuery": {"version": 1, "sha256Hash": hash_}}
    ask(one, told, {"query": "{ __typename }", "extensions": persisted})
    is_registered = codes_of(ask(one, told, {"extensions": persisted})) == set()
    assert is_registered == told["documents"]["automaticPersistedQueries"]


def test_a_trusted_document_goes_by_all_names_that_are_told(one: Server, told: Told) -> None:
    names = told["documents"]["namedBy"]
    assert names
    for name in names:
        body: dict[str, Any] = {name: "one"}
        if name.startswith("extensions."):
            body = {"extensions": {"persistedQuery": {"version": 1, "sha256Hash": "one"}}}
        if told["documents"]["hasTrusted"]:
            assert ask(one, told, body).json()["data"] == {"__typename": "Query"}, name
        else:
            assert codes_of(ask(one, told, body)) == {"BAD_REQUEST"}
    path = told["documents"]["namedByPath"].format(id="one")
    headers = {"authorization": f"Bearer {good()}"}
    assert (one.client.get(path, headers=headers).status_code == 200) == told["documents"]["hasTrusted"]


@pytest.mark.parametrize(
    ("name", "document", "code"),
    [
        ("depth", lambda most: "{ a" + " { a" * most + "}" * (most + 1), "DEPTH_LIMIT_EXCEEDED"),
        ("aliases", lambda most: "{" + " ".join(f"a{n}: __typename" for n in range(most + 1)) + "}", None),
        ("tokens", lambda most: "{" + " __typename" * most + "}", None),
        ("operations", lambda most: " ".join(f"query a{n} {{ __typename }}" for n in range(most + 1)), None),
        ("directives", lambda most: "{ __typename" + " @skip(if: false)" * (most + 1) + "}", None),
    ],
)
def test_what_is_over_a_limit_is_refused_by_its_number(
    one: Server, told: Told, name: str, document: Callable[[int], str], code: str | None
) -> None:
    most = told["limits"][name]
    answer = ask(one, told, {"query": document(most)})
    if told["documents"]["policy"] == "trusted":
        # It doesn't come as far as that.
        assert codes_of(answer) == {"PERSISTED_QUERY_NOT_SUPPORTED"}
        return
    assert str(most) in answer.json()["errors"][0]["message"].replace(",", "")
    if code is not None:
        assert codes_of(answer) == {code}


def test_the_longest_body_and_the_longest_address_are_those_told(one: Server, told: Told) -> None:
    most = told["limits"]["bodyBytes"]
    body = json.dumps({"query": TRUSTED}).ljust(most)
    assert send(one, told, "POST", content=body).status_code in {200, 400}
    assert send(one, told, "POST", content=f"{body} ").status_code == 413
    # The question mark doesn't count.
    path = "/graphql?query=".ljust(told["limits"]["urlBytes"] + 1, "x")
    assert send(one, told, "GET", path).status_code in {200, 400}
    assert send(one, told, "GET", f"{path}x").status_code == 414


def test_what_the_anonymous_may_spend_at_once_is_told(one: Server, told: Told) -> None:
    if told["tokens"]["isRequired"]:
        assert one.client.post("/graphql", json={"query": TRUSTED}).status_code == 401
        return
    most = told["limits"]["cost"]["anonymous"]
    query = "{ companies(first: 200) { nodes { locations(first: 200) { nodes { id company { npi } } } } } }"
    answer = one.client.post("/graphql", json={"query": query})
    assert codes_of(answer) == {"COST_LIMIT_EXCEEDED"}
    assert str(most) in answer.json()["errors"][0]["message"].replace(",", "")


def test_the_buckets_are_those_of_the_headers(one: Server, told: Told) -> None:
    if told["tokens"]["isRequired"]:
        assert told["rateLimits"]["anonymous"] is None
        assert told["rateLimits"]["bulk"] is None
    else:
        answer = one.client.post("/graphql", json={"query": "{ viewer { roles } }"})
        bucket = told["rateLimits"]["anonymous"]
        size = answer.headers.get("ratelimit-limit")
        assert (size is None) == (bucket is None)
        assert bucket is None or int(size or 0) == bucket["cost"]
    if told["server"]["environment"] == "production":
        size = ask(one, told, {"documentId": "one"}).headers["ratelimit-limit"]
        assert int(size) == told["rateLimits"]["reads"]["cost"]


def test_the_roles_are_those_that_tokens_carry(told: Told) -> None:
    assert set(told["roles"]) == set(ROLES)
    assert all(told["roles"].values())


def test_one_listens_by_the_ways_that_are_told(one: Server, told: Told) -> None:
    socket, stream = told["subscriptions"]["transports"]
    url = str(one.client.base_url).replace("http:", "ws:").rstrip("/")
    with connect(url + socket["address"], subprotocols=[Subprotocol(socket["subprotocol"])]) as opened:
        assert opened.subprotocol == socket["subprotocol"]
    assert stream["mediaType"] in told["http"]["answerMediaTypes"]


def test_a_document_cannot_be_called_as_an_address_of_the_server(
    tmp_path: Path, directory_url: str, settings_for: Callable[..., Any]
) -> None:
    file = tmp_path / "manifest.json"
    for name in ("capabilities", "schema.graphql"):
        file.write_text(json.dumps({name: TRUSTED}))
        with pytest.raises(ValueError, match="an address of the server's own"):
            create_app(settings_for(directory_url, trusted_documents=str(file)))
