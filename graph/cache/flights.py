"""Requests that ask the same at the same moment: one of them runs, the others wait for its answer."""

import asyncio
from dataclasses import dataclass
from typing import Final, Generic, TypeVar

from graph.cache.follower import Stamp

Key = TypeVar("Key")

# Seconds that anybody waits for another's answer: where the database is in trouble, each is told so by itself.
PATIENCE: Final = 0.5

# How a flight ends whose first request was given up: another one begins anew.
ABANDONED: Final = object()


@dataclass(slots=True, eq=False)
class Flight:
    """A request that runs since a stamp, and those who wait for what comes of it."""

    stamp: Stamp
    # Those who wait: hardly ever any.
    _waiting: list[asyncio.Future[object]] | None = None
    is_over: bool = False

    @property
    def is_awaited(self) -> bool:
        """Whether anybody waits for it."""
        return bool(self._waiting)

    async def wait(self) -> object:
        """Its value, None where it has none for others or takes too long, or ABANDONED."""
        future = asyncio.get_running_loop().create_future()
        if self._waiting is None:
            self._waiting = []
        self._waiting.append(future)
        try:
            async with asyncio.timeout(PATIENCE):
                return await future
        except TimeoutError:
            return None

    def end(self, outcome: object) -> None:
        """Give everybody who waits what came of it."""
        self.is_over = True
        for each in self._waiting or ():
            if not each.done():
                each.set_result(outcome)
        self._waiting = None


class Flights(Generic[Key]):
    """The requests that run, by what they ask."""

    def __init__(self) -> None:
        self._flights: dict[Key, Flight] = {}

    def find(self, key: Key, stamp: Stamp) -> Flight | None:
        """The flight whose answer is as new as one that would begin now, at a stamp."""
        found = self._flights.get(key)
        return found if found is not None and found.stamp == stamp else None

    def begin(self, key: Key, stamp: Stamp) -> Flight:
        """Begin a flight that others may join from now on."""
        found = self._flights[key] = Flight(stamp)
        return found

    def end(self, key: Key, flight: Flight, outcome: object) -> None:
        """End a flight, if it hasn't ended yet."""
        if flight.is_over:
            return
        flight.end(outcome)
        if self._flights.get(key) is flight:
            del self._flights[key]
