"""What this server does as spans of traces, for whoever is told of them: nobody, unless that was begun."""

import time
from collections.abc import Mapping
from contextvars import ContextVar, Token
from random import getrandbits
from types import TracebackType
from typing import Final, Literal, NamedTuple, Protocol, Self

from graph.telemetry.traces import TRACEPARENT, TRACESTATE, Place

Kind = Literal["server", "client", "producer", "internal"]
Values = Mapping[str, object]

# The span under way; what is begun in it, in whichever task, belongs below it.
HERE: Final[ContextVar[Place | None]] = ContextVar("HERE", default=None)

NO_VALUES: Final[Values] = {}


class Span(NamedTuple):
    """Something that was done: what, where in a trace, from when to when (nanoseconds since 1970), and its facts.

    `error` is what kind of failure it ended with, a code or the name of a class; None if it did not.
    """

    name: str
    kind: Kind
    place: Place
    began: int
    ended: int
    attributes: Values
    error: str | None = None


class Teller(Protocol):
    """Whoever is told of spans: graph/telemetry/opentelemetry.py."""

    def samples(self, trace_id: str, parent: Place | None) -> bool:
        """Whether a span of a trace is to be told of, below that of a caller, if any."""

    def tell(self, span: Span) -> None:
        """Take note of a span that has ended; it costs the event loop no more than microseconds."""

    def close(self) -> None:
        """Send what was told, for no longer than a moment."""


class Tracing:
    """Makes the places of spans, and tells of spans that have ended."""

    def __init__(self) -> None:
        self.is_on = False
        self._teller: Teller | None = None

    def begin(self, teller: Teller) -> None:
        """Tell somebody from now on."""
        self.is_on, self._teller = True, teller

    def end(self) -> None:
        """Tell nobody any more."""
        if self._teller is not None:
            self._teller.close()
        self.is_on, self._teller = False, None

    def arrive(self, headers: Mapping[bytes, bytes], trace_id: str) -> Place:
        """Return the place of a request: below its caller's, or in a new trace of this id."""
        given = headers.get(TRACEPARENT)
        caller = given and Place.read(given, headers.get(TRACESTATE, b""))
        return self.place_below(caller or None, trace_id)

    def place_below(self, caller: Place | None, trace_id: str) -> Place:
        """Return a place below one that was begun elsewhere, or in a new trace of this id where there is none."""
        is_sampled = self._teller is not None and self._teller.samples(trace_id, caller)
        if caller is None:
            return Place.begin(trace_id, is_sampled=is_sampled)
        place = caller.below()
        place.is_sampled = is_sampled
        return place

    def place_after(self, cause: Place | None) -> Place | None:
        """Return the place of what is done in the background for a cause; without one, a trace of its own begins.

        While nobody is told of spans, the place is the cause's own: whoever comes next is told of that.
        """
        if not self.is_on:
            return cause
        return self.place_below(cause, cause.trace_id if cause else f"{getrandbits(128) or 1:032x}")

    def tell(self, span: Span) -> None:
        """Tell of a span, if it is sampled."""
        if self._teller is not None and span.place.is_sampled:
            self._teller.tell(span)

    def tell_call(self, name: str, seconds: float, attributes: Values) -> None:
        """Tell of a call to another server below the span under way, which took so many seconds up to now."""
        here = HERE.get()
        if here is not None and here.is_sampled and here.room:
            here.room -= 1
            ended = time.time_ns()
            self.tell(Span(name, "client", here.below(), ended - int(seconds * 1e9), ended, attributes))

    def doing(self, kind: Kind, name: str, place: Place | None) -> "Doing":
        """Return a block that is a span at a place, of which it tells at its end; with None it is none."""
        return Doing(self, kind, name, place)


class Doing:
    """A block of code as a span: what is begun in it belongs below it."""

    def __init__(self, tracing: Tracing, kind: Kind, name: str, place: Place | None) -> None:
        self._tracing = tracing
        self._kind: Kind = kind
        self._name = name
        self.place = place
        self._began = 0
        self._token: Token[Place | None] | None = None
        self._attributes: Values = NO_VALUES
        self._error: str | None = None

    def __enter__(self) -> Self:
        if self.place is not None:
            self._began = time.time_ns()
            self._token = HERE.set(self.place)
        return self

    def note(self, attributes: Values, error: str | None = None) -> None:
        """Note the facts of the span, and what kind of failure it ended with, if it did."""
        self._attributes, self._error = attributes, error

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self.place is None or self._token is None:
            return
        HERE.reset(self._token)
        failure = self._error if kind is None else kind.__name__
        ended = time.time_ns()
        self._tracing.tell(Span(self._name, self._kind, self.place, self._began, ended, self._attributes, failure))


def trace_here() -> str | None:
    """Return what is kept of the span under way with what it leads to; None unless it is told of."""
    here = HERE.get()
    return here.kept if here is not None and here.is_sampled else None


def headers_of(place: Place | None) -> Mapping[str, str]:
    """Return the headers that name a place to others; none without one."""
    if place is None:
        return {}
    return {"traceparent": place.traceparent, **({"tracestate": place.state} if place.state else {})}


tracing: Final = Tracing()
