"""Counters of what happens with each request: plain numbers, which prometheus-client is told now and then."""

import atexit
from typing import Final

from prometheus_client import Counter


class LateCounter:
    """A counter that is added to in 0.1 us, by one thread; the library takes 0.3 us, with several workers 0.9."""

    __slots__ = ("_counter", "_written", "value")

    def __init__(self, counter: Counter) -> None:
        self._counter = counter
        # All that was counted, and what of it the library knows.
        self.value = 0
        self._written = 0
        _EVERY.append(self)

    def inc(self) -> None:
        """Count one more."""
        self.value += 1

    def write(self) -> None:
        """Have the library know of all."""
        value = self.value
        if value != self._written:
            self._counter.inc(value - self._written)
            self._written = value


_EVERY: Final[list[LateCounter]] = []


def write_counters() -> None:
    """Have the library know of all that was counted."""
    for each in _EVERY:
        each.write()


atexit.register(write_counters)
