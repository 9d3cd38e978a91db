"""What was loaded: the newest file of each kind, and how much is in the directory."""

from collections.abc import Mapping

import asyncpg
from sqlalchemy import literal_column, or_, select, text
from sqlalchemy.dialects.postgresql import distinct_on

from db.reads import Reads
from db.statement import compiled
from db.tables import loads


class Load(asyncpg.Record):
    """A row of loads."""


class Period(asyncpg.Record):
    """The days that a file covers: file_name, first, last, is_full; `since` to `until` nobody covers before it."""


async def newest(database: Reads) -> Load | None:
    """Return the newest file of companies, or None for an empty directory."""
    rows = await database.read(_NEWEST)
    return next((row for row in rows if row["file_kind"] == "COMPANIES"), None)


async def newest_of_each_kind(database: Reads) -> list[Load]:
    """Return the newest file of each kind: of two of one day the full one, of two alike the one loaded last.

    Of the sample's files none is, once there is one of the registry.
    """
    return list(await database.read(_NEWEST))


async def periods(database: Reads) -> list[Period]:
    """Return what the registry's files of companies cover, from the newest full one on, in their order.

    Without a full one these are all files.
    """
    return list(await database.read(_PERIODS))


async def estimates(database: Reads) -> Mapping[str, int]:
    """Return about how many rows "companies" and "locations" hold, as PostgreSQL's statistics say."""
    return {row["relname"]: int(row["reltuples"]) for row in await database.read(_ESTIMATES)}


_COLUMNS = tuple(column for column in loads.c if column.name not in {"counts", "bytes"})
_OF_REGISTRY = loads.c.source == literal_column("'NPPES'")
_NEWEST = compiled(
    select(*_COLUMNS)
    .ext(distinct_on(loads.c.file_kind))
    .where(
        or_(
            loads.c.file_kind.in_([literal_column("'ZIPS'"), literal_column("'TAXONOMIES'")]),
            _OF_REGISTRY,
            ~select(literal_column("1"))
            .select_from(loads.alias("real"))
            .where(literal_column("real.source = 'NPPES'"), literal_column("real.file_kind = 'COMPANIES'"))
            .exists(),
        )
    )
    .order_by(
        loads.c.file_kind,
        _OF_REGISTRY.desc(),
        loads.c.period_end.desc().nulls_last(),
        loads.c.is_full.desc(),
        loads.c.id.desc(),
    ),
    Load,
)

_ESTIMATES = compiled(
    text(
        "SELECT relname::text, reltuples FROM pg_class WHERE oid IN ('companies'::regclass, 'locations'::regclass)"
    )
)

_PERIODS = compiled(
    text("""
    WITH files AS (
      SELECT * FROM loads WHERE file_kind = 'COMPANIES' AND source = 'NPPES' AND period_end IS NOT NULL
    ), placed AS (
      SELECT id, file_name, period_start AS first, period_end AS last, is_full,
        max(period_end) OVER (earlier ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS before
      FROM files
      WHERE period_end >= coalesce((SELECT max(period_end) FROM files WHERE is_full), '-infinity')
      WINDOW earlier AS (ORDER BY period_end, is_full DESC, id)
    )
    SELECT file_name, first, last, is_full,
      CASE WHEN first > before + 1 THEN before + 1 END AS since,
      CASE WHEN first > before + 1 THEN first - 1 END AS until
    FROM placed ORDER BY last, is_full DESC, id
    """),
    Period,
)
