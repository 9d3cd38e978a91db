"""Locations as people change them: locked with their companies, compared, written; a statement for all of them."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

import asyncpg
import orjson
import polars as pl
from sqlalchemy import text

from db.changes import Change
from db.edits.edit import Edit
from db.nppes import addresses
from db.statement import compiled
from db.transaction import Transaction

ADDRESS = ("line1", "line2", "city", "state", "postal_code", "plus4", "country")
# What people own, whatever the registry says of the place; and what they own of one that they entered.
OWN = ("name", "email", "is_active")
ENTERED = ("kind", *ADDRESS, "phone", "phone_extension", "fax")
EDITABLE = (*OWN, *ENTERED)


class LockedLocation(asyncpg.Record):
    """A location that nobody else can change until the transaction ends, nor its company.

    It has id, npi, EDITABLE, is_primary, source, version, and the facets of its company.
    """


async def lock(
    transaction: Transaction, ids: Sequence[UUID], allowed: Sequence[str] | None
) -> Mapping[UUID, LockedLocation]:
    """The locations with these ids whose companies are among the allowed ones (None allows all), by id, locked."""
    among = None if allowed is None else list(allowed)
    return {row["id"]: row for row in await transaction.read(_LOCK, {"ids": list(ids), "allowed": among})}


async def write(transaction: Transaction, edits: Sequence[Edit]) -> list[Change]:
    """Write the edits that change something, and count it as a change of their companies; what to record."""
    changing = [edit for edit in edits if edit.new]
    if changing:
        rows = [{**{name: edit.row[name] for name in ("id", *EDITABLE)}, **edit.new} for edit in changing]
        await transaction.read(_WRITE, {"rows": orjson.dumps(rows, default=str).decode()})
        await touch(transaction, [edit.row["npi"] for edit in changing])
    return [change_of(edit.row, "LOCATION_UPDATED", edit.old, edit.new) for edit in changing]


async def add(transaction: Transaction, rows: Sequence[Mapping[str, Any]]) -> None:
    """Write new locations (id, npi and EDITABLE); a company's first one is its primary one."""
    await transaction.read(_ADD, {"rows": orjson.dumps(list(rows), default=str).decode()})
    await touch(transaction, [row["npi"] for row in rows])


async def make_primary(transaction: Transaction, row: LockedLocation) -> list[Change]:
    """Make a location its company's primary one; what to record, nothing where it is that already."""
    if row["is_primary"]:
        return []
    values = {"id": row["id"], "npi": row["npi"]}
    demoted = await transaction.read(_DEMOTE, values)
    await transaction.read(_PROMOTE, values)
    await touch(transaction, [row["npi"]])
    yes, no = {"is_primary": True}, {"is_primary": False}
    before = [
        Change(row["npi"], "LOCATION_UPDATED", row["facets"], each["id"], old=yes, new=no) for each in demoted
    ]
    return [*before, change_of(row, "LOCATION_UPDATED", no, yes)]


async def remove(transaction: Transaction, row: LockedLocation) -> list[Change]:
    """Set a location aside, from where `restore` brings it back; what to record.

    Where it was the primary one, the registry's own primary one becomes that, or else the oldest.
    """
    [removed] = await transaction.read(_REMOVE, {"id": row["id"]})
    changes = [change_of(row, "LOCATION_REMOVED", removed["content"], {})]
    if row["is_primary"]:
        promoted = await transaction.read(_PROMOTE_NEXT, {"npi": row["npi"]})
        changes += [
            Change(
                row["npi"],
                "LOCATION_UPDATED",
                row["facets"],
                each["id"],
                old={"is_primary": False},
                new={"is_primary": True},
            )
            for each in promoted
        ]
    await touch(transaction, [row["npi"]])
    return changes


async def restore(
    transaction: Transaction, location_id: UUID, allowed: Sequence[str] | None
) -> list[Change] | None:
    """Bring a location back that was removed by hand; what to record, None where there is none to bring back."""
    among = None if allowed is None else list(allowed)
    restored = await transaction.read(_RESTORE, {"id": location_id, "allowed": among})
    if not restored:
        return None
    [row] = restored
    await touch(transaction, [row["npi"]])
    return [Change(row["npi"], "LOCATION_RESTORED", row["facets"], location_id, new=row["content"])]


async def has_twin(transaction: Transaction, row: Mapping[str, object], *, other_than: UUID | None = None) -> bool:
    """Whether the company of a row with an address has that place already, however it is spelled."""
    found = await transaction.read(_PLACES, {"npi": row["npi"], "other_than": other_than})
    columns = ("line1", "line2", "city", "state", "postal_code")
    places = [{name: each[name] for name in columns} for each in (*found, row)]
    frame = pl.DataFrame(places, schema=dict.fromkeys(columns, pl.String))
    keys = frame.select(key=addresses.key(*map(pl.col, columns)))["key"].to_list()
    return keys[-1] in keys[:-1]


async def touch(transaction: Transaction, npis: Sequence[str]) -> None:
    """Count a change of these companies."""
    await transaction.read(_TOUCH, {"npis": sorted(set(npis))})


def change_of(row: asyncpg.Record, kind: str, old: Mapping[str, object], new: Mapping[str, object]) -> Change:
    """A change of a locked location."""
    return Change(row["npi"], kind, row["facets"], row["id"], old=old, new=new)


