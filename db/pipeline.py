"""Statements that answer with no rows, sent in one message with the next: all that we know of asyncpg's inside.

asyncpg waits for the answer to each statement before it sends another, which costs both sides more than many a
statement does. What is put before a statement here needn't be waited for. Where it fails, PostgreSQL passes over
all that comes up to the end of that statement, which then fails in its place.
"""

import asyncio
from collections.abc import Callable, Sequence
from struct import pack
from typing import Any

import asyncpg
from asyncpg.protocol import Protocol

from db.pool import is_open


def message(kind: bytes, content: bytes) -> bytes:
    """A message of PostgreSQL's protocol (its manual, 54.7)."""
    return kind + pack("!i", len(content) + 4) + content


def execution(name: str, values: Sequence[object] = ()) -> bytes:
    """What has a prepared statement executed with values, which are sent in their text form."""
    written = [None if value is None else in_text(value).encode() for value in values]
    bound = [b"\0", name.encode(), pack("!bhh", 0, 0, len(written))]
    bound += [pack("!i", -1) if each is None else pack("!i", len(each)) + each for each in written]
    return message(b"B", b"".join((*bound, pack("!h", 0)))) + _EXECUTE


def in_text(value: object) -> str:
    """Bytes, a text, a UUID, a number or a list of the last three in the form that PostgreSQL reads them in."""
    if isinstance(value, bytes):
        return f"\\x{value.hex()}"
    if isinstance(value, list):
        return f"{{{','.join(map(_in_array, value))}}}"
    return str(value)


def _in_array(value: object) -> str:
    return '"' + str(value).replace("\\", "\\\\").replace('"', '\\"') + '"'


_EXECUTE = message(b"E", pack("!bi", 0, 0))
BEGIN = message(b"P", b"\0BEGIN\0\0\0") + execution("")


async def name_of(connection: Any, text: str) -> str:  # noqa: ANN401 - a PooledConnection lent by the pool
    """The name of a statement that a connection prepares once, for as long as it is open."""
    found = connection.prepared.get(text)
    if found is None:
        prepared = await connection.prepare(text)
        if prepared.get_attributes():
            raise TypeError("What is sent ahead of another statement answers with no rows.")
        # asyncpg closes what nobody holds, and tells no name once a connection has been given back.
        found = connection.prepared[text] = (prepared.get_name(), prepared)
    name: str = found[0]
    return name


def send_ahead(connection: Any, messages: bytes) -> None:  # noqa: ANN401 - as above
    """Have messages go with the connection's next statement; where it is closed, that one will tell."""
    if not is_open(connection):
        return
    wire = getattr(connection._protocol, "wire", None)  # noqa: SLF001 - see above
    if wire is not None:
        wire.held = messages
    elif messages:
        # Where the two agree on TLS, or on none, once they have met: in a packet of their own.
        connection._transport.write(messages)  # noqa: SLF001 - as above


class Wire:
    """A transport that holds messages back until the next one: each packet by itself wakes PostgreSQL up."""

    def __init__(self, transport: Any) -> None:  # noqa: ANN401 - asyncio's or uvloop's
        self._transport = transport
        self.held = b""

    def write(self, content: Any) -> None:  # noqa: ANN401 - whatever has bytes
        """Send it, behind what is held."""
        if self.held:
            content, self.held = b"".join((self.held, content)), b""
        self._transport.write(content)

    def writelines(self, contents: Any) -> None:  # noqa: ANN401 - as above
        """Send them, behind what is held."""
        self.write(b"".join(contents))

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - as the transport has it
        """What a transport has besides."""
        return getattr(self._transport, name)


class Wiring:
    """An event loop for asyncpg, whose connections get a Wire."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        # For each statement.
        self.call_later = loop.call_later

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - as the loop has it
        """What a loop has besides."""
        return getattr(self._loop, name)

    async def create_unix_connection(self, make: Callable[[], Any], *args: Any, **options: Any) -> Any:  # noqa: ANN401 - asyncpg's
        """Connect over a Unix socket."""
        return await self._loop.create_unix_connection(lambda: wired(make()), *args, **options)

    async def create_connection(self, make: Callable[[], Any], *args: Any, **options: Any) -> Any:  # noqa: ANN401 - asyncpg's
        """Connect over TCP."""
        return await self._loop.create_connection(lambda: wired(make()), *args, **options)


def wired(made: Any) -> Any:  # noqa: ANN401 - a protocol of asyncpg's
    """The protocol that is made, writing to a Wire where it is the one that speaks with PostgreSQL."""
    is_ours = type(made) is Protocol
    if is_ours:

        def meet(transport: object) -> None:
            made.wire = Wire(transport)
            Protocol.connection_made(made, made.wire)

        made.connection_made = meet
    return made


async def connect(*args: Any, **options: Any) -> Any:  # noqa: ANN401 - as asyncpg has them
    """Connect as asyncpg does; what is sent ahead goes in one packet with the next statement."""
    return await asyncpg.connect(*args, **{**options, "loop": Wiring(asyncio.get_running_loop())})
