"""One client's connection: uvicorn's protocol with deadlines, bounds and JSON errors; all that touches its inside.

What is used of it is listed, and held to, in tests/graph/http/test_uvicorn_contract.py.
"""

import asyncio
from collections import deque
from collections.abc import Mapping
from functools import partial
from http import HTTPStatus
from typing import Any

from starlette.types import ASGIApp
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle

from graph.errors import BadRequestError, HeadersTooLargeError, RequestTimeoutError
from graph.http.exchange import exchange_of, trace_id_in
from graph.http.refusal import refuse_client
from graph.http.reply import head_of
from graph.telemetry.logs import EndedRequest
from graph.telemetry.requests import OTHER, record

# Seconds that a client may take to send its headers and body, and to read its answer.
PATIENCE = 10.0
# Bytes of a request's line and headers together; nothing honest comes near.
MAX_HEAD_BYTES = 64 * 1024
# Seconds in which an idle connection may still bring a request after the server was told to stop: one that is
# on its way then is answered and not broken.
LINGER = 0.5


class Connection(HttpToolsProtocol):
    """An HTTP/1.1 connection that a slow or broken client can't hold."""

    def __init__(self, *arguments: Any, **named: Any) -> None:  # noqa: ANN401 - as uvicorn's
        super().__init__(*arguments, **named)
        self._arrival: asyncio.TimerHandle | None = None
        self._departure: asyncio.TimerHandle | None = None
        self._is_arriving = False
        self._is_in_head = False
        self._is_stopping = False
        self._is_upgrading = False
        self._head_bytes = 0
        # When the request that is arriving, or its connection, began.
        self._began = 0.0
        # The request that is being answered; those that came behind it wait in uvicorn's pipeline.
        self._running: RequestResponseCycle | None = None
        # What is answered once those are, after which the connection ends.
        self._refusal: bytes | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Begin to wait for the first request."""
        super().connection_made(transport)
        self._expect()

    def data_received(self, data: bytes) -> None:
        """Take bytes in; what isn't a whole request by now must be one before the deadline."""
        if self._is_ending():
            return
        self._head_bytes += len(data)
        super().data_received(data)
        if self._is_in_head and self._head_bytes > MAX_HEAD_BYTES:
            self._refuse(HeadersTooLargeError(f"The headers are longer than {MAX_HEAD_BYTES} bytes."))
        elif self._arrival is None and not (self._is_answering() or self._is_ending()):
            self._expect()

    def on_message_begin(self) -> None:
        """Note that a request has begun to arrive."""
        super().on_message_begin()
        self._is_arriving = self._is_in_head = True
        if not self.transport.get_write_buffer_size():
            # What was answered before has been read; the next answer has a time of its own.
            self._departed()

    def on_header(self, name: bytes, value: bytes) -> None:
        """Take a header; what comes behind a body is none, and says nothing of who asks (RFC 9110, 6.5.1)."""
        if self._is_in_head:
            super().on_header(name, value)

    def on_headers_complete(self) -> None:
        """Start the request and its exchange; a server that is stopping answers it and closes."""
        self._is_in_head = False
        before = self.cycle
        super().on_headers_complete()
        if self.cycle is before:
            # From here on the connection is a WebSocket's.
            return
        exchange = exchange_of(self.scope)
        exchange.writer = partial(write_whole, self.cycle)
        if self._is_stopping:
            self.cycle.keep_alive = False
            exchange.is_stopping = True

    def on_message_complete(self) -> None:
        """Note that the whole request is here."""
        self._is_arriving = False
        self._head_bytes = 0
        self._arrived()
        super().on_message_complete()

    def on_response_complete(self) -> None:
        """Go on to the next request, or end; give the client its time to read what has been written."""
        is_last = not self.pipeline
        if self._running is not None:
            exchange_of(self._running.scope).forget()
        super().on_response_complete()
        if is_last and self._refusal is not None:
            self._end_with(self._refusal)
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
        super().connection_lost(exc)
        running = self._running
        if running is not None and not running.response_complete:
            running.disconnected = True
            exchange_of(running.scope).leave()
        for waiting, _ in self.pipeline:
            # Nobody will answer them, and they hold this connection.
            exchange_of(waiting.scope).forget()
        self.pipeline.clear()

    def shutdown(self) -> None:
        """Close after the request under way; an idle connection lingers for one that is on its way."""
        self._is_stopping = True
        if self._running is None or self._running.response_complete:
            self.loop.call_later(LINGER, self._close_if_idle)
        else:
            self.cycle.keep_alive = False

    def send_400_response(self, msg: str) -> None:  # noqa: ARG002 - the parser's words are not for clients
        """Answer what can't be parsed."""
        self._refuse(BadRequestError("This is not HTTP/1.1."))

    def _unsupported_upgrade_warning(self) -> None:
        """Answer and close: to the parser a body is another protocol's, which it would then read as a request."""
        self.cycle.keep_alive = False
        self._is_upgrading = True

    def _start_asgi_task(self, cycle: RequestResponseCycle, app: Any) -> None:  # noqa: ANN401 - as uvicorn's
        """Note which request is being answered."""
        self._running = cycle
        super()._start_asgi_task(cycle, app)

    def _expect(self) -> None:
        self._began = self.loop.time()
        error = RequestTimeoutError(f"The request did not arrive within {PATIENCE:.0f} seconds.")
        self._arrival = self.loop.call_later(PATIENCE, self._refuse, error)

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

    def _is_ending(self) -> bool:
        """Return whether nothing that still arrives will be answered."""
        return self._is_upgrading or self._refusal is not None or self.transport.is_closing()

    def _close_if_idle(self) -> None:
        if not self._is_arriving and not self._is_busy():
            self.transport.close()

    def _is_busy(self) -> bool:
        """Return whether a request is being answered, or waits for one that is."""
        return bool(self.pipeline) or (self._running is not None and not self._running.response_complete)

    def _refuse(self, error: BadRequestError) -> None:
        """Answer what is arriving with an error, after those before it, and close; in silence if nothing is."""
        if self._is_ending():
            return
        self._arrived()
        own = self.cycle if self._is_arriving and not self._is_in_head else None
        if own is not None and own is self._running:
            self._refuse_running(own, error)
            return
        if own is not None:
            self.pipeline = deque(each for each in self.pipeline if each[0] is not own)
        if self._head_bytes or self._is_arriving or error.status == HTTPStatus.BAD_REQUEST:
            self._refuse_unknown(error)
        else:
            self.transport.close()

    def _refuse_running(self, cycle: RequestResponseCycle, error: BadRequestError) -> None:
        """Answer in place of the application, which waits for the body and is told that the client left."""
        if cycle.response_started:
            self.transport.close()
            return
        exchange = exchange_of(cycle.scope)
        exchange.refused_status = error.status
        self._end_with(refuse_client(error, exchange.trace_id).as_bytes())

    def _refuse_unknown(self, error: BadRequestError) -> None:
        """Answer what the application will never hear of, once all before it is answered."""
        trace_id = trace_id_in(dict(reversed(self.headers)) if self._is_arriving else {})
        reply = refuse_client(error, trace_id)
        self._refusal = reply.as_bytes()
        method = self.scope.get("method", OTHER) if self._is_arriving else OTHER
        seconds = self.loop.time() - self._began
        record(EndedRequest(method, OTHER, reply.status, len(reply.content), seconds, trace_id))
        if not self._is_busy():
            self._end_with(self._refusal)

    def _end_with(self, content: bytes) -> None:
        if not self.transport.is_closing():
            self.transport.write(content)
            self.transport.close()

    def _drop_unread(self) -> None:
        """Drop a client that doesn't read: closing would wait for it."""
        self._departure = None
        if self.transport.get_write_buffer_size():
            self.transport.abort()


