"""One line in the access log for each request or operation, in ECS; many lines are written together."""

import json
import logging
import time
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from functools import lru_cache
from typing import Final, NamedTuple, Protocol

from db.tally import Tally
from graph.identity.viewer import ANONYMOUS, Viewer
from graph.telemetry.metrics import FAILED
from graph.telemetry.operations import OTHER, ToldOperation
from graph.telemetry.pseudonyms import pseudonyms
from graph.telemetry.traces import Place

# The first of the statuses that tell of the server's own failures.
SERVER_ERROR: Final = 500

# What a line is about: a request, or an operation of a batch or a WebSocket, or one of several sets of variables.
REQUEST: Final = "request"
OPERATION: Final = "operation"

access_log = logging.getLogger("ariesone.access")


class Stream(Protocol):
    """What lines are written to."""

    def write(self, text: str, /) -> object:
        """Write whole lines."""

    def flush(self) -> object:
        """Have them be there."""


class EndedRequest(NamedTuple):
    """What is told of a request, or of one of its operations: no query, no body, nothing personal but the viewer.

    Who a viewer is stays out of logs and metrics; their pseudonym and their roles don't.
    """

    # What it counts under (graph/telemetry/counts.py).
    method: str
    # A route's template; None for one of the operations of a batch or a WebSocket, which is no request by itself.
    endpoint: str | None
    # 0 where nothing was answered.
    status: int
    # Of one that has errors: what is left of its answer (graph/telemetry/metrics.py), and the code of the gravest.
    outcome: str | None
    code: str | None
    # None where there was none, or several different ones.
    operation: ToldOperation | None
    # How many of its operations, or sets of variables, are told of by themselves.
    parts: int

    # Bytes of the answer's body.
    size: int
    seconds: float
    trace_id: str
    # When it ended, on the clock of time.time.
    moment: float
    viewer: Viewer = ANONYMOUS
    # What the client calls itself.
    client: str | None = None
    # The most that the operation could have cost; 0 where it wasn't run.
    cost: float = 0.0
    # What the cache did for a query without errors (graph/telemetry/metrics.py).
    cached: str | None = None
    # Its SQL, where it was run.
    sql: Tally | None = None
    # Its span, where spans are told of.
    place: Place | None = None

    @classmethod
    def refused(cls, method: str, status: int, size: int, seconds: float, trace_id: str) -> "EndedRequest":
        """Return what is told of a request that was refused just now, before it was known what it asks for."""
        return cls(method, OTHER, status, None, None, None, 0, size, seconds, trace_id, time.time())

    @property
    def verdict(self) -> str:
        """Whether the server did what it is for, as ECS has it: what a client got wrong is no failure."""
        return "failure" if self.status >= SERVER_ERROR or self.outcome == FAILED else "success"

    def fields(self) -> Mapping[str, object]:
        """Return it as ECS fields; None where there is none."""
        told, sql, who = self.operation, self.sql, self.viewer
        is_request = self.endpoint is not None
        return {
            "http.request.method": self.method if is_request else None,
            "url.path": self.endpoint,
            "http.response.status_code": self.status if is_request else None,
            "http.response.body.bytes": self.size if is_request else None,
            "event.duration": nanoseconds(self.seconds),
            "event.outcome": self.verdict,
            "error.code": self.code,
            "trace.id": self.trace_id,
            "user.hash": None if who.subject is None else pseudonyms.of(who.subject, who.issuer),
            "user.roles": None if who.subject is None else sorted(who.roles),
            "graphql.operation.name": told and told.name,
            "graphql.operation.type": told and told.kind,
            "graphql.document.hash": told and told.document,
            "graphql.client.name": self.client,
            "graphql.cost": told and round(self.cost),
            "graphql.cache": self.cached,
            "graphql.outcome": self.outcome,
            "sql.statements": sql and sql.statements,
            "sql.rows": sql and sql.rows,
            "sql.duration": sql and nanoseconds(sql.seconds),
        }

    def ecs_line(self) -> str:
        """Return it as a line of ECS in JSON: next to nothing in it needs escaping, so it is written out."""
        (
            method, path, status, outcome, code, told, _parts,
            size, seconds, trace, moment, who, client, cost, cached, sql, _place,
        ) = self  # fmt: skip
        frame = frame_of(method, path, status, outcome, code)
        graphql = frame.graphql
        if told is not None:
            graphql += f'{operation_json(told)},"cost":{round(cost)},'
        if cached is not None:
            graphql += f'"cache":"{cached}",'
        if client is not None:
            graphql += f'"client":{{"name":{text_json(client)}}},'
        rest = f'"graphql":{{{graphql[:-1]}}},' if graphql else ""
        if sql is not None:
            rest += (
                f'"sql":{{"statements":{sql.statements},"rows":{sql.rows},"duration":{int(sql.seconds * 1e9)}}},'
            )
        if who.subject is not None:
            rest += user_json(who.subject, who.issuer, who.roles)
        bytes_sent = "" if path is None else f"{size}}}}}}},"
        return (
            f'{{"@timestamp":"{timestamp(moment)}","trace":{{"id":"{trace}"}},{frame.head}{int(seconds * 1e9)}}},'
            f"{rest}{frame.http}{bytes_sent}{frame.tail}"
        )


