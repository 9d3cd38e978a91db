"""One client's connection: uvicorn's protocol with deadlines, bounds and JSON errors.

Its inside is touched here, in graph/http/cycle.py and in graph/http/flow.py. What is used of it is listed, and
held to, in tests/graph/http/test_uvicorn_contract.py.
"""

import asyncio
from collections import deque
from collections.abc import Callable
from http import HTTPStatus
from typing import Any

from httptools import HttpParserError, HttpParserUpgrade, HttpRequestParser
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle

from graph.errors import BadRequestError, RequestTimeoutError
from graph.http import head
from graph.http.cycle import abandon, begin_cycle, give_short_ways
from graph.http.deadline import Deadline
from graph.http.exchange import exchange_of, join_by_name, trace_id_in
from graph.http.flow import Flow
from graph.http.refusal import refuse_client
from graph.telemetry.logs import EndedRequest
from graph.telemetry.requests import record

# Seconds that a client may take to send its headers and body, and to read its answer.
PATIENCE = 10.0
# Seconds in which an idle connection may still bring a request after the server was told to stop: one that is
# on its way then is answered and not broken.
LINGER = 0.5
# Seconds, and bytes, for which a client that was refused may go on sending. One that is closed on at once loses
# the refusal: its kernel throws away what it hasn't read when what it sends meets nobody (RFC 9112, 9.6).
FAREWELL = 2.0
FAREWELL_BYTES = 1024 * 1024
# Bytes that are parsed at once. Requests that wait for others' answers are those of one such piece, some 200 at
# most; what came behind them is parsed when they are answered.
PIECE = 4096

NOTHING = memoryview(b"")


