"""The errors that a client may see, and their codes; everything else is masked behind an id.

ClientError
├── BadUserInputError               BAD_USER_INPUT
│   └── InvalidCursorError          INVALID_CURSOR
├── NotFoundError                   NOT_FOUND
├── ForbiddenError                  FORBIDDEN
├── BadRequestError                 BAD_REQUEST
│   ├── MethodNotAllowedError
│   ├── NotAcceptableError
│   ├── BodyTooLargeError
│   ├── UriTooLongError
│   ├── UnsupportedMediaTypeError
│   └── HeadersTooLargeError
├── OperationResolutionError        OPERATION_RESOLUTION_FAILURE
├── PersistedQueryNotFoundError     PERSISTED_QUERY_NOT_FOUND
├── PersistedQueryNotSupportedError PERSISTED_QUERY_NOT_SUPPORTED
├── DepthLimitError                 DEPTH_LIMIT_EXCEEDED
├── CostLimitError                  COST_LIMIT_EXCEEDED
├── OperationTimeoutError           TIMEOUT
└── ServiceUnavailableError         SERVICE_UNAVAILABLE

graphql-core's own: GRAPHQL_PARSE_FAILED, GRAPHQL_VALIDATION_FAILED, and BAD_USER_INPUT for variables.
What is none of these: INTERNAL_SERVER_ERROR.
"""

import logging
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, ClassVar
from uuid import uuid4

from graphql import GraphQLError

from db.engine import DatabaseUnavailableError, StatementTimeoutError

PARSE_FAILED = "GRAPHQL_PARSE_FAILED"
VALIDATION_FAILED = "GRAPHQL_VALIDATION_FAILED"
INTERNAL_SERVER_ERROR = "INTERNAL_SERVER_ERROR"

# Where the server explains a code; see docs/troubleshooting.md.
HELP = "/docs/troubleshooting#"

log = logging.getLogger("ariesone.errors")


