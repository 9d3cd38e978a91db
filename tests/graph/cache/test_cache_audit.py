"""One hit in so many is held against the database: a wrong one is counted and logged, a change is no fault."""

import logging

import pytest

from db.tail import Head
from graph.cache.answers import Answer
from graph.cache.audit import Audit
from graph.cache.follower import Follower, today
from graph.cache.tags import Tags
from graph.telemetry.metrics import CACHE_STALE
from graph.telemetry.operations import ToldOperation
from tests.graph.cache.test_log_follower import EPOCH, Clock, change

TEXAS: Tags = frozenset({"state=TX"})


class Looked(Follower):
    """A log in which the next look finds some changes."""

    def __init__(self, *changes: object) -> None:
        super().__init__(Clock())
        self.apply(Head(10, EPOCH, today()), ())
        self.changes = changes

    async def look_again(self, _: float = 0.0) -> bool:
        self.apply(Head(10 + len(self.changes), EPOCH, today()), self.changes)  # type: ignore[arg-type]
        return True


NAMED = ToldOperation("Name", "query", goes_on=False, document="0" * 64, label="other", generation=0)


async def stale(follower: Follower, content: bytes, read: bytes) -> float:
    """How many are counted of one that was kept with a content, and now is read with another."""
    stamp = follower.stamp()
    assert stamp is not None
    audit = Audit(follower, 1)
    before = CACHE_STALE._value.get()
    audit.compare(Answer(content, NAMED, 60, stamp, TEXAS, 0.0), read)
    for task in tuple(audit._judging):
        await task
    return float(CACHE_STALE._value.get() - before)


async def test_what_nothing_explains_is_wrong(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.ERROR, "ariesone.cache")
    assert await stale(Looked(), b"A", b"A") == 0
    assert await stale(Looked(change(11, "1", "state=CA")), b"A", b"B") == 1
    assert "operation Name, read at change 10, depends on state=TX" in caplog.text


async def test_a_change_that_came_meanwhile_explains_it() -> None:
    assert await stale(Looked(change(11, "1", "state=TX")), b"A", b"B") == 0


async def test_a_guess_of_the_database_is_no_fault() -> None:
    assert (
        await stale(Looked(), b'{"value":1,"precision":"ESTIMATED"}', b'{"value":2,"precision":"ESTIMATED"}') == 0
    )


def test_one_hit_in_so_many_is_due() -> None:
    assert [Audit(Follower(), 3).is_due() for _ in range(3)] == [False] * 3
    audit = Audit(Follower(), 3)
    assert [audit.is_due() for _ in range(6)] == [False, False, True] * 2
    assert not any(Audit(Follower(), 0).is_due() for _ in range(3))
