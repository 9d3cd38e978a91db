"""Locations that are set aside by hand and brought back: a statement for all of them."""

from collections.abc import Mapping, Sequence
from uuid import UUID

import asyncpg
from sqlalchemy import text

from db.changes import Change
from db.edits.locations import EDITABLE, LockedLocation, change_of, touch
from db.edits.primaries import promote_next
from db.statement import compiled
from db.transaction import Transaction


class RemovedLocation(asyncpg.Record):
    """A removed location that nobody else can bring back: id, npi, content, and the facets of its company."""


async def remove(transaction: Transaction, rows: Sequence[LockedLocation]) -> list[Change]:
    """Set locations aside, from where `restore` brings them back, primary ones with another in their place.

    What comes back is what to record.
    """
    if not rows:
        return []
    removed = await transaction.read(_REMOVE, {"ids": [row["id"] for row in rows]})
    content = {each["id"]: each["content"] for each in removed}
    promoted = await promote_next(transaction, [row for row in rows if row["is_primary"]])
    await touch(transaction, [row["npi"] for row in rows])
    return [*(change_of(row, "LOCATION_REMOVED", content[row["id"]], {}) for row in rows), *promoted]


async def lock(
    transaction: Transaction, ids: Sequence[UUID], allowed: Sequence[str] | None
) -> Mapping[UUID, RemovedLocation]:
    """The locations with these ids that were removed by hand, by id, locked with their companies.

    Only those whose companies are among the allowed ones; None allows all.
    """
    return {row["id"]: row for row in await transaction.read(_LOCK, {"ids": ids, "allowed": allowed})}


async def restore(transaction: Transaction, rows: Sequence[RemovedLocation]) -> list[Change]:
    """Bring removed locations back; what to record. One of a company without a primary one becomes that."""
    if not rows:
        return []
    await transaction.write(_RESTORE, {"ids": [row["id"] for row in rows]})
    await touch(transaction, [row["npi"] for row in rows])
    return [change_of(row, "LOCATION_RESTORED", {}, row["content"]) for row in rows]


# What the database makes of the other columns by itself isn't kept.
_REMOVE = compiled(
    text("""
    WITH removed AS (
      DELETE FROM locations l WHERE id = ANY (CAST(:ids AS uuid[]))
      RETURNING l.id, l.npi, to_jsonb(l) - '{city_folded,rank}'::text[] AS content
    )
    INSERT INTO removed_locations (id, npi, content) SELECT id, npi, content FROM removed
    RETURNING id, content - '{id,npi,version,updated_at}'::text[] AS content
    """)
)

# Rows are locked in the order of FROM, see db/edits/locations.py.
_LOCK = compiled(
    text("""
    WITH locked AS MATERIALIZED (
      SELECT r.id, r.npi, r.content FROM companies c JOIN removed_locations r ON r.npi = c.npi
      WHERE r.id = ANY (CAST(:ids AS uuid[])) AND r.content ->> 'source' = 'MANUAL'
        AND (CAST(:allowed AS text[]) IS NULL OR r.npi = ANY (CAST(:allowed AS text[])))
      ORDER BY r.npi, r.id FOR NO KEY UPDATE
    )
    SELECT locked.*, f.facets FROM locked, facets_of(ARRAY(SELECT npi FROM locked)) AS f WHERE f.npi = locked.npi
    """),
    RemovedLocation,
    plans_once=True,
    is_select=True,
)

_STORED = (
    "id", "npi", *EDITABLE, "position", "position_precision", "source", "created_at",
)  # fmt: skip

_RESTORE = compiled(
    text(f"""
    WITH gone AS (
      DELETE FROM removed_locations WHERE id = ANY (CAST(:ids AS uuid[])) RETURNING id, npi, content
    )
    INSERT INTO locations ({", ".join(_STORED)}, is_primary, version)
    SELECT {", ".join(f"l.{name}" for name in _STORED)},
      row_number() OVER (PARTITION BY l.npi ORDER BY array_position(CAST(:ids AS uuid[]), gone.id)) = 1
        AND NOT EXISTS (SELECT FROM locations p WHERE p.npi = l.npi AND p.is_primary),
      l.version + 1
    FROM gone, jsonb_populate_record(NULL::locations, gone.content) AS l
    """)  # noqa: S608 - the columns are ours
)
