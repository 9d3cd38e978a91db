"""Every statement about who used which part of the schema: added up by day, read, and forgotten."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

import asyncpg
from sqlalchemy import text

from db.engine import Database
from db.reads import Reads
from db.statement import compiled

# Clients of a kind, by name and version, that are told apart in one day: names are whatever somebody sends. Those
# that come later count together. A few more are, where several processes find room for them at one moment.
MOST_CLIENTS = 100


class Count(NamedTuple):
    """How often one client used one part of the schema.

    `kind` is one of KINDS (db/usage_tables.py); `client` and `version` are empty for the anonymous.
    """

    kind: str
    client: str
    version: str
    coordinate: str
    uses: int


class Usage(asyncpg.Record):
    """A client's use of a coordinate: kind, client, version, coordinate, uses, last_used_at."""


@dataclass(frozen=True, slots=True)
class CountedSince:
    """The days since which uses are counted: of what is deprecated, and without a gap of the whole schema.

    None where they aren't.
    """

    since: date | None
    whole_since: date | None


async def add(database: Database, counts: Iterable[Count], *, is_whole: bool) -> None:
    """Add what a process counted to those of today; `is_whole` says that it counts uses of the whole schema."""
    columns: dict[str, object] = {name: [] for name in Count._fields}
    columns |= zip(Count._fields, zip(*counts, strict=True), strict=False)
    async with database.transaction() as transaction:
        await transaction.read(_ADD, {**columns, "is_whole": is_whole, "most": MOST_CLIENTS})


async def read(database: Reads, coordinate: str | None = None, since: date | None = None) -> list[Usage]:
    """Return who used something since a day: a coordinate, any part of a type, or everything that was counted.

    By coordinate, those who used it most first.
    """
    return await database.read(_READ, {"coordinate": coordinate, "since": since})


async def counted_since(database: Reads) -> CountedSince:
    """Return since when uses are counted."""
    [row] = await database.read(_SINCE)
    return CountedSince(row["since"], row["whole_since"])


async def forget_old(database: Database, days: int) -> None:
    """Remove what was counted more than so many days ago."""
    async with database.transaction() as transaction:
        await transaction.read(_FORGET_USES, {"days": days})
        await transaction.read(_FORGET_DAYS, {"days": days})


# In the order of the key, so that two processes wait for each other's rows in one order.
_ADD = compiled(
    text("""
    WITH today AS (SELECT CAST(now() AT TIME ZONE 'UTC' AS date) AS day), given AS (
      SELECT * FROM unnest(
        CAST(:kind AS text[]), CAST(:client AS text[]), CAST(:version AS text[]), CAST(:coordinate AS text[]),
        CAST(:uses AS bigint[])
      ) AS each (kind, client, version, coordinate, uses)
    ), counted AS (
      INSERT INTO field_usage_days (day, is_whole) SELECT day, CAST(:is_whole AS boolean) FROM today
      ON CONFLICT (day) DO UPDATE SET is_whole = false
        WHERE field_usage_days.is_whole AND NOT excluded.is_whole
    ), known AS (
      SELECT DISTINCT kind, client, version FROM field_usage
      WHERE day = (SELECT day FROM today) AND client <> ''
    ), new AS (
      SELECT kind, client, version,
        row_number() OVER (PARTITION BY kind ORDER BY sum(uses) DESC, client, version) AS place
      FROM given LEFT JOIN known USING (kind, client, version)
      WHERE client <> '' AND known.client IS NULL
      GROUP BY kind, client, version
    ), told_apart AS (
      SELECT kind, client, version FROM known
      UNION ALL
      SELECT kind, client, version FROM new
      WHERE place <= CAST(:most AS bigint) - (SELECT count(*) FROM known WHERE known.kind = new.kind)
    )
    INSERT INTO field_usage (day, kind, client, version, coordinate, uses, last_used_at)
    SELECT day, given.kind, coalesce(told_apart.client, ''), coalesce(told_apart.version, ''), coordinate,
      sum(uses), now()
    FROM today CROSS JOIN given LEFT JOIN told_apart
      ON (told_apart.kind, told_apart.client, told_apart.version) = (given.kind, given.client, given.version)
    GROUP BY 1, 2, 3, 4, 5
    ORDER BY 1, 2, 3, 4, 5
    ON CONFLICT (day, kind, client, version, coordinate) DO UPDATE
      SET uses = field_usage.uses + excluded.uses, last_used_at = excluded.last_used_at
    """)
)

_READ = compiled(
    text("""
    SELECT coordinate, kind, client, version, CAST(sum(uses) AS bigint) AS uses, max(last_used_at) AS last_used_at
    FROM field_usage
    WHERE (
        CAST(:coordinate AS text) IS NULL OR coordinate = CAST(:coordinate AS text)
        OR starts_with(coordinate, CAST(:coordinate AS text) || '.')
      )
      AND day >= coalesce(CAST(:since AS date), '-infinity')
    GROUP BY coordinate, kind, client, version
    ORDER BY coordinate, uses DESC, kind, client, version
    """),
    Usage,
)

_SINCE = compiled(
    text("""
    SELECT min(day) AS since, min(day) FILTER (
      WHERE day > coalesce((SELECT max(day) FROM field_usage_days WHERE NOT is_whole), '-infinity')
    ) AS whole_since
    FROM field_usage_days
    """)
)

_FORGET_USES = compiled(
    text("""
    DELETE FROM field_usage
    WHERE day < CAST(now() AT TIME ZONE 'UTC' AS date) - CAST(:days AS integer)
    """)
)
_FORGET_DAYS = compiled(
    text("""
    DELETE FROM field_usage_days
    WHERE day < CAST(now() AT TIME ZONE 'UTC' AS date) - CAST(:days AS integer)
    """)
)
