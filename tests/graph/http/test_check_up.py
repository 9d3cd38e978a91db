"""Parts are looked at once for all who ask, and what has changed is told once."""

import asyncio
import logging
from collections.abc import Mapping
from typing import cast

import asyncpg
import pytest
from prometheus_client import REGISTRY

from db import shortage
from db.engine import Database
from db.failures import DatabaseUnavailableError, describe
from db.shortage import Shortage, Shortages
from db.tail import Head
from graph.cache.follower import Follower, today
from graph.condition import Condition, Health, degraded, healthy, unhealthy
from graph.doctor.checks import CHECKS
from graph.http import check_up as check_up_module
from graph.http import looks
from graph.http.check_up import HELP, CheckUp, Look, Reading, overall
from graph.http.looks import look_at_feed

# A database that nothing is asked of.
NOTHING = cast(Database, None)


class Part:
    """A part whose condition a test sets; a look at it waits until it may go on."""

    def __init__(self, condition: Condition) -> None:
        self.condition = condition
        self.looks = 0
        self.go = asyncio.Event()
        self.go.set()

    async def look(self, _: Database) -> Condition:
        self.looks += 1
        await self.go.wait()
        return self.condition


def checking(**parts: Part) -> CheckUp:
    return CheckUp({"database": Part(healthy()).look, **{name: each.look for name, each in parts.items()}})


async def read(check_up: CheckUp, *, is_stopping: bool = False) -> Mapping[str, Reading]:
    return await check_up.readings(NOTHING, is_stopping=is_stopping)


async def test_all_who_ask_at_once_share_one_look() -> None:
    part = Part(healthy("of this test"))
    part.go.clear()
    check_up = checking(cache=part)
    asked = [asyncio.create_task(read(check_up)) for _ in range(5)]
    await asyncio.sleep(0.01)
    asked[0].cancel()
    part.go.set()
    left, *told = await asyncio.gather(*asked, return_exceptions=True)
    assert isinstance(left, asyncio.CancelledError)
    for each in told:
        assert not isinstance(each, BaseException)
        assert each["cache"].condition == healthy("of this test")
    assert part.looks == 1
    await read(check_up)
    assert part.looks == 2


async def test_who_asks_waits_no_longer_than_a_moment_once_something_is_known() -> None:
    part = Part(healthy())
    check_up = checking(cache=part)
    before = (await read(check_up))["cache"]
    part.condition = degraded("it is slow")
    part.go.clear()
    began = asyncio.get_running_loop().time()
    assert (await read(check_up))["cache"] == before
    assert asyncio.get_running_loop().time() - began < 1
    part.go.set()
    await asyncio.sleep(0)
    assert (await read(check_up))["cache"].condition == degraded("it is slow")


async def test_since_is_when_it_was_first_other_than_healthy() -> None:
    part = Part(healthy())
    check_up = checking(cache=part)
    assert (await read(check_up))["cache"].since is None
    part.condition = degraded("it is slow")
    first = (await read(check_up))["cache"]
    assert first.since == first.looked_at
    part.condition = unhealthy("it is away")
    second = (await read(check_up))["cache"]
    assert (second.since, second.looked_at > first.looked_at) == (first.since, True)
    part.condition = healthy()
    assert (await read(check_up))["cache"].since is None


