"""What a client is told of an error, and what the log is told: one shape for both, and one id for each cause."""

import logging
import re
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

from graphql import GraphQLError, NameNode, Token, TokenKind, ValueNode

from db.failures import DatabaseUnavailableError, LockedError, StatementTimeoutError
from graph.errors import (
    INTERNAL_SERVER_ERROR,
    BadUserInputError,
    ClientError,
    LaterError,
    NotFoundError,
    OperationTimeoutError,
    ServiceUnavailableError,
)
from graph.http.wording import in_json
from graph.telemetry.operations import ToldOperation

# Where the server explains a code; see docs/troubleshooting.md.
HELP = "/docs/troubleshooting#"
# Errors of fields in one answer; see docs/decisions/0008.
MAX_FIELD_ERRORS = 5
# Characters of a message: some have what a client sent in them.
MAX_MESSAGE = 500

# How graphql-core says where in a variable the fault is.
_VARIABLE = re.compile(r"Variable '\$(\w+)' has invalid (?:default )?value(?: at ([\w.\[\]]+))?: (.*)", re.DOTALL)

_OPENING = frozenset({TokenKind.BRACKET_L, TokenKind.BRACE_L})
_CLOSING = frozenset({TokenKind.BRACKET_R, TokenKind.BRACE_R})

log = logging.getLogger("ariesone.errors")

Entry = dict[str, Any]


class Report:
    """The errors of one operation: fields that failed for one cause share its id and its line in the log."""

    def __init__(self, trace_id: str, operation: ToldOperation | None = None) -> None:
        self._trace_id = trace_id
        self._fields = {"trace.id": trace_id}
        if operation is not None:
            told = {"graphql.operation.name": operation.name, "graphql.document.hash": operation.document}
            self._fields |= {name: value for name, value in told.items() if value is not None}
        # By identity; the cause is held so that no later one can take its place in memory.
        self._seen: dict[int, tuple[Exception, ClientError | str]] = {}

    def describe(self, error: ClientError) -> Entry:
        """Return an error of the request as a whole."""
        return {"message": error.message, "extensions": self._extensions(error)}

    def mask(self, error: Exception) -> Entry:
        """Return an error outside of any field, logged and masked."""
        return self._hide(self._log(error))

    def of_fields(self, errors: Sequence[GraphQLError]) -> tuple[list[Entry], int]:
        """Return what is shown of an operation's errors, and how many are not shown.

        Where a field failed for one cause in many places, the first of them is shown, and `count` says how many
        there are. Those not shown are logged all the same.
        """
        kinds: dict[object, list[GraphQLError]] = {}
        for error in errors:
            kinds.setdefault(self._kind(error), []).append(error)
        entries = []
        shown = list(kinds.values())[:MAX_FIELD_ERRORS]
        for alike in shown:
            entry = self.entry(alike[0])
            if len(alike) > 1:
                entry["extensions"]["count"] = len(alike)
            entries.append(entry)
        release(errors)
        return entries, len(errors) - sum(map(len, shown))

    def _kind(self, error: GraphQLError) -> object:
        """Return what errors have in common that are told once: the field, wherever in lists, and the cause.

        What is wrong with a value is told of each.
        """
        cause = _cause(error)
        told = error if cause is None else self._tell(cause)
        if isinstance(told, GraphQLError | BadUserInputError | NotFoundError):
            return id(error)
        what = told if isinstance(told, str) else (told.code, told.message)
        return (_fields_in(error), what)

    def of_request(self, errors: Sequence[GraphQLError], code: str) -> list[Entry]:
        """Return what is shown of the errors for which a request is not run; `code` is for graphql-core's own."""
        entries = [self.entry(error, code) for error in errors]
        release(errors)
        return entries

    def entry(self, error: GraphQLError, code: str = BadUserInputError.code) -> Entry:
        """Return one error of GraphQL; `code` is for graphql-core's own, of a document, variables or arguments.

        What is no ClientError is logged with its stack, and the client sees its id alone.
        """
        cause = _cause(error)
        if cause is None:
            status = BadUserInputError.status if code == BadUserInputError.code else 400
            extensions = self._shared(code, status) | {"details": [_detail(error, _plain(error.message))]}
            return _place(error, {"message": _plain(error.message), "extensions": extensions})
        told = self._tell(cause)
        if isinstance(told, str):
            return _place(error, self._hide(told))
        # graphql-core puts the place in front of a scalar's message, and its own words round it.
        place, _, words = error.message.partition("Expected value of type ")
        message = place + told.message if words else told.message
        extensions = self._extensions(told)
        if isinstance(told, BadUserInputError) and not error.path:
            # A value in the document or the variables: the scalar that refused it doesn't know where it stood.
            extensions.setdefault("details", [_detail(error, told.message)])
        return _place(error, {"message": message, "extensions": extensions})

    def _tell(self, cause: Exception) -> ClientError | str:
        """Return what a client is told of a cause: an error of its own, or the id that it was logged under."""
        if isinstance(cause, ClientError):
            return cause
        if id(cause) not in self._seen:
            self._seen[id(cause)] = (cause, self._explain(cause))
        return self._seen[id(cause)][1]

    def _explain(self, cause: Exception) -> ClientError | str:
        if isinstance(cause, DatabaseUnavailableError):
            log.warning("the database is out of reach: %s", cause, extra=self._fields)
            return ServiceUnavailableError("The database can't be reached right now. Trying again is safe.")
        if isinstance(cause, LockedError):
            return ServiceUnavailableError("Others are changing the same right now; nothing was done. Try again.")
        if isinstance(cause, StatementTimeoutError):
            return OperationTimeoutError("A statement of the operation took too long, and was cancelled.")
        return self._log(cause)

    def _log(self, cause: Exception) -> str:
        error_id = uuid4().hex
        log.error("unexpected error", exc_info=cause, extra={"error.id": error_id, **self._fields})
        return error_id

    def _hide(self, error_id: str) -> Entry:
        extensions = self._shared(INTERNAL_SERVER_ERROR, 500) | {"errorId": error_id}
        message = "Something went wrong on the server. Quote the errorId when you report it."
        return {"message": message, "extensions": extensions}

    def _extensions(self, error: ClientError) -> Entry:
        found = self._shared(error.code, error.status) | dict(error.extensions)
        if error.details:
            found["details"] = error.details
        if isinstance(error, LaterError):
            found["retryAfterMs"] = error.retry_after * 1000
        return found

    def _shared(self, code: str, status: int) -> Entry:
        return {
            "code": code,
            "status": status,
            "traceId": self._trace_id,
            "timestamp": datetime.now(UTC).isoformat(timespec="milliseconds"),
            "help": f"{HELP}{code.lower()}",
        }


