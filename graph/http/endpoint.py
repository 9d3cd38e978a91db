"""/graphql: method and media types in, status and JSON out; what happens between is graph/execution."""

import asyncio
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, NamedTuple

import orjson
from graphql import ExecutionResult
from starlette.types import Receive, Scope, Send

from db.engine import Database
from graph.cache.answers import Answers
from graph.context import Context
from graph.errors import (
    BadRequestError,
    ClientError,
    CostLimitError,
    DepthLimitError,
    ForbiddenError,
    MethodNotAllowedError,
    OperationTimeoutError,
    ThrottledError,
)
from graph.execution.explanation import Explanation
from graph.execution.operation import Operation, RequestErrors
from graph.execution.runner import Abandoned, Prepared, Runner
from graph.http import audit, media, request, whole
from graph.http.connection import ON_DISCONNECT
from graph.http.documents import PersistedDocuments
from graph.http.overload import Gauge
from graph.http.reports import Report
from graph.http.request import GraphQLRequest, Headers
from graph.http.throttle import Throttle, client_of
from graph.identity.authentication import Authentication
from graph.telemetry import ANSWERED, EXECUTIONS
from graph.viewer import Viewer

# What an operation must have reserved for its answer to be weighed; for less it isn't worth the time.
REFUNDED = 100

# The header that asks for extensions.explain.
EXPLAIN = b"graphql-explain"

# Bytes of a body that may be asked again; a longer one is hardly ever the same twice.
MAX_KEY = 8 * 1024

CONTENT_TYPES = {each: f"{each}; charset=utf-8".encode() for each in (media.JSON, media.GRAPHQL_RESPONSE)}


@dataclass(frozen=True, slots=True)
class EndpointOptions:
    """How requests are taken: the longest body in bytes, the largest batch (0 takes none), and from whom."""

    max_body_bytes: int
    max_batch: int
    # Whether everyone may ask for the schema and send queries with GET: where one develops.
    is_open: bool
    throttle: Throttle | None = None


NO_HEADERS: Mapping[str, str] = MappingProxyType({})


class Reply(NamedTuple):
    """A status, what is answered as JSON, and further headers."""

    status: int
    content: bytes
    headers: Mapping[str, str] = NO_HEADERS


def replied(status: int, answer: object, headers: Mapping[str, str] = NO_HEADERS) -> Reply:
    """Return a reply that answers with an object."""
    return Reply(status, orjson.dumps(answer), headers)


