"""What makes a replica one that can be read from, looked at with a clock that is set by hand."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from typing import Any, cast

import pytest

from db.engine import Database
from db.failures import DatabaseUnavailableError, StatementTimeoutError
from db.replica import Replica, Sight
from db.tail import Head
from graph.cache.follower import BOUND, Follower, Stamp, today
from graph.cache.replica_reads import ReplicaReads
from graph.cache.replicas import Replicas
from graph.cache.standing import AHEAD, SETTLED, Mark, Standing
from graph.condition import degraded, healthy, unknown
from tests.graph.cache.test_log_follower import EPOCH, Clock

# Of all that is seen here, whether midnight passes meanwhile or not.
DAY = today()
HEAD = Head(10, EPOCH, DAY)
SIGHT = Sight(HEAD, is_replica=True, cluster=1)


class Named:
    """A replica that nobody asks."""

    def __init__(self, name: str = "db2:5432") -> None:
        self.name = name
        self.database = Answering(name)


class Answering:
    """Reads that answer with a name, or fail."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.fails = False

    async def read(self, *_: object) -> Any:
        if self.fails:
            raise DatabaseUnavailableError(self.name)
        await asyncio.sleep(0)
        return [self.name]

    async def find(self, *_: object) -> Any:
        return (await self.read())[0]


class Looked(Named):
    """A replica that is well."""

    async def look(self, _: float) -> Sight:
        return SIGHT


class Late:
    """A primary that takes too long for each statement."""

    def __init__(self) -> None:
        self.asked = 0

    async def read(self, *_: object) -> Any:
        self.asked += 1
        raise StatementTimeoutError


def mark(cursor: int, began: float = 0.95, **others: Any) -> Mark:
    return Mark(began, Stamp(cursor, others.get("epoch", EPOCH), others.get("day", DAY)))


def standing() -> Standing:
    return Standing(cast("Replica", Named()), 0.0)


@pytest.mark.parametrize(
    ("marks", "sight", "problem"),
    [
        ([mark(10)], SIGHT, None),
        ([mark(9)], SIGHT, None),
        ([mark(10)], replace(SIGHT, is_replica=False), "takes changes itself"),
        ([mark(10)], replace(SIGHT, cluster=2), "of another database"),
        ([mark(10)], replace(SIGHT, cluster=None), None),
        ([mark(10, day=DAY + 1)], SIGHT, "another day"),
        ([mark(12)], SIGHT, "behind"),
        ([mark(10, epoch=(4, 4, 0))], SIGHT, "behind"),
        ([mark(10, began=0.4), mark(12)], SIGHT, "behind"),
        ([mark(10, began=0.6), mark(12)], SIGHT, None),
    ],
)
def test_a_replica_is_used_while_it_had_all_changes_a_moment_ago(
    marks: Sequence[Mark], sight: Sight, problem: str | None
) -> None:
    found = standing()
    found.note(sight, marks, 1, 1.0)
    assert (found.problem is None) is (problem is None)
    assert (problem or "") in (found.problem or "")
    assert found.is_usable(1.0, 10, None) is (problem is None)


def test_it_can_be_read_from_for_as_long_as_nothing_it_lacks_can_be_older_than_the_bound() -> None:
    found = standing()
    found.note(SIGHT, [mark(10, began=0.7), mark(12, began=0.9)], 1, 1.0)
    assert found.is_usable(0.7 + BOUND, 0, None)
    assert not found.is_usable(0.71 + BOUND, 0, None)
    assert found.lag == pytest.approx(0.3)
    # Who needs more than it has is read for elsewhere.
    assert found.is_usable(1.0, 10, Stamp(10, EPOCH, DAY))
    assert not found.is_usable(1.0, 11, None)
    for stamp in (Stamp(11, EPOCH, DAY), Stamp(10, (4, 4, 0), DAY), Stamp(10, EPOCH, DAY + 1)):
        assert not found.is_usable(1.0, 0, stamp)


def test_one_that_has_all_is_not_blamed_where_the_process_itself_was_late() -> None:
    found = standing()
    found.note(SIGHT, [mark(10, began=0.1)], 1, 1.0)
    assert found.problem is None
    assert not found.is_usable(1.0, 0, None)


def test_one_that_was_left_out_is_used_again_once_all_was_well_for_a_while() -> None:
    found = standing()
    found.note(SIGHT, [mark(10, began=1.0)], 1, 1.0)
    found.note_failure("it doesn't answer", 2.0)
    assert not found.is_usable(1.1, 0, None)
    for now in (3.0, 3.0 + SETTLED - 0.1):
        found.note(SIGHT, [mark(10, began=now)], 1, now)
        assert not found.is_usable(now, 0, None)
    now = 3.0 + SETTLED
    found.note(SIGHT, [mark(10, began=now)], 1, now)
    assert found.is_usable(now, 0, None)
    assert found.problem is None


def test_one_that_failed_a_query_is_read_from_again_once_it_was_looked_at() -> None:
    found = standing()
    found.note(SIGHT, [mark(10, began=1.0)], 1, 1.0)
    found.note_lost(DatabaseUnavailableError("no connection was free"))
    assert not found.is_usable(1.0, 0, None)
    found.note(SIGHT, [mark(10, began=1.1)], 1, 1.1)
    assert found.is_usable(1.1, 0, None)


