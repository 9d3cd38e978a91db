"""What an answer's headers let browsers and proxies keep, and what a client is told that has it already."""

import json
import re
import shlex
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from hashlib import sha256
from pathlib import Path
from urllib.parse import urlencode

import httpx2
import pytest
from starlette.types import ASGIApp

from graph.app import create_app
from graph.http.caching import surrogate_of
from graph.settings import Settings
from tests.graph.conftest import Server, bearer
from tests.graph.http.raw import connected

Serve = Callable[[ASGIApp], AbstractContextManager[Server]]

SECRET = "of this test alone, and long enough"  # noqa: S105 - it is said
PUBLIC = "public, max-age=60, stale-while-revalidate=30"
QUERY = "query Kept { companies(first: 50) { nodes { npi name } } }"
HASH = sha256(QUERY.encode()).hexdigest()
EXTENSIONS = json.dumps({"persistedQuery": {"version": 1, "sha256Hash": HASH}})
# The same operation in each way that a GET may name it.
WAYS = {
    "its text": "/graphql?" + urlencode({"query": QUERY}),
    "its hash": "/graphql?" + urlencode({"extensions": EXTENSIONS}),
    "its id": "/graphql?documentId=kept",
    "its path": "/graphql/kept",
}

PAGE = (Path(__file__).resolve().parents[3] / "docs" / "caching.md").read_text(encoding="utf-8")
# What the page has somebody call, and the lines of a head that it shows.
CALLS = re.findall(r"\$ (curl (?:.*\\\n)*.*)\n((?:[^`]+\n)+)```", PAGE)


@pytest.fixture(scope="module")
def keeper(
    serve: Serve,
    settings_for: Callable[..., Settings],
    directory_url: str,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Server]:
    """A server with a document that has an id, and a hash that is registered."""
    manifest: Path = tmp_path_factory.mktemp("manifests") / "manifest.json"
    manifest.write_text(json.dumps({"kept": QUERY}))
    settings = settings_for(directory_url, trusted_documents=str(manifest), token_secret=SECRET)
    with serve(create_app(settings)) as running:
        registered = {"query": QUERY, "extensions": json.loads(EXTENSIONS)}
        assert running.client.post("/graphql", json=registered).status_code == 200
        yield running


def get(server: Server, url: str, **headers: str) -> httpx2.Response:
    """Ask by GET; a client that says nothing of codings takes none."""
    sent = {"accept-encoding": "identity", **{name.replace("_", "-"): value for name, value in headers.items()}}
    return server.client.get(url, headers=sent)


def ask(server: Server, query: str, **headers: str) -> httpx2.Response:
    return get(server, "/graphql?" + urlencode({"query": query}), **headers)


def once_kept(request: Callable[[], httpx2.Response]) -> httpx2.Response:
    """The answer to a request as soon as it is kept: nothing is while a process can't read the log in time."""
    deadline = time.monotonic() + 10
    while (answer := request()).headers["x-cache"] != "HIT":
        assert time.monotonic() < deadline
        time.sleep(0.02)
    return answer


@pytest.mark.parametrize("way", WAYS)
def test_a_get_may_be_kept_and_is_told_apart(keeper: Server, way: str) -> None:
    answer = once_kept(lambda: get(keeper, WAYS[way]))
    assert answer.status_code == 200
    assert answer.headers["cache-control"] == PUBLIC
    assert answer.headers["vary"] == "accept, accept-encoding, authorization, Origin"
    # Found right just now, so that who keeps it may do so for the whole minute.
    assert "age" not in answer.headers
    etag = answer.headers["etag"]
    assert etag.startswith('"')
    # The same bytes have the same name, however they were asked for; in another coding they have another.
    assert etag == get(keeper, WAYS["its text"]).headers["etag"]
    zipped = get(keeper, WAYS[way], accept_encoding="gzip")
    assert zipped.headers["content-encoding"] == "gzip"
    assert zipped.headers["etag"] == etag.removesuffix('"') + '-gzip"'
    assert zipped.json() == answer.json()


