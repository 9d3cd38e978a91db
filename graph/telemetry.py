"""Logs and metrics: one log line, one count and one duration for each HTTP request."""

import asyncio
import atexit
import logging
import re
import time
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from functools import cache
from random import getrandbits
from typing import Any, Final, TextIO

import orjson
from prometheus_client import REGISTRY, CollectorRegistry, Counter, Histogram
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from graph.settings import metrics_folder

REQUESTS: Final = Counter("http_requests", "HTTP requests.", ("method", "endpoint", "status"))
DURATIONS: Final = Histogram(
    "http_request_duration_seconds",
    "Seconds from a request's arrival to the end of its answer.",
    ("method", "endpoint"),
    buckets=(0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10),
)
_OPERATIONS: Final = Counter("graphql_operations", "Executed GraphQL operations, by what ran them.", ("executor",))
# Compiled; left to graphql-core; or compiled, then completed field by field since something failed.
EXECUTIONS: Final = {name: _OPERATIONS.labels(name) for name in ("compiled", "reference", "irregular")}
METHODS: Final = frozenset({"GET", "POST", "HEAD", "OPTIONS", "PUT", "PATCH", "DELETE"})

TRACEPARENT: Final = re.compile(rb"00-([0-9a-f]{32})-[0-9a-f]{16}-[0-9a-f]{2}")

# The key of a scope under which its connection says that it answered in the application's place, and how.
REFUSED: Final = "ariesone.refused"

access_log = logging.getLogger("ariesone.access")


# Lines of requests that are written together, and the seconds that one waits for others.
LINES: Final = 64
LINES_SECONDS: Final = 0.1


class RequestLog:
    """The lines of requests: through logging, or straight into a stream, many at a time."""

    def __init__(self) -> None:
        self.stream: TextIO | None = None
        self._lines: list[str] = []

    def write(self, fields: Mapping[str, Any]) -> None:
        """Write the line of one request."""
        if not access_log.isEnabledFor(logging.INFO):
            return
        if self.stream is None:
            access_log.info("request", extra=fields)
        else:
            self._lines.append(ecs_line(fields))
            if len(self._lines) == 1:
                asyncio.get_running_loop().call_later(LINES_SECONDS, self.flush)
            elif len(self._lines) >= LINES:
                self.flush()

    def flush(self) -> None:
        """Write the lines that are kept."""
        if self._lines and self.stream is not None:
            lines, self._lines = self._lines, []
            self.stream.write("".join(lines))
            self.stream.flush()


request_log = RequestLog()
atexit.register(request_log.flush)


def ecs_line(fields: Mapping[str, Any]) -> str:
    """Return a request's fields as a line of ECS in JSON."""
    response = {
        "status_code": fields["http.response.status_code"],
        "body": {"bytes": fields["http.response.body.bytes"]},
    }
    line = {
        "@timestamp": datetime.now(UTC).isoformat(timespec="milliseconds"),
        "log.level": "info",
        "message": "request",
        "ecs.version": "1.6.0",
        "event": {"duration": fields["event.duration"]},
        "graphql": {"operation": {"name": fields["graphql.operation.name"]}},
        "http": {"request": {"method": fields["http.request.method"]}, "response": response},
        "log": {"logger": access_log.name},
        "trace": {"id": fields["trace.id"]},
        "url": {"path": fields["url.path"]},
    }
    return orjson.dumps(line).decode() + "\n"


class RequestTelemetry:
    """Middleware that counts, times and logs each request under its route; paths of no route are "other"."""

    def __init__(self, app: ASGIApp, routes: Sequence[Route]) -> None:
        self.app = app
        self.routes = routes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on and watch its answer."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        scope["trace_id"] = scope.get("trace_id") or trace_id_of(scope)
        started = time.perf_counter()
        status = 0
        size = 0

        async def observed(message: Message) -> None:
            nonlocal status, size
            if message["type"] == "http.response.start":
                status = message["status"]
            else:
                size += len(message.get("body", b""))
            await send(message)

        try:
            await self.app(scope, receive, observed)
        finally:
            endpoint = self.endpoint(scope["path"])
            record(scope, endpoint, scope.get(REFUSED, status), size, time.perf_counter() - started)

    def endpoint(self, path: str) -> str:
        """Return the template of the route that a path takes."""
        return next((route.path for route in self.routes if route.path_regex.match(path)), "other")


def record(scope: Mapping[str, Any], endpoint: str, status: int, size: int, seconds: float) -> None:
    """Count, time and log one request that has ended; a status of 0 means that nothing was answered.

    The scope may be that of a request which never arrived as a whole.
    """
    # A client may send any method; each label value is a time series for ever.
    method = scope["method"] if scope.get("method") in METHODS else "other"
    count, duration = series(method, endpoint, status)
    count.inc()
    duration.observe(seconds)
    request_log.write(request_fields(scope, method, endpoint, status, size, seconds))


@cache
def series(method: str, endpoint: str, status: int) -> tuple[Counter, Histogram]:
    """Return the series that a request counts in; there are as many as methods, routes and statuses."""
    return REQUESTS.labels(method, endpoint, str(status)), DURATIONS.labels(method, endpoint)


def trace_id_of(scope: Mapping[str, Any]) -> str:
    """Return the trace that a request belongs to: its caller's (W3C traceparent), or a new one."""
    for name, value in scope["headers"]:
        if name == b"traceparent" and (found := TRACEPARENT.fullmatch(value)):
            return found[1].decode()
    # It needn't be a secret, so it needn't come from the kernel.
    return f"{getrandbits(128):032x}"


def request_fields(
    scope: Mapping[str, Any], method: str, endpoint: str, status: int, size: int, seconds: float
) -> Mapping[str, object]:
    """Return the ECS fields of a request: no query, no body, no header, nothing personal."""
    return {
        "http.request.method": method,
        "url.path": endpoint,
        "http.response.status_code": status,
        "http.response.body.bytes": size,
        "event.duration": int(seconds * 1_000_000_000),
        "trace.id": scope["trace_id"],
        "graphql.operation.name": scope.get("graphql.operation.name"),
    }


async def metrics(_: Request) -> Response:
    """Answer with every metric in Prometheus's text format; of several workers, with the sums of all."""
    registry = REGISTRY
    if metrics_folder():
        registry = CollectorRegistry()
        MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
    return Response(generate_latest(registry), headers={"content-type": CONTENT_TYPE_LATEST})
