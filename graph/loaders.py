"""The loaders of one request: who asks for one parent at a time is answered for many at a time."""

import asyncio
from functools import partial
from typing import Any, Protocol

from aiodataloader import DataLoader

from graph.resolvers import Batch


class Loading(Protocol):
    """How a relation is loaded for one parent."""

    async def load(self, batch: Batch, context: object, parent: object, arguments: dict[str, object]) -> Any:  # noqa: ANN401
        """Return what the relation gives for one parent."""

    def cancel(self) -> None:
        """Cancel what is under way."""


class Alone:
    """Loads at once: for an operation in which nobody else can ask for the same."""

    async def load(self, batch: Batch, context: object, parent: object, arguments: dict[str, object]) -> Any:  # noqa: ANN401
        """Return what the relation gives for one parent."""
        [found] = await batch(context, [parent], **arguments)
        if isinstance(found, Exception):
            raise found
        return found

    def cancel(self) -> None:
        """Do nothing: what is under way ends with whoever waits for it."""


ALONE = Alone()


class Loaders:
    """One request's loaders: a relation with the same arguments gathers its parents into one batch."""

    def __init__(self) -> None:
        self._loaders: dict[tuple[Batch, str], DataLoader[Any, Any]] = {}
        self._running: set[asyncio.Task[Any]] = set()
        self._promised: set[asyncio.Future[Any]] = set()
        self._is_closed = False
        # Rows are told apart by identity, so they must live as long as the loaders that know them by it.
        self._parents: dict[int, object] = {}

    async def load(self, batch: Batch, context: object, parent: object, arguments: dict[str, object]) -> Any:  # noqa: ANN401
        """Return what the relation gives for one parent."""
        if self._is_closed:
            raise asyncio.CancelledError
        key = (batch, repr(sorted(arguments.items())))
        loader = self._loaders.get(key)
        if loader is None:
            loader = self._loaders[key] = DataLoader(
                partial(self._call, batch, context, arguments), get_cache_key=_identity
            )
        self._parents[id(parent)] = parent
        # Fields share what a loader promises: one that is cancelled must not cancel it for the others.
        promised = loader.load(parent)
        self._promised.add(promised)
        promised.add_done_callback(_noted)
        return await asyncio.shield(promised)

    def cancel(self) -> None:
        """Cancel the batches under way, which run in tasks of their own, and whoever still waits for them."""
        self._is_closed = True
        for each in (*self._running, *self._promised):
            each.cancel()

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


def _noted(promised: asyncio.Future[Any]) -> None:
    """Look at a failure, so that asyncio doesn't report one that nobody waits for any more."""
    if not promised.cancelled():
        promised.exception()


def _identity(parent: object) -> object:
    """Return what makes two parents the same: keys by value, rows (which needn't be hashable) by identity."""
    return parent if isinstance(parent, str) else id(parent)
