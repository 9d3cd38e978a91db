"""What was loaded: the newest release of each kind of file, and how much is in the directory."""

from collections.abc import Mapping

import asyncpg
from sqlalchemy import literal_column, select, text

from db.engine import Database
from db.statement import compiled
from db.tables import loads


class Load(asyncpg.Record):
    """A row of loads."""


async def newest(database: Database) -> Load | None:
    """Return the last load of companies, or None for an empty directory."""
    rows = await database.read(_NEWEST)
    return rows[0] if rows else None


async def estimates(database: Database) -> Mapping[str, int]:
    """Return about how many rows "companies" and "locations" hold, as PostgreSQL's statistics say."""
    return {row["relname"]: int(row["reltuples"]) for row in await database.read(_ESTIMATES)}


_NEWEST = compiled(
    select(loads)
    .where(loads.c.file_kind == literal_column("'COMPANIES'"))
    .order_by(loads.c.id.desc())
    .limit(literal_column("1")),
    Load,
)

_ESTIMATES = compiled(
    text(
        "SELECT relname::text, reltuples FROM pg_class WHERE oid IN ('companies'::regclass, 'locations'::regclass)"
    )
)