@pytest.mark.parametrize("way", WAYS)
def test_who_has_it_is_told_so(keeper: Server, way: str) -> None:
    etag = get(keeper, WAYS[way]).headers["etag"]
    for known in (etag, f"W/{etag}", f'"other", {etag}', "*"):
        answer = get(keeper, WAYS[way], if_none_match=known)
        assert (answer.status_code, answer.content, answer.headers["etag"]) == (304, b"", etag)
        assert answer.headers["cache-control"] == PUBLIC
        assert answer.headers["vary"]
        # These would be of the content that it stands for.
        assert not {"content-length", "content-type", "content-encoding"} & set(answer.headers)
    for unknown in ('"other"', etag.strip('"'), ""):
        assert get(keeper, WAYS[way], if_none_match=unknown).status_code == 200
    # In another coding it is something else.
    assert get(keeper, WAYS[way], if_none_match=etag, accept_encoding="gzip").status_code == 200


def test_a_connection_goes_on_after_what_has_no_body(keeper: Server) -> None:
    etag = get(keeper, WAYS["its id"]).headers["etag"].encode()
    head = b"GET " + WAYS["its id"].encode() + b" HTTP/1.1\r\nHost: localhost\r\n"
    with connected(keeper) as client:
        client.send((head + b"If-None-Match: " + etag + b"\r\n\r\n") * 2 + head + b"\r\n")
        answers = [client.answer() for _ in range(3)]
    assert [each.status for each in answers] == [304, 304, 200]
    for each in answers[:2]:
        assert not {"content-length", "transfer-encoding"} & set(each.headers)
    assert len(answers[2].json()["data"]["companies"]["nodes"]) == 50


def test_who_has_a_token_asks_each_time(keeper: Server) -> None:
    query = "query Mine { companies(first: 3) { nodes { npi phone } } }"
    token = {"authorization": bearer("VIEWER", token_secret=SECRET)}
    answer = once_kept(lambda: ask(keeper, query, **token))
    assert answer.headers["cache-control"] == "private, no-cache"
    again = ask(keeper, query, if_none_match=answer.headers["etag"], **token)
    assert (again.status_code, again.headers["cache-control"]) == (304, "private, no-cache")
    # Others are given their own.
    assert ask(keeper, query).json()["errors"]


def test_what_nobody_may_keep_says_so(keeper: Server) -> None:
    partner = {"authorization": bearer("PARTNER", token_secret=SECRET)}
    private = ask(keeper, "{ watchLists { nodes { id } } }", **partner)
    introspection = ask(keeper, "{ __schema { queryType { name } } }")
    for answer in (private, introspection):
        assert "errors" not in answer.json()
        assert answer.headers["x-cache"] == "BYPASS"
    refused = ask(keeper, "{ watchLists { nodes { id } } }")
    assert refused.json()["errors"]
    wrong = ask(keeper, "{ nothing }")
    changed = ask(keeper, "mutation { __typename }")
    assert changed.status_code == 405
    for answer in (private, introspection, refused, wrong, changed):
        assert answer.headers["cache-control"] == "private, no-store"
        assert "etag" not in answer.headers


def test_a_post_says_only_what_this_server_did(keeper: Server) -> None:
    query = "query Posted { companies(first: 2) { nodes { npi } } }"
    answers = [keeper.post(query), once_kept(lambda: keeper.post(query))]
    for answer in answers:
        assert answer.headers["cache-control"] == "private, no-store"
        assert not {"etag", "age"} & set(answer.headers)
    mutation = keeper.post("mutation { __typename }")
    assert "x-cache" not in mutation.headers


def test_pages_of_other_sites_may_read_what_they_need(
    serve: Serve, settings_for: Callable[..., Settings], directory_url: str
) -> None:
    with serve(create_app(settings_for(directory_url, cors_origins="https://app.example"))) as server:
        origin = {"origin": "https://app.example"}
        asked = {"access-control-request-method": "POST", "access-control-request-headers": "consistency-cursor"}
        assert server.client.options("/graphql", headers={**origin, **asked}).status_code == 200
        exposed = ask(server, QUERY, **origin).headers["access-control-expose-headers"]
    assert {"consistency-cursor", "etag", "x-cache"} <= set(exposed.split(", "))


