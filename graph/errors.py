"""The errors that a client may see, and their codes; everything else is masked behind an id.

ClientError
├── BadUserInputError               BAD_USER_INPUT
│   └── InvalidCursorError          INVALID_CURSOR
├── CursorExpiredError              CURSOR_EXPIRED
├── NotFoundError                   NOT_FOUND
├── UnauthenticatedError            UNAUTHENTICATED
├── ForbiddenError                  FORBIDDEN
│   └── LinkExpiredError
├── BadRequestError                 BAD_REQUEST
│   ├── MethodNotAllowedError
│   ├── NotAcceptableError
│   ├── ReplacementError
│   ├── BodyTooLargeError
│   ├── UriTooLongError
│   ├── UnsupportedMediaTypeError
│   ├── HeadersTooLargeError
│   ├── UnknownCodingError
│   ├── HttpVersionError
│   └── RequestTimeoutError
├── OperationResolutionError        OPERATION_RESOLUTION_FAILURE
├── PersistedQueryNotFoundError     PERSISTED_QUERY_NOT_FOUND
├── PersistedQueryNotSupportedError PERSISTED_QUERY_NOT_SUPPORTED
├── DepthLimitError                 DEPTH_LIMIT_EXCEEDED
├── CostLimitError                  COST_LIMIT_EXCEEDED
├── OperationTimeoutError           TIMEOUT
├── KeyReusedError                  IDEMPOTENCY_KEY_REUSED
├── LaggedError                     LAGGED
└── LaterError
    ├── KeyInProgressError          IDEMPOTENCY_IN_PROGRESS
    ├── ServiceUnavailableError     SERVICE_UNAVAILABLE
    └── ThrottledError              THROTTLED

graphql-core's own: GRAPHQL_PARSE_FAILED, GRAPHQL_VALIDATION_FAILED, and BAD_USER_INPUT for variables.
What is none of these: INTERNAL_SERVER_ERROR.
"""

from collections.abc import Mapping, Sequence
from typing import ClassVar

from db.failures import QuotingError

PARSE_FAILED = "GRAPHQL_PARSE_FAILED"
VALIDATION_FAILED = "GRAPHQL_VALIDATION_FAILED"
INTERNAL_SERVER_ERROR = "INTERNAL_SERVER_ERROR"


class ClientError(QuotingError):
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

    @property
    def extensions(self) -> Mapping[str, object]:
        """Return what a program may want to know besides the code."""
        return {}


class BadUserInputError(ClientError):
    """An argument or a variable can't be what it is, though the request is well-formed."""

    code = "BAD_USER_INPUT"
    status = 422


class InvalidCursorError(BadUserInputError):
    """A cursor is damaged, or comes from another list, order or filter."""

    code = "INVALID_CURSOR"


class CursorExpiredError(ClientError):
    """The changes after a cursor can't be followed: some aren't kept any more, or it is of another directory."""

    code = "CURSOR_EXPIRED"
    status = 410

    def __init__(self, message: str, oldest: str) -> None:
        super().__init__(message, field="after")
        self.oldest = oldest

    @property
    def extensions(self) -> Mapping[str, object]:
        """Return the oldest cursor that can be followed."""
        return {"oldestCursor": self.oldest}


class NotFoundError(ClientError):
    """Nothing has this id."""

    code = "NOT_FOUND"
    status = 404


class ForbiddenError(ClientError):
    """The viewer's roles don't open this; `roles` are those of which one would."""

    code = "FORBIDDEN"
    status = 403

    def __init__(self, message: str, *, roles: Sequence[str] = ()) -> None:
        super().__init__(message)
        self.roles = roles

    @property
    def extensions(self) -> Mapping[str, object]:
        """Return the roles of which one would do."""
        return {"requiredRoles": list(self.roles)} if self.roles else {}


class LinkExpiredError(ForbiddenError):
    """The link was good, and is no longer."""

    status = 410


class UnauthenticatedError(ClientError):
    """The request's token can't be taken, or there is none where one is needed; `reason` says which way.

    `detail` names the claim or header at fault: for the log and for who holds the settings, never for the client.
    """

    code = "UNAUTHENTICATED"
    status = 401

    def __init__(self, message: str, reason: str, detail: str = "") -> None:
        super().__init__(message)
        self.reason = reason
        self.detail = detail

    @property
    def extensions(self) -> Mapping[str, object]:
        """Return which way the token is bad."""
        return {"reason": self.reason}

    @property
    def headers(self) -> Mapping[str, str]:
        """Return the challenge (RFC 6750, section 3): without a token it names no error."""
        challenge = "Bearer" if self.reason == "MISSING" else 'Bearer error="invalid_token"'
        return {"www-authenticate": challenge}


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


class ReplacementError(BadRequestError):
    """What is sent would replace what may no longer be replaced."""

    status = 409


class BodyTooLargeError(BadRequestError):
    """The request's body is over the limit."""

    status = 413


class UriTooLongError(BadRequestError):
    """The request's URL is over the limit."""

    status = 414


class UnsupportedMediaTypeError(BadRequestError):
    """The request's body is of a kind that isn't taken, or is compressed in a way that isn't."""

    status = 415

    def __init__(self, message: str, codings: str = "identity") -> None:
        super().__init__(message)
        self._codings = codings

    @property
    def headers(self) -> Mapping[str, str]:
        """Return what is taken (RFC 9110, 12.5.3)."""
        return {"accept-encoding": self._codings}


class HeadersTooLargeError(BadRequestError):
    """The request's headers are over the limit."""

    status = 431


class UnknownCodingError(BadRequestError):
    """The request's body is coded for its way in a form that isn't known here."""

    status = 501


class HttpVersionError(BadRequestError):
    """The request is written in a version of HTTP that isn't spoken here."""

    status = 505


class RequestTimeoutError(BadRequestError):
    """The request did not arrive in time."""

    status = 408


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


class KeyReusedError(ClientError):
    """The idempotency key stands for another mutation."""

    code = "IDEMPOTENCY_KEY_REUSED"
    status = 422


class LaggedError(ClientError):
    """A listener doesn't read as fast as events come, and is told no more; `cursor` is what it can go on after."""

    code = "LAGGED"
    status = 429

    def __init__(self, message: str, cursor: str) -> None:
        super().__init__(message)
        self.cursor = cursor

    @property
    def extensions(self) -> Mapping[str, object]:
        """Return the cursor after which to go on."""
        return {"cursor": self.cursor}


class LaterError(ClientError):
    """Nothing was done; the same request will do in so many seconds."""

    def __init__(self, message: str, retry_after: int = 1) -> None:
        super().__init__(message)
        self.retry_after = retry_after

    @property
    def headers(self) -> Mapping[str, str]:
        """Return the seconds to wait."""
        return {"retry-after": str(self.retry_after)}


class ServiceUnavailableError(LaterError):
    """Something that the answer needs is out of reach, or busy; trying again is safe."""

    code = "SERVICE_UNAVAILABLE"
    status = 503


class KeyInProgressError(LaterError):
    """A mutation with the same idempotency key is running."""

    code = "IDEMPOTENCY_IN_PROGRESS"
    status = 409


class ThrottledError(LaterError):
    """The client has used up its share of the server for now."""

    code = "THROTTLED"
    status = 429
