"""Requests that wait for servers, event by event: what sums on paper don't show."""

import heapq
import itertools
import math
import random
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

Then = Callable[[float], None]


@dataclass
class Clock:
    """The events to come; `run` takes them in the order of their times, in seconds."""

    _events: list[tuple[float, int, Then]] = field(default_factory=list)
    # Of two at the same moment the one that was asked for first comes first.
    _numbers: Iterator[int] = field(default_factory=itertools.count)

    def at(self, moment: float, then: Then) -> None:
        """Have something done at a moment."""
        heapq.heappush(self._events, (moment, next(self._numbers), then))

    def run(self) -> None:
        """Do all there is to do."""
        while self._events:
            moment, _, then = heapq.heappop(self._events)
            then(moment)


@dataclass
class Station:
    """So many CPUs that serve whoever came first."""

    clock: Clock
    cpus: int
    busy_seconds: float = 0.0
    _busy: int = 0
    _waiting: deque[tuple[float, Then]] = field(default_factory=deque)

    def serve(self, now: float, seconds: float, then: Then) -> None:
        """Do work that takes so long once a CPU is free, then go on."""
        if self._busy == self.cpus:
            self._waiting.append((seconds, then))
            return
        self._busy += 1
        self._begin(now, seconds, then)

    def _begin(self, now: float, seconds: float, then: Then) -> None:
        self.busy_seconds += seconds

        def end(moment: float) -> None:
            if self._waiting:
                self._begin(moment, *self._waiting.popleft())
            else:
                self._busy -= 1
            then(moment)

        self.clock.at(now + seconds, end)


def varied(mean: float, chance: random.Random) -> float:
    """Return a time around a mean: lognormal, with a standard deviation as large as the mean."""
    sigma = math.sqrt(math.log(2))
    return mean * chance.lognormvariate(-sigma * sigma / 2, sigma)


def percentile(times: list[float], part: float) -> float:
    """Return the time within which a part of requests was answered, from 0 to 1."""
    return sorted(times)[min(int(len(times) * part), len(times) - 1)]
