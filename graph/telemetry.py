"""Logs and metrics: one log line, one count and one duration for each HTTP request."""

import logging
import re
import secrets
import sys
import time
from collections.abc import Mapping
from typing import Final

import ecs_logging
from prometheus_client import REGISTRY, Counter, Histogram
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

REQUESTS: Final = Counter("http_requests", "HTTP requests.", ("method", "endpoint", "status"))
DURATIONS: Final = Histogram(
    "http_request_duration_seconds",
    "Seconds from a request's arrival to the end of its answer.",
    ("method", "endpoint"),
    buckets=(0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10),
)
METHODS: Final = frozenset({"GET", "POST", "HEAD", "OPTIONS", "PUT", "PATCH", "DELETE"})

TRACEPARENT: Final = re.compile(rb"00-([0-9a-f]{32})-[0-9a-f]{16}-[0-9a-f]{2}")

access_log = logging.getLogger("ariesone.access")


def configure_logging(level: str) -> None:
    """Write every log line to standard error as one JSON object with the fields of ECS."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(ecs_logging.StdlibFormatter(exclude_fields=["log.original", "process"]))
    logging.basicConfig(level=level.upper(), handlers=[handler], force=True)
    for chatty in ("uvicorn.error", "alembic"):
        logging.getLogger(chatty).setLevel(max(logging.WARNING, logging.getLogger().level))


class RequestTelemetry:
    """Middleware that counts, times and logs each request; paths outside `endpoints` count as "other"."""

    def __init__(self, app: ASGIApp, endpoints: frozenset[str]) -> None:
        self.app = app
        self.endpoints = endpoints

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on and watch its answer."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        scope["trace_id"] = trace_id_of(scope)
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
            self.record(scope, status, size, time.perf_counter() - started)

    def record(self, scope: Scope, status: int, size: int, seconds: float) -> None:
        """Count, time and log one request that has ended; a status of 0 means that nothing was answered."""
        path = scope["path"]
        endpoint = path if path in self.endpoints else "other"
        # A client may send any method; each label value is a time series for ever.
        method = scope["method"] if scope["method"] in METHODS else "other"
        REQUESTS.labels(method, endpoint, str(status)).inc()
        DURATIONS.labels(method, endpoint).observe(seconds)
        if access_log.isEnabledFor(logging.INFO):
            access_log.info("request", extra=request_fields(scope, endpoint, status, size, seconds))


def trace_id_of(scope: Scope) -> str:
    """Return the trace that a request belongs to: its caller's (W3C traceparent), or a new one."""
    for name, value in scope["headers"]:
        if name == b"traceparent" and (found := TRACEPARENT.fullmatch(value)):
            return found[1].decode()
    return secrets.token_hex(16)


def request_fields(scope: Scope, endpoint: str, status: int, size: int, seconds: float) -> Mapping[str, object]:
    """Return the ECS fields of a request: no query, no body, no header, nothing personal."""
    return {
        "http.request.method": scope["method"],
        "url.path": endpoint,
        "http.response.status_code": status,
        "http.response.body.bytes": size,
        "event.duration": int(seconds * 1_000_000_000),
        "trace.id": scope["trace_id"],
        "graphql.operation.name": scope.get("graphql.operation.name"),
    }


async def metrics(_: Request) -> Response:
    """Answer with every metric in Prometheus's text format."""
    return Response(generate_latest(REGISTRY), headers={"content-type": CONTENT_TYPE_LATEST})
