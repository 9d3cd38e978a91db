"""How PostgreSQL runs a statement: its plan, as EXPLAIN shows it."""

from dataclasses import replace

import asyncpg

from db.failures import DatabaseUnavailableError, LockedError, StatementTimeoutError
from db.reads import Read, Reads

# Without running it.
_PLANNED = "EXPLAIN "
_RUN = "EXPLAIN (ANALYZE, BUFFERS) "


async def plan_of(database: Reads, read: Read, *, is_run: bool) -> str | None:
    """Return the plan of a statement with the arguments that it had; None where the database doesn't give one.

    Where `is_run`, the statement is run once more, and each step has its time and rows: for what changes nothing.
    It is planned for these very arguments, as one that `plans_once` may not have been.
    """
    statement = replace(read.statement, text=(_RUN if is_run else _PLANNED) + read.text, row=asyncpg.Record)
    try:
        lines = await database.read(statement, dict(zip(statement.names, read.arguments, strict=True)))
    except (DatabaseUnavailableError, LockedError, StatementTimeoutError):
        return None
    return "\n".join(line[0] for line in lines)
