"""Errors in a mutation's answer that is kept by its key: as they are written down, and as they are told again."""

from collections.abc import Mapping, Sequence
from typing import Any

from graphql import GraphQLError, Source

from graph.errors import BadUserInputError, ClientError, ForbiddenError, InvalidCursorError, NotFoundError

# What depends on the request alone, and is the same whenever it is answered.
LASTING: Mapping[str, type[ClientError]] = {
    each.code: each for each in (BadUserInputError, InvalidCursorError, ForbiddenError, NotFoundError)
}

Note = Mapping[str, Any]


def note_errors(errors: Sequence[GraphQLError]) -> list[Note]:
    """Errors of an answer, to write down; raises the cause of the first that another time might not be."""
    return [note_error(error) for error in errors]


def note_error(error: GraphQLError) -> Note:
    """One of them."""
    cause = error.original_error
    if not isinstance(cause, ClientError) or LASTING.get(cause.code) is not type(cause):
        raise cause or error
    return {
        "code": cause.code,
        "message": cause.message,
        "field": cause.field,
        "roles": list(cause.roles) if isinstance(cause, ForbiddenError) else [],
        "path": error.path,
        "positions": list(error.positions or ()),
    }


def retell(note: Note, source: Source) -> GraphQLError:
    """An error as it was told the first time."""
    message = note["message"]
    cause: ClientError
    if note["code"] == ForbiddenError.code:
        cause = ForbiddenError(message, roles=note["roles"])
    else:
        cause = LASTING[note["code"]](message, field=note["field"])
    return GraphQLError(
        message, source=source, positions=note["positions"], path=note["path"], original_error=cause
    )
