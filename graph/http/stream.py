"""An answer that goes on: chunks of bytes, sent as they come, until there are no more or the client leaves."""

import asyncio
from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing

from starlette.types import Send

from graph.http.exchange import Exchange
from graph.http.reply import NO_HEADERS

# No cache may keep it, and no proxy may collect it (nginx: X-Accel-Buffering).
HEADERS = {"cache-control": "no-cache", "x-accel-buffering": "no"}


class Stream:
    """A status of 200, a media type, and the chunks of a body that is closed with the stream.

    It is sent after its request has given its turn to others: it holds no place among those that run, and no
    deadline of theirs ends it. A client that doesn't read is dropped by its connection.
    """

    def __init__(
        self, content_type: str, chunks: AsyncGenerator[bytes], headers: Mapping[str, str] = NO_HEADERS
    ) -> None:
        self._headers = {"content-type": content_type, **HEADERS, **headers}
        self._chunks = chunks

    async def send(self, exchange: Exchange, send: Send) -> None:
        """Send it, until its end or until the client leaves."""
        sending = asyncio.ensure_future(self._send(exchange.watch(send)))
        exchange.on_leave(sending.cancel)
        try:
            await asyncio.wait({sending})
        finally:
            # Whoever cancels this ends the stream too.
            sending.cancel()
        if not sending.cancelled():
            sending.result()

    async def _send(self, send: Send) -> None:
        head = [(name.encode(), value.encode()) for name, value in self._headers.items()]
        async with aclosing(self._chunks):
            await send({"type": "http.response.start", "status": 200, "headers": head})
            async for chunk in self._chunks:
                await send({"type": "http.response.body", "body": chunk, "more_body": True})
            await send({"type": "http.response.body", "body": b""})
