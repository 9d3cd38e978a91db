"""Whole answers in this process: who asks the same with the same roles gets the same while it is right."""

import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import Final

from graph.cache.demand import Demand
from graph.cache.envelope import is_fresh
from graph.cache.follower import Follower, Stamp
from graph.cache.tags import Tags
from graph.telemetry.metrics import CACHE_BYTES, CACHE_ENTRIES, CACHE_EVICTED
from graph.telemetry.operations import ToldOperation
from graph.use import Use

# One answer: 200 companies with their locations have 160 kB.
MAX_ENTRY: Final = 512 * 1024
# What an entry takes besides its bytes, and each of its tags.
OVERHEAD: Final = 600
OF_TAG: Final = 80

# A request as it came (its body, or what its URL asks for, and its path), what of its viewer an answer depends on,
# and the generation of answers: one that is made while all are dropped is found by nobody.
Sent = tuple[bytes, str, frozenset[str], bool, int]


@dataclass(slots=True, eq=False)
class Answer:
    """The JSON of an answer without errors, what is told of its operation, and what it takes to give it again.

    `coded` has the same JSON compressed, by the names of codings, as soon as somebody was given it so.
    """

    content: bytes
    operation: ToldOperation | None
    # Seconds that others than this server may keep it.
    max_age: int
    # When it was read, and what it depends on.
    stamp: Stamp
    tags: Tags
    # When it was made, on the clock of time.time.
    made: float
    coded: dict[str, bytes] = field(default_factory=dict)
    # The last turn of the log at which it was found to be right.
    turn: int = -1
    # Seconds for which it may be given beyond its time while a new one is made, and whether its time is over.
    stale: int = 0
    is_overdue: bool = False
    # How often others like it are asked for again.
    demand: Demand = field(default_factory=Demand)
    # What of the schema its operation uses, as far as that is counted.
    use: Use | None = None
    _etag: str = ""

    @property
    def etag(self) -> str:
        """What tells this content from any other."""
        self._etag = self._etag or blake2b(self.content, digest_size=12).hexdigest()
        return self._etag


class Answers:
    """The answers used last, in at most `max_bytes`, each for `seconds` (0 keeps none) and its `stale` ones."""

    def __init__(
        self, follower: Follower, seconds: float, max_bytes: int, clock: Callable[[], float] = time.time
    ) -> None:
        self._follower = follower
        self._seconds = seconds
        self._max_bytes = max_bytes
        self._clock = clock
        self._kept: OrderedDict[Sent, Answer] = OrderedDict()
        # Bytes that are taken.
        self.bytes = 0
        # Counts how often all were dropped: what was asked before may mean something else now.
        self.generation = 0

    def __len__(self) -> int:
        return len(self._kept)

    def find(self, sent: Sent) -> Answer | None:
        """The answer that is kept for a request, where it is still right, though its time may be over."""
        found = self._kept.get(sent)
        if found is None:
            return None
        now = self._clock()
        if not is_fresh(found.made, now, self._seconds):
            if not is_fresh(found.made, now, self._seconds + found.stale):
                return None
            found.is_overdue = True
        if not self._is_right(found):
            return None
        self._kept.move_to_end(sent)
        return found

    def _is_right(self, found: Answer) -> bool:
        """Whether an answer still is what the database says; its tags are looked at once a turn."""
        follower = self._follower
        if found.turn == follower.turn:
            return follower.is_current
        if not follower.holds(found.stamp, found.tags):
            return False
        found.turn = follower.turn
        return True

    def keep(self, sent: Sent, answer: Answer) -> None:
        """Keep an answer for a request."""
        weight = weight_of(sent, answer)
        if not self._seconds or len(answer.content) > MAX_ENTRY or weight > self._max_bytes:
            return
        self._drop(sent)
        self._kept[sent] = answer
        self.bytes += weight
        while self.bytes > self._max_bytes and self._kept:
            self._drop(next(iter(self._kept)))
            CACHE_EVICTED.inc()
        self._tell()

    def clear(self) -> None:
        """Drop all answers."""
        self._kept.clear()
        self.bytes = 0
        self.generation += 1
        self._tell()

    def _tell(self) -> None:
        CACHE_BYTES.set(self.bytes)
        CACHE_ENTRIES.set(len(self._kept))

    def _drop(self, sent: Sent) -> None:
        answer = self._kept.pop(sent, None)
        if answer is not None:
            self.bytes -= weight_of(sent, answer)


def weight_of(sent: Sent, answer: Answer) -> int:
    """The bytes that an answer takes, with what it answers; half as much again for it compressed."""
    size = len(answer.content)
    return OVERHEAD + len(sent[0]) + size + size // 2 + OF_TAG * len(answer.tags)
