"""An answer that goes on: chunks of bytes, sent as they come, until there are no more or the client leaves."""

import asyncio
from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import aclosing
from typing import Final

from starlette.types import Send

from graph.http.exchange import Exchange
from graph.http.reply import NO_HEADERS

# No cache may keep it, and no proxy may collect it (nginx: X-Accel-Buffering).
HEADERS = {"cache-control": "no-cache", "x-accel-buffering": "no"}

# Seconds that a chunk may wait for a client that doesn't read; then it is told so in place of that chunk. Some
# seconds later its connection drops it (graph/http/uvicorn.py).
LAG: Final = 5.0


class Stream:
    """A status of 200, a media type, and the chunks of a body that is closed with the stream.

    It is sent after its request has given its turn to others: it holds no place among those that run, and no
    deadline of theirs ends it. `lagged` are the last words to a client that doesn't read as fast as they come;
    `on_end` is called when it is over, however that came about.
    """

    def __init__(
        self,
        content_type: str,
        chunks: AsyncGenerator[bytes],
        headers: Mapping[str, str] = NO_HEADERS,
        lagged: Callable[[], bytes] = bytes,
        on_end: Callable[[], object] = lambda: None,
    ) -> None:
        self._headers = {"content-type": content_type, **HEADERS, **headers}
        self._chunks = chunks
        self._lagged = lagged
        self._on_end = on_end
        self._sending: asyncio.Task[None] | None = None
        # What is said in place of all that would come; None while it goes on.
        self._last: bytes | None = None

    async def send(self, exchange: Exchange, send: Send) -> None:
        """Send it, until its end or until the client leaves, or the server stops."""
        sending = asyncio.ensure_future(self._send(exchange.watch(send)))
        exchange.on_leave(sending.cancel)
        exchange.on_stop(self.end)
        try:
            await asyncio.wait({sending})
        finally:
            # Whoever cancels this ends the stream too.
            sending.cancel()
            self._on_end()
        if not sending.cancelled():
            sending.result()

    def end(self, last: bytes = b"") -> None:
        """Say this and no more, whatever it waits for."""
        if self._last is None:
            self._last = last
            if self._sending is not None:
                self._sending.cancel()

    async def _send(self, send: Send) -> None:
        head = [(name.encode(), value.encode()) for name, value in self._headers.items()]
        async with aclosing(self._chunks):
            await send({"type": "http.response.start", "status": 200, "headers": head})
            if self._last is None:
                await self._send_chunks(send)
            await send({"type": "http.response.body", "body": self._last or b""})

    async def _send_chunks(self, send: Send) -> None:
        """Send the chunks; returns early where there are last words."""
        self._sending = task = asyncio.current_task()
        try:
            async for chunk in self._chunks:
                if not await self._is_taken(send, chunk):
                    self._last = self._lagged()
                    break
        except asyncio.CancelledError:
            if self._last is None or task is None or task.uncancel():
                raise
        self._sending = None

    @staticmethod
    async def _is_taken(send: Send, chunk: bytes) -> bool:
        """Whether a client takes a chunk in time."""
        try:
            async with asyncio.timeout(LAG):
                await send({"type": "http.response.body", "body": chunk, "more_body": True})
        except TimeoutError:
            return False
        return True
