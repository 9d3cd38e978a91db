"""Keys that are looked for at one moment: one message for all, and to each what its own key has."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from redis import Redis

from graph.cache import server
from graph.cache.gathering import MAX_KEYS, Gathering
from graph.cache.shared import SharedCache
from graph.telemetry.metrics import SHARED_CACHE

KEYS = [f"key {number}" for number in range(MAX_KEYS + 2)]


@pytest.fixture
async def gathering(valkey_url: str, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Gathering]:
    """Over a Valkey in which each key but the first has its own name, and which may take its time."""
    monkeypatch.setattr(server, "DEADLINE", 10.0)
    with Redis.from_url(valkey_url) as redis:
        redis.flushall()
        redis.mset({key: key for key in KEYS[1:]})
    shared = SharedCache.at(valkey_url)
    yield Gathering(shared)
    await shared.aclose()


def calls() -> float:
    return float(SHARED_CACHE["answered"].value)


@pytest.mark.parametrize(("count", "messages"), [(1, 1), (2, 1), (MAX_KEYS, 1), (MAX_KEYS + 2, 2)])
async def test_each_is_given_its_own(gathering: Gathering, count: int, messages: int) -> None:
    before = calls()
    found = await asyncio.gather(*map(gathering.get, KEYS[:count]))
    assert found == [None, *(key.encode() for key in KEYS[1:count])]
    assert calls() - before == messages


async def test_nothing_is_remembered(gathering: Gathering, valkey_url: str) -> None:
    assert await gathering.get(KEYS[1]) == KEYS[1].encode()
    with Redis.from_url(valkey_url) as redis:
        redis.delete(KEYS[1])
    assert await gathering.get(KEYS[1]) is None


async def test_who_leaves_takes_nothing_from_the_others(gathering: Gathering) -> None:
    waiting = [asyncio.ensure_future(gathering.get(key)) for key in KEYS[:3]]
    await asyncio.sleep(0)
    waiting[0].cancel()
    assert await asyncio.gather(*waiting[1:]) == [key.encode() for key in KEYS[1:3]]


async def test_what_is_no_text_is_nothing(gathering: Gathering, valkey_url: str) -> None:
    with Redis.from_url(valkey_url) as redis:
        redis.delete(KEYS[2])
        redis.lpush(KEYS[2], "a list")
    assert await asyncio.gather(*map(gathering.get, KEYS[1:4])) == [KEYS[1].encode(), None, KEYS[3].encode()]


async def test_without_a_cache_nobody_waits_for_long() -> None:
    gathering = Gathering(SharedCache.at("redis://127.0.0.1:9"))
    async with asyncio.timeout(10):
        assert await asyncio.gather(*map(gathering.get, KEYS[:3])) == [None] * 3
