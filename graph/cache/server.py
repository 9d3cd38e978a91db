"""One Redis or Valkey: its connections, and a pause once it has failed, so that nobody waits in vain."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from functools import partial
from typing import Any, Final, NamedTuple, TypeVar

from hiredis import ReplyError
from redis.asyncio import BlockingConnectionPool, Redis
from redis.exceptions import AskError, OutOfMemoryError, ReadOnlyError, ResponseError

from db.failures import words_of
from graph.cache.line import Lines
from graph.telemetry.metrics import SHARED_CACHE_PAUSED

# Seconds that one call may take: waiting for a connection, opening it, the answer, and being sent elsewhere.
DEADLINE: Final = 0.05
WORDS: Final = f"{DEADLINE * 1000:.0f} ms"
# Calls that fail one after the other before it isn't asked for a while.
FAILURES: Final = 3
# Seconds for which it isn't asked then, doubled as long as it doesn't answer.
FIRST_PAUSE: Final = 0.5
LONGEST_PAUSE: Final = 4.0
# Seconds without a failure after which it is well again: one that fails now and then is told of once.
QUIET: Final = 2.0
# The share of its memory from which a server that evicts nothing is full: what connections hold comes and goes.
FULL: Final = 0.98

Answer = TypeVar("Answer")

log = logging.getLogger("ariesone.cache")


class Problem(NamedTuple):
    """What is wrong with a server, and whether it is that it is full."""

    words: str
    is_full: bool = False


class PausedError(Exception):
    """A server failed a moment ago, and isn't asked."""