def _cause(error: GraphQLError) -> Exception | None:
    """Return the exception under graphql-core's wrappings, or None where the error is its own."""
    cause = error.original_error
    while isinstance(cause, GraphQLError):
        cause = cause.original_error
    return cause


def release(errors: Iterable[GraphQLError]) -> None:
    """Let go of the frames that errors came through.

    These hold the errors, and all that was read besides; together they would be left to the garbage collector.
    """
    for error in errors:
        layer: BaseException | None = error
        while layer is not None:
            layer.__traceback__ = layer.__context__ = layer.__cause__ = None
            layer = layer.original_error if isinstance(layer, GraphQLError) else None


def _fields_in(error: GraphQLError) -> tuple[str, ...]:
    """Return the fields on the way to an error, whichever items of lists they are under."""
    return tuple(step for step in error.path or () if isinstance(step, str))


def _detail(error: GraphQLError, message: str) -> dict[str, str]:
    """Return the field, argument or place in a variable that is at fault, and what is wrong with it."""
    own = _plain(error.message)
    variable = _VARIABLE.fullmatch(own)
    if variable is None:
        return {"field": _named(error), "message": message}
    is_own = message == own
    return {"field": variable[1] + (variable[2] or ""), "message": variable[3] if is_own else message}


def _plain(message: str) -> str:
    """Return graphql-core's message without its suggestion, not too long, and with values as in JSON."""
    return in_json(message[:MAX_MESSAGE].partition(" Did you mean ")[0])


def _named(error: GraphQLError) -> str:
    """Return the name of what an error is about: its node's, or that of the argument that a value stands in."""
    node = error.nodes[0] if error.nodes else None
    name = node if isinstance(node, NameNode) else getattr(getattr(node, "variable", node), "name", None)
    if name is not None:
        return str(name.value)
    if isinstance(node, ValueNode) and node.loc:
        return _holder(node.loc.start_token)
    return "query"


def _holder(token: Token) -> str:
    """Return the name before the colon that a value stands behind, the lists and objects left that it is in."""
    depth = 0
    previous = token.prev
    while previous is not None:
        if previous.kind is TokenKind.COLON and depth == 0 and previous.prev is not None:
            return str(previous.prev.value)
        depth += (previous.kind in _CLOSING) - (previous.kind in _OPENING and depth > 0)
        previous = previous.prev
    return "query"


def _place(error: GraphQLError, entry: Entry) -> Entry:
    """Return an entry with the places in the document and in the answer that it is about."""
    places: Entry = {}
    if error.locations:
        places["locations"] = [{"line": place.line, "column": place.column} for place in error.locations]
    if error.path:
        places["path"] = error.path
    return {"message": entry["message"], **places, "extensions": entry["extensions"]}
