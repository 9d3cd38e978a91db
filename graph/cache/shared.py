"""The cache that all processes share, a Redis or Valkey: whatever it does, a call gives an answer or none."""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Final, Self, TypeVar

from redis.asyncio import BlockingConnectionPool, Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import ResponseError

from graph.telemetry.metrics import SHARED_CACHE

# Seconds that one call may take: waiting for a connection, opening it, and the answer.
DEADLINE: Final = 0.05
# Connections of one process; more calls than these wait within their deadline.
CONNECTIONS: Final = 32
# Calls that fail one after the other before it isn't asked for a while.
FAILURES: Final = 3
# Seconds for which it isn't asked then, doubled as long as it doesn't answer.
FIRST_PAUSE: Final = 0.5
LONGEST_PAUSE: Final = 4.0
# Seconds without a failure after which it is well again: one that fails now and then is told of once.
QUIET: Final = 2.0

Answer = TypeVar("Answer")

log = logging.getLogger("ariesone.cache")


class SharedCache:
    """One guard for every call: a deadline, and a pause once several have failed, so that nobody waits in vain.

    After the pause a single call tries it again, while the others still go without.
    """

    def __init__(self, pool: BlockingConnectionPool, clock: Callable[[], float] = time.monotonic) -> None:
        self._pool = pool
        self._redis = Redis(connection_pool=pool)
        self._clock = clock
        self._failures = 0
        self._failed_at = 0.0
        self._pause = FIRST_PAUSE
        # When it is asked again.
        self._due = 0.0
        # What is wrong with it, for /health; None while it is well.
        self.problem: str | None = None

    @classmethod
    def at(cls, url: str) -> Self:
        """Return the cache of a URL; it connects when it is first asked. Raises ValueError for no URL of Redis."""
        # RESP2 needs no greeting, and the driver then sees that an idle connection was closed. The deadline of a
        # call is the only one, and what has failed is not tried again within it.
        pool = BlockingConnectionPool.from_url(
            url,
            max_connections=CONNECTIONS,
            timeout=DEADLINE,
            protocol=2,
            driver_info=None,
            retry=Retry(NoBackoff(), 0),
            socket_timeout=None,
            socket_connect_timeout=None,
        )
        return cls(pool)

    async def ask(self, call: Callable[[Redis], Awaitable[Answer]]) -> Answer | None:
        """Return what a call gives; None where it fails for any reason, takes too long, or isn't tried."""
        is_trial = self._failures >= FAILURES
        if is_trial:
            now = self._clock()
            if now < self._due:
                SHARED_CACHE["skipped"].inc()
                return None
            # The others wait for the outcome of this one.
            self._pause_from(now)
        return await self._guarded(call, is_trial=is_trial)

    async def check(self) -> str | None:
        """Ask whether it is there, paused or not; return what is wrong with it, or None."""
        await self._guarded(lambda redis: redis.ping(), is_trial=self._failures > 0)
        return self.problem

    async def aclose(self) -> None:
        """Close its connections."""
        with suppress(Exception):
            async with asyncio.timeout(DEADLINE):
                await self._pool.aclose()

    async def _guarded(self, call: Callable[[Redis], Awaitable[Answer]], *, is_trial: bool) -> Answer | None:
        try:
            async with asyncio.timeout(DEADLINE):
                if is_trial:
                    await self._forget_connections()
                answer = await call(self._redis)
        except Exception as error:  # noqa: BLE001 - drivers, event loops and servers fail in many ways
            self._note_failure(error)
            SHARED_CACHE["failed"].inc()
            return None
        self._note_answer()
        SHARED_CACHE["answered"].inc()
        return answer

    def _note_failure(self, error: Exception) -> None:
        self._failed_at = self._clock()
        # What it refuses it has answered, and it may answer another command.
        refuses = isinstance(error, ResponseError)
        self._failures += not refuses
        if self._failures == FAILURES and not refuses:
            self._pause_from(self._failed_at)
        if self.problem is None:
            log.warning(
                "the shared cache (REDIS_URL) fails: %s; this process goes on with what it knows itself",
                words_of(error),
            )
        self.problem = "the shared cache refuses commands" if refuses else "the shared cache doesn't answer"

    def _note_answer(self) -> None:
        self._failures = 0
        self._pause = FIRST_PAUSE
        if self.problem is not None and self._clock() - self._failed_at >= QUIET:
            self.problem = None
            log.info("the shared cache (REDIS_URL) answers again")

    def _pause_from(self, now: float) -> None:
        self._due = now + self._pause
        self._pause = min(self._pause * 2, LONGEST_PAUSE)

    async def _forget_connections(self) -> None:
        """Close the idle ones: those that were opened before it failed are hardly of any use."""
        # What can't be closed is forgotten all the same.
        with suppress(Exception):
            await self._pool.disconnect(inuse_connections=False)


def words_of(error: Exception) -> str:
    """Return what happened; a deadline that has passed says nothing by itself."""
    if isinstance(error, TimeoutError):
        return f"no answer within {DEADLINE * 1000:.0f} ms"
    return str(error) or type(error).__name__
