"""A collector of traces over OTLP, and a Sentry: small HTTP servers that take what they are sent apart."""

import gzip
import json
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import AnyValue

# Seconds that what was told may take to arrive.
ARRIVING = 20.0


@dataclass(frozen=True)
class Received:
    """One span as a collector has it; ids in hexadecimal, `parent` empty for the first of a trace."""

    name: str
    kind: int
    trace_id: str
    id: str
    parent: str
    state: str
    seconds: float
    is_error: bool
    attributes: Mapping[str, Any]
    resource: Mapping[str, Any]


def value_of(value: AnyValue) -> Any:
    return getattr(value, value.WhichOneof("value") or "string_value")


def spans_in(content: bytes) -> Iterator[Received]:
    """The spans of one export."""
    for resource in ExportTraceServiceRequest.FromString(content).resource_spans:
        facts = {each.key: value_of(each.value) for each in resource.resource.attributes}
        for span in (each for scope in resource.scope_spans for each in scope.spans):
            yield Received(
                span.name,
                span.kind,
                span.trace_id.hex(),
                span.span_id.hex(),
                span.parent_span_id.hex(),
                span.trace_state,
                (span.end_time_unix_nano - span.start_time_unix_nano) / 1e9,
                span.status.code == 2,
                {each.key: value_of(each.value) for each in span.attributes},
                facts,
            )


def events_in(content: bytes) -> Iterator[dict[str, Any]]:
    """The events of an envelope of Sentry's: a line of its own, then a line about each item, and the item."""
    lines = content.split(b"\n")
    for head, item in zip(lines[1::2], lines[2::2], strict=False):
        if head and json.loads(head).get("type") == "event":
            yield json.loads(item)


class Receiver:
    """What was sent to one of them, taken apart, and the headers of each request."""

    def __init__(self, take: Callable[[bytes], Iterator[Any]]) -> None:
        self.take = take
        self.found: list[Any] = []
        self.paths: list[str] = []
        self.headers: list[Mapping[str, str]] = []
        self.contents: list[bytes] = []
        self.url = ""

    def wait(self, is_enough: Callable[[list[Any]], object]) -> list[Any]:
        """What has arrived, once it is enough."""
        until = time.monotonic() + ARRIVING
        while not is_enough(self.found):
            assert time.monotonic() < until, self.found
            time.sleep(0.02)
        return self.found


@contextmanager
def receiving(take: Callable[[bytes], Iterator[Any]]) -> Iterator[Receiver]:
    """A server that takes apart what it is sent, for the life of the block."""
    receiver = Receiver(take)

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            content = self.rfile.read(int(self.headers["content-length"]))
            if self.headers.get("content-encoding") == "gzip":
                content = gzip.decompress(content)
            receiver.paths.append(self.path)
            receiver.headers.append({name.lower(): value for name, value in self.headers.items()})
            receiver.contents.append(content)
            receiver.found += take(content)
            self.send_response(200)
            self.send_header("content-length", "0")
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            """Nothing: the test tells what went wrong."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        receiver.url = f"http://127.0.0.1:{server.server_port}"
        Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield receiver
        finally:
            server.shutdown()
