"""Kept answers that are given while their request is parsed: what comes behind it is answered in its order."""

import json
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager

import pytest
from starlette.types import ASGIApp

from graph.app import create_app
from graph.http.uvicorn import PIECE
from graph.settings import Settings
from tests.graph.conftest import Server
from tests.graph.http.raw import Client, connected

KEPT = json.dumps({"query": "query Kept { companies(first: 3) { nodes { npi } } }"}).encode()
FOREIGN = json.dumps({"query": "{ __typename nothing }"}).encode()


def posted(body: bytes, *lines: str) -> bytes:
    head = "\r\n".join(("POST /graphql HTTP/1.1", "host: x", "content-type: application/json", *lines))
    return f"{head}\r\ncontent-length: {len(body)}\r\n\r\n".encode() + body


@pytest.fixture(scope="module")
def keeper(
    serve: Callable[[ASGIApp], AbstractContextManager[Server]],
    settings_for: Callable[..., Settings],
    directory_url: str,
) -> Iterator[Server]:
    with serve(create_app(settings_for(directory_url, cache_audit=0))) as running:
        yield running


@pytest.fixture
def client(keeper: Server) -> Iterator[Client]:
    """A connection to a server that keeps the answer to KEPT."""
    with connected(keeper) as found:
        while outcome(found, posted(KEPT)) != "HIT":
            pass
        yield found


def outcome(client: Client, request: bytes) -> str | None:
    client.send(request)
    return client.answer().headers.get("x-cache")


def test_many_in_one_piece_are_answered_in_their_order(client: Client) -> None:
    bodies = [KEPT, FOREIGN, KEPT, KEPT, FOREIGN, KEPT]
    client.send(b"".join(posted(body) for body in bodies))
    answers = [client.answer() for _ in bodies]
    assert [b'"errors"' in answer.content for answer in answers] == [body is FOREIGN for body in bodies]


def test_more_than_one_piece_is_answered_whole(client: Client) -> None:
    count = 20 * PIECE // len(posted(KEPT))
    client.send(posted(KEPT) * count)
    assert {client.answer().headers["x-cache"] for _ in range(count)} == {"HIT"}


def test_nothing_is_answered_behind_the_last_request(client: Client) -> None:
    client.send(posted(KEPT, "connection: close") + posted(KEPT))
    answer = client.answer()
    assert (answer.headers["x-cache"], answer.headers["connection"]) == ("HIT", "close")
    assert client.is_closed()


def test_what_cannot_be_read_is_refused_behind_it(client: Client) -> None:
    client.send(posted(KEPT) + b"nothing of HTTP\r\n\r\n")
    assert client.answer().headers["x-cache"] == "HIT"
    assert client.answer().code == "BAD_REQUEST"
    assert client.is_closed()


def test_a_body_that_comes_later_is_waited_for(client: Client) -> None:
    request = posted(KEPT)
    client.send(request, piece=len(request) - 1)
    assert client.answer().headers["x-cache"] == "HIT"


def test_a_request_that_has_begun_behind_it_goes_on(client: Client) -> None:
    request = posted(KEPT)
    client.send(request + request[:20])
    assert client.answer().headers["x-cache"] == "HIT"
    assert outcome(client, request[20:]) == "HIT"


@pytest.mark.parametrize(
    ("lines", "status", "code"),
    [
        (["accept: text/plain"], 406, "BAD_REQUEST"),
        (["authorization: Bearer a.b.c"], 401, "UNAUTHENTICATED"),
        (["consistency-cursor: soon"], 400, "BAD_REQUEST"),
        (["content-encoding: gzip"], 415, "BAD_REQUEST"),
    ],
)
def test_who_may_not_have_it_is_refused(client: Client, lines: list[str], status: int, code: str) -> None:
    client.send(posted(KEPT, *lines))
    answer = client.answer()
    assert (answer.status, answer.code) == (status, code)


def test_each_is_counted_once_and_by_what_it_was(client: Client, keeper: Server) -> None:
    before = counts(keeper)
    client.send(posted(KEPT) * 2 + posted(FOREIGN))
    for _ in range(3):
        client.answer()
    after = counts(keeper)
    assert (after[0] - before[0], after[1] - before[1]) == (2, 3)


def counts(server: Server) -> tuple[float, float]:
    """How many answers were kept ones, and how many requests were answered."""
    told = server.client.get("/metrics").text.splitlines()
    posts = (line for line in told if line.startswith("http_requests_total") and 'endpoint="/graphql"' in line)
    [hits] = (line for line in told if line.startswith('graphql_cache_total{outcome="hit"}'))
    return float(hits.split()[-1]), sum(float(line.split()[-1]) for line in posts)
