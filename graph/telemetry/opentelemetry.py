"""Spans for OpenTelemetry, by its own SDK and environment variables; imported only where an endpoint is set."""

import logging
import threading
from collections.abc import Sequence
from typing import Final

from opentelemetry.context import Context
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter, SpanExportResult
from opentelemetry.sdk.trace.id_generator import IdGenerator
from opentelemetry.sdk.trace.sampling import ALWAYS_ON, Decision, ParentBased
from opentelemetry.trace import (
    NonRecordingSpan,
    SpanContext,
    SpanKind,
    Status,
    StatusCode,
    TraceFlags,
    set_span_in_context,
)
from opentelemetry.trace.span import TraceState

from graph.telemetry.attributes import ERROR_TYPE
from graph.telemetry.traces import Place
from graph.telemetry.tracing import Span

# Seconds at the end of a process in which what is left is sent.
CLOSING: Final = 2.0

NAME: Final = "ariesone"

log = logging.getLogger("ariesone.traces")

_KINDS: Final = {
    "server": SpanKind.SERVER,
    "client": SpanKind.CLIENT,
    "producer": SpanKind.PRODUCER,
    "internal": SpanKind.INTERNAL,
}
_NOWHERE: Final = Context()


class GivenIds(IdGenerator):
    """Gives spans the ids that they have here already."""

    def __init__(self) -> None:
        self.trace_id = 0
        self.span_id = 0

    def generate_trace_id(self) -> int:
        """The next span's trace, of one that is the first of it."""
        return self.trace_id

    def generate_span_id(self) -> int:
        """The next span's own id."""
        return self.span_id


class Exporter(SpanExporter):
    """Sends spans, and says once that they can't be sent, and once that they can again."""

    def __init__(self, exporter: SpanExporter, place: str) -> None:
        self._exporter = exporter
        self._place = place
        self._is_failing = False

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        """Send spans, in a thread of the SDK's; some seconds go by until it counts as failed."""
        result = self._exporter.export(spans)
        is_failing = result is not SpanExportResult.SUCCESS
        if is_failing and not self._is_failing:
            log.warning("spans can't be sent to %s; they are dropped, and requests go on", self._place)
        elif self._is_failing and not is_failing:
            log.info("spans are sent to %s again", self._place)
        self._is_failing = is_failing
        return result

    def shutdown(self) -> None:
        """Give up what is being sent."""
        self._exporter.shutdown()


class OpenTelemetry:
    """A Teller: the SDK's sampler decides once a request, and its processor sends what has ended from a thread.

    `place` is where to, in the words of the log.
    """

    def __init__(self, version: str, place: str) -> None:
        # What it has to say of each attempt `Exporter` says of all.
        logging.getLogger("opentelemetry").setLevel(logging.CRITICAL)
        resource = Resource.create({"service.name": NAME, "service.version": version})
        # The environment's sampler, asked before there is a span, which costs a third of one that isn't sampled.
        self._sampler = TracerProvider(resource=resource, shutdown_on_exit=False).sampler
        # Those of the environment leave it to the caller, if there is one.
        self._follows = isinstance(self._sampler, ParentBased)
        self._ids = GivenIds()
        self._provider = TracerProvider(
            sampler=ALWAYS_ON, resource=resource, shutdown_on_exit=False, id_generator=self._ids
        )
        self._provider.add_span_processor(BatchSpanProcessor(Exporter(OTLPSpanExporter(), place)))
        self._tracer = self._provider.get_tracer(NAME, version)

    def samples(self, trace_id: str, parent: Place | None) -> bool:
        """Whether a span of a trace is to be told of, below that of a caller, if any."""
        if parent is not None and self._follows:
            # What the sampler would say, at a twentieth of its time.
            return parent.is_sampled
        context = _NOWHERE if parent is None else context_of(parent, parent.span_id)
        found = self._sampler.should_sample(context, int(trace_id, 16), NAME, SpanKind.SERVER)
        return found.decision is Decision.RECORD_AND_SAMPLE

    def tell(self, span: Span) -> None:
        """Take note of a span that has ended."""
        place = span.place
        self._ids.trace_id, self._ids.span_id = int(place.trace_id, 16), int(place.span_id, 16)
        context = _NOWHERE if place.parent_id is None else context_of(place, place.parent_id)
        told = self._tracer.start_span(
            span.name,
            context,
            _KINDS[span.kind],
            span.attributes,  # type: ignore[arg-type]  # each is a text, a number or a truth
            start_time=span.began,
        )
        if span.error is not None:
            told.set_attribute(ERROR_TYPE, span.error)
            told.set_status(Status(StatusCode.ERROR))
        told.end(span.ended)

    def close(self) -> None:
        """Send what was told; the SDK itself would try for half a minute where nobody listens."""
        closing = threading.Thread(target=self._provider.shutdown, daemon=True)
        closing.start()
        closing.join(CLOSING)


def context_of(place: Place, span_id: str) -> Context:
    """Return a context of the SDK's in which a span of a trace is under way elsewhere."""
    flags = TraceFlags(TraceFlags.SAMPLED if place.is_sampled else TraceFlags.DEFAULT)
    state = TraceState.from_header([place.state]) if place.state else None
    above = SpanContext(
        int(place.trace_id, 16), int(span_id, 16), is_remote=True, trace_flags=flags, trace_state=state
    )
    return set_span_in_context(NonRecordingSpan(above), _NOWHERE)
