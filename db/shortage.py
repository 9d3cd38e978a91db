"""What PostgreSQL lacks when it refuses statements for want of something: disk, connections, memory."""

import time
from collections.abc import Callable, Mapping
from enum import Enum
from typing import Final

import asyncpg

# Seconds for which a shortage counts as recent: statements that need what is short may come only now and then.
RECENT: Final = 30.0


class Shortage(Enum):
    """What is short, in words."""

    DISK = "PostgreSQL's disk is full"
    CONNECTIONS = "PostgreSQL has no connection left"
    MEMORY = "PostgreSQL has no memory left"


_BY_ERROR: Final[Mapping[type[BaseException], Shortage]] = {
    asyncpg.DiskFullError: Shortage.DISK,
    asyncpg.TooManyConnectionsError: Shortage.CONNECTIONS,
    asyncpg.OutOfMemoryError: Shortage.MEMORY,
}


class Shortages:
    """Remembers for want of what PostgreSQL last refused something that this process asked of it."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._last: Shortage | None = None
        self._noted_at = 0.0

    @property
    def recent(self) -> Shortage | None:
        """The last one, unless that was long ago."""
        return self._last if self._clock() - self._noted_at <= RECENT else None

    def note(self, error: BaseException) -> None:
        """Take note of a statement that failed."""
        if shortage := find_shortage(error):
            self._last, self._noted_at = shortage, self._clock()


def find_shortage(error: BaseException | None) -> Shortage | None:
    """Return the shortage that an error, or what it was raised from, tells of; None if it tells of none."""
    while error is not None:
        if shortage := _BY_ERROR.get(type(error)):
            return shortage
        error = error.__cause__
    return None
