"""A transaction: one connection whose reads see what it has written, kept or undone as a whole."""

import asyncio
import time
from collections.abc import Callable, Mapping
from copy import copy
from typing import Any, Self

import asyncpg

from db.lookups import Lookup
from db.reads import Read
from db.statement import Statement


class Transaction:
    """Reads and writes over one connection; `Database.transaction` commits them, or undoes all after `undo`."""

    def __init__(self, connection: asyncpg.Connection, observe: Callable[[Read], None] | None = None) -> None:
        self._connection = connection
        self._observe = observe
        # A connection takes one statement at a time; fields side by side may read at once.
        self._turn = asyncio.Lock()
        self.is_undone = False

    async def read(self, statement: Statement, values: Mapping[str, object] | None = None) -> list[Any]:
        """The rows of a statement, of its row class; it may write."""
        arguments = statement.arguments(values or {})
        async with self._turn:
            started = time.perf_counter()
            rows: list[Any] = await self._connection.fetch(statement.text, *arguments, record_class=statement.row)
        if self._observe:
            keys = max((len(each) for each in arguments if isinstance(each, list)), default=0)
            self._observe(Read(statement.text, keys, len(rows), time.perf_counter() - started))
        return rows

    async def find(self, lookup: Lookup, key: object, values: Mapping[str, object]) -> Any:  # noqa: ANN401 - a row, or None
        """The row that has a key, or None; `values` are the statement's others."""
        rows = await self.read(lookup.statement, {**values, lookup.keys: [key]})
        return rows[0] if rows else None

    def observed(self, observe: Callable[[Read], None]) -> Self:
        """The same transaction with its statements told to somebody."""
        other = copy(self)
        other._observe = observe  # noqa: SLF001 - its own kind
        return other

    def undo(self) -> None:
        """Have nothing of it kept."""
        self.is_undone = True
