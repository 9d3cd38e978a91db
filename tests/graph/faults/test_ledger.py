"""Buckets of several processes: kept together by the shared cache, and each by itself where that fails."""

import asyncio
import itertools
import random
import re
import time
from collections.abc import AsyncIterator, Callable, Sequence

import pytest

from graph.cache import server as server_module
from graph.cache.shared import SharedCache
from graph.errors import ThrottledError
from graph.execution.cost import Work
from graph.http import till as till_module
from graph.http.account import Account, Charge
from graph.http.bucket import CREDIT, Bucket, Rate
from graph.http.ledger import Balance, Entry, Ledger
from graph.http.till import FRESH, Till
from tests.proxy import Proxy

_NUMBERS = itertools.count()

RATE = Rate(1000, 1)
# What a process may take before it tells the others.
SMALL = RATE.size * CREDIT


class Process:
    """One of several processes, with buckets of its own."""

    def __init__(self, cache: SharedCache, rate: Rate = RATE) -> None:
        self.till = Till(Ledger(cache))
        self._rate = rate
        self._buckets: dict[str, Bucket] = {}

    def account(self, client: str = "a") -> Account:
        if client not in self._buckets:
            self._buckets[client] = self.till.bucket(client, self._rate)
        return Account(self.till, [self._buckets[client]] * len(Work))

    def left(self, client: str = "a") -> float:
        return self.account(client).status()["currentlyAvailable"]

    async def take(self, cost: float, client: str = "a") -> Charge:
        return await self.account(client).reserve(cost, 0)

    async def is_refused(self, cost: float, client: str = "a") -> bool:
        try:
            await self.take(cost, client)
        except ThrottledError:
            return True
        return False


