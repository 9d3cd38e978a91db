"""One request from its head to its answer: all that travels with it, under the one key of ours in its scope."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextvars import Token
from copy import copy
from functools import lru_cache
from http import HTTPStatus
from random import getrandbits
from time import perf_counter, time
from typing import Any, Final

from starlette.types import Message, Scope, Send

from db.tally import Tally
from graph.http import media
from graph.http.account import Account
from graph.identity.viewer import ANONYMOUS
from graph.telemetry.logs import EndedRequest
from graph.telemetry.operations import ToldOperation
from graph.telemetry.traces import TRACEPARENT, Place, trace_id_of
from graph.telemetry.tracing import HERE, tracing
from graph.use import Use

KEY: Final = "ariesone.exchange"

# Where clients of Apollo, and those who follow them, say what they are.
CLIENT_NAME: Final = b"apollographql-client-name"
_CLIENT_NAME: Final = re.compile(rb"[\x20-\x7e]{1,64}")
# Bytes of one that are looked at, and remembered: by then it is known to be too long.
LOOKED_AT: Final = 65

Headers = Mapping[bytes, bytes]

# What each answer says, unless it says otherwise: browsers don't guess what it is, and nobody keeps it.
DEFAULTS: Final = {b"x-content-type-options": b"nosniff", b"cache-control": b"private, no-store"}

# Writes an answer (its request as the connection has it, status, content type, content, further headers) at once;
# False where that can't be done.
Writer = Callable[[Any, int, bytes, bytes, Mapping[str, str]], bool]


class Exchange:
    """A request whose head is here, and what becomes known of it on its way."""

    __slots__ = (
        "_is_watched",
        "_leavings",
        "_stop",
        "account",
        "asked",
        "began",
        "cached",
        "chunk_writer",
        "client",
        "code",
        "cost",
        "cycle",
        "explains",
        "flight",
        "header_list",
        "headers",
        "is_apart",
        "is_dry",
        "is_gone",
        "is_looked_up",
        "is_several",
        "is_stopping",
        "media_type",
        "method",
        "operation",
        "outcome",
        "overdue",
        "parts",
        "path",
        "place",
        "prepared",
        "query_string",
        "refusal",
        "refused_status",
        "renew",
        "size",
        "sql",
        "status",
        "takes_events",
        "takes_lines",
        "trace_id",
        "use",
        "viewer",
        "wanted",
        "writer",
    )

    def __init__(self, scope: Scope, headers: Headers | None = None) -> None:
        self.method: str = scope["method"]
        self.path: str = scope["path"]
        self.query_string: bytes = scope["query_string"]
        # As they came, and by their name in lower case.
        self.header_list: Sequence[tuple[bytes, bytes]] = scope["headers"]
        self.headers: Headers = join_by_name(self.header_list) if headers is None else headers
        # The address and port that it came from; those that a trusted proxy names, where there is one.
        self.client: tuple[str, int] | None = scope.get("client")
        # Its caller's (W3C traceparent), or a new one.
        self.trace_id = trace_id_in(self.headers)
        # On the clock of perf_counter.
        self.began = perf_counter()
        # Whether the server was told to stop.
        self.is_stopping = False

        # What the endpoint finds out, step by step.
        self.media_type = media.JSON
        self.viewer = ANONYMOUS
        # Whether an answer may go on and on.
        self.takes_events = False
        # Whether several answers may be lines, and whether there are several.
        self.takes_lines = False
        self.is_several = False
        self.explains = False
        # Whether it asks what its operation would cost, in place of running it.
        self.is_dry = False
        # Whether it was looked for in what this process keeps; what it asks for, as it came, where its answer may
        # be kept; and who waits for that (graph/http/keeping.py).
        self.is_looked_up = False
        self.wanted: bytes | None = None
        self.flight: Any = None
        # What was read of it before its task began: what it asks for, and its operation, whose turn it is then; or
        # its refusal.
        self.asked: Any = None
        self.prepared: Any = None
        self.refusal: Any = None
        # Under what it is kept, where its time is over and it was given all the same.
        self.overdue: Any = None
        # Whether the answer is for nobody but the cache.
        self.is_apart = False
        # What is told of its operation, once that is known; the most that it can cost, what the cache did for it,
        # and its SQL.
        self.operation: ToldOperation | None = None
        self.cost = 0.0
        self.cached: str | None = None
        self.sql: Tally | None = None
        # What of the schema it uses, as far as that is counted.
        self.use: Use | None = None
        # How many operations of it were told of by themselves.
        self.parts = 0
        # Its span, where others are told of that.
        self.place: Place | None = None
        # The bucket that pays for it, where its client has one.
        self.account: Account | None = None

        # What is left of an answer with errors, and the code of the gravest one; None without any.
        self.outcome: str | None = None
        self.code: str | None = None

        # What has been answered: 0 where nothing was, and the bytes of the body.
        self.status = 0
        self.size = 0
        self._is_watched = False
        # What its connection answered in the application's place, while the body was still arriving.
        self.refused_status = 0
        # The short way back, where the connection has one and nobody else wants to see the answer or add to it.
        self.writer: Writer | None = None
        # The same for a chunk of an answer under way.
        self.chunk_writer: Callable[[Any, bytes], bool] | None = None
        # What both write to: the request as its connection has it.
        self.cycle: Any = None
        # Gives the rest of the body as long again to arrive, where the connection minds how long that takes.
        self.renew: Callable[[], object] | None = None

        # Whether nobody waits for the answer any more, and what is called when that comes about.
        self.is_gone = False
        self._leavings: list[Callable[[], object]] | None = None
        # Ends an answer that would go on and on when the server is told to stop.
        self._stop: Callable[[], object] | None = None

    @property
    def operation_name(self) -> str | None:
        """The name of its operation, where it has one that is known by now."""
        return None if self.operation is None else self.operation.name

    def apart(self) -> "Exchange":
        """The same request once more, for the cache alone: nobody waits for its answer, or pays for it."""
        other = copy(self)
        other.is_apart = True
        other.use = other.account = other.flight = other.writer = other.chunk_writer = other.renew = None
        other.cycle = None
        other._leavings = None  # noqa: SLF001 - its own kind
        other.is_gone = False
        return other

    def on_leave(self, abandon: Callable[[], object]) -> None:
        """Have something called when the client leaves before it was answered: at once if it has left."""
        if self.is_gone:
            abandon()
        elif self._leavings is None:
            self._leavings = [abandon]
        else:
            self._leavings.append(abandon)

    def leave(self) -> None:
        """Note that the client has left, and call what waits for that."""
        self.is_gone = True
        for abandon in self._leavings or ():
            abandon()
        self.forget()

    def on_stop(self, end: Callable[[], object]) -> None:
        """Have something called when the server is told to stop: at once if it has been."""
        if self.is_stopping:
            end()
        else:
            self._stop = end

    def stop(self) -> None:
        """Note that the server was told to stop."""
        self.is_stopping = True
        if self._stop is not None:
            self._stop()

    def forget(self) -> None:
        """Let go of the connection and the operation: what is answered goes at once, without the collector."""
        self.writer = self.chunk_writer = self.cycle = self.renew = self._leavings = self._stop = None

    def try_write(self, status: int, content_type: bytes, content: bytes, headers: Mapping[str, str]) -> bool:
        """Answer by the short way back; return False where there is none."""
        if self.writer is None or not self.writer(self.cycle, status, content_type, content, headers):
            return False
        self.status, self.size = status, len(content)
        return True

    def try_write_chunk(self, chunk: bytes) -> bool:
        """Send a chunk of an answer under way at once; return False if that can't be done."""
        if self.chunk_writer is None or not self.chunk_writer(self.cycle, chunk):
            return False
        self.size += len(chunk)
        return True

    def watch(self, send: Send) -> Send:
        """Return a `send` that notes what is answered and adds what each answer says; the given one if it does."""
        if self._is_watched:
            return send
        self._is_watched = True

        async def noted(message: Message) -> None:
            if message["type"] == "http.response.start":
                self.status = message["status"]
                message = {**message, "headers": with_defaults(message["headers"])}
            else:
                self.size += len(message.get("body", b""))
            await send(message)

        return noted

    def ended(self, endpoint: str) -> EndedRequest:
        """Return what telemetry is told; `endpoint` is the template of the route that was taken."""
        named = self.headers.get(CLIENT_NAME)
        # In a third of the time that its own call takes.
        return tuple.__new__(
            EndedRequest,
            (
                self.method,
                endpoint,
                self.refused_status or self.status,
                self.outcome,
                self.code,
                self.operation,
                self.parts,
                self.size,
                perf_counter() - self.began,
                self.trace_id,
                time(),
                self.viewer,
                None if named is None else client_name_in(named[:LOOKED_AT]),
                self.cost,
                self.cached,
                self.sql,
                self.place,
            ),
        )

    def ended_part(self, began: float) -> EndedRequest:
        """Return what telemetry is told of an operation that is no request by itself, or not the only one of it.

        `began` is when it did so, on the clock of perf_counter.
        """
        # Who has heard enough of a subscription leaves it.
        is_left = self.is_gone and not (self.operation and self.operation.goes_on)
        status, seconds = 0 if is_left else HTTPStatus.OK, perf_counter() - began
        return self.ended("")._replace(endpoint=None, status=status, size=0, seconds=seconds)