class Frame(NamedTuple):
    """What lines of one kind share: before the duration, in `graphql`, before the body's bytes, and at the end."""

    head: str
    graphql: str
    http: str
    tail: str


@lru_cache(maxsize=1024)
def frame_of(method: str, path: str | None, status: int, outcome: str | None, code: str | None) -> Frame:
    """Return what lines share of which all this is the same; of methods, templates and the rest there are few."""
    is_failure = status >= SERVER_ERROR or outcome == FAILED
    head = (
        f'"log.level":"info","message":"{OPERATION if path is None else REQUEST}","ecs.version":"1.6.0",'
        f'"event":{{"outcome":"{"failure" if is_failure else "success"}","duration":'
    )
    graphql = "" if outcome is None else f'"outcome":"{outcome}",'
    http = url = ""
    if path is not None:
        http = f'"http":{{"request":{{"method":"{method}"}},"response":{{"status_code":{status},"body":{{"bytes":'
        url = f'"url":{{"path":"{path}"}},'
    error = "" if code is None else f'"error":{{"code":"{code}"}},'
    return Frame(head, graphql, http, f'{url}{error}"log":{{"logger":"ariesone.access"}}}}\n')


def nanoseconds(seconds: float) -> int:
    """Return a time as ECS has it."""
    return int(seconds * 1_000_000_000)


@lru_cache(maxsize=1024)
def operation_json(told: ToldOperation) -> str:
    """Return what a line has of an operation, whichever time it runs."""
    name = "" if told.name is None else f'"name":"{told.name}",'
    return f'"document":{{"hash":"{told.document}"}},"operation":{{{name}"type":"{told.kind}"}}'


@lru_cache(maxsize=1024)
def user_json(subject: str, issuer: str, roles: frozenset[str]) -> str:
    """Return what a line has of who asked."""
    return f'"user":{{"hash":"{pseudonyms.of(subject, issuer)}","roles":{json.dumps(sorted(roles))}}},'


# A client may call itself anything that can be printed.
text_json = lru_cache(maxsize=1024)(json.dumps)


def timestamp(moment: float) -> str:
    """Return a moment in UTC (ISO 8601), to the millisecond."""
    milliseconds = int(moment * 1000)
    return f"{_written(milliseconds // 1000)}.{milliseconds % 1000:03d}+00:00"


@lru_cache(maxsize=2)
def _written(second: int) -> str:
    return datetime.fromtimestamp(second, UTC).strftime("%Y-%m-%dT%H:%M:%S")


class RequestLog:
    """The lines of requests: through logging, or straight into a stream."""

    def __init__(self) -> None:
        self.stream: Stream | None = None

    def write(self, ended: Sequence[EndedRequest]) -> None:
        """Write a line for each request, and for each operation that is none by itself."""
        if not access_log.isEnabledFor(logging.INFO):
            return
        if self.stream is None:
            for each in ended:
                access_log.info(OPERATION if each.endpoint is None else REQUEST, extra=each.fields())
        else:
            self.stream.write("".join([each.ecs_line() for each in ended]))
            self.stream.flush()


request_log = RequestLog()
