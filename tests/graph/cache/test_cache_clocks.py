"""Clocks that jump, the process's, the database's, the shared cache's: nothing is wrong, and nothing eternal."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractContextManager
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import pytest
from redis import Redis
from starlette.types import ASGIApp

from db import tail
from db.engine import Database, connection_to
from db.tail import Head
from graph.app import create_app
from graph.cache.answers import Answer, Answers
from graph.cache.cache import Cache
from graph.cache.envelope import SKEW, Envelope
from graph.cache.follower import BOUND, Follower, today
from graph.cache.shared import SharedCache
from graph.cache.store import Store
from graph.cache.worth import Worth
from graph.telemetry.metrics import SHARED_CACHE
from tests.graph.cache.test_cache_cases import AUSTIN, CREATE, CURSOR, read, settings_of, warm, write
from tests.graph.cache.test_cache_cases import NEW as NPI
from tests.graph.cache.test_log_follower import EPOCH, Clock
from tests.graph.conftest import Server

HOUR, DAY = 3_600.0, 86_400.0
JUMPS = (HOUR, -HOUR, DAY, -DAY)
LIFE = 1_800.0

ADD = """
    mutation {
      addLicense(input: {npi: "%s", kind: PHARMACY, number: "T-1", state: "TX", expiresOn: "%s"}) {
        userErrors { code message }
      }
    }
"""
VALID = '{ companies(filter: {npi: ["%s"], hasValidLicense: true}) { nodes { npi } } }' % NPI  # noqa: UP031 - braces
NAME = '{ company(npi: "%s") { name website } }' % NPI  # noqa: UP031 - braces
WEBSITE = 'mutation { updateCompany(input: {npi: "%s", website: "%s"}) { userErrors { code } } }'


@pytest.fixture
def clock() -> Clock:
    found = Clock()
    found.now = 1_000_000.0
    return found


@pytest.fixture
def follower() -> Follower:
    """One that is always current."""
    found = Follower(lambda: 0.0)
    found.apply(Head(9, EPOCH, today()), ())
    return found


@pytest.mark.parametrize("jump", JUMPS)
def test_an_answer_lives_no_longer_for_a_clock_that_jumps(follower: Follower, clock: Clock, jump: float) -> None:
    answers = Answers(follower, LIFE, 100_000, clock)
    stamp = follower.stamp()
    assert stamp

    def keep() -> None:
        answers.keep(SENT, Answer(b"A", None, 60, stamp, frozenset(), clock.now))

    keep()
    clock.now += jump
    assert answers.find(SENT) is None
    keep()
    assert answers.find(SENT)
    clock.now += LIFE
    assert answers.find(SENT) is None


SENT = (b"a", "/graphql", frozenset[str](), True, 0)


@pytest.fixture
async def store(follower: Follower, clock: Clock, valkey_url: str) -> AsyncIterator[Store]:
    """What is kept in a Valkey, by a clock of ours."""
    with Redis.from_url(valkey_url) as redis:
        redis.flushall()
    shared = SharedCache.at(valkey_url)
    yield Store("answer", shared, follower, LIFE, clock)
    await shared.aclose()


@pytest.mark.parametrize("jump", JUMPS)
async def test_what_is_shared_lives_no_longer_for_a_clock_that_jumps(
    store: Store, follower: Follower, clock: Clock, valkey_url: str, jump: float
) -> None:
    """Whichever clock it is: by that of the shared cache the entry never ends here."""
    stamp = follower.stamp()
    assert stamp

    async def keep() -> None:
        store.keep(b"digest", Envelope(b"A", stamp, frozenset(), clock.now))
        await asyncio.gather(*store._writing)
        with Redis.from_url(valkey_url) as redis:
            assert [redis.persist(key) for key in redis.keys("*")] == [1]

    async def find() -> Any:
        return await store.find(b"digest", Worth())

    await keep()
    assert await find()
    clock.now += jump
    assert await find() is None
    await keep()
    # A machine whose clock is a bit behind finds it as well.
    clock.now -= SKEW
    assert await find()
    clock.now += SKEW + LIFE
    assert await find() is None


@pytest.mark.parametrize("jump", JUMPS)
def test_a_log_that_is_silent_says_nothing_whatever_the_clock_says(jump: float, clock: Clock) -> None:
    follower = Follower(clock)
    follower.apply(Head(9, EPOCH, today()), ())
    stamp = follower.stamp()
    assert stamp
    clock.now += jump
    assert not follower.holds(stamp, ())
    follower.apply(Head(9, EPOCH, today()), ())
    assert follower.holds(stamp, ())


@pytest.mark.parametrize("jump", JUMPS)
async def test_a_cache_that_failed_is_tried_again_whatever_the_clock_says(jump: float, clock: Clock) -> None:
    cache = SharedCache.at("redis://127.0.0.1:1", clock)
    for _ in range(5):
        await cache.ask(lambda redis: redis.get("key"))
    skipped, failed = (SHARED_CACHE[name] for name in ("skipped", "failed"))
    before = skipped.value, failed.value
    clock.now += jump
    await cache.ask(lambda redis: redis.get("key"))
    assert (skipped.value, failed.value) == (before[0], before[1] + 1)
    await cache.aclose()


def test_nothing_is_kept_while_two_clocks_have_two_days() -> None:
    """Some of what an answer says goes by the one, some by the other."""
    day = today()
    follower = Follower(lambda: 0.0, lambda: day)
    follower.apply(Head(9, EPOCH, day), ())
    stamp = follower.stamp()
    assert stamp
    assert stamp.day == day
    follower.apply(Head(9, EPOCH, day + 1), ())
    assert follower.stamp() is None
    assert not follower.holds(stamp, ())
    day += 1
    follower.apply(Head(9, EPOCH, day), ())
    # Yesterday's.
    assert not follower.holds(stamp, ())
    assert follower.stamp()


async def test_the_day_is_the_databases(directory_url: str) -> None:
    async with Database.open(directory_url) as database:
        assert (await tail.head(database)).day == datetime.now(UTC).date().toordinal() - 719_163


# ---- over HTTP


@pytest.fixture
async def shifted(sample_copy: str) -> AsyncIterator[Callable[[int], Any]]:
    """A database whose clock goes wrong by so many days, as far as statements read it."""
    async with connection_to(sample_copy) as connection:
        name = await connection.fetchval("SELECT current_database()")
        await connection.execute("CREATE TABLE shift AS SELECT interval '0' AS amount")
        await connection.execute(
            """
            CREATE FUNCTION public.now() RETURNS timestamptz STABLE LANGUAGE SQL AS
            'SELECT pg_catalog.now() + amount FROM public.shift'
            """
        )
        await connection.execute(f"ALTER DATABASE {name} SET search_path = public, pg_catalog")

        async def shift(days: int) -> None:
            await connection.execute("UPDATE shift SET amount = make_interval(days => $1)", days)

        yield shift


@pytest.mark.slow
async def test_a_license_expires_at_the_databases_midnight(
    serve: Callable[[ASGIApp], AbstractContextManager[Server]],
    sample_copy: str,
    shifted: Callable[[int], Any],
    valkey_url: str,
) -> None:
    """Nothing changed, and still what was kept isn't given; when both have the same day it is kept again."""
    with serve(create_app(settings_of(sample_copy, valkey_url, cache_audit=0))) as server:
        await asyncio.to_thread(write, server, CREATE, npi=NPI, address=AUSTIN)
        await asyncio.to_thread(write, server, ADD % (NPI, datetime.now(UTC).date()))
        valid = {"companies": {"nodes": [{"npi": NPI}]}}
        assert await asyncio.to_thread(warm, server, VALID) == valid
        for days, found in ((1, []), (-1, [{"npi": NPI}]), (0, [{"npi": NPI}])):
            await shifted(days)
            await asyncio.sleep(BOUND)
            answer = await asyncio.to_thread(server.post, VALID, {})
            assert answer.json()["data"] == {"companies": {"nodes": found}}
            assert (answer.headers["x-cache"] == "BYPASS") is bool(days)
        assert await asyncio.to_thread(warm, server, VALID) == valid


