"""Connections kept at hand: asyncpg's pool takes 25 to 75 us to lend one and take it back."""

import asyncio
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from functools import cached_property
from typing import Any, NamedTuple, NoReturn

import asyncpg
from asyncpg.prepared_stmt import PreparedStatement

# Seconds in which a connection must have been used, or is closed: something on the way may have forgotten it.
LIFETIME = 300.0
# Seconds that a server may take to close a connection.
GOODBYE = 2.0
# Seconds that opening a connection may take: seven messages there and back, over a way of 400 ms.
OPENING = 3.0
# Connections opened before they are needed.
WARM = 4

# How PostgreSQL plans a prepared statement: once for all values, or for each as it sees fit.
_MODES = {True: "force_generic_plan", False: "auto"}


class PoolState(NamedTuple):
    """How a pool stands: the connections that are lent, lie idle, and may be open; and who waits for one.

    `waits` is how often somebody found all of them busy since the pool was opened, and `waited` the seconds that
    this took them.
    """

    lent: int
    idle: int
    most: int
    waiting: int
    waits: int
    waited: float


class PooledConnection(asyncpg.Connection):
    """A connection that knows how its session plans, and what it has prepared by name."""

    # None while it changes over, or where that was cancelled half-way.
    plans_once: bool | None = False

    @cached_property
    def prepared(self) -> dict[str, tuple[str, PreparedStatement]]:
        """The statements that may be sent ahead of others, with their names, by their text (db/pipeline.py)."""
        return {}

    async def plan(self, *, once: bool) -> None:
        """Have the session plan a statement once for all values, or not."""
        self.plans_once = None
        await self.execute(f"SET plan_cache_mode = {_MODES[once]}")
        self.plans_once = once