def write_whole(
    cycle: RequestResponseCycle, status: int, content_type: bytes, content: bytes, headers: Mapping[str, str]
) -> bool:
    """Write an answer to a POST at once, past the two steps that ASGI takes for it, which cost 9 us of CPU.

    False where it must wait for what was written before.
    """
    if cycle.flow.write_paused or cycle.response_started:
        return False
    if cycle.disconnected:
        return True
    cycle.response_started = cycle.response_complete = True
    cycle.waiting_for_100_continue = False
    head = [head_of(status, content_type)]
    head += [b"%b: %b\r\n" % header for header in cycle.default_headers]
    head += [f"{name}: {value}\r\n".encode("ascii") for name, value in headers.items()]
    if not cycle.keep_alive:
        head.append(b"connection: close\r\n")
    head.append(b"content-length: %d\r\n\r\n" % len(content))
    cycle.transport.write(b"".join([*head, content]))
    cycle.message_event.set()
    if not cycle.keep_alive:
        cycle.transport.close()
    cycle.on_response()
    return True


def believe_proxies(app: ASGIApp, trusted: str) -> ASGIApp:
    """Return an application that sees the clients that trusted proxies name (X-Forwarded-For) as its own."""
    return ProxyHeadersMiddleware(app, trusted)  # type: ignore[arg-type, return-value]
