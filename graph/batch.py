"""Relations written once for many parents, and the loaders that gather parents for the reference executor."""

import asyncio
import inspect
from collections.abc import Awaitable, Callable, Sequence
from functools import partial, wraps
from typing import Any, get_args

from aiodataloader import DataLoader
from strawberry.types.info import Info

Batch = Callable[..., Awaitable[Sequence[Any]]]


def batched(batch: Batch) -> Callable[..., Awaitable[Any]]:
    """Declare a relation: `async def relation(context, parents, **arguments) -> list[Child]`.

    The answer has one entry for each parent, in their order; an entry that is an exception becomes that
    parent's error. What comes back is a field's resolver, which loads one parent through the request's
    loaders; `resolver.batch` is the function itself, for an executor that has all parents at hand.
    """

    @wraps(batch)
    async def resolve(root: object, info: Info, **arguments: object) -> Any:  # noqa: ANN401 - the relation's child
        context = info.context
        return await context.loaders.load(batch, context, root, arguments)

    resolve.__signature__ = field_signature(batch)  # type: ignore[attr-defined]
    resolve.batch = batch  # type: ignore[attr-defined]
    return resolve


def field_signature(batch: Batch) -> inspect.Signature:
    """Return the signature that Strawberry reads a field's type and arguments from."""
    signature = inspect.signature(batch)
    _context, _parents, *arguments = signature.parameters.values()
    positional = inspect.Parameter.POSITIONAL_OR_KEYWORD
    reserved = [inspect.Parameter("root", positional), inspect.Parameter("info", positional, annotation=Info)]
    [child] = get_args(signature.return_annotation)
    return inspect.Signature([*reserved, *arguments], return_annotation=child)


class Loaders:
    """One request's loaders: a relation with the same arguments gathers its parents into one batch."""

    def __init__(self) -> None:
        self._loaders: dict[tuple[Batch, str], DataLoader[Any, Any]] = {}
        self._running: set[asyncio.Task[Any]] = set()
        self._is_closed = False
        # Rows are told apart by identity, so they must live as long as the loaders that know them by it.
        self._parents: dict[int, object] = {}

    async def load(self, batch: Batch, context: object, parent: object, arguments: dict[str, object]) -> Any:  # noqa: ANN401
        """Return what the relation gives for one parent."""
        key = (batch, repr(sorted(arguments.items())))
        loader = self._loaders.get(key)
        if loader is None:
            loader = self._loaders[key] = DataLoader(
                partial(self._call, batch, context, arguments), get_cache_key=_identity
            )
        self._parents[id(parent)] = parent
        # Fields share what a loader promises: one that is cancelled must not cancel it for the others.
        return await asyncio.shield(loader.load(parent))

    def cancel(self) -> None:
        """Cancel the batches under way: they run in tasks of their own, which outlive whoever waits for them."""
        self._is_closed = True
        for task in self._running:
            task.cancel()

    async def _call(
        self, batch: Batch, context: object, arguments: dict[str, object], parents: list[object]
    ) -> list[Any]:
        task = asyncio.current_task()
        if task is None:
            raise RuntimeError("a loader runs its batches in tasks")
        if self._is_closed:
            raise asyncio.CancelledError
        self._running.add(task)
        try:
            return list(await batch(context, parents, **arguments))
        finally:
            self._running.discard(task)


def _identity(parent: object) -> object:
    """Return what makes two parents the same: keys by value, rows (which needn't be hashable) by identity."""
    return parent if isinstance(parent, str) else id(parent)
