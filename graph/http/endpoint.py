"""/graphql: method and media types in, status and JSON out; what happens between is graph/execution."""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import orjson
from graphql import ExecutionResult
from starlette.datastructures import Headers
from starlette.types import Receive, Scope, Send

from graph import errors
from graph.context import Context
from graph.errors import (
    BadRequestError,
    ClientError,
    CostLimitError,
    DepthLimitError,
    ForbiddenError,
    MethodNotAllowedError,
)
from graph.execution.operation import Operation, RequestErrors
from graph.execution.runner import Abandoned, Prepared, Runner
from graph.http import media, request
from graph.http.connection import ON_DISCONNECT
from graph.http.documents import PersistedDocuments
from graph.http.overload import Gauge
from graph.http.request import GraphQLRequest

# Errors of fields in one answer; the count of what is left out stands beside them.
MAX_FIELD_ERRORS = 50


@dataclass(frozen=True, slots=True)
class EndpointOptions:
    """How requests are taken: the longest body in bytes, the largest batch (0 takes none), and from whom."""

    max_body_bytes: int
    max_batch: int
    # Whether everyone may ask for the schema and send queries with GET: where one develops.
    is_open: bool


@dataclass(frozen=True, slots=True)
class Reply:
    """A status, what is answered in JSON, and further headers."""

    status: int
    answer: object
    headers: Mapping[str, str] = field(default_factory=dict)


class GraphQLEndpoint:
    """The ASGI application behind /graphql."""

    def __init__(self, runner: Runner, options: EndpointOptions) -> None:
        self._runner = runner
        self._options = options

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        headers = Headers(scope=scope)
        media_type = media.JSON
        try:
            media_type = media.negotiated(headers.get("accept", ""))
            reply = await self._reply(scope, headers, receive, media_type)
        except Abandoned:
            return
        except ClientError as error:
            reply = refusal(error, scope["trace_id"])
        except Exception as error:  # noqa: BLE001 - whatever it is: an id for the client, the rest for the log
            reply = Reply(500, {"errors": [errors.masked(error, scope["trace_id"])]})
        await respond(send, media_type, reply)

    async def _reply(self, scope: Scope, headers: Headers, receive: Receive, media_type: str) -> Reply:
        request.require_bounds(scope, headers)
        asked = await self._asked(scope, headers, receive)
        # Only once the whole request is here: one that is still arriving takes nobody's place.
        gauge: Gauge = scope["state"]["gauge"]
        with gauge.admitted():
            return await self._answered(scope, asked, media_type)

    async def _answered(
        self, scope: Scope, asked: GraphQLRequest | list[GraphQLRequest], media_type: str
    ) -> Reply:
        if isinstance(asked, GraphQLRequest):
            return await self._single(scope, asked, media_type)
        if not 0 < len(asked) <= self._options.max_batch:
            raise BadRequestError(
                f"A batch may hold from 1 to {self._options.max_batch} requests."
                if self._options.max_batch
                else "Batches aren't taken; send one request at a time."
            )
        replies = await asyncio.gather(*(self._entry(scope, each) for each in asked))
        return Reply(200, [reply.answer for reply in replies])

    async def _asked(
        self, scope: Scope, headers: Headers, receive: Receive
    ) -> GraphQLRequest | list[GraphQLRequest]:
        if scope["method"] == "POST":
            request.require_json(headers)
            return request.from_body(await request.body(receive, self._options.max_body_bytes))
        if scope["method"] == "GET":
            request.require_preflight(headers)
            if not self._options.is_open:
                raise MethodNotAllowedError("Send a POST.", allow="POST")
            return request.from_url(scope["query_string"])
        raise MethodNotAllowedError("Send a POST.", allow="GET, POST" if self._options.is_open else "POST")

    async def _entry(self, scope: Scope, asked: GraphQLRequest) -> Reply:
        """Answer one request of a batch, whatever becomes of the others."""
        try:
            return await self._single(scope, asked, media.JSON)
        except ClientError as error:
            return refusal(error, scope["trace_id"])

    async def _single(self, scope: Scope, asked: GraphQLRequest, media_type: str) -> Reply:
        # The older media type can't tell an answer of a proxy from one of GraphQL, so it says 200 to errors
        # in the document (GraphQL over HTTP, "application/json").
        status = 400 if media_type == media.GRAPHQL_RESPONSE else 200
        trace_id = scope["trace_id"]
        try:
            prepared = await self._prepared(scope, asked)
        except RequestErrors as refused:
            found = [errors.formatted(error, trace_id, refused.code) for error in refused.errors]
            return Reply(status, {"errors": found})
        except (DepthLimitError, CostLimitError) as refused:
            return Reply(status, {"errors": [errors.refused(refused, trace_id)]})
        context = Context(scope["state"]["database"])
        result = await self._runner.run(prepared, context, on_leaving(scope, prepared))
        return Reply(200, self._answer(asked, prepared, result, trace_id))

    async def _prepared(self, scope: Scope, asked: GraphQLRequest) -> Prepared:
        documents: PersistedDocuments = scope["state"]["documents"]
        text = await documents.text_of(asked)
        prepared = self._runner.prepare(text, asked.operation_name, asked.variables)
        scope["graphql.operation.name"] = prepared.operation.name
        self._permit(scope, prepared.operation)
        await documents.keep(asked)
        return prepared

    def _permit(self, scope: Scope, operation: Operation) -> None:
        if scope["method"] == "GET" and not operation.is_query:
            raise MethodNotAllowedError("Only queries may be sent with GET.", allow="POST")
        if operation.document.introspects and not self._options.is_open:
            raise ForbiddenError("The schema is not open to introspection here.")

    def _answer(
        self, asked: GraphQLRequest, prepared: Prepared, result: ExecutionResult, trace_id: str
    ) -> dict[str, Any]:
        answer: dict[str, Any] = {"data": result.data}
        extensions: dict[str, Any] = {}
        if result.errors:
            shown = result.errors[:MAX_FIELD_ERRORS]
            answer = {"errors": [errors.formatted(error, trace_id) for error in shown], **answer}
            if len(result.errors) > MAX_FIELD_ERRORS:
                extensions["errorsOmitted"] = len(result.errors) - MAX_FIELD_ERRORS
        if asked.extensions.get("cost") is True:
            extensions["cost"] = self._runner.cost(prepared, result)
        return answer | {"extensions": extensions} if extensions else answer


def on_leaving(scope: Scope, prepared: Prepared) -> Callable[[Callable[[], None]], None]:
    """Return what has a query abandoned when its client leaves; a mutation runs to its end."""

    def register(abandon: Callable[[], None]) -> None:
        if prepared.operation.is_query:
            scope.setdefault(ON_DISCONNECT, []).append(abandon)

    return register


def refusal(error: ClientError, trace_id: str) -> Reply:
    """Return the reply to a request that is refused as a whole."""
    return Reply(error.status, {"errors": [errors.refused(error, trace_id)]}, error.headers)


async def respond(send: Send, media_type: str, reply: Reply) -> None:
    """Send a reply as JSON."""
    content = orjson.dumps(reply.answer)
    headers = [
        (b"content-type", f"{media_type}; charset=utf-8".encode()),
        (b"content-length", str(len(content)).encode()),
        *((name.encode(), value.encode()) for name, value in reply.headers.items()),
    ]
    await send({"type": "http.response.start", "status": reply.status, "headers": headers})
    await send({"type": "http.response.body", "body": content})
