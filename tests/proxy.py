"""A proxy before a server's Unix socket or port, which can be told to fail as networks and servers do."""

import asyncio
import socket
import ssl
import struct
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from threading import Thread
from typing import Any

# SO_LINGER with no time: the connection is reset (RST) when it is closed.
AT_ONCE = struct.pack("ii", 1, 0)


@dataclass(frozen=True)
class State:
    """What a proxy does with connections and what comes over them."""

    listens: bool = True
    passes: bool = True
    resets: bool = False
    # Sent back for whatever the client sends; the server hears nothing of it.
    reply: bytes | None = None
    # Bytes of the server's that come through before a connection is closed.
    cut: int | None = None
    # Whether what the server sends is lost, though it hears everything.
    swallows: bool = False
    # What a client sends at which its connection is reset: before the server hears of it, or once it has answered.
    fatal: bytes | None = None
    arrives: bool = False
    # Seconds by which each piece is late.
    latency: float = 0.0


class Proxy:
    """Listens on a loopback port and passes on what comes, until it is told otherwise, from any thread.

    With `secure` its clients speak TLS to it, while the server doesn't.
    """

    def __init__(
        self, loop: asyncio.AbstractEventLoop, upstream: Path | int, secure: ssl.SSLContext | None = None
    ) -> None:
        self.loop = loop
        self.upstream: Path | str | int = upstream
        self._secure = secure
        self.state = State()
        self.links: set[Link] = set()
        self.port = 0
        # Connections that were accepted so far.
        self.accepted = 0
        self._server: asyncio.Server | None = None
        self._held: list[Callable[[], None]] = []

    def heal(self, *, latency: float = 0.0) -> None:
        """Pass on everything, each piece so many seconds late; what was held back comes first."""
        self._become(State(latency=latency))

    def hold_back(self) -> None:
        """Be a black hole: connections are accepted, and nothing comes through either way."""
        self._become(State(passes=False))

    def swallow(self) -> None:
        """Lose what the server sends from now on; it hears everything."""
        self._become(State(swallows=True))

    def refuse(self) -> None:
        """Reset all connections and take no new ones."""
        self._become(State(listens=False, resets=True))

    def reset(self) -> None:
        """Reset all connections, and new ones as soon as something is sent over them."""
        self._become(State(resets=True))

    def reset_once(self) -> None:
        """Reset the connections that are open now, and serve new ones."""
        self.reset()
        self.heal()

    def cut(self, length: int) -> None:
        """Close each connection once so many bytes of the server's have come through."""
        self._become(State(cut=length))

    def reset_at(self, statement: bytes, *, arrives: bool) -> None:
        """Reset each connection that sends a statement: before the server has it, or in place of its answer."""
        self._become(State(fatal=statement, arrives=arrives))

    def reply(self, content: bytes) -> None:
        """Answer whatever is sent with these bytes; the server hears nothing of it."""
        self._become(State(reply=content))

    def pass_on(self, deliver: Callable[[], None]) -> None:
        """Deliver a piece now, late, or once nothing is held back any more."""
        if not self.state.passes:
            self._held.append(deliver)
        elif self.state.latency:
            self.loop.call_later(self.state.latency, deliver)
        else:
            deliver()

    def _become(self, state: State) -> None:
        done: Future[None] = asyncio.run_coroutine_threadsafe(self._change(state), self.loop)
        done.result(10)

    async def _change(self, state: State) -> None:
        self.state = state
        if state.listens and self._server is None:
            self._server = await self.loop.create_server(
                lambda: Link(self), "127.0.0.1", self.port, backlog=512, ssl=self._secure
            )
            self.port = self._server.sockets[0].getsockname()[1]
        if not state.listens:
            self._stop_listening()
        if state.resets:
            for link in list(self.links):
                link.reset()
        if state.passes:
            held, self._held = self._held, []
            for deliver in held:
                deliver()

    async def close(self) -> None:
        """Let go of everything."""
        self._stop_listening()
        # Transports begin, and tell of their end, in the next rounds of the loop.
        for _ in range(3):
            await asyncio.sleep(0)
        for link in list(self.links):
            link.reset()
        # The loop is this proxy's own: what is left there are connections to the server that come about.
        left = asyncio.all_tasks() - {asyncio.current_task()}
        for task in left:
            task.cancel()
        await asyncio.gather(*left, return_exceptions=True)
        for _ in range(3):
            await asyncio.sleep(0)

    def _stop_listening(self) -> None:
        if self._server is not None:
            self._server.close()
            self._server = None


