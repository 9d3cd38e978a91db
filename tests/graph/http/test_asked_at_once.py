"""Requests that are read, and answered by other processes, before a task begins: each is ended as others are."""

import json
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager

import pytest
from redis import Redis
from starlette.types import ASGIApp

from graph.app import create_app
from graph.cache import worth
from graph.cache.server import DEADLINE
from graph.http.encoding import Encoding
from graph.http.endpoint import GraphQLEndpoint
from graph.http.exchange import Exchange
from tests.graph.cache.test_cache_cases import settings_of
from tests.graph.conftest import Server
from tests.graph.http.raw import connected
from tests.graph.http.test_at_once import outcome, posted
from tests.proxy import Proxy

Serve = Callable[[ASGIApp], AbstractContextManager[Server]]

QUERY = "query Told { companies(first: 2) { nodes { npi } } }"
TOLD = json.dumps({"query": QUERY}).encode()
# What gives its turn back without being run, and what it is answered with.
REFUSED = {
    "no JSON": (b"{", 400),
    "no document": (b"{}", 400),
    "no GraphQL": (b'{"query": "{"}', 200),
    "unknown field": (b'{"query": "{ nothing }"}', 200),
    "bad key": (json.dumps({"query": QUERY, "extensions": {"idempotencyKey": 1}}).encode(), 400),
    "batch": (b"[" + TOLD + b"]", 200),
    "hash of nothing": (
        json.dumps({"extensions": {"persistedQuery": {"version": 1, "sha256Hash": "0" * 64}}}).encode(),
        200,
    ),
    "dry": (b'{"query": "{ rateLimit(dryRun: true) { cost } }"}', 200),
}


@pytest.fixture(autouse=True)
def asking(monkeypatch: pytest.MonkeyPatch, valkey_url: str) -> None:
    """Have the shared cache asked each time; nothing is in it."""
    monkeypatch.setattr(worth, "ASKING", -1.0)
    with Redis.from_url(valkey_url) as redis:
        redis.flushall()


@pytest.fixture
def server(serve: Serve, directory_url: str, cache_proxy: Proxy) -> Iterator[Server]:
    """One that has one turn, and nothing in its own memory."""
    url = f"redis://127.0.0.1:{cache_proxy.port}"
    with serve(create_app(settings_of(directory_url, url, cache_audit=0, cache_bytes=0, max_running=1))) as found:
        yield found


def told(server: Server) -> None:
    """Ask until other processes could answer."""
    with connected(server) as client:
        while outcome(client, posted(TOLD)) != "HIT":
            pass


def counts(server: Server) -> tuple[float, float]:
    """Answers that others had, and requests that were answered."""
    lines = [line.rpartition(" ") for line in server.client.get("/metrics").text.splitlines()]
    shared = (value for name, _, value in lines if name == 'graphql_cache_total{outcome="shared"}')
    posts = (value for name, _, value in lines if name.startswith("http_requests_total") and '"/graphql"' in name)
    return sum(map(float, shared)), sum(map(float, posts))


def test_what_others_have_is_given_and_counted_once(server: Server) -> None:
    told(server)
    before = counts(server)
    with connected(server) as client:
        client.send(posted(TOLD) * 3)
        assert [client.answer().headers["x-cache"] for _ in range(3)] == ["HIT"] * 3
    after = counts(server)
    assert (after[0] - before[0], after[1] - before[1]) == (3, 3)


def test_what_others_have_is_given_without_a_task(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    told(server)
    monkeypatch.delattr(GraphQLEndpoint, "_take")
    with connected(server) as client:
        assert [outcome(client, posted(TOLD)) for _ in range(3)] == ["HIT"] * 3


@pytest.mark.parametrize("kind", REFUSED)
def test_whoever_is_refused_gives_the_turn_back(server: Server, kind: str) -> None:
    body, status = REFUSED[kind]
    with connected(server) as client:
        for _ in range(3):
            client.send(posted(body))
            assert client.answer().status == status
        client.send(posted(TOLD))
        assert client.answer().status == 200


def test_whoever_leaves_gives_the_turn_back(server: Server, cache_proxy: Proxy) -> None:
    told(server)
    cache_proxy.hold_back()
    for _ in range(3):
        with connected(server) as client:
            client.send(posted(TOLD))
    cache_proxy.heal()
    answer = server.post(QUERY)
    assert answer.status_code == 200


def test_where_others_are_silent_the_answer_is_made(server: Server, cache_proxy: Proxy) -> None:
    told(server)
    cache_proxy.hold_back()
    answer = server.post(QUERY)
    assert len(answer.json()["data"]["companies"]["nodes"]) == 2
    assert DEADLINE <= answer.elapsed.total_seconds() < 10
    cache_proxy.heal()


def test_what_fails_once_others_have_told_is_an_error_of_that_request(
    server: Server, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    told(server)
    code, failures = Encoding.coding_for, iter(range(1))

    def fail(encoding: Encoding, exchange: Exchange, size: int) -> str | None:
        for _ in failures:
            raise RuntimeError("nobody's fault")
        return code(encoding, exchange, size)

    monkeypatch.setattr(Encoding, "coding_for", fail)
    with connected(server) as client:
        client.send(posted(TOLD) * 2)
        first, second = client.answer(), client.answer()
    assert (first.status, first.code) == (500, "INTERNAL_SERVER_ERROR")
    assert second.headers["x-cache"] == "HIT"
    assert "nobody's fault" in caplog.text
