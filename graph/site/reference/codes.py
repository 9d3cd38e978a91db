"""The error codes that a field can give by itself, as its guards, its arguments and its description say."""

import re
from collections.abc import Iterator
from typing import Final

from graphql import GraphQLField

from graph import errors
from graph.execution.facts import FieldFact

# By an argument's name: an id that nothing has, or a place in a list that isn't one.
OF_ARGUMENTS: Final = {
    "id": (errors.NotFoundError,),
    "ids": (errors.NotFoundError,),
    "watchList": (errors.NotFoundError,),
    "after": (errors.InvalidCursorError,),
    "before": (errors.InvalidCursorError,),
    "asOf": (errors.InvalidCursorError,),
}
# Those that a description names where they can be given.
_TOLD: Final = (errors.CursorExpiredError, errors.NotFoundError)

# What can become of any operation, whatever is selected.
OF_ALL: Final = (
    errors.PARSE_FAILED,
    errors.VALIDATION_FAILED,
    errors.DepthLimitError.code,
    errors.CostLimitError.code,
    errors.UnauthenticatedError.code,
    errors.ThrottledError.code,
    errors.OperationTimeoutError.code,
    errors.ServiceUnavailableError.code,
    errors.INTERNAL_SERVER_ERROR,
)
OF_KINDS: Final = {
    "query": OF_ALL,
    "mutation": (*OF_ALL, errors.KeyReusedError.code, errors.KeyInProgressError.code),
    "subscription": (*OF_ALL, errors.LaggedError.code),
}


def codes_of(fact: FieldFact, field: GraphQLField) -> list[str]:
    """Return the codes of errors with a field's path, by name."""
    return sorted(set(_codes(fact, field)))


def _codes(fact: FieldFact, field: GraphQLField) -> Iterator[str]:
    if fact.concerns_roles:
        yield errors.ForbiddenError.code
    if field.args:
        yield errors.BadUserInputError.code
    for name in field.args:
        yield from (each.code for each in OF_ARGUMENTS.get(name, ()))
    texts = (field.description, *(argument.description for argument in field.args.values()))
    for code in (each.code for each in _TOLD):
        if any(re.search(rf"\b{code}\b", text or "") for text in texts):
            yield code


def link_code(code: str) -> str:
    """Return a link to what a code means and what to do, as HTML."""
    return f'<a href="/docs/troubleshooting#{code.lower()}"><code>{code}</code></a>'
