"""Runs of one plan side by side: a relation that several read at the same moment is read once for all of them."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from graph.context import Context
from graph.execution.plan import Reading


@dataclass(slots=True, eq=False)
class _Asked:
    """What one run asks for: its parents, the arguments, and the future that it waits for."""

    context: Context
    parents: Sequence[Any]
    arguments: Mapping[str, Any]
    future: asyncio.Future[Sequence[Any]]

    def is_like(self, other: "_Asked") -> bool:
        """Return whether another run asks for the same, of its own parents."""
        return (
            self.context.database is other.context.database
            and self.arguments == other.arguments
            and _sizes(self.arguments) == _sizes(other.arguments)
        )


class SharedReads:
    """Collects what runs ask for until the event loop has run everything that is ready, and reads it together."""

    def __init__(self) -> None:
        self._open: dict[Reading, list[_Asked]] = {}
        self._running: set[asyncio.Task[None]] = set()

    async def read(
        self, reading: Reading, context: Context, parents: Sequence[Any], arguments: Mapping[str, object]
    ) -> Sequence[Any]:
        """Return what a relation gives for each parent of one run; raises what the reading raises."""
        loop = asyncio.get_running_loop()
        asked = self._open.get(reading)
        if asked is None:
            asked = self._open[reading] = []
            loop.call_soon(self._begin, reading)
        mine = _Asked(context, parents, arguments, loop.create_future())
        asked.append(mine)
        return await mine.future

    def cancel(self) -> None:
        """Cancel what is under way, and whoever waits for it."""
        for task in self._running:
            task.cancel()
        for asked in self._open.values():
            leave(asked)

    def _begin(self, reading: Reading) -> None:
        groups: list[list[_Asked]] = []
        for each in self._open.pop(reading):
            group = next((group for group in groups if each.is_like(group[0])), None)
            if group is None:
                groups.append([each])
            else:
                group.append(each)
        for group in groups:
            task = asyncio.get_running_loop().create_task(_read(reading, group))
            self._running.add(task)
            task.add_done_callback(partial(self._end, group))

    def _end(self, asked: Sequence[_Asked], task: asyncio.Task[None]) -> None:
        self._running.discard(task)
        leave(asked)


def leave(asked: Sequence[_Asked]) -> None:
    """Cancel whoever still waits: nobody reads for them."""
    for each in asked:
        each.future.cancel()


async def _read(reading: Reading, asked: Sequence[_Asked]) -> None:
    """Read a relation for the parents of several runs, and give each run its own."""
    first, call = asked[0], reading.source.call
    parents = [parent for each in asked for parent in each.parents]
    try:
        found: Any = await call(first.context, parents, **first.arguments)
    except Exception as error:  # noqa: BLE001 - whatever it is, it is told to all who wait
        for each in asked:
            if not each.future.done():
                each.future.set_exception(error)
    else:
        begin = 0
        for each in asked:
            if not each.future.done():
                each.future.set_result(found[begin : begin + len(each.parents)])
            begin += len(each.parents)


def _sizes(arguments: Mapping[str, Any]) -> Mapping[str, object] | None:
    """Return the sizes of nested pages among the columns that are asked for, which columns don't compare."""
    columns = arguments.get("columns")
    return None if columns is None else columns.values
