"""A database that can't be read, and a shared cache that fails: nothing old is given, and nobody fails by it."""

import json
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager
from threading import Event, Thread
from typing import Any

import pytest
from redis import Redis
from starlette.types import ASGIApp

from db import silence
from graph.app import create_app
from graph.cache import worth
from graph.cache.follower import BOUND
from graph.cache.server import DEADLINE
from tests.graph.cache.test_cache_cases import settings_of, warm
from tests.graph.conftest import Server
from tests.proxy import Proxy

pytestmark = pytest.mark.slow

Serve = Callable[[ASGIApp], AbstractContextManager[Server]]

NAMES = "{ companies(first: 3) { nodes { npi name } } }"
SEARCH = "query($s: String) { companies(filter: {search: $s}, first: 9) { nodes { name } } }"
# Each is asked for several times, in other words.
LETTERS = "abcdefghijklmnop"
# Reads whose 99th percentile is looked at, and the bytes of an evicting cache.
READS = 400
SMALL = 3 * 1024 * 1024


@pytest.fixture
def hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have silence noticed ten times sooner than in earnest."""
    monkeypatch.setattr(silence, "PATIENCE", 0.1)
    monkeypatch.setattr(silence, "DEADLINE", 0.3)


@pytest.mark.usefixtures("hasty")
def test_where_the_log_cannot_be_read_nothing_that_is_kept_is_given(
    serve: Serve, distant_url: str, database_proxy: Proxy, valkey_url: str
) -> None:
    """Errors with codes instead; and when it comes back, so do answers."""
    with serve(create_app(settings_of(distant_url, valkey_url, cache_audit=0, operation_timeout=1.0))) as server:
        before = warm(server, NAMES)
        database_proxy.hold_back()
        silent = time.monotonic()
        outcomes = []
        while time.monotonic() - silent < BOUND + 2:
            began = time.monotonic() - silent
            answer = server.post(NAMES)
            outcomes.append((began, answer.headers.get("x-cache")))
            if answer.headers.get("x-cache") == "HIT":
                assert began < BOUND
                assert answer.json()["data"] == before
            else:
                [error] = answer.json()["errors"]
                assert error["extensions"]["code"] in {"SERVICE_UNAVAILABLE", "TIMEOUT"}
            time.sleep(0.02)
        assert {outcome for _, outcome in outcomes} > {"HIT"}
        database_proxy.heal()
        deadline = time.monotonic() + 15
        while (answer := server.post(NAMES)).headers.get("x-cache") != "HIT":
            assert time.monotonic() < deadline, answer.text
            time.sleep(0.05)
        assert answer.json()["data"] == before


@contextmanager
def evicting(redis: Redis) -> Iterator[None]:
    """A cache that has room for next to nothing."""
    before = str(redis.config_get("maxmemory")["maxmemory"])
    redis.config_set("maxmemory", SMALL)
    try:
        yield
    finally:
        redis.config_set("maxmemory", before)


@contextmanager
def repeating(call: Callable[[], Any]) -> Iterator[None]:
    """Call something again and again for the life of the block."""
    is_over = Event()

    def run() -> None:
        while not is_over.wait(0.01):
            call()

    thread = Thread(target=run)
    thread.start()
    try:
        yield
    finally:
        is_over.set()
        thread.join()


def restoring(redis: Redis) -> AbstractContextManager[None]:
    """A cache to which an older copy comes back again and again."""
    copy = {key: redis.get(key) for key in redis.keys("*")}
    return repeating(lambda: [redis.set(key, value) for key, value in copy.items() if value])


@contextmanager
def failing(proxy: Proxy, how: Callable[[Proxy], None]) -> Iterator[None]:
    """A proxy that does something for the life of the block."""
    how(proxy)
    try:
        yield
    finally:
        proxy.heal()


FAULTS: dict[str, Callable[[Redis, Proxy], AbstractContextManager[None]]] = {
    "refuses": lambda _, proxy: failing(proxy, Proxy.refuse),
    "is a black hole": lambda _, proxy: failing(proxy, Proxy.hold_back),
    "is slow": lambda _, proxy: failing(proxy, lambda it: it.heal(latency=0.3)),
    "is full": lambda _, proxy: failing(proxy, lambda it: it.reply(b"-OOM command not allowed\r\n")),
    "evicts": lambda redis, _: evicting(redis),
    "is emptied": lambda redis, _: repeating(redis.flushall),
    "fails over to an older copy": lambda redis, _: restoring(redis),
}


def seconds_of(server: Server, word: str) -> list[float]:
    """How long each of many reads takes, the shortest first; no body comes twice, so the shared cache is asked."""
    found = []
    for number in range(READS):
        body = {"query": SEARCH + " " * number, "variables": {"s": word + LETTERS[number % len(LETTERS)]}}
        content = json.dumps(body)
        began = time.perf_counter()
        answer = server.client.post("/graphql", content=content, headers={"content-type": "application/json"})
        found.append(time.perf_counter() - began)
        assert answer.status_code == 200
        assert "errors" not in answer.json(), answer.text
    return sorted(found)


def slowest(server: Server, words: Sequence[str]) -> float:
    """The seconds that all but one in a hundred of many reads take at most, several at a time; none fails."""
    with ThreadPoolExecutor(len(words)) as pool:
        found = sorted(each for some in pool.map(lambda word: seconds_of(server, word), words) for each in some)
    return found[int(len(found) * 0.99)]


def delay(server: Server, alone: Server, *words: str) -> float:
    """The seconds by which reads are slower than those of a server without a shared cache at the same time.

    Whatever else runs on the machine makes both wait.
    """
    with ThreadPoolExecutor(1) as pool:
        beside = pool.submit(slowest, alone, words)
        return slowest(server, words) - beside.result()


@pytest.mark.parametrize("name", FAULTS)
def test_whatever_the_shared_cache_does_nobody_fails_or_waits(
    serve: Serve,
    directory_url: str,
    valkey_url: str,
    cache_proxy: Proxy,
    monkeypatch: pytest.MonkeyPatch,
    name: str,
) -> None:
    """99 of 100 reads take at most 50 ms longer than without one, and all are answered."""
    monkeypatch.setattr(worth, "ASKING", -1.0)
    url = f"redis://127.0.0.1:{cache_proxy.port}"
    with (
        Redis.from_url(valkey_url) as redis,
        serve(create_app(settings_of(directory_url, None, cache_audit=0))) as alone,
        serve(create_app(settings_of(directory_url, url, cache_audit=0))) as server,
    ):
        redis.flushall()
        delay(server, alone, "c")
        with FAULTS[name](redis, cache_proxy):
            assert delay(server, alone, "m") <= DEADLINE