class GraphQLEndpoint:
    """The ASGI application behind /graphql."""

    def __init__(self, runner: Runner, authentication: Authentication, options: EndpointOptions) -> None:
        self._runner = runner
        self._authentication = authentication
        self._options = options

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        headers = scope[request.HEADERS]
        media_type = media.JSON
        try:
            media_type = media.negotiated(headers.get(b"accept", b""))
            reply = await self._reply(scope, headers, receive, media_type)
        except Abandoned:
            return
        except ClientError as error:
            reply = refusal(error, scope["trace_id"])
        except Exception as error:  # noqa: BLE001 - whatever it is: an id for the client, the rest for the log
            reply = replied(500, {"errors": [Report(scope["trace_id"]).masked(error)]})
        scope[ANSWERED] = (reply.status, len(reply.content))
        await whole.answer(scope, send, reply.status, CONTENT_TYPES[media_type], reply.content, reply.headers)

    async def _reply(self, scope: Scope, headers: Headers, receive: Receive, media_type: str) -> Reply:
        request.require_bounds(scope)
        gauge: Gauge = scope["state"]["gauge"]
        # What can't be taken isn't read either.
        gauge.require_room()
        viewer = self._authentication.remembered(scope["headers"], headers)
        scope["viewer"] = viewer or await self._authentication.viewer(scope["headers"])
        scope["explains"] = EXPLAIN in headers and self._permits_explaining(scope)
        asked: GraphQLRequest | list[object]
        if scope["method"] == "POST":
            request.require_json(headers)
            body = await request.body(receive, self._options.max_body_bytes)
            if kept := self._kept(scope, body):
                return kept
            asked = request.from_body(body)
        else:
            asked = self._asked_by_url(scope, headers)
        # Only once the whole request is here: one that is still arriving takes nobody's place.
        await gauge.begin()
        try:
            if whole.is_gone(scope):
                # While it waited: whatever it asks for, nothing of it was begun.
                raise Abandoned
            if isinstance(asked, list):
                return await self._batch(scope, asked)
            return await self._single(scope, asked, media_type)
        finally:
            gauge.end()

    def _kept(self, scope: Scope, body: bytes) -> Reply | None:
        """Return the answer that is kept for a body; if there is none, prepare for keeping it."""
        if len(body) > MAX_KEY or scope["explains"]:
            return None
        answers: Answers = scope["state"]["answers"]
        viewer: Viewer = scope["viewer"]
        key = (body, viewer.roles, viewer.is_anonymous)
        found = answers.get(key)
        if found is None:
            scope["answer"] = (key, answers.state)
            return None
        scope["graphql.operation.name"] = found.operation
        EXECUTIONS["kept"].inc()
        return Reply(200, found.content)

    def _keep(self, scope: Scope, asked: GraphQLRequest, prepared: Prepared, content: bytes) -> None:
        """Keep an answer without errors for whoever asks the same with the same roles."""
        if "answer" not in scope or asked.extensions.keys() - {"persistedQuery"}:
            return
        operation = prepared.operation
        if (
            self._runner.is_shared(operation)
            and not operation.document.introspects
            and not audit.concerns(operation)
        ):
            key, state = scope["answer"]
            answers: Answers = scope["state"]["answers"]
            answers.keep(key, content, operation.name, state)

    async def _batch(self, scope: Scope, entries: list[object]) -> Reply:
        """Answer the entries of a batch one after the other, so that others are answered between them."""
        if not 0 < len(entries) <= self._options.max_batch:
            raise BadRequestError(
                f"A batch may hold from 1 to {self._options.max_batch} requests."
                if self._options.max_batch
                else "Batches aren't taken; send one request at a time."
            )
        # An entry's answer is not the answer to the body.
        scope.pop("answer", None)
        ends = time.monotonic() + self._runner.timeout
        late = OperationTimeoutError("The batch took too long; this operation was not run.")
        replies = []
        for entry in entries:
            await asyncio.sleep(0)
            is_in_time = time.monotonic() < ends
            replies.append(await self._entry(scope, entry) if is_in_time else refusal(late, scope["trace_id"]))
        return Reply(200, b"[" + b",".join(reply.content for reply in replies) + b"]")

    def _asked_by_url(self, scope: Scope, headers: Headers) -> GraphQLRequest:
        if scope["method"] == "GET":
            request.require_preflight(headers)
            if not self._is_open(scope):
                raise MethodNotAllowedError("Send a POST.", allow="POST")
            return request.from_url(scope["query_string"])
        raise MethodNotAllowedError("Send a POST.", allow="GET, POST" if self._is_open(scope) else "POST")

    def _is_open(self, scope: Scope) -> bool:
        """Return whether this viewer may send queries with GET and ask for the schema."""
        return self._options.is_open or not scope["viewer"].is_anonymous

    def _permits_explaining(self, scope: Scope) -> bool:
        """Return True; raises ForbiddenError for who may not look inside."""
        if self._options.is_open or "ADMIN" in scope["viewer"].roles:
            return True
        raise ForbiddenError(f"{EXPLAIN.decode()} is open to ADMIN only.", roles=["ADMIN"])

    async def _entry(self, scope: Scope, entry: object) -> Reply:
        """Answer one request of a batch, whatever becomes of the others."""
        try:
            return await self._single(scope, request.from_parameters(entry), media.JSON)
        except ClientError as error:
            return refusal(error, scope["trace_id"])
        except Abandoned:
            raise
        except Exception as error:  # noqa: BLE001 - whatever it is: an id for the client, the rest for the log
            return replied(500, {"errors": [Report(scope["trace_id"]).masked(error)]})

    async def _single(self, scope: Scope, asked: GraphQLRequest, media_type: str) -> Reply:
        # The older media type can't tell an answer of a proxy from one of GraphQL, so it says 200 to errors
        # in the document (GraphQL over HTTP, "application/json").
        status = 400 if media_type == media.GRAPHQL_RESPONSE else 200
        trace_id = scope["trace_id"]
        try:
            prepared = await self._prepared(scope, asked)
        except RequestErrors as refused:
            report = Report(trace_id, asked.operation_name)
            return replied(status, {"errors": report.of_request(refused.errors, refused.code)})
        except (DepthLimitError, CostLimitError) as refused:
            return replied(status, {"errors": [Report(trace_id).refused(refused)]})
        throttle = self._options.throttle
        if throttle is None or not scope["viewer"].is_anonymous:
            return self._answer(scope, asked, prepared, await self._run(scope, prepared))
        return await self._throttled(scope, asked, prepared, throttle)

    async def _run(self, scope: Scope, prepared: Prepared) -> ExecutionResult:
        database: Database = scope["state"]["database"]
        if not scope["explains"]:
            return await self._runner.run(prepared, Context(database), on_leaving(scope, prepared))
        explanation = Explanation()
        context = Context(database.observed(explanation.note))
        result = await self._runner.run(prepared, context, on_leaving(scope, prepared))
        result.extensions = {"explain": explanation.as_extension(self._runner.compilation(prepared))}
        return result

    async def _throttled(
        self, scope: Scope, asked: GraphQLRequest, prepared: Prepared, throttle: Throttle
    ) -> Reply:
        """Answer at the cost of the client's bucket; what is abandoned half-way has cost all that was reserved."""
        client = client_of(scope)
        try:
            reserved = throttle.reserve(client, prepared.cost)
        except ThrottledError as error:
            reply = refusal(error, scope["trace_id"])
            return reply._replace(headers={**reply.headers, **throttle.headers(client)})
        result = await self._run(scope, prepared)
        # What was cut off has cost all that was reserved.
        if prepared.cost > REFUNDED and result.data is not None:
            throttle.refund(client, reserved - min(self._runner.actual(prepared, result), reserved))
        return self._answer(scope, asked, prepared, result, throttle.status(client))

    async def _prepared(self, scope: Scope, asked: GraphQLRequest) -> Prepared:
        documents: PersistedDocuments = scope["state"]["documents"]
        text = await documents.text_of(asked)
        prepared = self._runner.prepare(text, asked.operation_name, asked.variables, scope["viewer"])
        scope["graphql.operation.name"] = prepared.operation.name
        self._permit(scope, prepared.operation)
        audit.record(scope, prepared)
        await documents.keep(asked)
        return prepared

    def _permit(self, scope: Scope, operation: Operation) -> None:
        if scope["method"] == "GET" and not operation.is_query:
            raise MethodNotAllowedError("Only queries may be sent with GET.", allow="POST")
        if operation.document.introspects and not self._is_open(scope):
            raise ForbiddenError("The schema is open to those with a token only.")

    def _answer(
        self,
        scope: Scope,
        asked: GraphQLRequest,
        prepared: Prepared,
        result: ExecutionResult,
        throttle_status: Mapping[str, float] | None = None,
    ) -> Reply:
        answer: dict[str, Any] = {"data": result.data}
        if not (result.errors or result.extensions or asked.extensions):
            reply = replied(200, answer)
            self._keep(scope, asked, prepared, reply.content)
            return reply
        extensions: dict[str, Any] = dict(result.extensions or {})
        if result.errors:
            shown, omitted = Report(scope["trace_id"], prepared.operation.name).of_fields(result.errors)
            answer = {"errors": shown, **answer}
            if omitted:
                extensions["errorsOmitted"] = omitted
        if asked.extensions.get("cost") is True:
            extensions["cost"] = self._runner.cost(prepared, result)
            if throttle_status:
                extensions["cost"]["throttleStatus"] = throttle_status
        return replied(200, answer | {"extensions": extensions} if extensions else answer)


def on_leaving(scope: Scope, prepared: Prepared) -> Callable[[Callable[[], None]], None]:
    """Return what has a query abandoned when its client leaves; a mutation runs to its end."""

    def register(abandon: Callable[[], None]) -> None:
        if prepared.operation.is_query:
            scope.setdefault(ON_DISCONNECT, []).append(abandon)
            if whole.is_gone(scope):
                # While its document was looked for in the shared store.
                abandon()

    return register


def refusal(error: ClientError, trace_id: str) -> Reply:
    """Return the reply to a request that is refused as a whole."""
    return replied(error.status, {"errors": [Report(trace_id).refused(error)]}, error.headers)
