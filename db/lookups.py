"""Look-ups of single rows by their keys: those that are asked for at one moment are one statement, whoever asks.

A server under load reads many requests at a time. Each statement is a message to PostgreSQL and one back, which
cost both more than the look-up itself.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from typing import Any, NamedTuple

from db.statement import Statement

# Reads a statement with its values.
Reader = Callable[[Statement, Mapping[str, object]], Awaitable[list[Any]]]

# Keys of one statement; more are another one.
MAX_KEYS = 64


class Lookup(NamedTuple):
    """A statement that reads rows by a list of `keys`, a value of it, which they have in a `column`."""

    statement: Statement
    keys: str
    column: str


class Lookups:
    """Gathers look-ups until the event loop has run all that is ready; nothing is remembered after that."""

    def __init__(self) -> None:
        self._open: dict[tuple[object, ...], _Batch] = {}

    async def find(self, read: Reader, lookup: Lookup, key: object, values: Mapping[str, object]) -> Any:  # noqa: ANN401 - a row of the statement's class, or None
        """Return the row that has a key, or None where none has; `values` are the statement's others.

        Raises what the read raises.
        """
        name = (lookup.statement.text, *values.items())
        batch = self._open.get(name)
        if batch is None:
            batch = self._open[name] = _Batch(read, lookup, values, partial(self._close, name))
        elif len(batch.waiting) + 1 >= MAX_KEYS:
            del self._open[name]
        return await batch.wait(key)

    def _close(self, name: tuple[object, ...], batch: "_Batch") -> None:
        if self._open.get(name) is batch:
            del self._open[name]


class _Batch:
    """One statement, and who waits for its rows."""

    def __init__(
        self, read: Reader, lookup: Lookup, values: Mapping[str, object], close: Callable[["_Batch"], None]
    ) -> None:
        self._read = read
        self._lookup = lookup
        self._values = values
        # Has nobody join it any more.
        self._close = close
        self.waiting: list[tuple[object, asyncio.Future[Any]]] = []
        self._is_reading = False
        # It takes its first step when the event loop has run all that is ready now.
        self._task = asyncio.get_running_loop().create_task(self._run())

    async def wait(self, key: object) -> Any:  # noqa: ANN401 - a row, or None
        """Return the row with a key, once it is there; who is cancelled leaves the others what they wait for."""
        future = asyncio.get_running_loop().create_future()
        self.waiting.append((key, future))
        try:
            return await future
        except asyncio.CancelledError:
            # Nobody reads for who is gone.
            if self._is_reading and all(each.done() for _, each in self.waiting):
                self._task.cancel()
            raise

    async def _run(self) -> None:
        """Read the rows for all who wait by now."""
        self._close(self)
        self.waiting = waiting = [pair for pair in self.waiting if not pair[1].done()]
        if not waiting:
            return
        self._is_reading = True
        distinct = list(dict.fromkeys(key for key, _ in waiting))
        try:
            rows = await self._read(self._lookup.statement, {**self._values, self._lookup.keys: distinct})
        except Exception as error:  # noqa: BLE001 - whatever it is, it is told to all who wait
            for _, future in waiting:
                if not future.done():
                    future.set_exception(error)
            return
        except BaseException:
            # It was cancelled from elsewhere, and so is whoever still waits.
            for _, future in waiting:
                future.cancel()
            raise
        found = {row[self._lookup.column]: row for row in rows}
        for key, future in waiting:
            if not future.done():
                future.set_result(found.get(key))
