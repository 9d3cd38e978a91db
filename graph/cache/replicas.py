"""The replicas of the database: each is looked at again and again, and read from while it has come far enough."""

import asyncio
import time
from collections import deque
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from typing import Final, NoReturn

from db.engine import Database, PoolOptions
from db.failures import DatabaseUnavailableError, words_of
from db.replica import Replica, cluster_of
from graph.cache.follower import INTERVAL, Follower, Stamp
from graph.cache.replica_reads import ReplicaReads
from graph.cache.standing import Mark, Standing
from graph.condition import NOT_CONFIGURED, Condition, degraded, healthy, unknown
from graph.telemetry.replica_metrics import REPLICAS_PASSED_OVER

# Seconds that a look at a replica may take.
DEADLINE: Final = 1.0
# Seconds between two looks at least; twice as many each time while it hasn't come further.
PAUSE: Final = 0.01
# Looks at the primary that are remembered: a minute's, where nothing changes.
MARKS: Final = 600


class Replicas:
    """The replicas that are open, and which of them an operation may be read from."""

    def __init__(self, follower: Follower, clock: Callable[[], float] = time.monotonic) -> None:
        self._follower = follower
        self._clock = clock
        self._marks: deque[Mark] = deque(maxlen=MARKS)
        # What tells the primary, and its replicas, from other databases.
        self._cluster: int | None = None
        self._turn = 0
        self._passed_over = 0
        self.standings: Sequence[Standing] = ()

    @asynccontextmanager
    async def open(self, urls: Sequence[str], options: PoolOptions, primary: Database) -> AsyncIterator[None]:
        """Open the replicas of a primary for the life of the block."""
        async with AsyncExitStack() as stack:
            opened = [await stack.enter_async_context(Replica.open(url, options)) for url in urls]
            self.standings = [Standing(each, self._clock()) for each in opened]
            for each in self.standings:
                stack.callback(asyncio.create_task(each.replica.database.warm()).cancel)
                stack.callback(asyncio.create_task(self._watch(each, primary)).cancel)
            yield

    def choose(self, primary: Database, needed: int, stamp: Stamp | None) -> Database | ReplicaReads:
        """What an operation is read from: each usable replica in turn, else the primary.

        It has the change `needed`, the last one of this process, and what `stamp` stands for.
        """
        now, needed = self._clock(), max(needed, self._follower.committed)
        for _ in self.standings:
            self._turn = (self._turn + 1) % len(self.standings)
            each = self.standings[self._turn]
            if each.is_usable(now, needed, stamp):
                each.read += 1
                return ReplicaReads(each.replica.database, primary, stamp, each.note_lost)
        self._passed_over += 1
        return primary

    async def look_at(self, _: Database) -> Condition:
        """How the replicas are; each that is left out is named."""
        if not self.standings:
            return NOT_CONFIGURED
        if not self._follower.is_current:
            return unknown("the log of changes can't be read")
        out = [each for each in self.standings if each.problem]
        if not out:
            return healthy(f"{len(self.standings)} in use")
        words = "; ".join(f"{each.replica.name} is left out: {each.problem}" for each in out)
        return degraded(words, "replicas-reachable" if any(each.is_away for each in out) else None)

    async def _watch(self, standing: Standing, primary: Database) -> NoReturn:
        """Look at a replica until cancelled."""
        pause = PAUSE
        while True:
            await self._look(standing, primary)
            standing.show()
            REPLICAS_PASSED_OVER.inc(self._passed_over)
            self._passed_over = 0
            pause = min(2 * pause, INTERVAL) if standing.lag else PAUSE
            await self._rest(standing, pause)

    async def _look(self, standing: Standing, primary: Database) -> None:
        """Look at a replica; while nobody knows what its primary has, nobody can say how far it has come."""
        self._mark()
        if not self._marks or not self._follower.is_current:
            return
        try:
            sight = await standing.replica.look(DEADLINE)
        except DatabaseUnavailableError as error:
            standing.note_failure(f"it doesn't answer ({words_of(error.__cause__ or error)})", self._clock())
        except Exception as error:  # noqa: BLE001 - whatever it is, the next look must come
            standing.note_failure(f"it can't be looked at ({words_of(error)})", self._clock())
        else:
            seen = self._clock()
            if sight.cluster not in {None, self._cluster}:
                # The first one; or another primary has taken the place of the last. The next look must come in any
                # case.
                with suppress(Exception):
                    self._cluster = await cluster_of(primary)
            standing.note(sight, self._marks, self._cluster, seen)

    def _mark(self) -> None:
        """Take note of what the primary has."""
        found = self._follower.mark()
        if found is not None and (not self._marks or self._marks[-1].began < found[0]):
            self._marks.append(Mark(*found))

    async def _rest(self, standing: Standing, pause: float) -> None:
        """Wait for the time of the next look: at once after a pause where the log has gone on."""
        await asyncio.sleep(pause)
        with suppress(TimeoutError):
            async with asyncio.timeout(max(INTERVAL - pause, 0)):
                await self._follower.goes_on(standing.head.cursor if standing.head else 0)
