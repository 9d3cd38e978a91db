"""The statements that take longest, as the extension pg_stat_statements counts them."""

import asyncpg
from sqlalchemy import text

from db.reads import Reads
from db.statement import compiled


class Slow(asyncpg.Record):
    """A statement: its `id` in pg_stat_statements, how often it was called, and what it took on average, in ms."""


async def are_counted(database: Reads) -> bool:
    """Return whether the extension is there."""
    return bool(await database.read(_COUNTED))


async def slow(database: Reads, milliseconds: float, calls: int) -> list[Slow]:
    """Return the role's statements that take so long on average, and were called so often.

    Without their texts, which may hold what somebody typed.
    """
    return await database.read(_SLOW, {"milliseconds": milliseconds, "calls": calls})


_COUNTED = compiled(text("SELECT 1 FROM pg_class WHERE oid = to_regclass('pg_stat_statements')"))

_SLOW = compiled(
    text("""
    SELECT queryid AS id, calls, mean_exec_time AS milliseconds FROM pg_stat_statements
    WHERE dbid = (SELECT oid FROM pg_database WHERE datname = current_database())
      AND userid = (SELECT oid FROM pg_roles WHERE rolname = current_user)
      AND calls >= CAST(:calls AS bigint) AND mean_exec_time > CAST(:milliseconds AS double precision)
    ORDER BY total_exec_time DESC LIMIT 10
    """),
    Slow,
)