def begin_span(exchange: Exchange) -> Token[Place | None]:
    """Have what is done from here on belong below a request's span; returns what `HERE` was before."""
    if exchange.place is None:
        exchange.place = tracing.arrive(exchange.headers, exchange.trace_id)
    return HERE.set(exchange.place)


@lru_cache(maxsize=1024)
def client_name_in(value: bytes) -> str | None:
    """Return what a client calls itself: at most 64 printable characters of ASCII; else None."""
    return value.decode() if _CLIENT_NAME.fullmatch(value) else None


def exchange_of(scope: Any, headers: Headers | None = None) -> Exchange:  # noqa: ANN401 - uvicorn's and Starlette's types of it differ
    """Return the exchange in a scope, begun here if it isn't there; `headers` are its own by name, where known."""
    found: Exchange | None = scope.get(KEY)
    if found is None:
        found = scope[KEY] = Exchange(scope, headers)
    return found


def with_defaults(headers: Iterable[tuple[bytes, bytes]]) -> list[tuple[bytes, bytes]]:
    """Return an answer's headers with what each answer says."""
    given = list(headers)
    names = {name.lower() for name, _ in given}
    return given + [default for default in DEFAULTS.items() if default[0] not in names]


def join_by_name(headers: Sequence[tuple[bytes, bytes]]) -> dict[bytes, bytes]:
    """Return headers by name; one that stands in several lines is one list, joined by commas (RFC 9110, 5.3).

    What may stand only once is then nothing that anybody takes.
    """
    found = dict(headers)
    if len(found) < len(headers):
        lines: dict[bytes, list[bytes]] = {}
        for name, value in headers:
            lines.setdefault(name, []).append(value)
        found = {name: b", ".join(values) for name, values in lines.items()}
    return found


def trace_id_in(headers: Headers) -> str:
    """Return the trace that headers name, or a new one."""
    given = headers.get(TRACEPARENT)
    # A new one needn't be a secret, so it needn't come from the kernel; a format would take five times as long.
    return (given and trace_id_of(given)) or getrandbits(128).to_bytes(16).hex()
