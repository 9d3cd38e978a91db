"""A GraphQL request as it comes over HTTP: from a JSON body, or from a URL's parameters."""

import json
from dataclasses import dataclass
from functools import lru_cache
from itertools import chain
from typing import Any
from urllib.parse import parse_qsl

import orjson
from starlette.types import Receive

from graph.errors import (
    BadRequestError,
    BodyTooLargeError,
    HeadersTooLargeError,
    UnsupportedMediaTypeError,
    UriTooLongError,
)
from graph.http.exchange import Exchange, Headers

MAX_URI_BYTES = 8 * 1024
MAX_HEADER_BYTES = 32 * 1024
MAX_PARAMETERS = 16

# A browser sends none of these to another site without asking that site first, so a foreign page can't use
# its visitor's browser to send requests here.
_PREFLIGHT_HEADERS = (
    b"graphql-require-preflight",
    b"apollo-require-preflight",
    b"x-apollo-operation-name",
    b"authorization",
)


@dataclass(slots=True)
class GraphQLRequest:
    """What to run: the document's text or its id, which of its operations, the variables, and extensions."""

    query: str | None
    document_id: str | None
    operation_name: str | None
    variables: dict[str, Any]
    extensions: dict[str, Any]


def require_bounds(exchange: Exchange) -> None:
    """Refuse a URL or headers that no honest client sends; raises UriTooLongError or HeadersTooLargeError."""
    if len(exchange.path) + len(exchange.query_string) > MAX_URI_BYTES:
        raise UriTooLongError(f"The URL is longer than {MAX_URI_BYTES} bytes; send a POST.")
    if sum(map(len, chain.from_iterable(exchange.header_list))) > MAX_HEADER_BYTES:
        raise HeadersTooLargeError(f"The headers are longer than {MAX_HEADER_BYTES} bytes.")


async def read_body(exchange: Exchange, receive: Receive, limit: int) -> bytes:
    """Return the body of a POST, which must be JSON; empty for a GET, which no foreign page may have caused.

    `limit` is in bytes. Raises BodyTooLargeError, UnsupportedMediaTypeError or BadRequestError.
    """
    if exchange.method == "POST":
        require_json(exchange.headers)
        return await received(receive, limit)
    require_preflight(exchange.headers)
    return b""


def parse(exchange: Exchange, body: bytes) -> GraphQLRequest | list[object]:
    """Return what a request asks for, or the entries of a batch as they are; raises BadRequestError."""
    return from_body(body) if exchange.method == "POST" else from_url(exchange.query_string)


async def received(receive: Receive, limit: int) -> bytes:
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
    encoding = headers.get(b"content-encoding", b"identity")
    if not is_json(headers.get(b"content-type", b"")) or encoding != b"identity":
        raise UnsupportedMediaTypeError("Send the request as application/json in UTF-8, not compressed.")


@lru_cache(maxsize=64)
def is_json(content_type: bytes) -> bool:
    """Return whether a Content-Type is JSON in UTF-8."""
    media, *parameters = (part.strip().lower() for part in content_type.decode("latin-1").split(";"))
    charset = next((part[8:].strip('"') for part in parameters if part.startswith("charset=")), "utf-8")
    return media == "application/json" and charset in {"utf-8", "utf8"}


def require_preflight(headers: Headers) -> None:
    """Refuse a GET that a foreign page could have caused; raises BadRequestError."""
    is_sent_as_json = headers.get(b"content-type", b"").lower().startswith(b"application/json")
    if not is_sent_as_json and not any(headers.get(name) for name in _PREFLIGHT_HEADERS):
        raise BadRequestError("A GET needs the header GraphQL-Require-Preflight: 1, against request forgery.")


def from_body(content: bytes) -> GraphQLRequest | list[object]:
    """Return the request in a JSON body, or the entries of a batch as they are; raises BadRequestError."""
    try:
        parsed = orjson.loads(content)
    except orjson.JSONDecodeError:
        raise BadRequestError("The body is not JSON in UTF-8.") from None
    _require_no_doubles(content, parsed)
    return parsed if isinstance(parsed, list) else from_parameters(parsed)


def from_url(query_string: bytes) -> GraphQLRequest:
    """Return the request in a URL's parameters, where an empty one counts as absent; raises BadRequestError."""
    try:
        pairs = parse_qsl(query_string.decode("ascii"), errors="strict", max_num_fields=MAX_PARAMETERS)
        parameters: dict[str, Any] = dict(pairs)
        if len(parameters) < len(pairs):
            raise BadRequestError("The URL gives a parameter twice.")
        for name in ("variables", "extensions"):
            if name in parameters:
                parameters[name] = orjson.loads(parameters[name])
    except ValueError:
        raise BadRequestError("The URL's parameters can't be read.") from None
    return from_parameters(parameters)


def from_parameters(parameters: object) -> GraphQLRequest:
    """Return the request that the parameters spell out; unknown ones are ignored. Raises BadRequestError."""
    if not isinstance(parameters, dict):
        raise BadRequestError("The request must be a JSON object with a query.")
    return GraphQLRequest(
        query=_text(parameters, "query"),
        document_id=_text(parameters, "documentId"),
        operation_name=_text(parameters, "operationName") or None,
        variables=_object(parameters, "variables"),
        extensions=_object(parameters, "extensions"),
    )


def _text(parameters: dict[str, Any], name: str) -> str | None:
    value = parameters.get(name)
    if value is not None and not isinstance(value, str):
        raise BadRequestError(f"{name} must be a text.")
    return value


def _object(parameters: dict[str, Any], name: str) -> dict[str, Any]:
    value = parameters.get(name)
    if value is not None and not isinstance(value, dict):
        raise BadRequestError(f"{name} must be a JSON object.")
    return value or {}


def _require_no_doubles(content: bytes, parsed: object) -> None:
    """Refuse a key that stands twice in one object: whoever looked at the request first may have read the other.

    The parser keeps the last one and says nothing, so a body is read once more where more seem to be written than
    it kept, or spaces or escapes hide how many there are.
    """
    if content.count(b'":') != keys_in(parsed):
        try:
            json.loads(content, object_pairs_hook=_distinct)
        except (RecursionError, ValueError):
            raise BadRequestError(
                "The body can't be read: it is nested too deeply, or holds a number too long."
            ) from None


def keys_in(parsed: object) -> int:
    """Return how many keys the objects of a JSON value have, all together."""
    waiting, found = [parsed], 0
    for value in waiting:
        if isinstance(value, dict):
            found += len(value)
            waiting.extend(value.values())
        elif isinstance(value, list):
            waiting.extend(each for each in value if isinstance(each, dict | list))
    return found


def _distinct(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise BadRequestError("The body gives a key twice.")
    return found
