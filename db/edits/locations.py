"""Locations as people change them: locked with their companies, compared, written; a statement for all of them."""

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any
from uuid import UUID

import asyncpg
import orjson
from sqlalchemy import text

from db.changes import Change
from db.edits.edit import Edit
from db.edits.given import rows_in_json
from db.statement import Statement, compiled
from db.tables import locations
from db.transaction import Transaction

ADDRESS = ("line1", "line2", "city", "state", "postal_code", "plus4", "country")
# What people own, whatever the registry says of the place; and what they own of one that they entered.
OWN = ("name", "email", "is_active")
ENTERED = ("kind", *ADDRESS, "phone", "phone_extension", "fax", "time_zone")
EDITABLE = (*OWN, *ENTERED)
# What says where on the map an address is; and what follows from it.
MAPPED = ("postal_code", "country")
PLACED = ("position", "position_precision", "time_zone")


class LockedLocation(asyncpg.Record):
    """A location that nobody else can change until the transaction ends, nor its company.

    It has id, npi, EDITABLE, PLACED, is_primary, source, version, and the facets of its company.
    """


async def lock(
    transaction: Transaction, ids: Sequence[UUID], allowed: Sequence[str] | None
) -> Mapping[UUID, LockedLocation]:
    """The locations with these ids whose companies are among the allowed ones (None allows all), by id, locked."""
    return {row["id"]: row for row in await transaction.read(_LOCK, {"ids": ids, "allowed": allowed})}


async def write(transaction: Transaction, edits: Sequence[Edit]) -> list[Change]:
    """Write the edits that change something, and count it as a change of their companies; what to record."""
    changing = [edit for edit in edits if edit.new]
    if changing:
        written = {*MAPPED, *(name for edit in changing for name in edit.new)}
        columns = tuple(name for name in EDITABLE if name in written)
        rows = [edit.after(("id", *columns)) for edit in changing]
        values = {"rows": orjson.dumps(rows, default=str).decode()}
        places = await transaction.read(_write_statement(columns), values)
        placed = {row["id"]: {name: row[name] for name in PLACED} for row in places}
        changing = [Edit(edit.row, {**edit.new, **placed[edit.row["id"]]}) for edit in changing]
        await touch(transaction, [edit.row["npi"] for edit in changing])
    return [change_of(edit.row, "LOCATION_UPDATED", edit.old, edit.new) for edit in changing]


async def add(transaction: Transaction, rows: Sequence[Mapping[str, Any]]) -> None:
    """Write new locations (id, npi and EDITABLE); a company's first one is its primary one."""
    if not rows:
        return
    await transaction.write(_ADD, {"rows": orjson.dumps(list(rows), default=str).decode()})
    await touch(transaction, [row["npi"] for row in rows])


async def touch(transaction: Transaction, npis: Sequence[str]) -> None:
    """Count a change of these companies."""
    await transaction.write(_TOUCH, {"npis": sorted(set(npis))})


def change_of(row: asyncpg.Record, kind: str, old: Mapping[str, object], new: Mapping[str, object]) -> Change:
    """A change of a locked location."""
    return Change(row["npi"], kind, row["facets"], row["id"], old=old, new=new)


# Rows are locked in the order of FROM: the company first, as by everybody who then writes several of its places.
# Facets are read when all are locked, once for each company.
_LOCK = compiled(
    text(f"""
    WITH locked AS MATERIALIZED (
      SELECT l.id, l.npi, {", ".join(f"l.{name}" for name in EDITABLE)}, l.is_primary, l.source, l.version,
        l.position::text AS position, l.position_precision
      FROM companies c JOIN locations l ON l.npi = c.npi
      WHERE l.id = ANY (CAST(:ids AS uuid[]))
        AND (CAST(:allowed AS text[]) IS NULL OR l.npi = ANY (CAST(:allowed AS text[])))
      ORDER BY l.npi, l.id FOR NO KEY UPDATE
    )
    SELECT locked.*, f.facets FROM locked, facets_of(ARRAY(SELECT npi FROM locked)) AS f WHERE f.npi = locked.npi
    """),  # noqa: S608 - the columns are ours
    LockedLocation,
    plans_once=True,
    is_select=True,
)

_OF_ZIP = """
  LEFT JOIN zips z ON z.zip = {row}.postal_code AND {row}.country = 'US'
"""
_PLACE = "z.position, CASE WHEN z.position IS NOT NULL THEN 'ZIP5_CENTROID' END"


# Where the address stays, so does the place on the map; columns that stay aren't written.
@lru_cache(maxsize=128)
def _write_statement(columns: Sequence[str]) -> Statement:
    """The statement that writes some columns of locations, MAPPED among them."""
    moves = "(e.postal_code, e.country) IS DISTINCT FROM (l.postal_code, l.country)"
    return compiled(
        text(f"""
        UPDATE locations l SET
          {", ".join(f"{name} = e.{name}" for name in columns)},
          (position, position_precision) = ROW(
            CASE WHEN {moves} THEN e.position ELSE l.position END,
            CASE WHEN NOT ({moves}) THEN l.position_precision WHEN e.position IS NOT NULL THEN 'ZIP5_CENTROID' END
          ),
          version = l.version + 1, updated_at = now()
        FROM (
          SELECT edited.id, {", ".join(f"edited.{name}" for name in columns)}, z.position
          FROM {rows_in_json(locations, ("id", *columns), "edited")}
          {_OF_ZIP.format(row="edited")}
        ) e
        WHERE l.id = e.id
        RETURNING l.id, l.position::text AS position, l.position_precision, l.time_zone
        """)  # noqa: S608 - the columns are ours
    )


_ADD = compiled(
    text(f"""
    INSERT INTO locations (
      id, npi, source, is_primary, {", ".join(EDITABLE)}, position, position_precision
    )
    SELECT made.id, made.npi, 'MANUAL',
      row_number() OVER (PARTITION BY made.npi ORDER BY made.ordinality) = 1
        AND NOT EXISTS (SELECT FROM locations l WHERE l.npi = made.npi AND l.is_primary),
      {", ".join(f"made.{name}" for name in EDITABLE)}, {_PLACE}
    FROM {rows_in_json(locations, ("id", "npi", *EDITABLE), "made")}
      {_OF_ZIP.format(row="made")}
    """)  # noqa: S608 - the columns are ours
)

_TOUCH = compiled(
    text("""
    UPDATE companies SET version = version + 1, updated_at = now() WHERE npi = ANY (CAST(:npis AS text[]))
    """)
)
