"""A GraphQL request as it comes over HTTP: from a JSON body, or from a URL's parameters."""

from codecs import BOM_UTF8
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import parse_qsl

from graph.errors import BadRequestError
from graph.http.exchange import Exchange
from graph.http.strict_json import read_json

MAX_PARAMETERS = 16

# What the path of a request begins with that names its document there.
NAMED = "/graphql/"
# What stands there besides documents, whose ids they therefore can't be.
OWN_NAMES = frozenset({"capabilities", "schema.graphql"})
# What Relay's clients and others call a document's id, where they send neither `query` nor `documentId`.
OTHER_IDS = ("doc_id", "id")


@dataclass(slots=True)
class GraphQLRequest:
    """What to run: the document's text or its id, which of its operations, the variables, and extensions."""

    query: str | None
    document_id: str | None
    operation_name: str | None
    variables: dict[str, Any]
    extensions: dict[str, Any]
    # The sets of variables where there is a list of them; and of a request for one of them, which.
    sets: Sequence[dict[str, Any]] | None = None
    place: int | None = None

    @property
    def wants_cost(self) -> bool:
        """Whether its answer is to say what it cost."""
        return self.extensions.get("cost") is True

    def each(self) -> Sequence["GraphQLRequest"]:
        """Return the request for each set of variables."""
        return [
            replace(self, variables=given, sets=None, place=place) for place, given in enumerate(self.sets or ())
        ]


def parse(exchange: Exchange, body: bytes) -> GraphQLRequest | list[object]:
    """Return what a request asks for, or the entries of a batch as they are; raises BadRequestError."""
    asked = from_url(exchange.query_string) if exchange.method == "GET" else from_body(body)
    return named_by_path(exchange, asked) if exchange.path.startswith(NAMED) else asked


def named_by_path(exchange: Exchange, asked: GraphQLRequest | list[object]) -> GraphQLRequest:
    """Return the request for the document that the path names; raises BadRequestError where it names another."""
    id_ = exchange.path.removeprefix(NAMED)
    if isinstance(asked, list):
        raise BadRequestError("The path names one document, so the body must be one request, not a batch.")
    if asked.query or asked.document_id not in {None, id_}:
        raise BadRequestError("The path names the document, so the request may neither send one nor name another.")
    return replace(asked, document_id=id_)


def from_body(content: bytes) -> GraphQLRequest | list[object]:
    """Return the request in a JSON body, or the entries of a batch as they are; raises BadRequestError."""
    # A text editor's mark before JSON says nothing (RFC 8259, 8.1).
    parsed = read_json(content.removeprefix(BOM_UTF8), "The body")
    return parsed if isinstance(parsed, list) else from_parameters(parsed, takes_sets=True)


def from_url(query_string: bytes) -> GraphQLRequest:
    """Return the request in a URL's parameters, where an empty one counts as absent; raises BadRequestError."""
    try:
        pairs = parse_qsl(query_string.decode("ascii"), errors="strict", max_num_fields=MAX_PARAMETERS)
        parameters: dict[str, Any] = dict(pairs)
        if len(parameters) < len(pairs):
            raise BadRequestError("The URL gives a parameter twice.")
    except ValueError:
        raise BadRequestError("The URL's parameters can't be read.") from None
    for name in ("variables", "extensions"):
        if name in parameters:
            parameters[name] = read_json(parameters[name].encode(), f"{name} in the URL")
    return from_parameters(parameters)


def from_parameters(parameters: object, *, takes_sets: bool = False) -> GraphQLRequest:
    """Return the request that the parameters spell out; unknown ones are ignored. Raises BadRequestError.

    One that `takes_sets` may have a list of several sets of variables.
    """
    if not isinstance(parameters, dict):
        raise BadRequestError("The request must be a JSON object with a query.")
    sets = _sets(parameters) if takes_sets else None
    query, document_id = _text(parameters, "query"), _text(parameters, "documentId")
    return GraphQLRequest(
        query=query,
        document_id=_other_id(parameters) if document_id is None and not query else document_id,
        operation_name=_text(parameters, "operationName") or None,
        variables={} if sets else _object(parameters, "variables"),
        extensions=_object(parameters, "extensions"),
        sets=sets,
    )


def _other_id(parameters: dict[str, Any]) -> str | None:
    """Return the id under one of its other names; a number, as some have, as the text that it is in a manifest."""
    given = (parameters.get(name) for name in OTHER_IDS)
    return next((str(value) for value in given if value != "" and type(value) in {str, int}), None)


def _text(parameters: dict[str, Any], name: str) -> str | None:
    value = parameters.get(name)
    if value is not None and not isinstance(value, str):
        raise BadRequestError(f"{name} must be a text.")
    return value


def _sets(parameters: dict[str, Any]) -> list[dict[str, Any]] | None:
    """Return the sets of variables, where there is a list of them."""
    given = parameters.get("variables")
    if not isinstance(given, list):
        return None
    if not given or not all(isinstance(each, dict) for each in given):
        raise BadRequestError("variables must be a JSON object, or a non-empty list of objects.")
    return given


def _object(parameters: dict[str, Any], name: str) -> dict[str, Any]:
    value = parameters.get(name)
    if value is not None and not isinstance(value, dict):
        raise BadRequestError(f"{name} must be a JSON object.")
    return value or {}
