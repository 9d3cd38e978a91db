"""Whole answers, kept in this process for a moment: who asks the same with the same roles gets the same bytes."""

import asyncio
import logging
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import NoReturn

from db import changes, loads
from db.engine import Database
from db.failures import words_of

# Bytes of answers and what they answer, and of one of them: 200 companies with their locations have 160 kB.
MAX_BYTES = 32 * 1024 * 1024
MAX_ENTRY = 512 * 1024
# What an entry takes besides.
OVERHEAD = 400
# Seconds between two looks at what was loaded: a load is seen this much later than it could be.
INTERVAL = 1.0

# A request's body, and what of its viewer an answer depends on.
Key = tuple[bytes, frozenset[str], bool]

log = logging.getLogger("ariesone.answers")


@dataclass(slots=True)
class Answer:
    """The JSON of an answer without errors, the name of its operation, and when it is too old to be given.

    `coded` has the same JSON compressed, by the names of codings, as soon as somebody was given it so.
    """

    content: bytes
    operation: str | None
    ends: float
    coded: dict[str, bytes] = field(default_factory=dict)


class Answers:
    """The answers used last; all of them go when something was loaded, and each after `seconds` (0 keeps none)."""

    def __init__(self, seconds: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._seconds = seconds
        self._clock = clock
        self._kept: OrderedDict[Key, Answer] = OrderedDict()
        self._bytes = 0
        # Counts the states of the directory that were seen; None until the first one was, and nothing is kept.
        self.state: int | None = None
        self._loaded: object = None
        # The last change that was surely seen by what is read from now on.
        self._known = 0

    def get(self, key: Key) -> Answer | None:
        """Return the answer that is kept for a request."""
        found = self._kept.get(key)
        if found is None:
            return None
        if self._clock() >= found.ends:
            self._drop(key)
            return None
        self._kept.move_to_end(key)
        return found

    def keep(self, key: Key, content: bytes, operation: str | None, state: int | None) -> Answer | None:
        """Keep an answer that was read when the directory was in this `state`; return it where it is kept."""
        size = len(key[0]) + len(content)
        if not self._seconds or state is None or state != self.state or size > MAX_ENTRY:
            return None
        if key in self._kept:
            self._drop(key)
        kept = self._kept[key] = Answer(content, operation, self._clock() + self._seconds)
        self._bytes += weight_of(key, content)
        while self._bytes > MAX_BYTES:
            self._drop(next(iter(self._kept)))
        return kept

    def knows(self, cursor: int) -> bool:
        """Return whether nothing that is kept is older than a change."""
        return cursor <= self._known

    def note_change(self, cursor: int) -> None:
        """Take note of a change that was just committed here: what is kept may be wrong by now."""
        self._known = max(self._known, cursor)
        self.forget()

    def see(self, loaded: object, cursor: int = 0) -> None:
        """Take note of what was loaded and changed so far; where that is news, what is kept may be wrong."""
        if self.state is None or (loaded, cursor) != self._loaded:
            self._loaded = (loaded, cursor)
            self._known = max(self._known, cursor)
            self.state = self.state or 0
            self.forget()

    def forget(self) -> None:
        """Drop all of them, and keep none that is under way: what was asked may have another answer by now."""
        self._kept.clear()
        self._bytes = 0
        if self.state is not None:
            self.state += 1

    async def watch(self, database: Database) -> NoReturn:
        """Look at what was loaded until cancelled; while the database is away, answers only grow old."""
        is_failing = False
        while True:
            try:
                self.see(await loads.so_far(database), await changes.last(database))
                is_failing = False
            except Exception as error:  # noqa: BLE001 - whatever it is, the next look must come
                if not is_failing:
                    log.warning("what was loaded can't be read: %s", words_of(error))
                is_failing = True
            await asyncio.sleep(INTERVAL)

    def _drop(self, key: Key) -> None:
        self._bytes -= weight_of(key, self._kept.pop(key).content)


def weight_of(key: Key, content: bytes) -> int:
    """Return the bytes that an answer takes, with what it answers; half as much again for it compressed."""
    return OVERHEAD + len(key[0]) + len(content) + len(content) // 2