class Connection(HttpToolsProtocol):
    """An HTTP/1.1 connection that a slow or broken client can't hold."""

    def __init__(self, *arguments: Any, **named: Any) -> None:  # noqa: ANN401 - as uvicorn's
        super().__init__(*arguments, **named)
        # When the request must be here, and the answer read.
        self._arrival = Deadline(self.loop, self._refuse_late)
        self._departure = Deadline(self.loop, self._drop_unread)
        self._is_arriving = self._is_in_head = self._is_idle = self._is_stopping = False
        # Whether the request opens a WebSocket; whether it asks for a protocol that it isn't given, see below.
        self._is_handshake = self._is_upgrading = False
        # Bytes since the request began or its body went on: of its head, or between chunks, or of trailers; and
        # those of its head, where it is longer than a piece, and of its trailers.
        self._loose_bytes = self._head_bytes = 0
        # What has arrived and isn't parsed, since requests wait for the answers to others.
        self._held = NOTHING
        # When the request that is arriving, or its connection, began.
        self._began = self.loop.time()
        # The request that is being answered; those that came behind it wait in uvicorn's pipeline.
        self._running: RequestResponseCycle | None = None
        # Whether bytes are being parsed, and whether they are of what was held.
        self._is_parsing = self._is_unpacking = False
        # Whether the request among them is to be answered, which starts when they are parsed.
        self._is_starting = False
        # Answers a request that is here as a whole, where nothing has to be waited for but other processes.
        self._answer_at_once: Callable[..., bool] = getattr(self.app, "answer_at_once", lambda *_: False)
        # A request whose body comes if it is asked for; answered without, it can't be told from the next request.
        self._expecting: RequestResponseCycle | None = None
        # What is answered once those are, after which the connection ends.
        self._refusal: bytes | None = None
        # Bytes that may still come and are thrown away, once the last answer is written.
        self._farewell: int | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Begin to wait for the first request."""
        super().connection_made(transport)
        self.flow = self._flow = Flow(transport)
        self._arrival.begin(PATIENCE)

    def data_received(self, data: bytes) -> None:
        """Take bytes in; what isn't a whole request by now must be one before the deadline."""
        if self._is_ending():
            self._throw_away(len(data))
        elif len(data) <= PIECE and not self._held:
            self._take(data)
        else:
            # Reading is paused while anything is held, so that is one read of the kernel's at most.
            self._held = memoryview(bytes(self._held) + data if self._held else data)
            self._parse_held()

    def on_message_begin(self) -> None:
        """Note that a request has begun to arrive."""
        super().on_message_begin()
        self._is_arriving = self._is_in_head = True
        if self._is_idle:
            self._is_idle = False
            self._arrival.lift()
        if not self.transport.get_write_buffer_size():
            # What was answered before has been read; the next answer has a time of its own.
            self._departure.lift()

    def on_header(self, name: bytes, value: bytes) -> None:
        """Take a header; what comes behind a body is none, and says nothing of who asks (RFC 9110, 6.5.1)."""
        if self._is_in_head:
            self.headers.append((name.lower(), value.strip(b" \t")))
        else:
            self._head_bytes += head.size_of_line((name, value))
            self._loose_bytes = 0
            if self._head_bytes > head.MAX_HEAD_BYTES:
                raise head.too_large()

    def on_headers_complete(self) -> None:
        """Start the request and its exchange; raises, through the parser, which stops, what it is refused for."""
        method, version = self.parser.get_method().decode("ascii"), self.parser.get_http_version()
        # What came in one piece needn't be counted.
        is_long = self._loose_bytes > PIECE
        self._head_bytes = head.require_size(method, self.url, self.headers) if is_long else 0
        self._loose_bytes = 0
        headers = join_by_name(self.headers)
        head.require_head(method, version, headers)
        if not self.url.startswith(b"/") or b"#" in self.url:
            self.url = head.take_target_apart(method, self.url, self.headers, headers)
        # What is refused up to here has no request of its own yet.
        self._is_in_head = False
        if self.parser.should_upgrade():
            self._is_handshake = head.is_handshake(method, version, headers) and not self._is_busy()
            self._is_upgrading = not self._should_upgrade()
            if not self._is_upgrading:
                super().on_headers_complete()
            return
        if b"expect" in headers:
            self.expect_100_continue = head.expects_answer(version, headers[b"expect"])
        before, self.cycle = self.cycle, begin_cycle(self, method, version)
        self._begin_exchange(self.cycle, headers)
        if before is None or before.response_complete:
            self._start_asgi_task(self.cycle, self.app)
        else:
            self.flow.pause_reading()
            self.pipeline.appendleft((self.cycle, self.app))

    def on_body(self, body: bytes) -> None:
        """Take a part of the body."""
        self._loose_bytes = 0
        super().on_body(body)

    def on_message_complete(self) -> None:
        """Note that the whole request is here."""
        if self._is_upgrading:
            # Only its head is, to the parser.
            return
        self._is_arriving = False
        self._loose_bytes = self._head_bytes = 0
        self._arrival.lift()
        if self._expecting is not None:
            self._expecting.keep_alive = not self._is_stopping
            self._expecting = None
        super().on_message_complete()

    def on_response_complete(self) -> None:
        """Go on to the next request, or end; give the client its time to read what has been written."""
        if self._running is not None:
            exchange_of(self._running.scope).forget()
        if not self.transport.is_closing():
            self._go_on()
        if self._held:
            self._parse_held()
        if self.transport.get_write_buffer_size():
            self._departure.begin(PATIENCE)

    def pause_writing(self) -> None:
        """Give the client its time to read, while an answer waits to be written."""
        super().pause_writing()
        self._departure.begin(PATIENCE)

    def resume_writing(self) -> None:
        """Go on writing: the client reads."""
        super().resume_writing()
        # What is left of a finished answer must still be read in time.
        if not (self.cycle and self.cycle.response_complete and self.transport.get_write_buffer_size()):
            self._departure.lift()

    def connection_lost(self, exc: Exception | None) -> None:
        """Tell the request under way, if any, that nobody waits for its answer."""
        self._held = NOTHING
        self._arrival.end()
        self._departure.end()
        super().connection_lost(exc)
        running = self._running
        if running is not None and not running.response_complete:
            abandon(running)
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
            exchange_of(self._running.scope).stop()

    def _should_upgrade(self) -> bool:
        """Return whether the request gets the WebSocket that it asks for; other protocols aren't spoken here."""
        return self._is_handshake and self._should_upgrade_to_ws()

    def _start_asgi_task(self, cycle: RequestResponseCycle, app: Any) -> None:  # noqa: ANN401 - as uvicorn's
        """Note which request is being answered; one that is arriving starts when what came with it is parsed."""
        self._running = cycle
        if self._is_parsing:
            self._is_starting = True
        else:
            super()._start_asgi_task(cycle, app)

    def _start(self, running: RequestResponseCycle, *, is_whole: bool) -> None:
        """Answer the request that was parsed: at once where that can be, which saves a task of 5 us."""
        self._is_starting = False
        is_free = is_whole and not self._flow.write_paused
        if not (is_free and self._answer_at_once(running.scope, bytes(running.body), self._begin_task)):
            self._begin_task()

    def _begin_task(self) -> None:
        """Have the application answer the request whose turn it is."""
        if self._running is not None:
            self._start_asgi_task(self._running, self.app)

    def _go_on(self) -> None:
        """Answer the next request that is here, or wait for one."""
        self.flow.resume_reading()
        if self.pipeline:
            self._start_asgi_task(*self.pipeline.pop())
        elif self._refusal is not None:
            self._end_with(self._refusal)
        elif not self._arrival.has_begun:
            self._is_idle = True
            self._arrival.begin(self.timeout_keep_alive)

    def _take(self, piece: bytes | memoryview) -> None:
        """Parse bytes, and see to it that what has begun doesn't go on for ever."""
        self._loose_bytes += len(piece)
        self._is_parsing, fault = True, None
        try:
            self.parser.feed_data(piece)
        except (HttpParserError, HttpParserUpgrade) as found:
            fault = found
        self._is_parsing = False
        if self._is_starting and (running := self._running) is not None:
            self._start(running, is_whole=fault is None and not running.more_body)
            if running.response_complete and not self._is_arriving:
                return
        if isinstance(fault, HttpParserUpgrade):
            self._go_on_behind_upgrade(memoryview(piece)[fault.args[0] :])
            return
        if fault is not None:
            self._refuse(head.find_refusal(fault))
        if self._is_arriving:
            if self._head_bytes + self._loose_bytes > head.MAX_HEAD_BYTES:
                self._refuse(head.too_large())
            elif self._is_in_head and not self.headers and head.is_whole(self.url, piece, self.parser):
                self._refuse(head.no_version())
        if not self._arrival.has_begun and not (self._is_answering() or self._is_ending()):
            self._began = self.loop.time()
            self._arrival.begin(PATIENCE)

    def _go_on_behind_upgrade(self, rest: memoryview) -> None:
        """Parse what came behind a head that asks for another protocol: to the parser it is that protocol's.

        The head is parsed once more, as if it asked for none (https://github.com/MagicStack/httptools/issues/124).
        """
        if not self._is_upgrading:
            # From here on the connection is a WebSocket's.
            self._arrival.end()
            self._departure.end()
            self.handle_websocket_upgrade()
            return
        self._is_upgrading = False
        method, version = self.parser.get_method(), self.parser.get_http_version()
        # A parser that has met the last request of a connection takes no other.
        self.parser = HttpRequestParser(self)
        self.parser.set_dangerous_leniencies(lenient_data_after_close=True)
        self._take(head.without_upgrade(method, self.url, version, self.headers))
        if not self._is_ending():
            self._take(rest)

    def _parse_held(self) -> None:
        """Parse what is held, a piece at a time, until a request waits for the answer to another."""
        if self._is_unpacking:
            return
        self._is_unpacking = True
        while self._held and not self.pipeline and not self._is_ending():
            piece, self._held = self._held[:PIECE], self._held[PIECE:]
            self._take(piece)
        self._is_unpacking = False
        was_full, self._flow.is_full = self._flow.is_full, bool(self._held)
        if self._held:
            # It is here: how long it waits is not the client's doing.
            self._arrival.lift()
            self.flow.pause_reading()
        elif was_full and not self.pipeline:
            self.flow.resume_reading()

    def _begin_exchange(self, cycle: RequestResponseCycle, headers: head.Headers) -> None:
        exchange = exchange_of(self.scope, headers)
        give_short_ways(exchange, cycle)
        exchange.renew = self._arrival.renew
        if self._is_stopping:
            cycle.keep_alive = False
            exchange.is_stopping = True
        elif self.expect_100_continue and cycle.keep_alive:
            cycle.keep_alive = False
            self._expecting = cycle

    def _is_answering(self) -> bool:
        """Return whether a whole request is being answered: only then may the client be silent."""
        return not self._is_arriving and self.cycle is not None and not self.cycle.response_complete

    def _is_ending(self) -> bool:
        """Return whether nothing that still arrives will be answered."""
        return self._refusal is not None or self._farewell is not None or self.transport.is_closing()

    def _close_if_idle(self) -> None:
        if not self._is_arriving and not self._is_busy():
            self.transport.close()

    def _is_busy(self) -> bool:
        """Return whether a request is being answered, or waits for one that is."""
        is_answering = self._running is not None and not self._running.response_complete
        return is_answering or bool(self.pipeline) or bool(self._held)

    def _refuse(self, error: BadRequestError) -> None:
        """Answer what is arriving with an error, after those before it, and close; in silence if nothing is."""
        if self._is_ending():
            return
        self._arrival.lift()
        own = self.cycle if self._is_arriving and not self._is_in_head else None
        if own is not None and own is self._running:
            self._refuse_running(own, error)
            return
        if own is not None:
            self.pipeline = deque(each for each in self.pipeline if each[0] is not own)
        if self._loose_bytes or self._is_arriving or error.status == HTTPStatus.BAD_REQUEST:
            self._refuse_unknown(error)
        else:
            self.transport.close()

    def _refuse_late(self) -> None:
        self._refuse(RequestTimeoutError(f"The request did not arrive within {PATIENCE:.0f} seconds."))

    def _refuse_running(self, cycle: RequestResponseCycle, error: BadRequestError) -> None:
        """Answer in place of the application, which waits for the body and is told that the client left."""
        if cycle.response_started:
            self.transport.close()
            return
        exchange = exchange_of(cycle.scope)
        exchange.refused_status = error.status
        self._end_with(refuse_client(error, exchange.trace_id).as_bytes())
        abandon(cycle)
        cycle.message_event.set()

    def _refuse_unknown(self, error: BadRequestError) -> None:
        """Answer what the application will never hear of, once all before it is answered."""
        trace_id = trace_id_in(join_by_name(self.headers) if self._is_arriving else {})
        reply = refuse_client(error, trace_id)
        self._refusal, self._held = reply.as_bytes(), NOTHING
        method = self.scope.get("method", "") if self._is_arriving else ""
        seconds = self.loop.time() - self._began
        record(EndedRequest.refused(method, reply.status, len(reply.content), seconds, trace_id))
        if not self._is_busy():
            self._end_with(self._refusal)

    def _end_with(self, content: bytes) -> None:
        """Write the last answer, and close once its reader does: what that still sends is thrown away."""
        if self.transport.is_closing():
            return
        patience = PATIENCE if self.transport.get_write_buffer_size() else FAREWELL
        self.transport.write(content)
        self.transport.write_eof()
        self._farewell, self._held = FAREWELL_BYTES, NOTHING
        self._flow.is_full = False
        self.flow.resume_reading()
        self._departure.lift()
        self._departure.begin(patience)

    def _throw_away(self, size: int) -> None:
        """Note that so many bytes came which nobody reads."""
        self._farewell = None if self._farewell is None else self._farewell - size
        if self._farewell is not None and self._farewell < 0:
            self.transport.abort()

    def _drop_unread(self) -> None:
        """Drop a client that doesn't read, or goes on after its last answer: closing would wait for it."""
        if self._farewell is not None or self.transport.get_write_buffer_size():
            self.transport.abort()
