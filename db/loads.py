"""What was loaded: the newest release of each kind of file, and how much is in the directory."""

from collections.abc import Mapping

import asyncpg
from sqlalchemy import func, literal_column, select, text

from db.engine import Database
from db.statement import compiled
from db.tables import loads


class Load(asyncpg.Record):
    """A row of loads."""


async def newest(database: Database) -> Load | None:
    """Return the last load of companies, or None for an empty directory."""
    rows = await database.read(_NEWEST)
    return rows[0] if rows else None


async def so_far(database: Database) -> tuple[int, int | None]:
    """Return what changes with every load: how many there were, and the last one's number."""
    [row] = await database.read(_SO_FAR)
    return row["count"], row["max"]


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

# A load that began earlier may end later, so the last number alone doesn't tell.
_SO_FAR = compiled(select(func.count().label("count"), func.max(loads.c.id).label("max")).select_from(loads))

_ESTIMATES = compiled(
    text(
        "SELECT relname::text, reltuples FROM pg_class WHERE oid IN ('companies'::regclass, 'locations'::regclass)"
    )
)
