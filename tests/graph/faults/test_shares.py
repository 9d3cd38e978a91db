"""Buckets of several processes: kept together by the shared cache, and each by itself where that fails."""

import re
from collections.abc import AsyncIterator
from typing import Any

import pytest

from graph.cache.shared import SharedCache
from graph.http import shares as shares_module
from graph.http.shares import Shares
from graph.http.throttle import Account, Rate, Throttle
from tests.proxy import Proxy

pytestmark = pytest.mark.slow

RATE = Rate(1000, 1)


class Process:
    """One of several processes, with buckets of its own."""

    def __init__(self, cache: SharedCache) -> None:
        self.throttle = Throttle(None, None)
        self.shares = Shares(self.throttle, cache)

    def account(self, client: str) -> Account:
        return Account(self.throttle, client, RATE)

    def left(self, client: str) -> float:
        return self.account(client).status()["currentlyAvailable"]


@pytest.fixture
async def cache(cache_proxy: Proxy) -> AsyncIterator[SharedCache]:
    found = SharedCache.at(f"redis://127.0.0.1:{cache_proxy.port}")
    await found.ask(lambda redis: redis.flushall())
    yield found
    await found.aclose()


async def test_processes_learn_what_the_others_took(cache: SharedCache) -> None:
    one, other = Process(cache), Process(cache)
    one.account("a").pay(300)
    one.account("b").pay(10)
    await one.shares.account()
    assert one.left("a") in {700, 701}
    # Nobody asked the other one for anything yet, so it hasn't looked.
    assert other.left("a") == 1000
    other.account("a").pay(100)
    await other.shares.account()
    assert 600 <= other.left("a") <= 605
    assert other.left("b") == 1000
    one.account("a").pay(50)
    await one.shares.account()
    assert 550 <= one.left("a") <= 560
    # Nothing has changed, so nothing is told.
    assert not one.throttle.changed
    await one.shares.account()
    assert 550 <= one.left("a") <= 560


async def test_what_comes_back_and_debts_are_shared_as_well(cache: SharedCache) -> None:
    one, other = Process(cache), Process(cache)
    charge = one.account("a").reserve(900)
    await one.shares.account()
    charge.settle(100)
    await one.shares.account()
    other.account("a").pay(5000)
    await other.shares.account()
    assert other.left("a") == 0
    one.account("a").pay(1)
    await one.shares.account()
    assert one.left("a") == 0
    assert int(one.account("a").headers()["ratelimit-reset"]) in range(1985, 2001)


async def test_what_is_taken_while_the_cache_is_asked_counts_as_well(
    cache: SharedCache, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = Process(cache)
    own = one.account("a")
    own.pay(100)
    ask = cache.ask

    async def slowly(call: Any) -> Any:
        own.pay(200)
        return await ask(call)

    monkeypatch.setattr(cache, "ask", slowly)
    await one.shares.account()
    assert 700 <= one.left("a") <= 702


async def test_many_clients_are_told_of_in_several_calls(
    cache: SharedCache, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shares_module, "CLIENTS", 7)
    one, other = Process(cache), Process(cache)
    for process in (one, other):
        for number in range(20):
            process.account(f"client {number}").pay(100 + number)
        await process.shares.account()
    for number in range(20):
        assert 800 - 2 * number <= other.left(f"client {number}") <= 805 - 2 * number


@pytest.mark.parametrize("fault", ["refuse", "reset", "hold_back", "noise", "text", "short"])
async def test_without_the_cache_each_process_keeps_its_own(
    cache: SharedCache, cache_proxy: Proxy, fault: str
) -> None:
    replies = {"noise": b"\xff" * 50, "text": b"*1\r\n$3\r\nabc\r\n", "short": b"*0\r\n"}
    if fault in replies:
        cache_proxy.reply(replies[fault])
    else:
        getattr(cache_proxy, fault)()
    one = Process(cache)
    one.account("a").pay(300)
    await one.shares.account()
    assert one.left("a") in {700, 701}
    one.account("a").pay(300)
    await one.shares.account()
    assert one.left("a") in {400, 401}


async def test_neither_an_address_nor_a_subject_is_kept_in_the_cache(cache: SharedCache) -> None:
    one = Process(cache)
    one.account("address:192.0.2.1").pay(1)
    one.account("viewer:https://login.example\nme").pay(1)
    await one.shares.account()
    keys = await cache.ask(lambda redis: redis.keys("*"))
    assert keys is not None
    assert len(keys) == 2
    assert all(re.fullmatch("ariesone:bucket:[0-9a-f]{64}", str(key, "ascii")) for key in keys)  # type: ignore[arg-type]
    seconds = await cache.ask(lambda redis: redis.ttl(keys[0]))
    assert seconds in range(1, 13)