class Server:
    """One guard for every call: a deadline, and a pause once several have failed.

    After the pause a single call tries it again, while the others still go without. `name` is what the log calls
    it, `words` what it is.
    """

    def __init__(self, name: str, words: str, pool: BlockingConnectionPool, clock: Callable[[], float]) -> None:
        self._name = name
        self._words = words
        self._pool = pool
        self._redis = Redis(connection_pool=pool)
        self._lines = Lines(pool, pool.max_connections)
        self._clock = clock
        self._failures = 0
        self._failed_at = 0.0
        self._pause = FIRST_PAUSE
        # When it is asked again.
        self._due = 0.0
        self._is_closed = False
        # What is wrong with it, for /health; None while it is well.
        self.problem: Problem | None = None

    @property
    def host(self) -> str:
        """The host that it is reached at; nothing for a Unix socket."""
        return str(self._pool.connection_kwargs.get("host", ""))

    @property
    def connections(self) -> tuple[int, int]:
        """How many of its connections are asked something at the moment, and how many lie idle."""
        [(idle, _), (busy, _)] = self._pool.get_connection_count()
        return busy + self._lines.busy, idle + self._lines.idle

    @property
    def is_paused(self) -> bool:
        """Whether it isn't asked for a while, but for a trial now and then."""
        return self._failures >= FAILURES

    async def run(
        self, call: Callable[[Redis], Awaitable[Answer]], until: float, *, is_asking: bool = False
    ) -> Answer:
        """Return what a call gives; `is_asking` is for what its new owner doesn't quite have yet.

        Raises PausedError, TimeoutError at a time of the event loop, and whatever the call raises: AskError and
        MovedError among others, where another server is to be asked.
        """
        is_trial = self.is_paused
        if is_trial:
            now = self._clock()
            if 0 < self._due - now <= LONGEST_PAUSE:
                raise PausedError
            # The others wait for the outcome of this one.
            self._pause_from(now)
        return await self._guarded(call, until, is_trial=is_trial, is_asking=is_asking)

    async def get(self, names: Sequence[str], until: float, *, is_asking: bool = False) -> Sequence[Any]:
        """Return what each of some keys has, None for nothing, and for what is no text; raises as `run` does."""
        return await self.run(partial(self._read, names), until, is_asking=is_asking)

    async def check(self) -> None:
        """Ask whether it is there and has room, paused or not; `problem` says what is wrong."""
        with suppress(Exception):
            await self._guarded(require_room, in_time(), is_trial=self._failures > 0)

    async def aclose(self) -> None:
        """Close its connections."""
        if self.is_paused:
            SHARED_CACHE_PAUSED.dec()
        self._failures = 0
        self._is_closed = True
        self._lines.close()
        with suppress(Exception):
            async with asyncio.timeout(DEADLINE):
                await self._pool.aclose()

    async def _guarded(
        self,
        call: Callable[[Redis], Awaitable[Answer]],
        until: float,
        *,
        is_trial: bool,
        is_asking: bool = False,
    ) -> Answer:
        try:
            async with asyncio.timeout_at(until):
                if is_trial:
                    await self._forget_connections()
                answer = await (self._asking(call) if is_asking else call(self._redis))
        except AskError:
            self._note_answer()
            raise
        except ReadOnlyError as error:
            self._note_failure(error)
            # It was demoted: its name leads to another one by now, or will soon.
            await self._forget_connections()
            raise
        except Exception as error:
            self._note_failure(error)
            raise
        self._note_answer()
        return answer

    async def _read(self, names: Sequence[str], redis: Redis) -> Sequence[Any]:
        if redis is self._redis:
            found = await self._lines.get([name.encode() for name in names])
            if not any(isinstance(each, ReplyError) for each in found):
                return found
        # What it is asked with ASKING, or refuses, the driver asks, which knows each of its errors.
        pipeline = redis.pipeline(transaction=False)
        for name in names:
            pipeline.get(name)
        return await pipeline.execute()

    async def _asking(self, call: Callable[[Redis], Awaitable[Answer]]) -> Answer:
        # Said over the connection that the call takes, and just before it.
        async with self._redis.client() as redis:
            await redis.execute_command("ASKING")  # type: ignore[no-untyped-call]  # the driver's
            return await call(redis)

    def _note_failure(self, error: Exception) -> None:
        if self._is_closed:
            return
        self._failed_at = self._clock()
        # What it refuses it has answered, and it may answer another command.
        refuses = isinstance(error, ResponseError)
        self._failures += not refuses
        if self._failures == FAILURES and not refuses:
            SHARED_CACHE_PAUSED.inc()
            self._pause_from(self._failed_at)
        if self.problem is None:
            log.warning(
                "%s (%s) fails: %s; this process goes on with what it knows itself",
                self._words,
                self._name,
                words_of_call(error),
            )
        self.problem = self._problem_of(error)

    def _problem_of(self, error: Exception) -> Problem:
        if isinstance(error, OutOfMemoryError):
            return Problem(f"{self._words} is full, and accepts nothing new", is_full=True)
        does = "refuses commands" if isinstance(error, ResponseError) else f"doesn't answer within {WORDS}"
        return Problem(f"{self._words} {does}")

    def _note_answer(self) -> None:
        if self.is_paused:
            SHARED_CACHE_PAUSED.dec()
        self._failures = 0
        self._pause = FIRST_PAUSE
        if self.problem is not None and not 0 <= self._clock() - self._failed_at < QUIET:
            self.problem = None
            log.info("%s (%s) answers again", self._words, self._name)

    def _pause_from(self, now: float) -> None:
        self._due = now + self._pause
        self._pause = min(self._pause * 2, LONGEST_PAUSE)

    async def _forget_connections(self) -> None:
        """Close the idle ones: those that were opened before it failed are hardly of any use."""
        self._lines.close()
        # What can't be closed is forgotten all the same.
        with suppress(Exception):
            await self._pool.disconnect(inuse_connections=False)


async def require_room(redis: Redis) -> None:
    """Raise OutOfMemoryError from a server that is full and removes nothing to make room."""
    try:
        memory = await redis.info("memory")
    except ResponseError:
        # Not everybody may ask for it.
        await redis.ping()
        return
    most = memory.get("maxmemory", 0)
    if most and memory["used_memory"] >= most * FULL and memory["maxmemory_policy"] == "noeviction":
        raise OutOfMemoryError("its memory is full, and its policy is noeviction")


def in_time() -> float:
    """The time of the event loop at which a call that begins now is given up."""
    return asyncio.get_running_loop().time() + DEADLINE


def words_of_call(error: Exception) -> str:
    """Return what a call failed with."""
    return f"no answer within {WORDS}" if isinstance(error, TimeoutError) else words_of(error)
