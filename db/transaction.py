"""A transaction: one connection whose reads see what it has written, kept or undone as a whole."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from copy import copy
from typing import Any, Protocol, Self

import asyncpg

from db.lookups import Lookup
from db.reads import Read
from db.session import Session
from db.statement import Statement
from db.tally import note

# Sends a statement with its arguments; its rows.
Send = Callable[[Statement, Sequence[object]], Awaitable[list[Any]]]


class Preface(Protocol):
    """What a transaction asks before anything else, in one message with its first statement where that can be."""

    @property
    def alone(self) -> Statement:
        """Its statement."""

    @property
    def values(self) -> Mapping[str, object]:
        """The values of its statement."""

    def before(self, statement: Statement) -> Statement:
        """Its statement with another one behind it, whose rows say `is_found`."""

    def settle(self, row: asyncpg.Record) -> None:
        """Look at the first row; raises what the transaction is to end with."""


class Transaction:
    """Reads and writes over one connection; `Database.transaction` commits them, or undoes all after `undo`."""

    def __init__(self, session: Session, observe: Callable[[Read], None] | None = None) -> None:
        self._session = session
        self._observe = observe
        # A connection takes one statement at a time; fields side by side may read at once.
        self._turn = asyncio.Lock()
        self._preface: Preface | None = None
        self.is_undone = False

    def begin_with(self, preface: Preface) -> None:
        """Ask something before the first statement, which then may raise what that raises."""
        self._preface = preface

    async def read(self, statement: Statement, values: Mapping[str, object] | None = None) -> list[Any]:
        """The rows of a statement, of its row class; it may write."""
        if self._preface is not None:
            if statement.is_select:
                return await self._read_first(self._preface, statement, values or {})
            await self.settle()
        return await self._run(self._session.fetch, statement, values or {})

    async def write(self, statement: Statement, values: Mapping[str, object]) -> None:
        """Run a statement that answers with no rows; what it fails with may be raised by the next one."""
        await self.settle()
        await self._run(self._session.put, statement, values)

    async def flush(self) -> None:
        """Wait for what was written; raises what it fails with."""
        async with self._turn:
            await self._session.flush()

    async def settle(self) -> None:
        """Ask what comes before the first statement, where that wasn't asked yet."""
        if self._preface is not None:
            preface, self._preface = self._preface, None
            [row] = await self._run(self._session.fetch, preface.alone, preface.values)
            preface.settle(row)

    async def _read_first(self, preface: Preface, statement: Statement, values: Mapping[str, object]) -> list[Any]:
        self._preface = None
        values = {**preface.values, **values}
        rows = await self._run(self._session.fetch, preface.before(statement), values)
        preface.settle(rows[0])
        return [row for row in rows if row["is_found"]]

    async def _run(self, send: Send, statement: Statement, values: Mapping[str, object]) -> list[Any]:
        """Send a statement once no other one is under way, and tell who observes it."""
        arguments = statement.arguments(values)
        rows: list[Any] = []
        await self._turn.acquire()
        started = time.perf_counter()
        try:
            rows = await send(statement, arguments)
        finally:
            self._turn.release()
            note(statement.text, len(rows), started)
        if self._observe:
            self._observe(Read.of(statement, arguments, rows, started))
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
