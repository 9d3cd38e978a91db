"""Follows the log of changes, and tells whether what was read at a place in it is still so.

Nothing is ever told to a cache that it should forget: each entry has the stamp at which it was read and the tags
that it depends on, and each process knows from the log when these last changed (docs/caching.md).
"""

import asyncio
import logging
import time
from collections import OrderedDict
from collections.abc import Callable, Collection, Iterable, Sequence
from typing import Final, NamedTuple, NoReturn

from db import tail
from db.engine import Database
from db.failures import words_of
from db.tail import Head, NewChange
from graph.cache.tags import ANY, tags_of_change
from graph.telemetry.metrics import CACHE_LOOKED

# Seconds between two looks at the log.
INTERVAL: Final = 0.1
# Seconds after a look began for which what it found is believed: nobody is given anything older than this.
BOUND: Final = 0.5
# Seconds that a client's own cursor is waited for.
PATIENCE: Final = 0.05
# Seconds between a commit of this process and the look for it, so that several are found at once; and before a
# look that a client's cursor asks for, whatever cursor it makes up.
GATHERING: Final = 0.002
UNHURRIED: Final = 0.02
# Changes that are looked at one by one; where more are new, everything counts as changed.
MOST_CHANGES: Final = 10_000
# Tags whose last change is remembered, some 150 bytes each.
MOST_TAGS: Final = 200_000

log = logging.getLogger("ariesone.cache")


class Stamp(NamedTuple):
    """When something was read: the last change that it has surely seen, and what else everything depends on.

    That is the log's epoch (what was loaded by then, and when all was last cleared), and which day it was by the
    database's clock (UTC, since 1970): licenses expire.
    """

    cursor: int
    epoch: tuple[int, int, int]
    day: int


def today() -> int:
    """The day that it is in UTC, since 1970, by this process's clock."""
    return int(time.time()) // 86_400


