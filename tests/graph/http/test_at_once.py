"""Kept answers that are given while their request is parsed: what comes behind it is answered in its order."""

import gzip
import json
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager

import pytest
from starlette.types import ASGIApp

from graph.app import create_app
from graph.http.encoding import Encoding
from graph.http.exchange import Exchange
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


@pytest.fixture(scope="module")
def public(
    serve: Callable[[ASGIApp], AbstractContextManager[Server]],
    settings_for: Callable[..., Settings],
    directory_url: str,
) -> Iterator[Server]:
    """One in production, which compresses all that it may."""
    settings = settings_for(directory_url, cache_audit=0, environment="production", compress_above=1)
    with serve(create_app(settings)) as running:
        yield running


@contextmanager
def keeping(server: Server) -> Iterator[Client]:
    """A connection to a server that keeps the answer to KEPT."""
    with connected(server) as found:
        while outcome(found, posted(KEPT)) != "HIT":
            pass
        yield found


@pytest.fixture
def client(keeper: Server) -> Iterator[Client]:
    with keeping(keeper) as found:
        yield found


@pytest.fixture
def stranger(public: Server) -> Iterator[Client]:
    """One who has no token, in production."""
    with keeping(public) as found:
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


def test_a_client_of_http_1_0_has_it_and_its_connection_ends(client: Client) -> None:
    client.send(posted(KEPT).replace(b"HTTP/1.1", b"HTTP/1.0"))
    answer = client.answer()
    assert (answer.status, answer.headers["x-cache"]) == (200, "HIT")
    assert len(answer.json()["data"]["companies"]["nodes"]) == 3
    assert client.is_closed()


def test_it_is_coded_for_who_takes_that_alone(stranger: Client) -> None:
    stranger.send(posted(KEPT, "accept-encoding: gzip") + posted(KEPT))
    coded, plain = stranger.answer(), stranger.answer()
    assert (coded.headers["content-encoding"], "content-encoding" in plain.headers) == ("gzip", False)
    assert gzip.decompress(coded.content) == plain.content
    assert {coded.headers["x-cache"], plain.headers["x-cache"]} == {"HIT"}


def test_it_says_what_its_clients_bucket_holds(stranger: Client, public: Server) -> None:
    stranger.send(posted(KEPT))
    at_once = stranger.answer().headers
    # The same by its task, as a page of another site asks.
    in_turn = public.client.post(
        "/graphql", content=KEPT, headers={"content-type": "application/json", "origin": "https://a.example"}
    ).headers
    names = {name for name in in_turn if name.startswith("ratelimit")}
    assert len(names) == 3
    assert {name for name in at_once if name.startswith("ratelimit")} == names
    assert at_once["ratelimit-limit"] == in_turn["ratelimit-limit"]


@pytest.mark.parametrize("times", [1, 2])
def test_what_fails_on_the_way_is_met_by_its_task(
    client: Client, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, times: int
) -> None:
    code, failures = Encoding.coding_for, iter(range(times))

    def fail(encoding: Encoding, exchange: Exchange, size: int) -> str | None:
        for _ in failures:
            raise RuntimeError("nobody's fault")
        return code(encoding, exchange, size)

    monkeypatch.setattr(Encoding, "coding_for", fail)
    client.send(posted(KEPT) + posted(KEPT))
    first, second = client.answer(), client.answer()
    assert second.headers["x-cache"] == "HIT"
    if times == 1:
        assert first.headers["x-cache"] == "HIT"
    else:
        assert (first.status, first.code) == (500, "INTERNAL_SERVER_ERROR")
        assert "nobody's fault" in caplog.text


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
