"""A GraphQL request as it comes over HTTP: from a JSON body, or from a URL's parameters."""

import json
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl

import orjson

from graph.errors import BadRequestError
from graph.http.exchange import Exchange

MAX_PARAMETERS = 16


@dataclass(slots=True)
class GraphQLRequest:
    """What to run: the document's text or its id, which of its operations, the variables, and extensions."""

    query: str | None
    document_id: str | None
    operation_name: str | None
    variables: dict[str, Any]
    extensions: dict[str, Any]


def parse(exchange: Exchange, body: bytes) -> GraphQLRequest | list[object]:
    """Return what a request asks for, or the entries of a batch as they are; raises BadRequestError."""
    return from_body(body) if exchange.method == "POST" else from_url(exchange.query_string)


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
