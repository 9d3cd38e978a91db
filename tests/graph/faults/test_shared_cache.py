"""Whatever the shared cache does is a miss: never an error, never a long wait, and over when the fault is."""

import asyncio
import hashlib
import logging
import re
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractContextManager
from typing import Any

import httpx2
import pytest
from pydantic import SecretStr
from redis import Redis as BlockingRedis
from redis.asyncio import Redis
from starlette.types import ASGIApp

from graph.app import create_app
from graph.cache import server as server_module
from graph.cache.server import FAILURES, FIRST_PAUSE, LONGEST_PAUSE, QUIET, Problem
from graph.cache.shared import SharedCache
from graph.settings import Settings
from graph.telemetry.metrics import SHARED_CACHE_PAUSED
from tests.graph.conftest import Server
from tests.proxy import Proxy

pytestmark = pytest.mark.slow

FAULTS: dict[str, Callable[[Proxy], None]] = {
    "refuses connections": Proxy.refuse,
    "resets connections": Proxy.reset,
    "is a black hole": Proxy.hold_back,
    "answers late": lambda proxy: proxy.heal(latency=0.2),
    "closes before it answers": lambda proxy: proxy.cut(0),
    "closes in mid-answer": lambda proxy: proxy.cut(3),
    "is full": lambda proxy: proxy.reply(b"-OOM command not allowed when used memory > 'maxmemory'.\r\n"),
    "is read-only": lambda proxy: proxy.reply(b"-READONLY You can't write against a read only replica.\r\n"),
    "is loading": lambda proxy: proxy.reply(b"-LOADING Redis is loading the dataset in memory\r\n"),
    "wants a password": lambda proxy: proxy.reply(b"-NOAUTH Authentication required.\r\n"),
    "moved": lambda proxy: proxy.reply(b"-MOVED 3999 127.0.0.1:6381\r\n"),
    "is no Redis": lambda proxy: proxy.reply(b"HTTP/1.1 400 Bad Request\r\n\r\n"),
    "sends noise": lambda proxy: proxy.reply(bytes(range(256))),
    "announces more than it sends": lambda proxy: proxy.reply(b"$536870912\r\nabc"),
    "announces less than nothing": lambda proxy: proxy.reply(b"$-77\r\n"),
    "answers twice": lambda proxy: proxy.reply(b"$3\r\nabc\r\n$3\r\nabc\r\n"),
    "sends no UTF-8": lambda proxy: proxy.reply(b"$2\r\n\xff\xfe\r\n"),
    "sends a number": lambda proxy: proxy.reply(b":7\r\n"),
    "sends a list": lambda proxy: proxy.reply(b"*2\r\n$1\r\na\r\n*1\r\n:1\r\n"),
}
# Those in which something comes back that is an answer to the driver.
ANSWERS = {"answers twice", "sends no UTF-8", "sends a number", "sends a list"}

TYPENAME = "{__typename}"


@pytest.fixture
async def cache(cache_proxy: Proxy) -> AsyncIterator[SharedCache]:
    found = SharedCache.at(f"redis://127.0.0.1:{cache_proxy.port}")
    yield found
    await found.aclose()


@pytest.fixture
def stored(valkey_url: str) -> Iterator[BlockingRedis]:
    """The Valkey itself, empty."""
    with BlockingRedis.from_url(valkey_url) as redis:
        redis.flushall()
        yield redis