@pytest.mark.slow
def test_processes_whose_clock_jumps_give_nothing_old_and_keep_again(
    serve: Callable[[ASGIApp], AbstractContextManager[Server]],
    sample_copy: str,
    valkey_url: str,
    monkeypatch: pytest.MonkeyPatch,
    clock: Clock,
) -> None:
    """Two on one machine share a cache on another, and their clock jumps between reads and writes."""
    made: list[Cache] = []
    over = Cache.over

    def note(*given: Any) -> Cache:
        made.append(over(*given))
        return made[-1]

    monkeypatch.setattr(Cache, "over", note)
    monkeypatch.setattr("graph.http.keeping.time", SimpleNamespace(time=clock, perf_counter=time.perf_counter))
    settings = settings_of(sample_copy, valkey_url, cache_audit=0)
    with serve(create_app(settings)) as one, serve(create_app(settings)) as other:
        write(one, CREATE, npi=NPI, address=AUSTIN)
        clock.now = time.time()
        for cache in made:
            assert cache.shared
            assert cache.reads
            for each in (cache.answers, cache.shared, cache.reads.store):
                monkeypatch.setattr(each, "_clock", clock)
        for number, jump in enumerate((*JUMPS, *JUMPS)):
            clock.now += jump
            site = f"https://{number}.example"
            done = write(one if number % 2 else other, WEBSITE % (NPI, site))
            for server in (one, other):
                assert read(server, NAME, **{CURSOR: done.headers[CURSOR]})["company"]["website"] == site
                assert warm(server, NAME)["company"]["website"] == site
