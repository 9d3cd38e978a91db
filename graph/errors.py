"""The errors that a client may see, and their codes; everything else is masked behind an id.

ClientError
├── BadUserInputError          BAD_USER_INPUT
│   └── InvalidCursorError     INVALID_CURSOR
├── ForbiddenError             FORBIDDEN
├── NotFoundError              NOT_FOUND
├── BadRequestError            BAD_REQUEST
│   ├── MethodNotAllowedError
│   ├── NotAcceptableError
│   ├── UnsupportedMediaTypeError
│   └── BodyTooLargeError
├── OperationResolutionError   OPERATION_RESOLUTION_FAILURE
└── ServiceUnavailableError    SERVICE_UNAVAILABLE

Raised by GraphQL itself: GRAPHQL_PARSE_FAILED, GRAPHQL_VALIDATION_FAILED, and BAD_USER_INPUT for variables.
"""

import logging
from typing import Any, ClassVar
from uuid import uuid4

from graphql import GraphQLError

from db.engine import DatabaseUnavailableError


class ClientError(Exception):
    """An error whose message is written for the client."""

    code: ClassVar[str]
    # The status that an HTTP API would answer with.
    status: ClassVar[int]

    def __init__(self, message: str, *, field: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.field = field

    @property
    def extensions(self) -> dict[str, Any]:
        """Return what stands beside the message: the code, the status, and the argument at fault."""
        found: dict[str, Any] = {"code": self.code, "status": self.status}
        if self.field is not None:
            found["details"] = [{"field": self.field, "message": self.message}]
        return found


class BadUserInputError(ClientError):
    """An argument or a variable can't be what it is."""

    code = "BAD_USER_INPUT"
    status = 400


class InvalidCursorError(BadUserInputError):
    """A cursor is damaged, or comes from another list, order or filter."""

    code = "INVALID_CURSOR"


class ForbiddenError(ClientError):
    """The viewer's roles don't open this."""

    code = "FORBIDDEN"
    status = 403


class NotFoundError(ClientError):
    """Nothing has this id."""

    code = "NOT_FOUND"
    status = 404


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


class NotAcceptableError(BadRequestError):
    """No media type that the client accepts can be answered with."""

    status = 406


class BodyTooLargeError(BadRequestError):
    """The request's body is over the limit."""

    status = 413


class UnsupportedMediaTypeError(BadRequestError):
    """The request's body is not JSON in UTF-8."""

    status = 415


class OperationResolutionError(ClientError):
    """The document doesn't say which of its operations to run."""

    code = "OPERATION_RESOLUTION_FAILURE"
    status = 400


class ServiceUnavailableError(ClientError):
    """Something that the answer needs is out of reach; trying again is safe."""

    code = "SERVICE_UNAVAILABLE"
    status = 503


PARSE_FAILED = "GRAPHQL_PARSE_FAILED"
VALIDATION_FAILED = "GRAPHQL_VALIDATION_FAILED"
INTERNAL_SERVER_ERROR = "INTERNAL_SERVER_ERROR"

log = logging.getLogger("ariesone.errors")


def formatted(error: GraphQLError, code: str = BadUserInputError.code) -> dict[str, Any]:
    """Return an error as a client sees it.

    `code` is for errors of graphql-core itself, which have none. What isn't a ClientError is logged with its
    stack under an id, and the client sees the id alone.
    """
    cause = unwrapped(error)
    if isinstance(cause, DatabaseUnavailableError):
        cause = ServiceUnavailableError("The database can't be reached right now. Trying again is safe.")
    if cause is None:
        return _shape(error.message, error, {"code": code, "status": 400})
    if isinstance(cause, ClientError):
        return _shape(error.message if cause.message in error.message else cause.message, error, cause.extensions)
    error_id = uuid4().hex
    log.error("unexpected error", exc_info=cause, extra={"error.id": error_id})
    extensions = {"code": INTERNAL_SERVER_ERROR, "status": 500, "errorId": error_id}
    return _shape("Something went wrong on the server. Quote the errorId when you report it.", error, extensions)


def refused(error: ClientError) -> dict[str, Any]:
    """Return an error of the request as a whole as a client sees it."""
    return {"message": error.message, "extensions": error.extensions}


def unwrapped(error: GraphQLError) -> Exception | None:
    """Return the exception that lies under graphql-core's wrappings, or None where the error is its own."""
    cause = error.original_error
    while isinstance(cause, GraphQLError):
        cause = cause.original_error
    return cause


def _shape(message: str, error: GraphQLError, extensions: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = {"message": message}
    if error.locations:
        found["locations"] = [{"line": place.line, "column": place.column} for place in error.locations]
    if error.path:
        found["path"] = error.path
    return found | {"extensions": extensions}
