"""What an answer's headers let browsers and proxies keep, and what a client is told that has it already."""

import json
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from hashlib import sha256
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import httpx2
import pytest
from starlette.types import ASGIApp

from graph.app import create_app
from graph.settings import Settings
from tests.graph.conftest import Server, bearer
from tests.graph.http.raw import connected

Serve = Callable[[ASGIApp], AbstractContextManager[Server]]

SECRET = "of this test alone, and long enough"  # noqa: S105 - it is said
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


@pytest.mark.parametrize("way", WAYS)
def test_a_get_may_be_kept_and_is_told_apart(keeper: Server, way: str) -> None:
    get(keeper, WAYS[way])
    answer = get(keeper, WAYS[way])
    assert answer.status_code == 200
    assert answer.headers["x-cache"] == "HIT"
    assert answer.headers["cache-control"] == "public, max-age=60"
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
        assert answer.headers["cache-control"] == "public, max-age=60"
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
    token = {"authorization": bearer("VIEWER", token_secret=SECRET)}
    outcomes = []
    for _ in range(2):
        answer = ask(keeper, "query Mine { companies(first: 3) { nodes { npi phone } } }", **token)
        outcomes.append(answer.headers["x-cache"])
        assert answer.headers["cache-control"] == "private, no-cache"
    assert outcomes == ["MISS", "HIT"]
    again = ask(
        keeper,
        "query Mine { companies(first: 3) { nodes { npi phone } } }",
        if_none_match=answer.headers["etag"],
        **token,
    )
    assert (again.status_code, again.headers["cache-control"]) == (304, "private, no-cache")


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
    answers: list[Any] = [keeper.post("query Posted { companies(first: 2) { nodes { npi } } }") for _ in range(2)]
    assert [each.headers["x-cache"] for each in answers] == ["MISS", "HIT"]
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
