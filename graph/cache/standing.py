"""How one replica stands: what it has of the log of changes, when that was all, and what keeps it out of use."""

import logging
from collections.abc import Sequence
from typing import Final, NamedTuple

from db.replica import Replica, Sight
from db.tail import Head
from graph.cache.follower import BOUND, Stamp
from graph.telemetry.replica_metrics import REPLICA_FAILED, REPLICA_IN_USE, REPLICA_LAG, REPLICA_READ

# Seconds for which all has to be well before one that was left out is used again.
SETTLED: Final = 1.0
# Seconds for which one may seem to be ahead: with synchronous replication it shows commits before its primary.
AHEAD: Final = 2.0

NEVER: Final = float("-inf")

log = logging.getLogger("ariesone.database")


class Mark(NamedTuple):
    """A look at the primary's log: when it began, and what everything has seen that is as new."""

    began: float
    stamp: Stamp


def has_reached(head: Head, stamp: Stamp) -> bool:
    """Whether a server whose log ends there has all that a stamp stands for."""
    return head.cursor >= stamp.cursor and head.epoch == stamp.epoch and head.day == stamp.day


class Standing:
    """What this process knows of a replica; times are on the clock of the follower."""

    def __init__(self, replica: Replica, now: float) -> None:
        self.replica = replica
        self.head: Head | None = None
        # It may be read from until then.
        self.usable_until = NEVER
        # Why it is left out; None while it is in use.
        self.problem: str | None = "it hasn't been looked at yet"
        # Whether it couldn't even be looked at last time.
        self.is_away = False
        # Queries that were read from it, and that it failed, since they were counted last.
        self.read = self.failed = 0
        # Seconds since it had all changes, at most.
        self.lag = 0.0
        self._complete_at = self._seen_at = now
        self._well_since: float | None = None
        self._ahead_since: float | None = None
        self._was_told = False
        self._counters = (REPLICA_READ.labels(replica.name), REPLICA_FAILED.labels(replica.name))
        self._gauges = (REPLICA_IN_USE.labels(replica.name), REPLICA_LAG.labels(replica.name))

    def note(self, sight: Sight, marks: Sequence[Mark], cluster: int | None, now: float) -> None:
        """Take note of how far it has come; `marks` are the looks at its primary, the last of them at the end."""
        self.is_away = False
        self._note_ahead(marks[-1], now)
        self.head, self._seen_at = sight.head, now
        reached = next((mark for mark in reversed(marks) if has_reached(sight.head, mark.stamp)), None)
        if reached is not None:
            self._complete_at = max(self._complete_at, reached.began)
        self.lag = 0.0 if reached is marks[-1] else now - self._complete_at
        self._settle(self._problem_in(sight, marks[-1].stamp, cluster, now), now)

    def note_failure(self, words: str, now: float) -> None:
        """Take note of why it couldn't be looked at."""
        self.is_away = True
        self.lag = now - self._complete_at
        self._settle(words, now)

    def note_lost(self, _: Exception) -> None:
        """Take note that it failed a query: it isn't read from before it was looked at again."""
        self.failed += 1
        self.usable_until = NEVER

    def is_usable(self, now: float, needed: int, stamp: Stamp | None) -> bool:
        """Whether it can be read from by who needs a change, and what a stamp stands for."""
        head = self.head
        if head is None or now > self.usable_until or head.cursor < needed:
            return False
        return stamp is None or has_reached(head, stamp)

    def show(self) -> None:
        """Show it in the metrics."""
        for counter, number in zip(self._counters, (self.read, self.failed), strict=True):
            counter.inc(number)
        self.read = self.failed = 0
        in_use, lag = self._gauges
        in_use.set(self.problem is None)
        lag.set(self.lag)

    def _note_ahead(self, last: Mark, now: float) -> None:
        """Take note where it had changes that its primary lacked when that was asked later."""
        if self.head is not None and last.began > self._seen_at:
            is_ahead = self.head.cursor > last.stamp.cursor
            self._ahead_since = (self._ahead_since or now) if is_ahead else None

    def _problem_in(self, sight: Sight, last: Stamp, cluster: int | None, now: float) -> str | None:
        if not sight.is_replica:
            return "it is no replica, or no longer: it takes changes itself"
        if None not in {cluster, sight.cluster} and cluster != sight.cluster:
            return "it is a replica of another database"
        if self._ahead_since is not None and now - self._ahead_since > AHEAD:
            return "it has changes that its primary doesn't have"
        if sight.head.day != last.day:
            return "its clock says another day"
        if self.lag > BOUND:
            return f"it is more than {BOUND:g} s behind"
        return None

    def _settle(self, problem: str | None, now: float) -> None:
        """Leave it out where there is a problem; use it again once there has been none for a while."""
        if problem is not None:
            self._well_since, self.usable_until = None, NEVER
            if self.problem is None or not self._was_told:
                log.warning("the replica %s is left out: %s", self.replica.name, problem)
            self.problem, self._was_told = problem, True
            return
        self._well_since = self._well_since or now
        if self.problem is not None:
            if self._was_told and now - self._well_since < SETTLED:
                return
            log.info("the replica %s is read from", self.replica.name)
            self.problem = None
        # What it shows that its primary lacks may never be there.
        self.usable_until = NEVER if self._ahead_since is not None else self._complete_at + BOUND
