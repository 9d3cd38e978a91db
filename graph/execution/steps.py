"""What compiled operations call: reads that keep their failures, and checks that make one turn irregular."""

import asyncio
from collections.abc import Coroutine, Iterable, Mapping, Sequence
from typing import Any, NoReturn

from graphql.execution.values import VariableValues

from graph.context import Context
from graph.execution.arguments import Arguments, Bound
from graph.resolvers import Reader

# What each read was asked for and what it gave, by the read's number.
Outcomes = Mapping[int, tuple[Sequence[Any], Sequence[Any]]]


class IrregularError(Exception):
    """Something failed, or was null that may not be: the answer must be made field by field."""

    def __init__(self, outcomes: Outcomes, arguments: Mapping[int, Bound | Exception]) -> None:
        super().__init__("irregular")
        self.outcomes = outcomes
        self.arguments = arguments


def bound(arguments: Arguments, variables: VariableValues) -> Bound | Exception:
    """Return a field's arguments, or why they can't be."""
    try:
        return arguments.bind(variables)
    except Exception as error:  # noqa: BLE001 - it becomes the field's error
        return error


async def once(reader: Reader, context: Context, arguments: Bound | Exception) -> Sequence[Any]:
    """Return what a read without parents gives, or its failure, as the only entry of a list."""
    if isinstance(arguments, Exception):
        return [arguments]
    try:
        return [await reader(context, **arguments)]
    except Exception as error:  # noqa: BLE001 - it becomes the field's error
        return [error]


async def many(
    reader: Reader, context: Context, parents: Sequence[Any], arguments: Bound | Exception
) -> Sequence[Any]:
    """Return what a relation gives for each parent, or its failure for each of them."""
    if not parents:
        return ()
    if isinstance(arguments, Exception):
        return [arguments] * len(parents)
    try:
        found: Sequence[Any] = await reader(context, parents, **arguments)
    except Exception as error:  # noqa: BLE001 - it becomes the error of each parent's field
        return [error] * len(parents)
    return found


async def together(*reads: Coroutine[Any, Any, Sequence[Any]]) -> Sequence[Sequence[Any]]:
    """Return what the reads of a level give, run side by side; where this is cancelled, they all are."""
    return await asyncio.gather(*reads)


def present(entries: Iterable[Any]) -> list[Any]:
    """Return the entries that are neither null nor a failure."""
    return [entry for entry in entries if entry is not None and not isinstance(entry, Exception)]


def null() -> NoReturn:
    """Make the operation irregular: something is null that may not be."""
    raise ValueError("null")


def kept(value: object) -> Any:  # noqa: ANN401 - whatever was given
    """Return a value that is no failure; else make the operation irregular."""
    if isinstance(value, Exception):
        raise value
    return value


def sound(value: object) -> Any:  # noqa: ANN401 - whatever was given
    """Return a value that is neither null nor a failure; else make the operation irregular."""
    if value is None or isinstance(value, Exception):
        null()
    return value
