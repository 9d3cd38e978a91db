"""A bucket of cost as one process knows it: what is left, and how much of it may go before others are asked."""

import asyncio
import hashlib
import math
from collections.abc import Mapping
from typing import Final, NamedTuple

# The part of a bucket that one process spends before it has told the others of it.
CREDIT: Final = 0.01

PREFIX: Final = "ariesone:bucket:"


class Rate(NamedTuple):
    """How much a bucket holds, in units of cost, and how many it gets back each second."""

    size: float
    restore: float

    def times(self, factor: float) -> "Rate":
        """So many times as much, in whole units."""
        return Rate(max(round(self.size * factor), 1), max(round(self.restore * factor), 1))


class Bucket:
    """What is left in a client's bucket, at a moment; less than nothing where refused requests cost more.

    `name` tells it from all others. Of what was taken, `untold` isn't known to other processes, and `being_told`
    is on its way to them.
    """

    __slots__ = (
        "_at",
        "_key",
        "allowed",
        "asking",
        "being_told",
        "full_told",
        "left",
        "name",
        "rate",
        "size_told",
        "told_at",
        "untold",
        "was_told",
    )

    def __init__(self, name: str, rate: Rate, now: float, *, is_shared: bool) -> None:
        self.name = name
        self.rate = rate
        # As the headers of answers tell it.
        self.size_told = f"{rate.size:.0f}"
        # The same of one that is full, as those are of most clients that ask for what is kept.
        self.full_told: Mapping[str, str] = {
            "ratelimit-limit": self.size_told, "ratelimit-remaining": self.size_told, "ratelimit-reset": "0",
        }  # fmt: skip
        self.left = rate.size
        self._at = now
        self.untold = 0.0
        self.being_told = 0.0
        # The most that both may come to: never more than there was when others were asked last.
        self.allowed = rate.size * CREDIT if is_shared else math.inf
        # When that was, and whether they answered the last question; set once that is over, while they are asked.
        self.told_at = -math.inf
        self.was_told = False
        self.asking: asyncio.Event | None = None
        self._key: str | None = None

    @property
    def key(self) -> str:
        """Where processes keep it together: neither an address nor a subject can be read from it.

        The part in braces decides in which slot of a Cluster a key lies: 16 are enough for many servers, and few
        enough for one script to take many keys.
        """
        if self._key is None:
            digest = hashlib.sha256(self.name.encode(errors="replace")).hexdigest()
            self._key = f"{PREFIX}{{{digest[0]}}}:{digest}"
        return self._key

    @property
    def is_full(self) -> bool:
        """Whether nothing is missing, which time doesn't change."""
        return self.left >= self.rate.size

    @property
    def share(self) -> float:
        """The part of it that is left."""
        return self.left / self.rate.size

    def fill(self, now: float) -> float:
        """Add what has come back; return what is left."""
        size, restore = self.rate
        left = self.left + (now - self._at) * restore
        self.left = left = min(size, left)
        self._at = now
        return left

    def try_take(self, cost: float, now: float) -> bool:
        """Take a cost if it is left, and may be taken before others are told."""
        if self.fill(now) < cost or self.untold + self.being_told + cost > self.allowed:
            return False
        self.left -= cost
        self.untold += cost
        return True

    def take(self, cost: float) -> None:
        """Take a cost, or put it back where it is below 0; debts end at one bucket."""
        self.left = max(min(self.left - cost, self.rate.size), -self.rate.size)
        self.untold += cost

    def begin_asking(self) -> float:
        """Note that others are being asked; return what they are to be told of."""
        self.asking = asyncio.Event()
        self.being_told, self.untold = self.untold, 0.0
        return self.being_told

    def end_asking(self, left: float | None, now: float) -> None:
        """Take what others say is left; where they say nothing, what was to be told is never told.

        By when they can be asked again it has come back.
        """
        self.was_told = left is not None
        if left is not None:
            self.left = max(min(left - self.untold, self.rate.size), -self.rate.size)
            self.allowed = min(left, self.rate.size * CREDIT)
            self._at = self.told_at = now
        self.being_told = 0.0
        if self.asking is not None:
            self.asking.set()
            self.asking = None


def slot_of(key: str) -> str:
    """The part of a bucket's key that decides in which slot of a Cluster it lies."""
    return key[len(PREFIX) : key.index("}")]
