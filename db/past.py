"""What the directory was as of a change: the same statements, read through the views of the schema `past`."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from functools import lru_cache
from typing import Any, Self

import asyncpg
from sqlalchemy import text

from db.content import content_of
from db.lookups import Lookup, Lookups
from db.reads import Read, Reads
from db.statement import Statement, compiled
from db.tables import companies, locations


class Past:
    """Reads that see the directory as of a change, its cursor; those it is made of see it as it is.

    Look-ups of one moment are one statement, for all who share it.
    """

    def __init__(self, reads: Reads, cursor: int) -> None:
        self._reads = reads
        self._cursor = cursor
        self._lookups = Lookups()

    async def read(self, statement: Statement, values: Mapping[str, object] | None = None) -> list[Any]:
        """The rows of a statement, of its row class."""
        return await self._reads.read(replace(_of_the_past(statement), as_of=self._cursor), values)

    async def find(self, lookup: Lookup, key: object, values: Mapping[str, object]) -> Any:  # noqa: ANN401 - a row, or None
        """The row that has a key, or None; `values` are the statement's others."""
        return await self._lookups.find(self.read, lookup, key, values)

    def observed(self, observe: Callable[[Read], None]) -> Self:
        """The same with each statement told to somebody."""
        return type(self)(self._reads.observed(observe), self._cursor)


async def cursor_at(reads: Reads, time: datetime) -> int:
    """The last change that was recorded at a time or before it; 0 where there was none yet."""
    [row] = await reads.read(_CURSOR_AT, {"time": time})
    return int(row["cursor"])


async def bounds(reads: Reads) -> tuple[int, int]:
    """The first and the last change as of which the directory can be read; 0 is before all of them."""
    [row] = await reads.read(_BOUNDS)
    return int(row["first"]), int(row["last"])


class Reach(asyncpg.Record):
    """How far the past of a company goes: to `newest`, its last change, from `first`, as `bounds` has it."""


async def reach(reads: Reads, npi: str) -> Reach:
    """How far the past of a company goes, read with all that are asked about at this moment."""
    found: Reach = await reads.find(_REACH, npi, {})
    return found


async def contents(reads: Reads, ids: Sequence[int]) -> Mapping[int, Mapping[str, object]]:
    """What companies and locations held when they came, by the changes with these ids that say no more than that.

    Nothing stands for a change whose values can't be told.
    """
    if not ids:
        return {}
    return {row["id"]: row["content"] for row in await reads.read(_CONTENTS, {"ids": list(ids)})}


@lru_cache(maxsize=2048)
def _of_the_past(statement: Statement) -> Statement:
    """A statement with a text of its own: PostgreSQL would plan it anew whenever it turns to the past or back."""
    return replace(statement, text=f"/* past */ {statement.text}", plans_once=False)


# Times follow the order of the changes, so that half of those left can be passed over at each step: no index is
# needed. A step looks at the last change up to the middle, since numbers may be missing.
_CURSOR_AT = compiled(
    text("""
    WITH RECURSIVE search (low, high) AS (
      SELECT 0::bigint, coalesce(max(id), 0) FROM changes
      UNION ALL
      SELECT CASE WHEN is_before THEN middle ELSE low END, CASE WHEN is_before THEN high ELSE middle - 1 END
      FROM search
      CROSS JOIN LATERAL (SELECT (low + high + 1) / 2 AS middle) AS half
      CROSS JOIN LATERAL (
        SELECT coalesce((
          SELECT occurred_at <= CAST(:time AS timestamptz) FROM changes WHERE id <= middle ORDER BY id DESC LIMIT 1
        ), true) AS is_before
      ) AS looked
      WHERE low < high
    )
    SELECT low AS cursor FROM search WHERE low >= high
    """)
)

_BOUNDS = compiled(
    text("""
    SELECT greatest(min(cursor), (SELECT max(id) FROM changes WHERE version IS NULL)) AS first,
      greatest(min(cursor), (SELECT max(id) FROM changes)) AS last
    FROM change_marks
    """)
)

_REACH = Lookup(
    compiled(
        text("""
        SELECT asked.npi, last.id AS newest, (
          SELECT greatest(min(cursor), (SELECT max(id) FROM changes WHERE version IS NULL)) FROM change_marks
        ) AS first
        FROM unnest(CAST(:npis AS text[])) AS asked (npi)
        LEFT JOIN LATERAL (
          SELECT id FROM changes WHERE changes.npi = asked.npi ORDER BY id DESC LIMIT 1
        ) AS last ON true
        """),
        Reach,
        plans_once=True,
    ),
    "npis",
    "npi",
)

_CONTENT = """
    SELECT asked.id, {content} AS content
    FROM changes AS asked LEFT JOIN {table} AS present ON present.{key} = asked.{change_key}
    CROSS JOIN LATERAL (
      SELECT jsonb_object_agg(each.key, each.value ORDER BY c.id DESC) AS old
      FROM changes AS c CROSS JOIN LATERAL jsonb_each(c.old) AS each
      WHERE c.{change_key} = asked.{change_key} AND c.id > asked.id {is_own}
    ) AS later
    CROSS JOIN LATERAL jsonb_populate_record(present, later.old) AS was
    WHERE asked.id = ANY (CAST(:ids AS bigint[])) AND asked.kind = '{comes}' AND asked.version IS NOT NULL
"""
_CONTENTS = compiled(
    text(
        " UNION ALL ".join((
            _CONTENT.format(
                content=content_of(companies, "was"), table="companies", key="npi", change_key="npi",
                is_own="AND c.location_id IS NULL AND c.license_id IS NULL", comes="COMPANY_CREATED",
            ),
            _CONTENT.format(
                content=content_of(locations, "was"), table="locations", key="id", change_key="location_id",
                is_own="", comes="LOCATION_ADDED",
            ),
        ))
    )
)  # fmt: skip
