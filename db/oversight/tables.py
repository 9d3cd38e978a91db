"""Statements about tables: how well the planner knows them, and what is left in them of rows that are gone."""

import asyncpg
from sqlalchemy import text

from db.reads import Reads
from db.statement import compiled


class Table(asyncpg.Record):
    """A table: its name, and how many rows were changed since it was analyzed, or are dead; of so many `rows`."""


async def stale(database: Reads, share: float, least: int) -> list[Table]:
    """Return the tables of which that share of the rows, and so many, were `changed` since they were analyzed."""
    return await database.read(_STALE, {"share": share, "least": least})


async def full_of_dead_rows(database: Reads, share: float, least: int) -> list[Table]:
    """Return the tables with so many `dead` rows for each one that lives, and so many at least."""
    return await database.read(_DEAD, {"share": share, "least": least})


async def transactions_used(database: Reads) -> float:
    """Return which share of the transaction numbers is used up that there may be until old rows are frozen."""
    [row] = await database.read(_USED)
    return float(row["share"])


_STALE = compiled(
    text("""
    SELECT relname AS name, n_mod_since_analyze AS changed, n_live_tup AS rows FROM pg_stat_user_tables
    WHERE schemaname = current_schema() AND n_mod_since_analyze >= CAST(:least AS bigint)
      AND n_mod_since_analyze > CAST(:share AS double precision) * n_live_tup
    ORDER BY 2 DESC, 1
    """),
    Table,
)

_DEAD = compiled(
    text("""
    SELECT relname AS name, n_dead_tup AS dead, n_live_tup AS rows FROM pg_stat_user_tables
    WHERE schemaname = current_schema() AND n_dead_tup >= CAST(:least AS bigint)
      AND n_dead_tup > CAST(:share AS double precision) * n_live_tup
    ORDER BY 2 DESC, 1
    """),
    Table,
)

# PostgreSQL takes no more changes some three million transactions before the end.
_USED = compiled(
    text(
        "SELECT max(age(datfrozenxid))::double precision / 2147483647 AS share FROM pg_database WHERE datallowconn"
    )
)
