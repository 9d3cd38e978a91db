"""Every read of a plan passes here, however it is run; `fetch` is the place for what may answer it instead."""

import asyncio
from collections.abc import Coroutine, Mapping, Sequence
from typing import Any

from graph.context import Context
from graph.execution.plan import Reading

Bound = Mapping[str, object]

# What each read was asked for and what it gave, by the read's number.
Outcomes = Mapping[int, tuple[Sequence[Any], Sequence[Any]]]


async def fetch(reading: Reading, context: Context, parents: Sequence[Any], arguments: Bound) -> Any:  # noqa: ANN401 - what the field is
    """Return what a field reads: for each of its parents, or where it has none in particular, once."""
    if context.shared_reads is not None and reading.source.is_batched:
        return await context.shared_reads.read(reading, context, parents, arguments)
    if context.explanation is not None:
        context = context.explanation.watch(reading.field.coordinate, context)
    if context.watch is not None:
        context = context.watch.over(reading.source, context, parents, arguments)
    call: Any = reading.source.call
    if reading.source.is_batched:
        return await call(context, parents, **arguments)
    return await call(context, **arguments)


async def once(reading: Reading, context: Context, arguments: Bound) -> Sequence[Any]:
    """Return what a read without parents gives, or its failure, as the only entry of a list."""
    try:
        return [await fetch(reading, context, (), arguments)]
    except Exception as error:  # noqa: BLE001 - it becomes the field's error
        return [error]


async def many(reading: Reading, context: Context, parents: Sequence[Any], arguments: Bound) -> Sequence[Any]:
    """Return what a relation gives for each parent, or its failure for each of them."""
    if not parents:
        return ()
    try:
        found: Sequence[Any] = await fetch(reading, context, parents, arguments)
    except Exception as error:  # noqa: BLE001 - it becomes the error of each parent's field
        return [error] * len(parents)
    return found


async def together(*reads: Coroutine[Any, Any, Sequence[Any]]) -> Sequence[Sequence[Any]]:
    """Return what the reads of a level give, run side by side; where this is cancelled, they all are."""
    return await asyncio.gather(*reads)


def raise_failure(value: Any) -> Any:  # noqa: ANN401 - what a read gave
    """Return a value; raise it where it is a failure."""
    if isinstance(value, Exception):
        raise value
    return value