# Rows are locked in the order of FROM: the company first, as by everybody who then writes several of its places.
_LOCK = compiled(
    text(f"""
    SELECT l.id, l.npi, {", ".join(f"l.{name}" for name in EDITABLE)}, l.is_primary, l.source, l.version,
      facets(l.npi) AS facets
    FROM companies c JOIN locations l ON l.npi = c.npi
    WHERE l.id = ANY (CAST(:ids AS uuid[]))
      AND (CAST(:allowed AS text[]) IS NULL OR l.npi = ANY (CAST(:allowed AS text[])))
    ORDER BY l.npi, l.id FOR NO KEY UPDATE
    """),  # noqa: S608 - the columns are ours
    LockedLocation,
    plans_once=True,
)

_OF_ZIP = """
  LEFT JOIN zips z ON z.zip = {row}.postal_code AND {row}.country = 'US'
"""
_PLACE = "z.position, CASE WHEN z.position IS NOT NULL THEN 'ZIP5_CENTROID' END, z.time_zone"

# Where the address stays, so does what is known of the place.
_WRITE = compiled(
    text(f"""
    UPDATE locations SET
      ({", ".join(EDITABLE)}) = ROW({", ".join(f"e.{name}" for name in EDITABLE)}),
      (position, position_precision, time_zone) = ROW(
        CASE WHEN e.moves THEN e.position ELSE locations.position END,
        CASE WHEN NOT e.moves THEN locations.position_precision
             WHEN e.position IS NOT NULL THEN 'ZIP5_CENTROID' END,
        CASE WHEN e.moves THEN e.time_zone ELSE locations.time_zone END
      ),
      version = locations.version + 1, updated_at = now()
    FROM (
      SELECT edited.id, {", ".join(f"edited.{name}" for name in EDITABLE)}, z.position, z.time_zone,
        (edited.postal_code, edited.country) IS DISTINCT FROM (l.postal_code, l.country) AS moves
      FROM jsonb_populate_recordset(NULL::locations, CAST(:rows AS jsonb)) AS edited
      JOIN locations l ON l.id = edited.id {_OF_ZIP.format(row="edited")}
    ) e
    WHERE locations.id = e.id
    """)  # noqa: S608 - the columns are ours
)

_ADD = compiled(
    text(f"""
    INSERT INTO locations (
      id, npi, source, is_primary, {", ".join(EDITABLE)}, position, position_precision, time_zone
    )
    SELECT made.id, made.npi, 'MANUAL',
      row_number() OVER (PARTITION BY made.npi ORDER BY made.id) = 1
        AND NOT EXISTS (SELECT FROM locations l WHERE l.npi = made.npi AND l.is_primary),
      {", ".join(f"made.{name}" for name in EDITABLE)}, {_PLACE}
    FROM jsonb_populate_recordset(NULL::locations, CAST(:rows AS jsonb)) AS made {_OF_ZIP.format(row="made")}
    """)  # noqa: S608 - the columns are ours
)

_DEMOTE = compiled(
    text("""
    UPDATE locations SET is_primary = false, version = version + 1, updated_at = now()
    WHERE npi = CAST(:npi AS text) AND is_primary AND id <> CAST(:id AS uuid) RETURNING id
    """)
)
_PROMOTE = compiled(
    text("""
    UPDATE locations SET is_primary = true, version = version + 1, updated_at = now()
    WHERE npi = CAST(:npi AS text) AND id = CAST(:id AS uuid)
    """)
)
_PROMOTE_NEXT = compiled(
    text("""
    UPDATE locations SET is_primary = true, version = version + 1, updated_at = now()
    WHERE id = (
      SELECT id FROM locations WHERE npi = CAST(:npi AS text)
      ORDER BY kind = 'PRIMARY_PRACTICE' DESC, created_at, id LIMIT 1
    )
    RETURNING id
    """)
)

# What the database makes of the other columns by itself isn't kept.
_REMOVE = compiled(
    text("""
    WITH removed AS (
      DELETE FROM locations l WHERE id = CAST(:id AS uuid)
      RETURNING l.id, l.npi, to_jsonb(l) - '{city_folded,rank}'::text[] AS content
    )
    INSERT INTO removed_locations (id, npi, content) SELECT id, npi, content FROM removed RETURNING content
    """)
)

_STORED = (
    "id", "npi", *EDITABLE, "position", "position_precision", "time_zone", "source", "created_at",
)  # fmt: skip

_RESTORE = compiled(
    text(f"""
    WITH company AS (
      SELECT c.npi, facets(c.npi) AS facets FROM removed_locations r JOIN companies c ON c.npi = r.npi
      WHERE r.id = CAST(:id AS uuid)
        AND (CAST(:allowed AS text[]) IS NULL OR r.npi = ANY (CAST(:allowed AS text[])))
      FOR NO KEY UPDATE OF c
    ), gone AS (
      DELETE FROM removed_locations r USING company
      WHERE r.id = CAST(:id AS uuid) RETURNING r.id, r.npi, r.content, company.facets
    ), restored AS (
      INSERT INTO locations ({", ".join(_STORED)}, is_primary, version)
      SELECT {", ".join(f"l.{name}" for name in _STORED)},
        NOT EXISTS (SELECT FROM locations p WHERE p.npi = l.npi AND p.is_primary), l.version + 1
      FROM gone, jsonb_populate_record(NULL::locations, gone.content) AS l
    )
    SELECT npi, content, facets FROM gone
    """)  # noqa: S608 - the columns are ours
)

_PLACES = compiled(
    text("""
    SELECT line1, line2, city, state, postal_code FROM locations
    WHERE npi = CAST(:npi AS text) AND (CAST(:other_than AS uuid) IS NULL OR id <> CAST(:other_than AS uuid))
    """)
)

_TOUCH = compiled(
    text("""
    UPDATE companies SET version = version + 1, updated_at = now() WHERE npi = ANY (CAST(:npis AS text[]))
    """)
)