async def test_a_look_that_fails_or_takes_too_long_says_that_nobody_knows(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(check_up_module, "TIMEOUT", 0.01)

    async def fails(_: Database) -> Condition:
        raise DatabaseUnavailableError("of this test")

    async def hangs(_: Database) -> Condition:
        await asyncio.sleep(60)
        return healthy()

    found = await read(CheckUp({"database": Part(healthy()).look, "jobs": fails, "queue": hangs}))
    told = [found[name].condition for name in ("jobs", "queue")]
    assert [each.health for each in told] == [Health.UNKNOWN] * 2
    assert [each.detail for each in told] == ["it can't be looked at", "no answer within 0.01 s"]
    # Without the database no request is served.
    silent = (await read(CheckUp({"database": hangs})))["database"].condition
    assert silent == unhealthy("no answer within 0.01 s")


async def test_no_part_is_blamed_for_the_database() -> None:
    parts: dict[str, Look] = {
        "database": Part(unhealthy("it is away")).look,
        "cache": Part(degraded("it is slow")).look,
        "queue": Part(degraded("changes wait")).look,
    }
    found = await read(CheckUp(parts), is_stopping=True)
    assert {name: str(each.condition.health) for name, each in found.items()} == {
        "database": "unhealthy",
        "cache": "degraded",
        "queue": "unknown",
        "process": "unhealthy",
    }


@pytest.mark.parametrize(
    ("conditions", "health"),
    [
        ([healthy()], Health.HEALTHY),
        ([healthy(), degraded("a")], Health.DEGRADED),
        ([healthy(), Condition(Health.UNKNOWN)], Health.DEGRADED),
        ([degraded("a"), unhealthy("b")], Health.UNHEALTHY),
    ],
)
async def test_the_whole_is_as_its_worst_part(conditions: list[Condition], health: Health) -> None:
    names = ("database", "cache", "queue")
    found = await read(CheckUp({name: Part(each).look for name, each in zip(names, conditions, strict=False)}))
    assert overall(found) is health


async def test_the_log_and_the_metrics_say_what_has_changed(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "ariesone.health")
    part = Part(healthy())
    check_up = checking(cache=part)

    def shown() -> float | None:
        return REGISTRY.get_sample_value("health_check", {"check": "cache"})

    found = []
    for condition in (
        healthy(),
        degraded("it is slow"),
        degraded("it is slow"),
        Condition(Health.UNKNOWN),
        degraded("it is full", "cache-memory"),
        unhealthy("it is away"),
        healthy(),
    ):
        part.condition = condition
        await read(check_up)
        found.append(shown())
    assert found == [0, 1, 1, -1, 1, 2, 0]
    assert [record.getMessage() for record in caplog.records] == [
        "cache is degraded: it is slow; see cache-reachable",
        "cache is degraded: it is full; see cache-memory",
        "cache is unhealthy: it is away; see cache-reachable",
        "cache is healthy again",
    ]


async def test_parts_are_looked_at_when_nobody_asks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(check_up_module, "INTERVAL", 0.01)
    part = Part(healthy())
    part.go.clear()
    watching = asyncio.create_task(checking(cache=part).watch(NOTHING))
    async with asyncio.timeout(10):
        while not part.looks:  # noqa: ASYNC110 - nothing is set by it
            await asyncio.sleep(0.01)
    watching.cancel()


def test_each_help_is_a_check_of_the_doctor() -> None:
    assert {*HELP.values(), *looks.HELP.values(), "cache-memory"} <= {each.id for each in CHECKS}


async def test_a_log_that_is_not_read_is_told_of_with_the_seconds() -> None:
    now = 100.0
    follower = Follower(lambda: now)
    assert await look_at_feed(follower, NOTHING) == healthy("read 0.0 s ago")
    now += 60
    assert await look_at_feed(follower, NOTHING) == degraded("the log of changes hasn't been read for 60 s")
    follower.apply(Head(1, (0, 0, 0), today()), ())
    assert (await look_at_feed(follower, NOTHING)).is_well
    now += 7_200
    assert await look_at_feed(follower, NOTHING) == degraded("the log of changes hasn't been read for 7,200 s")


def test_a_shortage_is_remembered_for_a_while() -> None:
    now = 100.0
    shortages = Shortages(lambda: now)

    def recent_after(seconds: float) -> Shortage | None:
        nonlocal now
        now += seconds
        return shortages.recent

    shortages.note(ValueError())
    assert recent_after(0) is None
    shortages.note(asyncpg.DiskFullError("could not extend file"))
    assert recent_after(shortage.RECENT - 1) is Shortage.DISK
    assert recent_after(2) is None


@pytest.mark.parametrize(
    ("cause", "words"),
    [
        (None, "the database doesn't answer"),
        (TimeoutError(), "the database doesn't answer"),
        (ConnectionRefusedError("127.0.0.1:5432"), "the database can't be reached"),
        (asyncpg.InvalidPasswordError('user "ariesone"'), "PostgreSQL refuses the user or the password"),
        (asyncpg.InvalidCatalogNameError('database "ariesone"'), "PostgreSQL has no such database"),
        (asyncpg.CannotConnectNowError(), "PostgreSQL is starting or stopping"),
        (asyncpg.TooManyConnectionsError(), "PostgreSQL has no connection left"),
        (asyncpg.DiskFullError(), "PostgreSQL's disk is full"),
    ],
)
def test_why_a_database_cant_be_used_is_told_without_names(cause: Exception | None, words: str) -> None:
    error = DatabaseUnavailableError("with names")
    error.__cause__ = cause
    assert describe(error) == words
