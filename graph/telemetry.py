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
from typing import Any, Final, NamedTuple, TextIO

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
# "kept" were not run: their answer was there.
EXECUTIONS: Final = {
    name: _OPERATIONS.labels(name) for name in ("compiled", "interpreted", "completed", "graphql-core", "kept")
}
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

    def write(self, ended: "EndedRequest") -> None:
        """Write the line of one request."""
        if not access_log.isEnabledFor(logging.INFO):
            return
        if self.stream is None:
            access_log.info("request", extra=ended.fields())
        else:
            self._lines.append(ended.ecs_line())
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


class EndedRequest(NamedTuple):
    """What the log says of a request: no query, no body, no header, nothing personal."""

    method: str
    endpoint: str
    status: int
    size: int
    nanoseconds: int
    trace_id: str
    # A name as GraphQL's grammar has them.
    operation: str | None

    def fields(self) -> Mapping[str, object]:
        """Return it as ECS fields."""
        return {
            "http.request.method": self.method,
            "url.path": self.endpoint,
            "http.response.status_code": self.status,
            "http.response.body.bytes": self.size,
            "event.duration": self.nanoseconds,
            "trace.id": self.trace_id,
            "graphql.operation.name": self.operation,
        }

    def ecs_line(self) -> str:
        """Return it as a line of ECS in JSON: nothing in it needs escaping, so it is written out."""
        operation = "null" if self.operation is None else f'"{self.operation}"'
        return (
            f'{{"@timestamp":"{datetime.now(UTC).isoformat(timespec="milliseconds")}","log.level":"info",'
            f'"message":"request","ecs.version":"1.6.0","event":{{"duration":{self.nanoseconds}}},'
            f'"graphql":{{"operation":{{"name":{operation}}}}},"http":{{"request":{{"method":"{self.method}"}},'
            f'"response":{{"status_code":{self.status},"body":{{"bytes":{self.size}}}}}}},'
            f'"log":{{"logger":"{access_log.name}"}},"trace":{{"id":"{self.trace_id}"}},'
            f'"url":{{"path":"{self.endpoint}"}}}}\n'
        )


# The key of a scope under which an application says what it answered: the status, and the bytes of the body.
ANSWERED: Final = "ariesone.answered"


class EndpointTelemetry:
    """Counts, times and logs each request to an application that says what it answered (ANSWERED)."""

    def __init__(self, app: ASGIApp, endpoint: str) -> None:
        self._app = app
        self._endpoint = endpoint

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, and note how it went."""
        scope["trace_id"] = trace_id_of(scope)
        started = time.perf_counter()
        try:
            await self._app(scope, receive, send)
        finally:
            status, size = scope.get(ANSWERED, (0, 0))
            record(scope, self._endpoint, scope.get(REFUSED, status), size, time.perf_counter() - started)


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
    operation = scope.get("graphql.operation.name")
    nanoseconds = int(seconds * 1_000_000_000)
    request_log.write(EndedRequest(method, endpoint, status, size, nanoseconds, scope["trace_id"], operation))


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


async def metrics(_: Request) -> Response:
    """Answer with every metric in Prometheus's text format; of several workers, with the sums of all."""
    registry = REGISTRY
    if metrics_folder():
        registry = CollectorRegistry()
        MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
    return Response(generate_latest(registry), headers={"content-type": CONTENT_TYPE_LATEST})
