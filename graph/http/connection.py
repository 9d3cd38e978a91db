"""One client's connection: uvicorn's protocol, with deadlines, bounds and JSON errors."""

import asyncio
from collections.abc import Callable
from http import HTTPStatus
from typing import Any

import orjson
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

# Seconds that a client may take to send its headers and body, and to read its answer.
PATIENCE = 10.0
# Bytes of a request's line and headers together; nothing honest comes near.
MAX_HEAD_BYTES = 64 * 1024
# Seconds in which an idle connection may still bring a request after the server was told to stop: one that is
# on its way then is answered and not broken.
LINGER = 0.5

# The key of a scope under which the endpoint lists what to call when the client goes away.
ON_DISCONNECT = "ariesone.on_disconnect"

_MESSAGES = {
    HTTPStatus.BAD_REQUEST: "This is not HTTP/1.1.",
    HTTPStatus.REQUEST_TIMEOUT: f"The request did not arrive within {PATIENCE:.0f} seconds.",
    HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE: f"The headers are longer than {MAX_HEAD_BYTES} bytes.",
}


class Connection(HttpToolsProtocol):
    """An HTTP/1.1 connection that a slow or broken client can't hold."""

    def __init__(self, *arguments: Any, **named: Any) -> None:  # noqa: ANN401 - as uvicorn's
        super().__init__(*arguments, **named)
        self._arrival: asyncio.TimerHandle | None = None
        self._departure: asyncio.TimerHandle | None = None
        self._is_arriving = False
        self._is_in_head = False
        self._is_stopping = False
        self._head_bytes = 0

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Begin to wait for the first request."""
        super().connection_made(transport)
        self._arrival = self.loop.call_later(PATIENCE, self._refuse, HTTPStatus.REQUEST_TIMEOUT)

    def data_received(self, data: bytes) -> None:
        """Take bytes in; what isn't a whole request by now must be one before the deadline."""
        self._head_bytes += len(data)
        super().data_received(data)
        if self._is_in_head and self._head_bytes > MAX_HEAD_BYTES:
            self._refuse(HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE)
        elif self._arrival is None and not self._is_answering() and not self.transport.is_closing():
            self._arrival = self.loop.call_later(PATIENCE, self._refuse, HTTPStatus.REQUEST_TIMEOUT)

    def on_message_begin(self) -> None:
        """Note that a request has begun to arrive."""
        super().on_message_begin()
        self._is_arriving = self._is_in_head = True

    def on_headers_complete(self) -> None:
        """Start the request; a server that is stopping answers it and closes."""
        self._is_in_head = False
        super().on_headers_complete()
        if self._is_stopping:
            self.cycle.keep_alive = False

    def on_message_complete(self) -> None:
        """Note that the whole request is here."""
        self._is_arriving = False
        self._head_bytes = 0
        self._arrived()
        super().on_message_complete()

    def on_response_complete(self) -> None:
        """Give the client its time to read what has been written."""
        super().on_response_complete()
        if self.transport.get_write_buffer_size() and self._departure is None:
            self._departure = self.loop.call_later(PATIENCE, self._drop_unread)

    def pause_writing(self) -> None:
        """Give the client its time to read, while an answer waits to be written."""
        super().pause_writing()
        if self._departure is None:
            self._departure = self.loop.call_later(PATIENCE, self._drop_unread)

    def resume_writing(self) -> None:
        """Go on writing: the client reads."""
        super().resume_writing()
        # What is left of a finished answer must still be read in time.
        if not (self.cycle and self.cycle.response_complete and self.transport.get_write_buffer_size()):
            self._departed()

    def connection_lost(self, exc: Exception | None) -> None:
        """Tell the request under way, if any, that nobody waits for its answer."""
        self._arrived()
        self._departed()
        cycle = self.cycle
        super().connection_lost(exc)
        if cycle is not None and not cycle.response_complete:
            leavings: list[Callable[[], object]] = cycle.scope.get(ON_DISCONNECT, [])  # type: ignore[assignment]
            for abandon in leavings:
                abandon()

    def shutdown(self) -> None:
        """Close after the request under way; an idle connection lingers for one that is on its way."""
        self._is_stopping = True
        if self.cycle is None or self.cycle.response_complete:
            self.loop.call_later(LINGER, self._close_if_idle)
        else:
            self.cycle.keep_alive = False

    def send_400_response(self, msg: str) -> None:  # noqa: ARG002 - the parser's words are not for clients
        """Answer what can't be parsed."""
        self._refuse(HTTPStatus.BAD_REQUEST)

    def _arrived(self) -> None:
        if self._arrival is not None:
            self._arrival.cancel()
            self._arrival = None

    def _departed(self) -> None:
        if self._departure is not None:
            self._departure.cancel()
            self._departure = None

    def _is_answering(self) -> bool:
        """Return whether a whole request is being answered: only then may the client be silent."""
        return not self._is_arriving and self.cycle is not None and not self.cycle.response_complete

    def _close_if_idle(self) -> None:
        if not self._is_arriving and (self.cycle is None or self.cycle.response_complete):
            self.transport.close()

    def _refuse(self, status: HTTPStatus) -> None:
        """Answer with an error and close; with nothing where an answer has begun or nothing was asked."""
        if self.transport.is_closing():
            return
        if self._head_bytes and not (self.cycle and self.cycle.response_started):
            self.transport.write(_refusal(status))
        self.transport.close()

    def _drop_unread(self) -> None:
        """Drop a client that doesn't read: closing would wait for it."""
        self._departure = None
        if self.transport.get_write_buffer_size():
            self.transport.abort()


def _refusal(status: HTTPStatus) -> bytes:
    error = {"message": _MESSAGES[status], "extensions": {"code": "BAD_REQUEST", "status": status.value}}
    content = orjson.dumps({"errors": [error]})
    head = (
        f"HTTP/1.1 {status.value} {status.phrase}\r\n"
        "content-type: application/json; charset=utf-8\r\n"
        f"content-length: {len(content)}\r\n"
        "connection: close\r\n\r\n"
    )
    return head.encode("ascii") + content