class Follower:
    """What a process knows of the log: how far it has read, and where each tag last changed."""

    def __init__(self, clock: Callable[[], float] = time.monotonic, today: Callable[[], int] = today) -> None:
        self._clock = clock
        self._today = today
        self._last: OrderedDict[str, int] = OrderedDict()
        # Nothing stamped before this can be judged.
        self._floor = 0
        # Up to where the log has been read without a gap; None until it was first read.
        self._applied: int | None = None
        # The last change that whatever is read from now on has surely seen.
        self.known = 0
        # The last change that this process committed itself.
        self.committed = 0
        self._began = clock()
        # When the last look began that succeeded.
        self._looked_at = float("-inf")
        self._looks = 0
        self._is_looking = False
        self._wanted = asyncio.Event()
        self._has_committed = False
        self._looked = asyncio.Event()
        # When the log went on, and how often it was another one than before.
        self._went_on = asyncio.Event()
        self._restarts = 0
        # A load counts as one change of everything, and so does a clearing.
        self._epoch = (0, 0, 0)
        # The day of the last look; None where this process's clock says another one than the database's: some of
        # what an answer says goes by the one, some by the other.
        self._day: int | None = None
        # Who is told what each look found touched, None standing for anything (graph/cache/live.py).
        self.listener: Callable[[Collection[str] | None], None] | None = None
        # Of a read that begins now, as long as the log is current; None until that is known.
        self._stamp: Stamp | None = None
        # Counts what became known: what held at a turn holds as long as it is the same and the log is current.
        self.turn = 0

    @property
    def silence(self) -> float:
        """The seconds since the log was read; those that the process runs where it never was."""
        return self._clock() - max(self._looked_at, self._began)

    @property
    def is_current(self) -> bool:
        """Whether the log was read a moment ago; where it wasn't, nothing that is kept may be given."""
        return 0 <= self._clock() - self._looked_at <= BOUND

    def stamp(self) -> Stamp | None:
        """The stamp of a read that begins now; None while that isn't known."""
        return self._stamp if self.is_current else None

    def mark(self) -> tuple[float, Stamp] | None:
        """When the log was last read, and what everything has seen that is as new; None while that isn't known."""
        if self._applied is None or self._day is None:
            return None
        return self._looked_at, Stamp(self._applied, self._epoch, self._day)

    def holds(self, stamp: Stamp, tags: Iterable[str]) -> bool:
        """Whether what was read at a stamp and depends on these tags is as it was, for all that is known here."""
        if not self.is_current or self.has_changed(stamp, tags):
            return False
        # What was just committed here may not be read yet: its tags aren't known.
        return self.known in (stamp.cursor, self._applied)

    def has_changed(self, stamp: Stamp, tags: Iterable[str]) -> bool:
        """Whether the log, as far as it was read, has something that may have changed what was read at a stamp."""
        cursor, epoch, day = stamp
        if self._applied is None or epoch != self._epoch or day != self._day:
            return True
        if not self._floor <= cursor <= self.known:
            # Too old to be judged; or from a process that is ahead, or another log.
            return True
        last = self._last
        return any(last.get(tag, 0) > cursor for tag in tags)

    def note_commit(self, cursor: int) -> None:
        """Take note of a change that this process committed: nothing older is given before its tags are known."""
        self.known = max(self.known, cursor)
        self.committed = max(self.committed, cursor)
        self._restamp()
        self.turn += 1
        self._has_committed = True
        self._wanted.set()

    async def reaches(self, cursor: int) -> bool:
        """Whether the log is read up to a change that a client knows of; waits for that for a moment."""
        return cursor <= self.known or (await self.look_again(PATIENCE) and cursor <= self.known)

    async def goes_on(self, cursor: int) -> None:
        """Wait until the log is known to go on behind a change, or to have become another one."""
        restarts = self._restarts
        while (self._applied is None or self._applied <= cursor) and restarts == self._restarts:
            await self._went_on.wait()

    async def look_again(self, seconds: float = BOUND) -> bool:
        """Wait until the log was read once more from now on; False where that takes too long."""
        # One that is under way may have begun before.
        looks = self._looks + 1 + self._is_looking
        self._wanted.set()
        try:
            async with asyncio.timeout(seconds):
                while self._looks < looks:
                    await self._looked.wait()
        except TimeoutError:
            return False
        return self.is_current

    async def follow(self, database: Database) -> NoReturn:
        """Read the log until cancelled."""
        is_failing = False
        while True:
            self._wanted.clear()
            self._has_committed = False
            try:
                await self.look(database)
                is_failing = False
            except Exception as error:  # noqa: BLE001 - whatever it is, the next look must come
                if not is_failing:
                    log.warning("the log of changes can't be read, so nothing is kept: %s", words_of(error))
                is_failing = True
            self._looked.set()
            self._looked.clear()
            await self._rest()

    async def look(self, database: Database) -> None:
        """Read what is new in the log."""
        began = self._clock()
        self._is_looking = True
        try:
            head = await tail.head(database)
            # Of a log that is far ahead, or was never read, only the end is read.
            applied = self._applied if self._follows(head) else 0
            after = max(applied or 0, head.cursor - MOST_CHANGES)
            changes = await tail.between(database, after, head.cursor) if after < head.cursor else ()
            touches = await tail.touches(database, after) if after < head.touched else ()
            self.apply(head, changes, began, touches)
        finally:
            self._is_looking = False
            self._looks += 1

    def apply(
        self,
        head: Head,
        changes: Sequence[NewChange],
        began: float | None = None,
        touches: Sequence[tuple[int, str]] = (),
    ) -> None:
        """Take note of what is new in the log, up to where it ended when somebody began to look."""
        before = (self._applied, self._epoch, self._day)
        if not self._follows(head):
            self.known = self.committed = 0
            self._restarts += 1
        has_gap = not self._follows(head) or head.cursor - (self._applied or 0) > MOST_CHANGES
        if has_gap:
            self._floor = max(head.cursor - MOST_CHANGES, 0)
            self._last.clear()
        for change in changes:
            self._note(change["id"], tags_of_change(change))
        for cursor, tag in touches:
            self._last[tag] = max(cursor, self._last.get(tag, 0))
        self._applied = head.cursor
        self.known = max(self.known, head.cursor)
        self._epoch = head.epoch
        self._day = head.day if head.day == self._today() else None
        self._restamp()
        if before != (self._applied, self._epoch, self._day):
            self.turn += 1
            self._went_on.set()
            self._went_on.clear()
            if self.listener is not None:
                has_gap = has_gap or before[1:] != (self._epoch, self._day)
                self.listener(None if has_gap else tags_touched(changes, touches))
        self._looked_at = self._clock() if began is None else began
        CACHE_LOOKED.set_to_current_time()

    def _restamp(self) -> None:
        if self._applied is None or self._day is None:
            self._stamp = None
        else:
            self._stamp = Stamp(self.known, self._epoch, self._day)

    def _follows(self, head: Head) -> bool:
        """Whether a log goes on from where it was read to: not at the start, nor where a copy took its place."""
        return self._applied is not None and self._applied <= head.cursor

    async def _rest(self) -> None:
        """Wait for the time of the next look, or for somebody who wants one."""
        try:
            async with asyncio.timeout(INTERVAL):
                await self._wanted.wait()
                await asyncio.sleep(GATHERING if self._has_committed else UNHURRIED)
        except TimeoutError:
            return

    def _note(self, cursor: int, tags: Iterable[str] | None) -> None:
        if tags is None:
            self._floor = cursor
            return
        for tag in (ANY, *tags):
            self._last[tag] = cursor
            self._last.move_to_end(tag)
        while len(self._last) > MOST_TAGS:
            _, forgotten = self._last.popitem(last=False)
            self._floor = max(self._floor, forgotten)


def tags_touched(changes: Iterable[NewChange], touches: Iterable[tuple[int, str]]) -> Collection[str] | None:
    """All that was touched; None where that isn't known."""
    found = {tag for _, tag in touches}
    for change in changes:
        tags = tags_of_change(change)
        if tags is None:
            return None
        found |= {ANY, *tags}
    return found
