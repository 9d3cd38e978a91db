"""Requests that ask the same at the same moment: one of them runs, the others wait for its answer."""

import asyncio
from typing import Final

from graph.cache.answers import Answer, Sent
from graph.cache.follower import Follower, Stamp
from graph.cache.watch import Watch

# Seconds that anybody waits for another's answer: where the database is in trouble, each is told so by itself.
PATIENCE: Final = 0.5

# How a flight ends whose request was given up: another one begins anew.
ABANDONED: Final = object()


class Flight:
    """A request whose answer isn't kept, and may be; others may wait for what comes of it."""

    # Since when it runs; None until then, and where nobody knows how long its answer will be right.
    stamp: Stamp | None = None
    # Those who wait: hardly ever any.
    waiting: list[asyncio.Future[object]] | None = None
    # What its answer depends on, where that is to be kept.
    watch: Watch | None = None
    # Where it was looked for in the cache that processes share, in vain.
    digest: bytes | None = None
    # When that was, on the clock of perf_counter.
    began = 0.0

    def __init__(self, sent: Sent, needed: int = 0, audited: Answer | None = None) -> None:
        self.sent = sent
        # The change that the client knows of.
        self.needed = needed
        # What is kept already, and is held against what the database says.
        self.audited = audited

    async def wait(self) -> object:
        """Its value, None where it has none for others or takes too long, or ABANDONED."""
        future = asyncio.get_running_loop().create_future()
        if self.waiting is None:
            self.waiting = []
        self.waiting.append(future)
        try:
            async with asyncio.timeout(PATIENCE):
                return await future
        except TimeoutError:
            return None


class Flights:
    """The requests that run, by what they ask."""

    def __init__(self, follower: Follower) -> None:
        self._follower = follower
        self._flights: dict[Sent, Flight] = {}

    def begin(self, flight: Flight) -> Flight:
        """Have others join a flight from now on; return it, or the one that it has to join, which is as new.

        One that is held against what is kept, or has no stamp, runs for itself alone.
        """
        flight.stamp = stamp = self._follower.stamp()
        if stamp is None or flight.audited is not None:
            return flight
        found = self._flights.setdefault(flight.sent, flight)
        if found.stamp != stamp:
            found = self._flights[flight.sent] = flight
        return found

    def end(self, flight: Flight, outcome: object) -> None:
        """Have nobody join a flight any more, and give those who wait what came of it."""
        if self._flights.get(flight.sent) is flight:
            del self._flights[flight.sent]
        for each in flight.waiting or ():
            if not each.done():
                each.set_result(outcome)
        flight.waiting = None