class Pool:
    """Stacks of idle connections before asyncpg's pool, which opens and closes them and has people wait.

    Planning a look-up by key takes PostgreSQL longer than running it, and its plan never changes; a filter's does.
    So there is a stack for either, and a session changes over only where its own stack is empty.
    """

    def __init__(self, pool: asyncpg.Pool, timeout: float) -> None:
        self._pool = pool
        self._timeout = timeout
        # Pool connections by whether they plan once; the one used last lies on top.
        self._idle: dict[bool, list[Any]] = {True: [], False: []}
        # The fewest that lay there since the last sweep: as many, from the bottom, nobody has needed.
        self._fewest = {True: 0, False: 0}
        self._waiting = 0
        # When each connection was lent, and since when each is waited for; the oldest first.
        self._lent: dict[Any, float] = {}
        self._asked: dict[object, float] = {}
        self._waits = 0
        self._waited = 0.0
        self._returning: set[asyncio.Task[None]] = set()

    def at_hand(self, *, plans_once: bool) -> Any:  # noqa: ANN401 - a PooledConnection lent by the pool
        """Return the connection that lies on top, if there is one and it is good; else see `take`."""
        idle = self._idle[plans_once]
        if not idle or not is_open(idle[-1]):
            return None
        connection = idle.pop()
        self._fewest[plans_once] = min(self._fewest[plans_once], len(idle))
        self._lent[connection] = time.monotonic()
        return connection

    @property
    def has_idle(self) -> bool:
        """Whether a connection is at hand."""
        return any(is_open(idle[-1]) for idle in self._idle.values() if idle)

    async def take(self, *, plans_once: bool) -> Any:  # noqa: ANN401 - as above
        """Return a connection for a statement or a transaction; raises TimeoutError where none is free in time."""
        connection = await self._kept(plans_once) or await self._kept(not plans_once) or await self._acquired()
        self._lent[connection] = time.monotonic()
        if connection.plans_once is not plans_once:
            try:
                await connection.plan(once=plans_once)
            except BaseException:
                self.let_go(connection)
                raise
        return connection

    def put_back(self, connection: Any) -> bool:  # noqa: ANN401 - as above
        """Take back a connection whose statement has ended; False where somebody waits for one: `give_back` it."""
        del self._lent[connection]
        if self._waiting:
            return False
        try:
            self._idle[connection.plans_once].append(connection)
        except AttributeError:
            # It was closed once it had answered, and asyncpg has taken it back by itself.
            return True
        return True

    async def give_back(self, connection: Any) -> None:  # noqa: ANN401 - as above
        """Take back a connection that is waited for."""
        await self._pool.release(connection)

    def let_go(self, connection: Any) -> None:  # noqa: ANN401 - as above
        """Take back a connection whose statement failed or was cancelled; nobody waits until that is settled."""
        self._lent.pop(connection, None)
        returning = asyncio.get_running_loop().create_task(self._settle(connection))
        self._returning.add(returning)
        returning.add_done_callback(self._returning.discard)

    async def _settle(self, connection: Any) -> None:  # noqa: ANN401 - as above
        # A statement that was cancelled is cancelled at the server too, over a connection of its own. Where that
        # takes too long asyncpg closes the connection.
        with suppress(OSError, asyncpg.PostgresError, asyncpg.InterfaceError):
            await self._pool.release(connection, timeout=GOODBYE)

    async def warm(self, *, plans: Sequence[bool]) -> None:
        """Open some connections before they are needed, for ways to plan in turn.

        Where that fails, they are opened when they are needed.
        """
        count = min(WARM, self._pool.get_max_size())
        ways = (plans[number % len(plans)] for number in range(count))
        taking = [asyncio.create_task(self.take(plans_once=each)) for each in ways]
        try:
            await asyncio.wait(taking)
        finally:
            # Where the server stops meanwhile, closing the pool waits for each that was lent.
            for each in taking:
                each.cancel()
            for connection in await asyncio.gather(*taking, return_exceptions=True):
                if not isinstance(connection, BaseException) and not self.put_back(connection):
                    await self.give_back(connection)

    def state(self) -> PoolState:
        """Return how it stands at this moment."""
        idle = sum(map(len, self._idle.values()))
        most = self._pool.get_max_size()
        return PoolState(len(self._lent), idle, most, len(self._asked), self._waits, self._waited)

    def oldest(self) -> float | None:
        """Return since when a statement has been under way or a connection been waited for; None where none is."""
        begun = [next(iter(each.values())) for each in (self._lent, self._asked) if each]
        return min(begun, default=None)

    def cut(self, before: float) -> None:
        """Close the connections that were lent before a moment, and all idle ones; their statements fail."""
        late = [connection for connection, lent in self._lent.items() if lent < before]
        idle = [connection for each in self._idle.values() for connection in each]
        for connection in (*late, *idle):
            # One that is closed already is taken back by asyncpg itself.
            with suppress(asyncpg.InterfaceError):
                connection.terminate()

    @asynccontextmanager
    async def open(self) -> AsyncIterator[None]:
        """Open the pool for the life of the block."""
        async with self._pool:
            sweeping = asyncio.create_task(self._sweep())
            try:
                yield
            finally:
                sweeping.cancel()
                # From here asyncpg's pool waits for whatever is still lent.
                self._waiting += 1
                for connection in (*self._idle[True], *self._idle[False]):
                    await self._pool.release(connection)

    async def _kept(self, plans_once: bool) -> Any:  # noqa: ANN401, FBT001 - as above; the stack's key
        """Return an idle connection that is still good, or None."""
        idle = self._idle[plans_once]
        while idle:
            connection = idle.pop()
            self._fewest[plans_once] = min(self._fewest[plans_once], len(idle))
            if is_open(connection):
                return connection
            await self._pool.release(connection)
        return None

    async def _sweep(self) -> NoReturn:
        """Close what nobody has needed for a while, until cancelled."""
        while True:
            await asyncio.sleep(LIFETIME)
            await self.close_unused()

    async def close_unused(self) -> None:
        """Close the connections that nobody has needed since this was done last."""
        for plans_once, idle in self._idle.items():
            unused = self._fewest[plans_once]
            self._fewest[plans_once] = len(idle)
            for _ in range(unused):
                # Others may have taken it meanwhile.
                if idle:
                    await self._close(idle.pop(0))
            self._fewest[plans_once] = min(self._fewest[plans_once], len(idle))

    async def _close(self, connection: Any) -> None:  # noqa: ANN401 - as above
        try:
            # Where something on the way has forgotten it, nobody answers its goodbye.
            with suppress(OSError, asyncpg.PostgresError, asyncpg.InterfaceError):
                await connection.close(timeout=GOODBYE)
        finally:
            await self._pool.release(connection)

    async def _acquired(self) -> Any:  # noqa: ANN401 - as above
        # Who finds all of them busy waits for as long as was asked for; who has one opened, or waits behind others
        # that are being opened, for as long as that takes besides.
        is_full = self._pool.get_size() >= self._pool.get_max_size()
        seconds = self._timeout if is_full else self._timeout + OPENING
        ticket, asked = object(), time.monotonic()
        self._asked[ticket] = asked
        self._waiting += 1
        try:
            return await self._pool.acquire(timeout=seconds)
        except TimeoutError:
            raise TimeoutError(f"no connection was free within {seconds:g} s") from None
        finally:
            self._waiting -= 1
            del self._asked[ticket]
            if is_full:
                self._waits += 1
                self._waited += time.monotonic() - asked


def is_open(connection: Any) -> bool:  # noqa: ANN401 - as above
    """Return whether a lent connection can still be used; asyncpg takes one back by itself when it is closed."""
    try:
        return not connection.is_closed()
    except asyncpg.InterfaceError:
        return False
