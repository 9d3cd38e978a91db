"""A connection lent for one transaction, which begins with its first statement."""

from collections.abc import Sequence
from time import perf_counter
from typing import Any

import asyncpg

from db.comments import lasting_text
from db.failures import LOST
from db.pipeline import BEGIN, execution, name_of, send_ahead
from db.pool import Pool
from db.statement import Statement
from db.tally import note

# Milliseconds that a write waits for a row or for its turn.
LOCK_TIMEOUT = 2000


class Session:
    """A connection of a pool, the transaction that it is in, and what is sent with its next statement.

    PgBouncer knows no prepared statements and no settings of a session: with it, nothing is sent together.
    """

    def __init__(self, pool: Pool, *, pgbouncer: bool, comments: bool = False) -> None:
        self._pool = pool
        self._pgbouncer = pgbouncer
        self._has_comments = comments
        self._connection: Any = None
        self._has_begun = False
        self._ahead: list[bytes] = []

    async def take(self) -> None:
        """Take a connection; raises TimeoutError where none is free in time."""
        self._connection = self._pool.at_hand(plans_once=False) or await self._pool.take(plans_once=False)

    async def fetch(self, statement: Statement, arguments: Sequence[object]) -> list[Any]:
        """The rows of a statement, of its row class. One that finds its connection lost is sent over another."""
        if self._has_begun:
            return await self._fetch(statement, arguments)
        try:
            return await self._fetch_first(statement, arguments)
        except LOST:
            # The server has forgotten it: nothing has happened in this transaction yet.
            self.let_go()
            await self.take()
            return await self._fetch_first(statement, arguments)

    async def put(self, statement: Statement, arguments: Sequence[object]) -> list[Any]:
        """Run a statement that answers with no rows, at the latest with the next one, which fails in its place."""
        if self._pgbouncer or not self._has_begun:
            return await self.fetch(statement, arguments)
        self._ahead.append(execution(await name_of(self._connection, statement.text), arguments))
        return []

    async def flush(self) -> None:
        """Wait for what was put; raises what it fails with."""
        if self._ahead:
            await self._fetch(_NOTHING, ())

    async def _fetch_first(self, statement: Statement, arguments: Sequence[object]) -> list[Any]:
        self._has_begun = True
        if self._pgbouncer:
            await self._connection.execute(f"BEGIN; SET LOCAL lock_timeout = {LOCK_TIMEOUT}")
        else:
            self._ahead = [BEGIN]
        return await self._fetch(statement, arguments)

    async def _fetch(self, statement: Statement, arguments: Sequence[object]) -> list[Any]:
        if self._ahead:
            send_ahead(self._connection, b"".join(self._ahead))
            self._ahead = []
        # What goes ahead must go with it, so it is one of those that are prepared.
        text = lasting_text(statement) if self._has_comments else statement.text
        rows: list[Any] = await self._connection.fetch(text, *arguments, record_class=statement.row)
        return rows

    async def commit(self) -> None:
        """Keep what was done."""
        await self.flush()
        await self._end("COMMIT")

    async def rollback(self) -> None:
        """Undo what was done."""
        self._ahead = []
        if self._has_begun:
            send_ahead(self._connection, b"")
        await self._end("ROLLBACK")

    async def _end(self, command: str) -> None:
        if self._has_begun:
            sent = perf_counter()
            try:
                await self._connection.execute(command)
            finally:
                note(command, 0, sent)

    async def give_back(self) -> None:
        """Return the connection, whose transaction has ended."""
        if not self._pool.put_back(self._connection):
            await self._pool.give_back(self._connection)

    def let_go(self) -> None:
        """Return the connection after a failure, if there is one."""
        connection, self._connection, self._has_begun = self._connection, None, False
        if connection is not None:
            self._pool.let_go(connection)


_NOTHING = Statement("SELECT", (), asyncpg.Record)
