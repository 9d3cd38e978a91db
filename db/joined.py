"""Reads side by side: the same statement, asked for at one moment with several values, is one statement.

Its parts stand in a UNION ALL, so that PostgreSQL plans each for its own values. Each piece has 1, 2, 4, 8, ...
parts: whatever number is asked for, no more texts are prepared.
"""

import asyncio
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import lru_cache, partial
from typing import Any, NamedTuple, Self

from db.lookups import Lookup
from db.reads import Read, Reads
from db.statement import Statement

# The column that says of which part a row is: the last one, so that all others stand where they stood.
PART = "part_of_joined"


class _Asked(NamedTuple):
    """One request for a statement: its values, in its order, and the future that waits for its rows."""

    arguments: Sequence[object]
    future: asyncio.Future[list[Any]]


class Joined:
    """Collects statements until the event loop has run everything that is ready, and runs equal ones as one."""

    def __init__(self, reads: Reads) -> None:
        self._reads = reads
        self._open: dict[Statement, list[_Asked]] = {}
        self._running: set[asyncio.Task[None]] = set()

    async def read(self, statement: Statement, values: Mapping[str, object] | None = None) -> list[Any]:
        """Return the rows of a statement; raises what the reads raise that it stands in."""
        if statement.as_of is not None:
            # Each reads as of a change of its own.
            return await self._reads.read(statement, values)
        loop = asyncio.get_running_loop()
        asked = self._open.get(statement)
        if asked is None:
            asked = self._open[statement] = []
            loop.call_soon(self._begin, statement)
        future = loop.create_future()
        asked.append(_Asked(statement.arguments(values or {}), future))
        rows: list[Any] = await future
        return rows

    async def find(self, lookup: Lookup, key: object, values: Mapping[str, object]) -> Any:  # noqa: ANN401 - a row, or None
        """Return the row that has a key, or None; look-ups of one moment are one statement already."""
        return await self._reads.find(lookup, key, values)

    def observed(self, observe: Callable[[Read], None]) -> Self:
        """Return the same reads, with each statement reported to a listener."""
        return type(self)(self._reads.observed(observe))

    def cancel(self) -> None:
        """Cancel what is under way, and whoever waits for it."""
        for task in self._running:
            task.cancel()
        for asked in self._open.values():
            leave(asked)

    def _begin(self, statement: Statement) -> None:
        asked = [each for each in self._open.pop(statement) if not each.future.done()]
        task = asyncio.get_running_loop().create_task(self._run(statement, asked))
        self._running.add(task)
        task.add_done_callback(partial(self._end, asked))

    def _end(self, asked: Sequence[_Asked], task: asyncio.Task[None]) -> None:
        self._running.discard(task)
        leave(asked)

    async def _run(self, statement: Statement, asked: Sequence[_Asked]) -> None:
        """Give each who asked its rows, or what the reading raised; all at a time, so that they go on together."""
        pieces = list(pieces_of(asked))
        found = await asyncio.gather(
            *(self._read(repeated(statement, len(piece)), piece) for piece in pieces), return_exceptions=True
        )
        for piece, rows in zip(pieces, found, strict=True):
            for place, each in enumerate(piece):
                if each.future.done():
                    continue
                if isinstance(rows, BaseException):
                    each.future.set_exception(rows)
                else:
                    each.future.set_result(rows[place])

    async def _read(self, statement: Statement, asked: Sequence[_Asked]) -> list[list[Any]]:
        """Return the rows of each part of a statement."""
        values = [value for each in asked for value in each.arguments]
        rows = await self._reads.read(statement, dict(zip(statement.names, values, strict=True)))
        return parted(rows, len(asked))


def pieces_of(asked: Sequence[_Asked]) -> Iterator[Sequence[_Asked]]:
    """Yield those who ask in pieces, each as large as can be."""
    while asked:
        size = 1 << (len(asked).bit_length() - 1)
        yield asked[:size]
        asked = asked[size:]


def leave(asked: Sequence[_Asked]) -> None:
    """Cancel whoever still waits: nobody reads for them."""
    for each in asked:
        each.future.cancel()


@lru_cache(maxsize=1024)
def repeated(statement: Statement, count: int) -> Statement:
    """Return a statement as often as that, each time with values of its own."""
    return statement if count == 1 else statement.repeated(count, PART)


def parted(rows: list[Any], count: int) -> list[list[Any]]:
    """Return the rows of each part, in their order."""
    if count == 1:
        return [rows]
    found: list[list[Any]] = [[] for _ in range(count)]
    for row in rows:
        found[row[PART]].append(row)
    return found