class ClientError(Exception):
    """An error whose message is written for the client."""

    code: ClassVar[str]
    # The status that an HTTP API would answer with.
    status: int

    def __init__(self, message: str, *, field: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.field = field

    @property
    def details(self) -> list[dict[str, str]]:
        """Return the arguments at fault, each with what is wrong with it."""
        return [] if self.field is None else [{"field": self.field, "message": self.message}]

    @property
    def headers(self) -> Mapping[str, str]:
        """Return what HTTP says of this error besides the status."""
        return {}


class BadUserInputError(ClientError):
    """An argument or a variable can't be what it is."""

    code = "BAD_USER_INPUT"
    status = 400


class InvalidCursorError(BadUserInputError):
    """A cursor is damaged, or comes from another list, order or filter."""

    code = "INVALID_CURSOR"


class NotFoundError(ClientError):
    """Nothing has this id."""

    code = "NOT_FOUND"
    status = 404


class ForbiddenError(ClientError):
    """The viewer's roles don't open this."""

    code = "FORBIDDEN"
    status = 403


class BadRequestError(ClientError):
    """The HTTP request isn't a well-formed GraphQL request."""

    code = "BAD_REQUEST"
    status = 400


class MethodNotAllowedError(BadRequestError):
    """The method can't carry this operation."""

    status = 405

    def __init__(self, message: str, allow: str) -> None:
        super().__init__(message)
        self.allow = allow

    @property
    def headers(self) -> Mapping[str, str]:
        """Return the methods that can."""
        return {"allow": self.allow}


class NotAcceptableError(BadRequestError):
    """No media type that the client accepts can be answered with."""

    status = 406


class BodyTooLargeError(BadRequestError):
    """The request's body is over the limit."""

    status = 413


class UriTooLongError(BadRequestError):
    """The request's URL is over the limit."""

    status = 414


class UnsupportedMediaTypeError(BadRequestError):
    """The request's body is not JSON in UTF-8."""

    status = 415


class HeadersTooLargeError(BadRequestError):
    """The request's headers are over the limit."""

    status = 431


class OperationResolutionError(ClientError):
    """The document doesn't say which of its operations to run."""

    code = "OPERATION_RESOLUTION_FAILURE"
    status = 400


class PersistedQueryNotFoundError(ClientError):
    """No document is stored under this hash; the client sends it once more with its text."""

    code = "PERSISTED_QUERY_NOT_FOUND"
    # Apollo's protocol: it is part of the dialogue, not a failure.
    status = 200

    @property
    def headers(self) -> Mapping[str, str]:
        """Forbid keeping an answer that the next request changes."""
        return {"cache-control": "private, no-cache, must-revalidate"}


class PersistedQueryNotSupportedError(ClientError):
    """This server doesn't store documents for its clients."""

    code = "PERSISTED_QUERY_NOT_SUPPORTED"
    status = 400


class DepthLimitError(ClientError):
    """The operation is nested too deeply."""

    code = "DEPTH_LIMIT_EXCEEDED"
    status = 400


class CostLimitError(ClientError):
    """The operation asks for too much."""

    code = "COST_LIMIT_EXCEEDED"
    status = 400


class OperationTimeoutError(ClientError):
    """The operation did not end in its time, and was cancelled."""

    code = "TIMEOUT"
    status = 504


class ServiceUnavailableError(ClientError):
    """Something that the answer needs is out of reach, or busy; trying again is safe."""

    code = "SERVICE_UNAVAILABLE"
    status = 503

    def __init__(self, message: str, retry_after: int = 1) -> None:
        super().__init__(message)
        self.retry_after = retry_after

    @property
    def headers(self) -> Mapping[str, str]:
        """Return the seconds to wait."""
        return {"retry-after": str(self.retry_after)}


def refused(error: ClientError, trace_id: str) -> dict[str, Any]:
    """Return an error of the request as a whole as a client sees it."""
    return {"message": error.message, "extensions": _extensions(error, trace_id)}


def formatted(error: GraphQLError, trace_id: str, code: str = BadUserInputError.code) -> dict[str, Any]:
    """Return an error of GraphQL as a client sees it.

    `code` is for errors of graphql-core itself, which have none. What is no ClientError is logged with its
    stack under an id, and the client sees the id alone.
    """
    cause = _cause(error)
    if cause is None:
        details = [{"field": _named(error), "message": error.message}]
        extensions = _shared(code, 400, trace_id) | {"details": details}
        return _located(error.message, error, extensions)
    if isinstance(cause, DatabaseUnavailableError):
        log.warning("the database is out of reach: %s", cause, extra={"trace.id": trace_id})
        cause = ServiceUnavailableError("The database can't be reached right now. Trying again is safe.")
    if isinstance(cause, StatementTimeoutError):
        cause = OperationTimeoutError("A statement of the operation took too long, and was cancelled.")
    if isinstance(cause, ClientError):
        # graphql-core puts the place in front of a scalar's message.
        message = error.message if cause.message in error.message else cause.message
        return _located(message, error, _extensions(cause, trace_id))
    return _located(
        "Something went wrong on the server. Quote the errorId when you report it.",
        error,
        _shared(INTERNAL_SERVER_ERROR, 500, trace_id) | {"errorId": _logged(cause, trace_id)},
    )


def masked(error: BaseException, trace_id: str) -> dict[str, Any]:
    """Return an error outside of any field, logged and masked."""
    return {
        "message": "Something went wrong on the server. Quote the errorId when you report it.",
        "extensions": _shared(INTERNAL_SERVER_ERROR, 500, trace_id) | {"errorId": _logged(error, trace_id)},
    }


def _logged(error: BaseException, trace_id: str) -> str:
    error_id = uuid4().hex
    log.error("unexpected error", exc_info=error, extra={"error.id": error_id, "trace.id": trace_id})
    return error_id


def _cause(error: GraphQLError) -> Exception | None:
    """Return the exception under graphql-core's wrappings, or None where the error is its own."""
    cause = error.original_error
    while isinstance(cause, GraphQLError):
        cause = cause.original_error
    return cause


def _extensions(error: ClientError, trace_id: str) -> dict[str, Any]:
    found = _shared(error.code, error.status, trace_id)
    if error.details:
        found["details"] = error.details
    if isinstance(error, ServiceUnavailableError):
        found["retryAfterMs"] = error.retry_after * 1000
    return found


def _shared(code: str, status: int, trace_id: str) -> dict[str, Any]:
    return {
        "code": code,
        "status": status,
        "traceId": trace_id,
        "timestamp": datetime.now(UTC).isoformat(timespec="milliseconds"),
        "help": f"{HELP}{code.lower()}",
    }


def _named(error: GraphQLError) -> str:
    """Return the name of the field, argument or variable that a validation error stands at."""
    node = error.nodes[0] if error.nodes else None
    while node is not None:
        name = getattr(getattr(node, "variable", node), "name", None)
        if name is not None:
            return str(name.value)
        node = getattr(node, "parent", None)
    return "query"


def _located(message: str, error: GraphQLError, extensions: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = {"message": message}
    if error.locations:
        found["locations"] = [{"line": place.line, "column": place.column} for place in error.locations]
    if error.path:
        found["path"] = error.path
    return found | {"extensions": extensions}
