"""Reads that all see the database as it was at one moment, however long they take."""

import asyncio
import time
from collections.abc import AsyncGenerator, Callable, Mapping
from copy import copy
from typing import Any, Self

import asyncpg

from db.failures import translating_driver_errors
from db.lookups import Lookup
from db.reads import Read
from db.statement import Statement
from db.tally import note

# Rows are found by keys for the most part, and sorted as a whole where they aren't.
BEGIN = """
    SET LOCAL statement_timeout = '120s'; SET LOCAL jit = off; SET LOCAL plan_cache_mode = force_generic_plan;
    SET LOCAL cursor_tuple_fraction = 1
"""


class Snapshot:
    """What a transaction reads that sees one moment (REPEATABLE READ), one statement at a time."""

    def __init__(self, connection: asyncpg.Connection) -> None:
        self._connection = connection
        self._turn = asyncio.Lock()
        self._observe: Callable[[Read], None] | None = None

    async def read(self, statement: Statement, values: Mapping[str, object] | None = None) -> list[Any]:
        """The rows of a statement, of its row class."""
        arguments = statement.arguments(values or {})
        async with self._turn:
            started = time.perf_counter()
            with translating_driver_errors():
                # What fails or is cancelled leaves the moment to be read on.
                async with self._connection.transaction():
                    rows: list[Any] = await self._connection.fetch(
                        statement.text, *arguments, record_class=statement.row
                    )
        note(statement.text, len(rows), started)
        if self._observe:
            self._observe(Read.of(statement, arguments, rows, started))
        return rows

    async def parts(
        self, statement: Statement, values: Mapping[str, object], size: int
    ) -> AsyncGenerator[list[Any]]:
        """Yield the rows of a statement, so many at a time, without holding more of them."""
        arguments = statement.arguments(values)
        async with self._turn:
            with translating_driver_errors():
                cursor = await self._connection.cursor(statement.text, *arguments, record_class=statement.row)
        while True:
            async with self._turn:
                with translating_driver_errors():
                    rows = await cursor.fetch(size)
            if not rows:
                return
            yield rows

    async def find(self, lookup: Lookup, key: object, values: Mapping[str, object]) -> Any:  # noqa: ANN401 - a row, or None
        """The row that has a key, or None; `values` are the statement's others."""
        rows = await self.read(lookup.statement, {**values, lookup.keys: [key]})
        return rows[0] if rows else None

    def observed(self, observe: Callable[[Read], None]) -> Self:
        """The same reads, with each statement reported to a listener."""
        other = copy(self)
        other._observe = observe  # noqa: SLF001 - its own kind
        return other
