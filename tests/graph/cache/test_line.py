"""Lines to the shared cache: each message has its own answer, whatever became of those before it."""

import asyncio
from collections.abc import AsyncIterator
from inspect import signature

import pytest
from redis import Redis
from redis.asyncio.connection import AbstractConnection, BlockingConnectionPool, ConnectionPool

from graph.cache import server
from graph.cache.cluster import options_of
from graph.cache.line import Lines
from graph.cache.shared import SharedCache
from tests.proxy import Proxy

NAMES = [f"key {number}" for number in range(3)]
FOUND = [None, b"key 1", b"key 2"]


@pytest.fixture(autouse=True)
def redis(valkey_url: str) -> Redis:
    """The Valkey itself, in which each key but the first has its own name."""
    opened = Redis.from_url(valkey_url)
    opened.flushall()
    opened.mset({name: name for name in NAMES[1:]})
    return opened


@pytest.fixture
async def shared(cache_proxy: Proxy, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[SharedCache]:
    """What reads it, over a proxy, with time for a busy machine."""
    monkeypatch.setattr(server, "DEADLINE", 2.0)
    opened = SharedCache.at(f"redis://127.0.0.1:{cache_proxy.port}")
    yield opened
    await opened.aclose()


def test_what_is_used_of_the_driver_is_as_it_was() -> None:
    assert "_writer" in AbstractConnection.__slots__
    for each in (AbstractConnection._close, ConnectionPool.make_connection):
        assert [*signature(each).parameters] == ["self"]


async def test_one_line_is_used_again(shared: SharedCache, cache_proxy: Proxy) -> None:
    for _ in range(3):
        assert await shared.get(NAMES) == FOUND
    assert cache_proxy.accepted == 1


async def test_messages_at_one_time_have_lines_of_their_own(shared: SharedCache, cache_proxy: Proxy) -> None:
    assert await asyncio.gather(*[shared.get([name]) for name in NAMES]) == [[each] for each in FOUND]
    assert cache_proxy.accepted == len(NAMES)


async def test_connections_are_told_by_whether_they_are_asked(shared: SharedCache, cache_proxy: Proxy) -> None:
    assert shared.connections == (0, 0)
    await shared.get(NAMES)
    await shared.ask(lambda redis: redis.ping())
    assert shared.connections == (0, 2)
    cache_proxy.hold_back()
    asked = (shared.get(NAMES), shared.ask(lambda redis: redis.ping()))
    asking = [asyncio.ensure_future(each) for each in asked]
    await asyncio.sleep(0.1)
    assert shared.connections == (2, 0)
    for each in asking:
        each.cancel()
    await asyncio.gather(*asking, return_exceptions=True)
    assert shared.connections[0] == 0


async def test_no_more_lines_than_may_be(shared: SharedCache, cache_proxy: Proxy) -> None:
    found = await asyncio.gather(*[shared.get([NAMES[1]]) for _ in range(100)])
    assert found == [[FOUND[1]]] * 100
    assert cache_proxy.accepted <= 32


@pytest.mark.slow
async def test_what_is_told_too_late_is_no_answer_to_another(shared: SharedCache, cache_proxy: Proxy) -> None:
    assert await shared.get(NAMES[:1]) == FOUND[:1]
    cache_proxy.hold_back()
    assert await shared.get(NAMES[1:2]) is None
    cache_proxy.heal()
    assert await shared.get(NAMES[2:]) == FOUND[2:]


async def test_an_idle_line_that_was_closed_is_no_failure(shared: SharedCache, redis: Redis) -> None:
    assert await shared.get(NAMES) == FOUND
    redis.client_kill_filter(_type="normal", skipme=True)
    await asyncio.sleep(0.05)
    assert await shared.get(NAMES) == FOUND
    assert shared.problem is None


async def test_a_line_that_is_asked_something_when_all_are_closed_is_closed_behind_it(cache_proxy: Proxy) -> None:
    lines = Lines(BlockingConnectionPool(**options_of(f"redis://127.0.0.1:{cache_proxy.port}")), 2)
    await lines.get([b"key 1"])
    cache_proxy.heal(latency=0.1)
    asked = asyncio.create_task(lines.get([b"key 1"]))
    await asyncio.sleep(0.02)
    lines.close()
    assert await asked == [b"key 1"]
    for _ in range(100):
        if not cache_proxy.links:
            break
        await asyncio.sleep(0.02)
    assert not cache_proxy.links


async def test_a_line_that_says_more_than_was_asked_is_closed(shared: SharedCache, cache_proxy: Proxy) -> None:
    assert await shared.get(NAMES) == FOUND
    cache_proxy.reply(b"$1\r\na\r\n$1\r\nb\r\n")
    assert await shared.get(NAMES[:1]) is None
    cache_proxy.heal()
    assert await shared.get(NAMES) == FOUND


async def test_what_comes_in_pieces_is_put_together(shared: SharedCache, redis: Redis) -> None:
    long = b"x" * 400_000
    redis.set(NAMES[0], long)
    assert await shared.get(NAMES) == [long, *FOUND[1:]]


async def test_what_is_refused_is_told_by_the_driver(shared: SharedCache, cache_proxy: Proxy) -> None:
    cache_proxy.reply(b"-LOADING it is being read\r\n")
    assert await shared.get(NAMES[:1]) is None
    assert shared.problem is not None
    cache_proxy.heal()
    assert await shared.get(NAMES) == FOUND


async def test_what_is_no_resp_closes_the_line(shared: SharedCache, cache_proxy: Proxy) -> None:
    cache_proxy.reply(b"HTTP/1.1 400 Bad Request\r\n\r\n")
    assert await shared.get(NAMES[:1]) is None
    cache_proxy.heal()
    assert await shared.get(NAMES) == FOUND
