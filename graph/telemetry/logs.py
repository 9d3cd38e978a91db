"""One line in the access log for each request, in ECS; many lines are written together."""

import asyncio
import atexit
import logging
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import lru_cache
from typing import Final, NamedTuple, TextIO

from graph.telemetry.metrics import FAILED

# Lines of requests that are written together, and the seconds that one waits for others.
LINES: Final = 64
LINES_SECONDS: Final = 0.1

# The first of the statuses that tell of the server's own failures.
SERVER_ERROR: Final = 500

access_log = logging.getLogger("ariesone.access")


class EndedRequest(NamedTuple):
    """What is told of a request: no query, no body, no header, nothing personal."""

    method: str
    # A route's template.
    endpoint: str
    # 0 where nothing was answered.
    status: int
    # Bytes of the answer's body.
    size: int
    seconds: float
    trace_id: str
    # A name as GraphQL's grammar has them.
    operation: str | None = None
    # Of one that has errors: what is left of its answer (graph/telemetry/metrics.py), and the code of the gravest.
    outcome: str | None = None
    code: str | None = None

    @property
    def verdict(self) -> str:
        """Whether the server did what it is for, as ECS has it: what a client got wrong is no failure."""
        return "failure" if self.status >= SERVER_ERROR or self.outcome == FAILED else "success"

    @property
    def nanoseconds(self) -> int:
        """How long the request took, as ECS has it."""
        return int(self.seconds * 1_000_000_000)

    def fields(self) -> Mapping[str, object]:
        """Return it as ECS fields."""
        return {
            "http.request.method": self.method,
            "url.path": self.endpoint,
            "http.response.status_code": self.status,
            "http.response.body.bytes": self.size,
            "event.duration": self.nanoseconds,
            "event.outcome": self.verdict,
            "error.code": self.code,
            "trace.id": self.trace_id,
            "graphql.operation.name": self.operation,
        }

    def ecs_line(self) -> str:
        """Return it as a line of ECS in JSON: nothing in it needs escaping, so it is written out."""
        operation = "null" if self.operation is None else f'"{self.operation}"'
        code = "" if self.code is None else f'"error":{{"code":"{self.code}"}},'
        return (
            f'{{"@timestamp":"{timestamp()}","log.level":"info",'
            f'"message":"request","ecs.version":"1.6.0",{code}'
            f'"event":{{"duration":{self.nanoseconds},"outcome":"{self.verdict}"}},'
            f'"graphql":{{"operation":{{"name":{operation}}}}},"http":{{"request":{{"method":"{self.method}"}},'
            f'"response":{{"status_code":{self.status},"body":{{"bytes":{self.size}}}}}}},'
            f'"log":{{"logger":"{access_log.name}"}},"trace":{{"id":"{self.trace_id}"}},'
            f'"url":{{"path":"{self.endpoint}"}}}}\n'
        )


def timestamp() -> str:
    """Return this moment in UTC (ISO 8601), to the millisecond."""
    milliseconds = time.time_ns() // 1_000_000
    return f"{_written(milliseconds // 1000)}.{milliseconds % 1000:03d}+00:00"


@lru_cache(maxsize=1)
def _written(second: int) -> str:
    return datetime.fromtimestamp(second, UTC).strftime("%Y-%m-%dT%H:%M:%S")


class RequestLog:
    """The lines of requests: through logging, or straight into a stream, many at a time."""

    def __init__(self) -> None:
        self.stream: TextIO | None = None
        self._lines: list[str] = []

    def write(self, ended: EndedRequest) -> None:
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