class Link(asyncio.Protocol):
    """One connection of a client, and the one that stands for it at the server."""

    def __init__(self, proxy: Proxy) -> None:
        self._proxy = proxy
        self._near: Any = None
        self._far: Any = None
        self._opening: asyncio.Task[None] | None = None
        self._early: list[bytes] = []
        self._passed = 0
        # Whether the server's next answer is lost.
        self._is_doomed = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._near = transport
        self._proxy.accepted += 1
        self._proxy.links.add(self)
        self._opening = self._proxy.loop.create_task(self._open())

    async def _open(self) -> None:
        try:
            loop, upstream = self._proxy.loop, self._proxy.upstream
            if isinstance(upstream, int):
                await loop.create_connection(lambda: Far(self), "127.0.0.1", upstream)
            else:
                await loop.create_unix_connection(lambda: Far(self), str(upstream))
        except OSError:
            self.reset()

    def opened(self, far: asyncio.BaseTransport) -> None:
        """Note the connection to the server."""
        self._far = far
        if self._near.is_closing():
            self._far.abort()
        for piece in self._early:
            self._far.write(piece)

    def data_received(self, data: bytes) -> None:
        self._proxy.pass_on(lambda: self._to_server(data))

    def answered(self, data: bytes) -> None:
        """Take what the server sent."""
        self._proxy.pass_on(lambda: self._to_client(data))

    def ended(self) -> None:
        """Note that the server has closed its connection."""
        self._proxy.pass_on(self._near.close)

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - asyncio's
        self._proxy.links.discard(self)
        if self._far is not None:
            self._far.abort()

    def reset(self) -> None:
        """Reset the client's connection."""
        # A transport that is closed already has none.
        found = self._near.get_extra_info("socket")
        with suppress(OSError, AttributeError):
            found.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, AT_ONCE)
        self._near.abort()

    def _to_server(self, data: bytes) -> None:
        state = self._proxy.state
        if self._near.is_closing():
            return
        if state.resets:
            self.reset()
        elif state.reply is not None:
            self._near.write(state.reply)
        elif state.fatal is not None and state.fatal in data and not state.arrives:
            self.reset()
        elif self._far is None:
            self._early.append(data)
        else:
            self._is_doomed = state.fatal is not None and state.fatal in data
            self._far.write(data)

    def _to_client(self, data: bytes) -> None:
        cut = self._proxy.state.cut
        if self._near.is_closing() or self._proxy.state.swallows:
            return
        if self._is_doomed:
            self.reset()
            return
        if cut is None:
            self._near.write(data)
            return
        self._near.write(data[: max(cut - self._passed, 0)])
        self._passed += len(data)
        if self._passed >= cut:
            self._near.close()


class Far(asyncio.Protocol):
    """The connection to the server."""

    def __init__(self, link: Link) -> None:
        self._link = link

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._link.opened(transport)

    def data_received(self, data: bytes) -> None:
        self._link.answered(data)

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - asyncio's
        self._link.ended()


@contextmanager
def proxying(upstream: Path | int, secure: ssl.SSLContext | None = None) -> Iterator[Proxy]:
    """Run a proxy before a Unix socket, or a port, for the life of the block, in a thread of its own."""
    loop = asyncio.new_event_loop()
    thread = Thread(target=loop.run_forever, daemon=True)
    thread.start()
    proxy = Proxy(loop, upstream, secure)
    try:
        proxy.heal()
        yield proxy
    finally:
        asyncio.run_coroutine_threadsafe(proxy.close(), loop).result(10)
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()
