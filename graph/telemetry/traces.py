"""The place in a trace where something is done, as headers, events and jobs carry it (W3C Trace Context)."""

import re
from random import getrandbits
from typing import Final, Self

TRACEPARENT: Final = b"traceparent"
TRACESTATE: Final = b"tracestate"

# Spans below one that are told of, so that no job and no hostile operation makes a trace that nobody can read.
MOST_BELOW: Final = 256

# Characters of a tracestate that must be passed on (W3C Trace Context, 3.3.1.5); a longer one isn't.
_MOST_STATE: Final = 512
# An id of zeros is none.
_FORM: Final = re.compile(rb"00-(?!0{32})([0-9a-f]{32})-(?!0{16})([0-9a-f]{16})-([0-9a-f]{2})")
_SAMPLED: Final = 1


def trace_id_of(traceparent: bytes) -> str | None:
    """Return the trace's id in a traceparent header, 32 hexadecimal digits; None where there is none in it."""
    found = _FORM.fullmatch(traceparent)
    return found[1].decode() if found else None


class Place:
    """A span: the ids of its trace, its own and that of the span above it, all hexadecimal.

    `is_sampled` is whether it is told of, `state` what other systems add to the trace (tracestate), and `room` how
    many spans below it may still be told of. `document` is the id that its request named a trusted document by.
    """

    __slots__ = ("document", "is_sampled", "parent_id", "room", "span_id", "state", "trace_id")

    def __init__(
        self, trace_id: str, span_id: str, parent_id: str | None, state: str, *, is_sampled: bool
    ) -> None:
        self.trace_id = trace_id
        self.span_id = span_id
        self.parent_id = parent_id
        self.state = state
        self.is_sampled = is_sampled
        self.room = MOST_BELOW
        self.document: str | None = None

    @classmethod
    def begin(cls, trace_id: str, *, is_sampled: bool) -> Self:
        """Return the first place of a trace."""
        return cls(trace_id, f"{getrandbits(64) or 1:016x}", None, "", is_sampled=is_sampled)

    @classmethod
    def read(cls, traceparent: bytes, tracestate: bytes) -> Self | None:
        """Return the place that a caller names in headers; None where there is none in them."""
        found = _FORM.fullmatch(traceparent)
        if found is None:
            return None
        state = tracestate.decode("ascii", "replace") if len(tracestate) <= _MOST_STATE else ""
        if not (state.isascii() and state.isprintable()):
            state = ""
        is_sampled = bool(int(found[3], 16) & _SAMPLED)
        return cls(found[1].decode(), found[2].decode(), None, state, is_sampled=is_sampled)

    @classmethod
    def recall(cls, kept: str | None) -> Self | None:
        """Return the place in what was kept of one (`kept`); None where nothing was."""
        if kept is None:
            return None
        traceparent, _, state = kept.partition(" ")
        return cls.read(traceparent.encode(), state.encode())

    @property
    def kept(self) -> str:
        """What of it is kept with what it leads to: its traceparent, and after a blank its tracestate."""
        return f"{self.traceparent} {self.state}".rstrip()

    def below(self) -> Self:
        """Return a new place directly below this one."""
        span_id = f"{getrandbits(64) or 1:016x}"
        return type(self)(self.trace_id, span_id, self.span_id, self.state, is_sampled=self.is_sampled)

    @property
    def traceparent(self) -> str:
        """The header that names it."""
        return f"00-{self.trace_id}-{self.span_id}-{'01' if self.is_sampled else '00'}"
