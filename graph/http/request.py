"""A GraphQL request as it comes over HTTP: from a JSON body, or from a URL's parameters."""

from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl

import orjson
from starlette.datastructures import Headers
from starlette.types import Receive

from graph.errors import BadRequestError, BodyTooLargeError, UnsupportedMediaTypeError

# A browser sends none of these across origins without asking first, so that another site can't use its
# visitor's browser to send requests here.
_PREFLIGHT_HEADERS = ("graphql-require-preflight", "apollo-require-preflight", "x-apollo-operation-name")


@dataclass(frozen=True, slots=True)
class GraphQLRequest:
    """What to run: the document's text, which of its operations, and the variables."""

    query: str
    operation_name: str | None
    variables: dict[str, Any]


async def body(receive: Receive, limit: int) -> bytes:
    """Return a request's body; raises BodyTooLargeError past the limit (in bytes)."""
    chunks: list[bytes] = []
    size = 0
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise BadRequestError("The connection was closed before the body was complete.")
        chunk = message.get("body", b"")
        size += len(chunk)
        if size > limit:
            raise BodyTooLargeError(f"The body is longer than {limit} bytes.")
        chunks.append(chunk)
        if not message.get("more_body", False):
            return b"".join(chunks)


def require_json(headers: Headers) -> None:
    """Refuse a body that isn't JSON in UTF-8; raises UnsupportedMediaTypeError."""
    media, *parameters = (part.strip().lower() for part in headers.get("content-type", "").split(";"))
    charset = next((part[8:].strip('"') for part in parameters if part.startswith("charset=")), "utf-8")
    if media != "application/json" or charset not in {"utf-8", "utf8"}:
        raise UnsupportedMediaTypeError("Send the request as application/json in UTF-8.")


def require_preflight(headers: Headers) -> None:
    """Refuse a GET that a foreign page could have caused; raises BadRequestError."""
    if headers.get("content-type", "").startswith("application/json"):
        return
    if not any(headers.get(name) for name in _PREFLIGHT_HEADERS):
        raise BadRequestError("A GET needs the header GraphQL-Require-Preflight: 1, against request forgery.")


def from_body(content: bytes) -> GraphQLRequest:
    """Return the request in a JSON body; raises BadRequestError."""
    try:
        parameters = orjson.loads(content)
    except orjson.JSONDecodeError:
        raise BadRequestError("The body is not JSON.") from None
    if not isinstance(parameters, dict):
        raise BadRequestError("The body must be a JSON object with a query.")
    return from_parameters(parameters)


def from_url(query_string: bytes) -> GraphQLRequest:
    """Return the request in a URL's parameters; raises BadRequestError."""
    try:
        pairs = parse_qsl(query_string.decode("ascii"), errors="strict", max_num_fields=16)
        parameters: dict[str, Any] = dict(pairs)
        for name in ("variables", "extensions"):
            if name in parameters:
                parameters[name] = orjson.loads(parameters[name])
    except (ValueError, orjson.JSONDecodeError):
        raise BadRequestError("The URL's parameters can't be read.") from None
    return from_parameters(parameters)


def from_parameters(parameters: dict[str, Any]) -> GraphQLRequest:
    """Return the request that the parameters spell out; unknown ones are ignored."""
    query = parameters.get("query")
    operation_name = parameters.get("operationName")
    variables = parameters.get("variables")
    extensions = parameters.get("extensions")
    if not isinstance(query, str) or not query:
        raise BadRequestError("query must be the text of a GraphQL document.")
    if operation_name is not None and not isinstance(operation_name, str):
        raise BadRequestError("operationName must be a text.")
    if variables is not None and not isinstance(variables, dict):
        raise BadRequestError("variables must be a JSON object.")
    if extensions is not None and not isinstance(extensions, dict):
        raise BadRequestError("extensions must be a JSON object.")
    return GraphQLRequest(query, operation_name or None, variables or {})