def test_a_query_with_a_body_is_as_a_get(
    keeper: Server, serve: Serve, settings_for: Callable[..., Settings], directory_url: str
) -> None:
    body, kind = json.dumps({"query": QUERY}), {"content-type": "application/json"}
    refused = keeper.client.request("QUERY", "/graphql", content=body, headers=kind)
    assert (refused.status_code, refused.headers["allow"]) == (405, "GET, POST")
    with serve(create_app(settings_for(directory_url, http_query=True, cors_origins="*"))) as server:
        answer = once_kept(lambda: server.client.request("QUERY", "/graphql", content=body, headers=kind))
        assert answer.headers["cache-control"] == PUBLIC
        known = {**kind, "if-none-match": answer.headers["etag"]}
        assert server.client.request("QUERY", "/graphql", content=body, headers=known).status_code == 304
        # What it means stands in its body alone, in JSON.
        in_url = server.client.request("QUERY", WAYS["its text"], headers=kind)
        in_text = server.client.request("QUERY", "/graphql", content=body, headers={"content-type": "text/plain"})
        assert (in_url.status_code, in_text.status_code) == (400, 415)
        changing = json.dumps({"query": "mutation { __typename }"})
        changed = server.client.request("QUERY", "/graphql", content=changing, headers=kind)
        assert (changed.status_code, changed.headers["allow"]) == (405, "POST")
        asked = {"origin": "https://app.example", "access-control-request-method": "QUERY"}
        assert server.client.options("/graphql", headers=asked).status_code == 200


def test_what_an_answer_depends_on_is_told_to_caches_that_ask_for_it(
    serve: Serve, settings_for: Callable[..., Settings], directory_url: str
) -> None:
    settings = settings_for(directory_url, surrogate_keys=True, token_secret=SECRET)
    with serve(create_app(settings)) as server:
        place = '{ locations(filter: {city: ["San Francisco"], state: ["CA"]}) { nodes { id } } }'
        kept = once_kept(lambda: ask(server, place))
        assert kept.headers["surrogate-key"] == "city=san%20francisco"
        token = {"authorization": bearer("VIEWER", token_secret=SECRET)}
        assert "surrogate-key" not in ask(server, place, **token).headers
        assert "surrogate-key" not in server.post(place).headers


def test_tags_that_are_too_many_are_told_as_one() -> None:
    tags = frozenset(f"company:{each}" for each in range(1_000))
    assert surrogate_of(tags) == "any"
    assert len(surrogate_of(frozenset(list(tags)[:200]))) > 200


def test_what_the_cache_does_is_counted(
    serve: Serve, settings_for: Callable[..., Settings], directory_url: str
) -> None:
    def counts(server: Server) -> dict[str, float]:
        lines = server.client.get("/metrics").text.splitlines()
        pairs = (line.rpartition(" ") for line in lines if "cache" in line and not line.startswith("#"))
        return {name: float(value) for name, _, value in pairs}

    with serve(create_app(settings_for(directory_url, cache_audit=2))) as server:
        once_kept(lambda: server.post("{ companies(first: 1) { nodes { npi } } }"))
        before = counts(server)
        for _ in range(4):
            server.post("query Counted { companies(first: 2) { nodes { npi } } }")
        server.post("{ __schema { queryType { name } } }")
        after = counts(server)
    grown = {name: value - before[name] for name, value in after.items()}
    outcome = 'graphql_cache_total{outcome="%s"}'
    # Every second one of those that were kept, the first being the one above, was asked of the database as well.
    assert [grown[outcome % name] for name in ("hit", "miss", "bypass")] == [1, 3, 1]
    assert (grown["cache_audited_total"], grown["cache_stale_total"]) == (2, 0)
    assert (after["cache_entries"], after["cache_bytes"] > 1_200) == (2, True)
    assert time.time() - after["cache_log_read_timestamp_seconds"] < 2


@pytest.mark.parametrize(("command", "head"), CALLS)
def test_the_calls_of_the_page_are_answered_as_it_says(keeper: Server, command: str, head: str) -> None:
    address = str(keeper.client.base_url).rstrip("/").removeprefix("http://")
    words = shlex.split(command.replace("localhost:8000", address).replace("\\\n", " "))
    once_kept(lambda: ask(keeper, QUERY))
    done = subprocess.run(words, capture_output=True, text=True, timeout=20, check=True)
    answered, _, body = done.stdout.partition("\n\n")
    lines = [re.sub(r'"\w+"', '"…"', line) for line in answered.splitlines()]
    assert set(head.splitlines()) <= set(lines)
    assert len(json.loads(body)["data"]["companies"]["nodes"]) == 3