@pytest.fixture
async def cache(valkey_url: str, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[SharedCache]:
    # On a busy machine an answer may be late that isn't meant to be.
    monkeypatch.setattr(server_module, "DEADLINE", 5.0)
    found = SharedCache.at(valkey_url)
    await found.ask(lambda redis: redis.flushall())
    yield found
    await found.aclose()


@pytest.fixture
async def faulty(cache_proxy: Proxy) -> AsyncIterator[SharedCache]:
    found = SharedCache.at(f"redis://127.0.0.1:{cache_proxy.port}")
    await found.ask(lambda redis: redis.flushall())
    yield found
    await found.aclose()


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The number of buckets in each call to the cache."""
    found: list[int] = []
    book = Ledger.book

    async def counted(ledger: Ledger, entries: Sequence[Entry]) -> Sequence[Balance | None]:
        found.append(len(entries))
        return await book(ledger, entries)

    monkeypatch.setattr(Ledger, "book", counted)
    return found


async def test_what_is_dear_is_taken_from_the_bucket_of_all(cache: SharedCache) -> None:
    one, other = Process(cache), Process(cache)
    await one.take(600)
    # It has heard nothing of that, and asks.
    assert other.left() == 1000
    assert await other.is_refused(500)
    assert other.left() in {400, 401}
    await other.take(400)
    # That there are 400 left was true a moment ago.
    assert await one.is_refused(300)
    assert one.left() in {0, 1}


async def test_small_change_is_taken_unasked_and_told_soon(cache: SharedCache, asked: list[int]) -> None:
    one, other = Process(cache), Process(cache)
    for _ in range(5):
        await one.take(SMALL / 5)
    assert asked == []
    # What is more is asked for, and what was taken is told with it.
    await one.take(1)
    assert asked == [1]
    await other.take(1)
    await other.till.tell()
    assert other.left() in {988, 989}
    await one.take(1)
    await one.till.tell()
    await other.take(1)
    await other.till.tell()
    assert other.left() in {986, 987}
    # Nothing has changed, so nothing is told.
    before = len(asked)
    await other.till.tell()
    assert len(asked) == before


async def test_who_is_refused_isnt_asked_about_at_each_try(cache: SharedCache, asked: list[int]) -> None:
    one = Process(cache)
    await one.take(1000)
    tries = 0
    ends = time.monotonic() + 4 * FRESH
    while time.monotonic() < ends:
        assert await one.is_refused(500)
        tries += 1
    assert tries > 100
    assert len(asked) <= 7


async def test_what_has_come_back_since_is_asked_for(cache: SharedCache, asked: list[int]) -> None:
    one = Process(cache, Rate(1000, 1000))
    await one.take(1000)
    await asyncio.sleep(FRESH * 1.2)
    # It may have come back for others, too.
    assert one.left() >= 10
    await one.take(5)
    assert asked == [1, 1]


async def test_requests_of_one_moment_ask_together(cache: SharedCache, asked: list[int]) -> None:
    one = Process(cache, Rate(100_000, 1))
    # A thousand is small change here.
    await asyncio.gather(*(one.take(90) for _ in range(60)))
    assert one.left() == 100_000 - 5400
    assert len(asked) <= 8
    await one.till.tell()
    assert one.left() == 100_000 - 5400


async def test_who_waits_for_a_question_that_fails_goes_by_what_is_known(
    faulty: SharedCache, cache_proxy: Proxy, asked: list[int]
) -> None:
    one = Process(faulty)
    await one.take(100)
    cache_proxy.hold_back()
    asked.clear()
    refused = await asyncio.gather(*(one.is_refused(200) for _ in range(6)))
    assert (asked, sorted(refused)) == ([1], [False] * 4 + [True] * 2)


async def test_what_comes_back_and_debts_are_shared_as_well(cache: SharedCache) -> None:
    one, other = Process(cache), Process(cache)
    charge = await one.take(900)
    charge.settle(100)
    await one.till.tell()
    await other.take(850)
    other.account().pay(5000)
    await other.till.tell()
    assert other.left() == 0
    assert await one.is_refused(20)
    assert one.left() == 0
    assert int(one.account().headers()["ratelimit-reset"]) in range(1985, 2001)


async def test_many_clients_are_told_of_in_several_calls(
    cache: SharedCache, asked: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(till_module, "BUCKETS", 7)
    one, other = Process(cache), Process(cache)
    for process in (one, other):
        for number in range(20):
            process.account(f"client {number}").pay(100 + number)
        await process.till.tell()
    assert asked == [7, 7, 6, 7, 7, 6]
    for number in range(20):
        assert 800 - 2 * number <= other.left(f"client {number}") <= 805 - 2 * number


async def test_a_script_that_is_forgotten_is_sent_again(cache: SharedCache) -> None:
    one = Process(cache)
    for number in range(40):
        await one.take(20, f"client {number}")
    await cache.ask(lambda redis: redis.script_flush())
    for number in range(40):
        one.account(f"client {number}").pay(10)
    await one.till.tell()
    await cache.ask(lambda redis: redis.script_flush())
    assert await one.is_refused(990, "client 0")
    assert {one.left(f"client {number}") for number in range(40)} <= {970, 971}
    assert cache.problem is None


async def test_neither_an_address_nor_a_subject_is_kept_in_the_cache(cache: SharedCache) -> None:
    one = Process(cache)
    for client in ("address:192.0.2.1", "viewer:https://login.example\nme"):
        one.account(client).pay(1)
    await one.till.tell()
    keys = await cache.ask(lambda redis: redis.keys("*"))
    assert keys is not None
    assert len(keys) == 2
    assert all(re.fullmatch(r"b'ariesone:bucket:\{([0-9a-f])\}:\1[0-9a-f]{63}'", str(key)) for key in keys)
    seconds = await cache.ask(lambda redis: redis.ttl(keys[0]))
    assert seconds in range(1, 13)


def most_beyond(events: Sequence[tuple[float, float]], restore: float) -> float:
    """Return by how much spending exceeded what came back, in whichever stretch of time it did so most."""
    most = stretch = 0.0
    for (before, _), (moment, cost) in itertools.pairwise([(events[0][0], 0.0), *sorted(events)]):
        stretch = max(stretch - restore * (moment - before), 0.0) + cost
        most = max(most, stretch)
    return most


@pytest.mark.parametrize("seed", range(3))
async def test_processes_never_spend_more_than_the_bucket_and_a_hundredth_for_each(
    cache: SharedCache, seed: int
) -> None:
    chance = random.Random(seed)  # noqa: S311 - no secret
    rate = Rate(1000, chance.choice([100, 500, 2000]))
    processes = [Process(cache, rate) for _ in range(chance.choice([2, 4, 7]))]
    clients = ["a", "b", "c"]
    spent: dict[str, list[tuple[float, float]]] = {client: [] for client in clients}
    refused = 0
    ends = time.monotonic() + 1.0

    async def work(process: Process) -> None:
        nonlocal refused
        while time.monotonic() < ends:
            client, cost = chance.choice(clients), chance.choice([1, 2, 5, 40, 300])
            try:
                charge = await process.take(cost, client)
            except ThrottledError:
                refused += 1
                await asyncio.sleep(chance.choice([0, 0.01]))
                continue
            spent[client].append((time.monotonic(), cost))
            await asyncio.sleep(chance.choice([0, 0, 0.002]))
            if chance.random() < 0.2:
                charge.settle(cost / 2)
                spent[client].append((time.monotonic(), -cost / 2))

    async def tell(process: Process) -> None:
        while time.monotonic() < ends:
            await asyncio.sleep(chance.uniform(0, 0.3))
            await process.till.tell()

    await asyncio.gather(*(work(each) for each in processes for _ in range(3)), *map(tell, processes))
    assert refused
    assert cache.problem is None
    for events in spent.values():
        # An answer may be noted some moments after it was given.
        late = rate.restore * 0.05
        beyond = most_beyond(events, rate.restore)
        assert 0.95 * rate.size < beyond <= rate.size * (1 + CREDIT * len(processes)) + late


FAULTS: dict[str, Callable[[Proxy], None]] = {
    "refuses": Proxy.refuse,
    "resets": Proxy.reset,
    "is a black hole": Proxy.hold_back,
    "closes in mid-answer": lambda proxy: proxy.cut(3),
    "is read-only": lambda proxy: proxy.reply(b"-READONLY You can't write against a read only replica.\r\n"),
    "sends noise": lambda proxy: proxy.reply(b"\xff" * 50),
    "sends other things": lambda proxy: proxy.reply(b"*1\r\n$3\r\nabc\r\n"),
    "sends too little": lambda proxy: proxy.reply(b"*0\r\n"),
}


@pytest.mark.slow
@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS)
async def test_without_the_cache_each_process_keeps_its_own_and_comes_back(
    faulty: SharedCache, cache_proxy: Proxy, fault: Callable[[Proxy], None]
) -> None:
    one, other = Process(faulty), Process(faulty)
    await one.take(100)
    fault(cache_proxy)
    waits = []
    for process in (one, other):
        started = time.monotonic()
        for _ in range(3):
            await process.take(250)
        waits.append(time.monotonic() - started)
        assert await process.is_refused(300)
        for _ in range(4):
            await process.take(5)
        await process.till.tell()
    # Three calls wait for their deadline, and then nobody asks for a while.
    assert max(waits) < 1
    assert one.left() in range(125, 140)
    assert other.left() in range(225, 240)
    cache_proxy.heal()
    async with asyncio.timeout(10):
        while not await is_together(one, other):  # noqa: ASYNC110 - there is nothing to wait for
            await asyncio.sleep(0.05)


async def is_together(one: Process, other: Process) -> bool:
    """Whether what one process takes is known to another."""
    client = f"new {next(_NUMBERS)}"
    one.account(client).pay(500)
    await one.till.tell()
    other.account(client).pay(1)
    await other.till.tell()
    return other.left(client) < 510
