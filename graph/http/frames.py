"""One client's WebSocket: uvicorn's protocol over websockets, which a client that doesn't read can't hold.

Its inside is touched here as uvicorn's other ones are in graph/http/uvicorn.py; see
tests/graph/http/test_uvicorn_contract.py.
"""

import logging
import struct
from typing import Any, Final

from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol

from graph.http.deadline import Deadline

# Seconds that a client may take to read what waits for it.
PATIENCE: Final = 10.0
# The type of a message by which an application hears that the server stops, besides those of ASGI: it is to close.
STOP: Final = "ariesone.stop"

# The ASGI extension by which an application sends a message without waiting (`try_write`).
WRITE: Final = "ariesone.write"
# A whole text message, and lengths from which on two and eight bytes more say them (RFC 6455, 5.2).
TEXT: Final = 0x81
LONG: Final = 126
LONGER: Final = 1 << 16

# uvicorn tells of each connection, with a URL that its client wrote.
log = logging.getLogger("ariesone.websocket")
log.setLevel(logging.WARNING)


class Frames(WebSocketsSansIOProtocol):
    """A connection that speaks WebSocket from its handshake on."""

    def __init__(self, *arguments: Any, **named: Any) -> None:  # noqa: ANN401 - as uvicorn's
        super().__init__(*arguments, **named)
        self.logger = log
        self._departure = Deadline(self.loop, self._drop)
        # Whether all is said, and only waits to be read.
        self._is_over = False
        self._is_stopping = False

    async def run_asgi(self) -> None:
        """Speak with a client, and drop it if it doesn't read the last of that: closing would wait for it."""
        self.scope["extensions"][WRITE] = {"try_write": self.try_write}
        await super().run_asgi()
        self._is_over = True
        if self._is_stopping:
            super().shutdown()
        elif not self.disconnected:
            self._departure.begin(PATIENCE)

    def try_write(self, text: bytes) -> bool:
        """Send a text message of UTF-8 at once; False if its client must be waited for, or isn't there."""
        if not self.writable.is_set() or self.disconnected or self.close_sent or not self.handshake_complete:
            return False
        self.transport.write(head_of(len(text)) + text)
        return True

    def pause_writing(self) -> None:
        """Give the client its time to read, while something waits to be written."""
        super().pause_writing()
        self._departure.begin(PATIENCE)

    def resume_writing(self) -> None:
        """Go on writing: the client reads."""
        super().resume_writing()
        if not self._is_over:
            self._departure.lift()

    def shutdown(self) -> None:
        """Have the application end what it is about, and close then; uvicorn waits for that for a while."""
        is_open = self.handshake_complete and not (self.close_sent or self.disconnected)
        if is_open and not self._is_stopping:
            self._is_stopping = True
            stop: Any = {"type": STOP}
            self.queue.put_nowait(stop)
        elif not is_open:
            super().shutdown()

    def keepalive_timeout(self) -> None:
        """Close on a client that gives no sign of life, and drop it if it doesn't hear that either."""
        super().keepalive_timeout()
        self._departure.begin(PATIENCE)

    def connection_lost(self, exc: Exception | None) -> None:
        """Tell what listens that nobody is there."""
        self._departure.end()
        super().connection_lost(exc)

    def _drop(self) -> None:
        self.transport.abort()


def head_of(size: int) -> bytes:
    """Return what a text message of so many bytes begins with, as a server sends it."""
    if size < LONG:
        return bytes((TEXT, size))
    if size < LONGER:
        return struct.pack("!BBH", TEXT, 126, size)
    return struct.pack("!BBQ", TEXT, 127, size)