@pytest.fixture
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have calls take as long as a busy machine needs."""
    monkeypatch.setattr(server_module, "DEADLINE", 30.0)


async def get(cache: SharedCache) -> object:
    return await cache.ask(lambda redis: redis.get("key"))


async def await_hit(cache: SharedCache) -> None:
    """Wait until the cache answers again."""
    deadline = time.monotonic() + 30
    while await get(cache) != b"value":
        assert time.monotonic() < deadline
        await asyncio.sleep(0.05)


@pytest.mark.parametrize("fault", FAULTS)
async def test_a_call_gives_nothing_and_is_answered_again_when_the_fault_is_over(
    fault: str, cache: SharedCache, cache_proxy: Proxy, stored: BlockingRedis
) -> None:
    stored.set("key", b"value")
    # Connections from before.
    await asyncio.gather(*(get(cache) for _ in range(40)))
    await await_hit(cache)
    FAULTS[fault](cache_proxy)
    found = await asyncio.gather(*(get(cache) for _ in range(300)))
    if fault not in ANSWERS:
        assert found == [None] * 300
        assert cache.problem is not None
    cache_proxy.heal()
    await await_hit(cache)


async def test_a_cache_that_does_not_answer_is_asked_seldom(
    cache_proxy: Proxy, stored: BlockingRedis, monkeypatch: pytest.MonkeyPatch
) -> None:
    stored.set("key", b"value")
    now = 0.0
    cache = SharedCache.at(f"redis://127.0.0.1:{cache_proxy.port}", lambda: now)
    tried = 0

    async def attempt(redis: Redis) -> Any:
        nonlocal tried
        tried += 1
        return await redis.get("key")

    paused = SHARED_CACHE_PAUSED._value.get()
    cache_proxy.hold_back()
    for _ in range(50):
        assert await cache.ask(attempt) is None
    assert tried == FAILURES
    assert SHARED_CACHE_PAUSED._value.get() == paused + 1
    # After each pause one is tried, and the pause is longer.
    for pause in (FIRST_PAUSE, FIRST_PAUSE * 2, FIRST_PAUSE * 4, LONGEST_PAUSE, LONGEST_PAUSE):
        tried = 0
        now += pause
        assert await asyncio.gather(*(cache.ask(attempt) for _ in range(20))) == [None] * 20
        assert tried == 1
    cache_proxy.heal()
    monkeypatch.setattr(server_module, "DEADLINE", 30.0)
    now += LONGEST_PAUSE
    async with asyncio.timeout(30):
        while await cache.ask(attempt) != b"value":
            now += LONGEST_PAUSE
    # At once for everybody else.
    assert await asyncio.gather(*(cache.ask(attempt) for _ in range(20))) == [b"value"] * 20
    assert SHARED_CACHE_PAUSED._value.get() == paused
    await cache.aclose()


@pytest.mark.usefixtures("patient")
async def test_a_fault_is_told_once_and_its_end_once(
    cache_proxy: Proxy, stored: BlockingRedis, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "ariesone.cache")
    now = 0.0
    cache = SharedCache.at(f"redis://127.0.0.1:{cache_proxy.port}", lambda: now)
    stored.set("key", b"value")
    for _ in range(3):
        cache_proxy.refuse()
        await asyncio.gather(*(get(cache) for _ in range(20)))
        assert cache.problem == Problem("the shared cache doesn't answer within 50 ms")
        cache_proxy.heal()
        # It fails and answers by turns.
        now += QUIET / 2
        await await_hit(cache)
        assert cache.problem is not None
    now += QUIET
    assert await get(cache) == b"value"
    assert cache.problem is None
    told, over = [record for record in caplog.records if record.name == "ariesone.cache"]
    assert re.fullmatch(r"the shared cache \(REDIS_URL\) fails: \w.+; this process goes on .+", told.getMessage())
    assert over.getMessage() == "the shared cache (REDIS_URL) answers again"
    await cache.aclose()


@pytest.mark.usefixtures("patient")
async def test_what_it_refuses_it_may_answer_otherwise(cache: SharedCache, stored: BlockingRedis) -> None:
    stored.set("key", b"value")
    stored.rpush("list", b"entry")
    for _ in range(FAILURES * 2):
        assert await cache.ask(lambda redis: redis.get("list")) is None
        assert await get(cache) == b"value"
    assert cache.problem == Problem("the shared cache refuses commands")


@pytest.mark.usefixtures("patient")
async def test_a_caller_that_leaves_is_no_fault_of_the_cache(
    cache: SharedCache, cache_proxy: Proxy, stored: BlockingRedis
) -> None:
    stored.set("key", b"value")
    cache_proxy.hold_back()
    calls = [asyncio.create_task(get(cache)) for _ in range(FAILURES * 2)]
    await asyncio.sleep(0.01)
    for call in calls:
        call.cancel()
    assert [type(each) for each in await asyncio.gather(*calls, return_exceptions=True)] == [
        asyncio.CancelledError
    ] * len(calls)
    cache_proxy.heal()
    assert await get(cache) == b"value"
    assert cache.problem is None


# ---- over HTTP


@pytest.fixture
def server(
    serve: Callable[[ASGIApp], AbstractContextManager[Server]],
    settings_for: Callable[..., Settings],
    directory_url: str,
    cache_proxy: Proxy,
) -> Iterator[Server]:
    """A server whose shared cache can fail; on uvloop, as in earnest."""
    url = SecretStr(f"redis://127.0.0.1:{cache_proxy.port}")
    settings = settings_for(directory_url, max_lag=60).model_copy(update={"redis_url": url})
    with serve(create_app(settings)) as running:
        yield running


def body_of(number: int, *, registers: bool) -> dict[str, Any]:
    """A request for a document by its hash, with its text or without."""
    query = f"{{ a{number}: __typename }}"
    body = {"extensions": {"persistedQuery": {"version": 1, "sha256Hash": sha256(query)}}}
    return {**body, "query": query} if registers else body


def sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


async def outcomes_of(server: Server, numbers: range) -> set[tuple[int, str]]:
    """Ask for documents that nobody knows, and register others; return the statuses and the codes."""
    found = set()
    waiting = list(numbers)

    async def ask(client: httpx2.AsyncClient) -> None:
        while waiting:
            number = waiting.pop()
            answer = await client.post("/graphql", json=body_of(number, registers=number % 2 == 0))
            errors = answer.json().get("errors", [])
            found.add((answer.status_code, errors[0]["extensions"]["code"] if errors else ""))

    async with httpx2.AsyncClient(base_url=server.client.base_url, timeout=30) as client:
        await asyncio.gather(*(ask(client) for _ in range(12)))
    return found


@pytest.mark.parametrize("fault", FAULTS)
async def test_no_request_fails_whatever_the_cache_does(
    fault: str, server: Server, cache_proxy: Proxy, stored: BlockingRedis
) -> None:
    fine = {(200, ""), (200, "PERSISTED_QUERY_NOT_FOUND")}
    assert await outcomes_of(server, range(40)) == fine
    FAULTS[fault](cache_proxy)
    assert await outcomes_of(server, range(1000, 1320)) == fine
    health = await asyncio.to_thread(server.client.get, "/health")
    check = health.json()["checks"]["cache"]
    # What is no answer to GET may be one to PING.
    assert check["status"] == "degraded" or fault in ANSWERS
    assert (await asyncio.to_thread(server.client.get, "/readyz")).status_code == 200
    cache_proxy.heal()
    # What another process has registered is found.
    stored.set(f"ariesone:document:{sha256(TYPENAME)}", TYPENAME)
    deadline = time.monotonic() + 30
    while "errors" in (await asyncio.to_thread(by_hash, server, TYPENAME)).json():
        assert time.monotonic() < deadline
        await asyncio.sleep(0.05)


def by_hash(server: Server, query: str) -> httpx2.Response:
    body = {"extensions": {"persistedQuery": {"version": 1, "sha256Hash": sha256(query)}}}
    return server.client.post("/graphql", json=body)


@pytest.mark.parametrize("value", [b"\xff\xfe{__typename}", b"{ nothing }", b"", b"{" * 1000, b"\0"])
def test_a_document_that_is_none_is_the_clients_matter(
    server: Server, stored: BlockingRedis, value: bytes
) -> None:
    hash_ = hashlib.sha256(value).hexdigest()
    stored.set(f"ariesone:document:{hash_}", value)
    body = {"extensions": {"persistedQuery": {"version": 1, "sha256Hash": hash_}}}
    answer = server.client.post("/graphql", json=body)
    assert answer.status_code in {200, 400}
    assert answer.json()["errors"][0]["extensions"]["code"] in {
        "PERSISTED_QUERY_NOT_FOUND",
        "GRAPHQL_PARSE_FAILED",
        "GRAPHQL_VALIDATION_FAILED",
    }
