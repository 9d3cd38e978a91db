"""Connections over which keys are read, each a message at a time, past the driver, which only opens them.

Its inside is touched here alone, and held to in tests/graph/cache/test_line.py.
"""

import asyncio
from collections.abc import Sequence
from typing import Any, Final

import hiredis
from redis.asyncio import ConnectionPool
from redis.asyncio.connection import AbstractConnection

# What a server says of a key that holds no text.
NO_TEXT: Final = "WRONGTYPE"


class Line(asyncio.Protocol):
    """A connection that the driver has opened: it has said who asks, and speaks RESP2."""

    def __init__(self, connection: AbstractConnection) -> None:
        # Held, since the driver closes what nobody holds.
        self._connection = connection
        self._transport: Any = connection._writer.transport  # type: ignore[union-attr]  # noqa: SLF001 - as said above
        self._transport.set_protocol(self)
        self._reader = hiredis.Reader()
        self._found: list[object] = []
        self._wanted = 0
        self._told: asyncio.Future[Sequence[object]] | None = None
        self.is_lost = False

    async def get(self, names: Sequence[bytes]) -> Sequence[object]:
        """What each key has: bytes, None, or the ReplyError that it is refused with."""
        self._found, self._wanted = [], len(names)
        self._told = asyncio.get_running_loop().create_future()
        self._transport.write(
            b"".join([b"*2\r\n$3\r\nGET\r\n$%d\r\n%b\r\n" % (len(name), name) for name in names])
        )
        return await self._told

    def close(self) -> None:
        """Close it, whatever is under way."""
        self.is_lost = True
        self._transport.abort()
        self._connection._close()  # type: ignore[no-untyped-call]  # noqa: SLF001 - the public one waits

    def data_received(self, data: bytes) -> None:
        """Take a part of what is told."""
        is_known = True
        try:
            self._reader.feed(data)
            while (found := self._reader.gets()) is not False:
                self._found.append(found)
        except hiredis.ProtocolError:
            is_known = False
        if not is_known or len(self._found) > self._wanted:
            # Nobody knows what is told of what.
            self.close()
        elif len(self._found) == self._wanted and self._told is not None and not self._told.done():
            self._told.set_result(self._found)

    def connection_lost(self, exc: Exception | None) -> None:
        """Tell who waits that nothing will come."""
        self.is_lost = True
        if self._told is not None and not self._told.done():
            self._told.set_exception(exc or ConnectionError("the connection was closed"))


class Lines:
    """The lines to one server: as many as there are messages under way, `most` of them at a time."""

    def __init__(self, pool: ConnectionPool, most: int) -> None:
        self._pool = pool
        self._turns = asyncio.Semaphore(most)
        self._idle: list[Line] = []
        # How many are asked something at the moment.
        self.busy = 0

    @property
    def idle(self) -> int:
        """How many are open, and asked nothing at the moment."""
        return len(self._idle)

    async def get(self, names: Sequence[bytes]) -> Sequence[object]:
        """What each key has: bytes, None, or the ReplyError that it is refused with; raises what opening does."""
        async with self._turns:
            idle = self._idle
            line = self._take() or await self._open()
            self.busy += 1
            try:
                found = await line.get(names)
            except BaseException:
                # What is told later would be taken for the answer to something else.
                line.close()
                raise
            finally:
                self.busy -= 1
            if idle is self._idle:
                idle.append(line)
            else:
                line.close()
            return [None if is_no_text(each) else each for each in found]

    def close(self) -> None:
        """Close those that are idle, and each other one once it has told what it was asked."""
        idle, self._idle = self._idle, []
        for line in idle:
            line.close()

    def _take(self) -> Line | None:
        while self._idle:
            line = self._idle.pop()
            if not line.is_lost:
                return line
            line.close()
        return None

    async def _open(self) -> Line:
        connection = self._pool.make_connection()  # type: ignore[no-untyped-call]  # the driver's
        await connection.connect()
        return Line(connection)


def is_no_text(found: object) -> bool:
    """Whether a key was refused since what it has is no text."""
    return isinstance(found, hiredis.ReplyError) and str(found).startswith(NO_TEXT)