def test_one_that_stays_ahead_of_a_primary_that_is_asked_later_has_another_history() -> None:
    found = standing()
    for now in (1.0, 1.0 + AHEAD, 1.5 + AHEAD, 2.0 + 2 * AHEAD):
        found.note(SIGHT, [mark(8, began=now - 0.01)], 1, now)
        assert (found.problem is not None) is (now > 1.5 + AHEAD)
        # Seen twice, it isn't read from.
        assert found.is_usable(now, 0, None) is (now == 1.0)
        # Between two looks at the primary nothing is learned.
        found.note(SIGHT, [mark(8, began=now - 0.01)], 1, now + 0.01)
        assert found.is_usable(now, 0, None) is (now == 1.0)
    assert "its primary doesn't have" in (found.problem or "")
    # Its primary has caught up: it was the one that heard first.
    found = standing()
    for now in (1.0, 1.1, 1.2):
        found.note(SIGHT, [mark(8 if now < 1.2 else 10, began=now - 0.01)], 1, now)
    assert found.problem is None


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def follower(clock: Clock) -> Follower:
    found = Follower(clock)
    found.apply(HEAD, ())
    return found


@pytest.fixture
def replicas(follower: Follower, clock: Clock) -> Replicas:
    """Two that have what the follower knows of."""
    found = Replicas(follower, clock)
    found.standings = [Standing(cast("Replica", Named(name)), 0.0) for name in ("db2:5432", "db3:5432")]
    for each in found.standings:
        each.note(SIGHT, [mark(10, began=0.0)], 1, 0.0)
    return found


PRIMARY = cast("Database", Answering("primary"))


async def names_of(replicas: Replicas, needed: int = 0, stamp: Stamp | None = None) -> list[str]:
    """Who answers four operations."""
    return [(await replicas.choose(PRIMARY, needed, stamp).read(cast("Any", None)))[0] for _ in range(4)]


async def test_replicas_take_turns(replicas: Replicas) -> None:
    assert await names_of(replicas) == ["db3:5432", "db2:5432"] * 2
    assert [each.read for each in replicas.standings] == [2, 2]


async def test_who_needs_what_only_one_has_is_given_that_one(replicas: Replicas) -> None:
    replicas.standings[1].note(replace(SIGHT, head=replace(HEAD, cursor=11)), [mark(10, began=0.0)], 1, 0.0)
    assert await names_of(replicas, 11) == ["db3:5432"] * 4
    assert await names_of(replicas, 12) == ["primary"] * 4


async def test_nobody_is_given_what_was_before_a_commit_of_this_process(
    replicas: Replicas, follower: Follower
) -> None:
    follower.note_commit(11)
    assert await names_of(replicas) == ["primary"] * 4
    replicas.standings[0].note(replace(SIGHT, head=replace(HEAD, cursor=11)), [mark(10, began=0.0)], 1, 0.0)
    assert await names_of(replicas) == ["db2:5432"] * 4
    # A copy of an older log took its primary's place: its numbers are given again.
    follower.apply(Head(3, EPOCH, DAY), ())
    assert follower.committed == 0


async def test_what_is_kept_has_all_that_this_process_knows(replicas: Replicas, follower: Follower) -> None:
    follower.apply(replace(HEAD, cursor=11), ())
    assert await names_of(replicas, 0, follower.stamp()) == ["primary"] * 4
    assert await names_of(replicas) != ["primary"] * 4


async def test_the_primary_goes_on_with_what_a_replica_fails_and_is_never_left_again(replicas: Replicas) -> None:
    reads = replicas.choose(PRIMARY, 0, None)
    assert isinstance(reads, ReplicaReads)
    failing = cast("Answering", reads._reads)
    assert await reads.read(cast("Any", None)) == [failing.name]
    failing.fails = True
    # Side by side, so that both have begun when the first one fails.
    assert await asyncio.gather(reads.read(cast("Any", None)), reads.find(*cast("Any", [None] * 3))) == [
        ["primary"],
        "primary",
    ]
    failing.fails = False
    assert await reads.read(cast("Any", None)) == ["primary"]
    assert sum(each.failed for each in replicas.standings) == 1
    cast("Answering", PRIMARY).fails = True
    try:
        with pytest.raises(DatabaseUnavailableError, match="primary"):
            await reads.read(cast("Any", None))
    finally:
        cast("Answering", PRIMARY).fails = False


async def test_a_look_goes_on_though_the_primary_does_not_say_what_it_is(follower: Follower, clock: Clock) -> None:
    replicas, primary = Replicas(follower, clock), Late()
    found = Standing(cast("Replica", Looked()), 0.0)
    await replicas._look(found, cast("Database", primary))
    assert (found.problem, primary.asked) == (None, 1)


async def test_health_names_who_is_left_out(replicas: Replicas, clock: Clock) -> None:
    assert await replicas.look_at(PRIMARY) == healthy("2 in use")
    replicas.standings[1].note_failure("it doesn't answer (no answer in time)", 0.1)
    told = "db3:5432 is left out: it doesn't answer (no answer in time)"
    assert await replicas.look_at(PRIMARY) == degraded(told, "replicas-reachable")
    clock.now = 60.0
    assert await replicas.look_at(PRIMARY) == unknown("the log of changes can't be read")
    replicas.standings = ()
    assert await replicas.look_at(PRIMARY) == healthy("not configured")
