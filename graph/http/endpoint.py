"""/graphql: method and media types in, status and JSON out; what happens between is graph/execution."""

from collections.abc import Mapping
from typing import Any

import orjson
from graphql import GraphQLSchema
from starlette.datastructures import Headers
from starlette.types import Receive, Scope, Send

from graph import errors
from graph.context import Context
from graph.errors import ClientError, MethodNotAllowedError, NotAcceptableError
from graph.execution import reference
from graph.execution.operation import Documents, RequestErrors, check_variables
from graph.http import media, request
from graph.http.request import GraphQLRequest

# A status and the answer's JSON.
Answer = tuple[int, Mapping[str, Any]]


class GraphQLEndpoint:
    """The ASGI application behind /graphql."""

    def __init__(self, schema: GraphQLSchema, max_body_bytes: int) -> None:
        self._schema = schema
        self._documents = Documents(schema)
        self._max_body_bytes = max_body_bytes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        headers = Headers(scope=scope)
        media_type = media.JSON
        allow: str | None = None
        try:
            media_type = media.negotiated(headers.get("accept", ""))
            status, answer = await self._answer(scope, headers, receive)
        except RequestErrors as refused:
            status = 400 if media_type == media.GRAPHQL_RESPONSE else 200
            answer = {"errors": [errors.formatted(error, refused.code) for error in refused.errors]}
        except ClientError as error:
            status, answer = error.status, {"errors": [errors.refused(error)]}
            allow = error.allow if isinstance(error, MethodNotAllowedError) else None
            if isinstance(error, NotAcceptableError):
                media_type = media.JSON
        await respond(send, status, media_type, answer, allow)

    async def _answer(self, scope: Scope, headers: Headers, receive: Receive) -> tuple[int, Mapping[str, Any]]:
        asked = await self._request(scope, headers, receive)
        operation = self._documents.operation(asked.query, asked.operation_name)
        scope["graphql.operation.name"] = operation.name
        if scope["method"] == "GET" and not operation.is_query:
            raise MethodNotAllowedError("Only queries may be sent with GET.", allow="POST")
        check_variables(self._schema, operation, asked.variables)
        context = Context(database=scope["state"]["database"])
        result = await reference.run(self._schema, operation, asked.variables, context)
        answer: dict[str, Any] = {"data": result.data}
        if result.errors:
            answer = {"errors": [errors.formatted(error) for error in result.errors], **answer}
        return 200, answer

    async def _request(self, scope: Scope, headers: Headers, receive: Receive) -> GraphQLRequest:
        if scope["method"] == "POST":
            request.require_json(headers)
            return request.from_body(await request.body(receive, self._max_body_bytes))
        if scope["method"] == "GET":
            request.require_preflight(headers)
            return request.from_url(scope["query_string"])
        raise MethodNotAllowedError("Send a POST, or a GET for queries.", allow="GET, POST")


async def respond(
    send: Send, status: int, media_type: str, answer: Mapping[str, Any], allow: str | None = None
) -> None:
    """Send an answer as JSON."""
    content = orjson.dumps(answer)
    headers = [
        (b"content-type", f"{media_type}; charset=utf-8".encode()),
        (b"content-length", str(len(content)).encode()),
    ]
    if allow:
        headers.append((b"allow", allow.encode()))
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": content})
