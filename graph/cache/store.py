"""What processes share in the cache: found where it is still right, kept without anybody waiting for that."""

import asyncio
import random
import time
from collections.abc import Callable
from typing import Final

from redis.asyncio import Redis

from graph.cache.envelope import LONGEST, Envelope, is_fresh, seal, unseal
from graph.cache.follower import Follower
from graph.cache.gathering import Gathering
from graph.cache.keys import name_of
from graph.cache.shared import SharedCache
from graph.cache.worth import Worth
from graph.telemetry.metrics import STORE

# Writes that are under way at a time; what comes besides isn't kept.
WRITES: Final = 64
# A part of the lifetime by which it varies, so that what was kept together doesn't end together.
JITTER: Final = 0.1


class Store:
    """What is kept of one kind (`answer` or `rows`), each for so many seconds at most."""

    def __init__(
        self,
        kind: str,
        cache: SharedCache,
        follower: Follower,
        seconds: float,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._kind = kind
        self._cache = cache
        self._gathering = Gathering(cache)
        self._follower = follower
        self._seconds = seconds
        self._clock = clock
        self._writing: set[asyncio.Task[object]] = set()

    async def find(self, digest: bytes, worth: Worth) -> Envelope | None:
        """What is kept under a key, where it is still right, with note taken of whether asking was worth it."""
        return self.take(digest, await self.ask(digest), worth)

    async def look(self, digest: bytes) -> Envelope | None:
        """The same with no note taken."""
        return self._judge(digest, await self.ask(digest))

    def ask(self, digest: bytes) -> asyncio.Future[object]:
        """Ask for what is kept under a key: what is told then is to be judged (`take`)."""
        return self._gathering.get(name_of(self._kind, digest))

    def take(self, digest: bytes, told: object, worth: Worth) -> Envelope | None:
        """What was told, where it is still right, with note taken of whether asking was worth it."""
        found = self._judge(digest, told)
        worth.note_question(is_hit=found is not None)
        STORE[self._kind, "miss" if found is None else "hit"].inc()
        return found

    def _judge(self, digest: bytes, told: object) -> Envelope | None:
        found = unseal(digest, told)
        is_hit = (
            found is not None
            and is_fresh(found.made, self._clock(), self._seconds)
            and self._follower.holds(found.stamp, found.tags)
        )
        return found if is_hit else None

    def keep(self, digest: bytes, envelope: Envelope) -> None:
        """Keep something, in its own time: one that comes late carries its stamp."""
        if len(envelope.content) > LONGEST // 2 or len(self._writing) >= WRITES:
            STORE[self._kind, "dropped"].inc()
            return
        STORE[self._kind, "kept"].inc()
        name, sealed = name_of(self._kind, digest), seal(digest, envelope)
        milliseconds = int(self._seconds * 1000 * random.uniform(1 - JITTER, 1 + JITTER))  # noqa: S311 - no secret

        async def write(redis: Redis) -> object:
            return await redis.set(name, sealed, px=milliseconds)

        task = asyncio.ensure_future(self._cache.ask(write, name, "SET"))
        self._writing.add(task)
        task.add_done_callback(self._writing.discard)
