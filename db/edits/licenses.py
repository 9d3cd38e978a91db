"""Licenses as people change them: locked with their companies, written, removed; a statement for all of them."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

import asyncpg
import orjson
from sqlalchemy import text

from db.changes import Change
from db.content import content_of
from db.edits.edit import Edit
from db.edits.given import rows_in_json
from db.edits.locations import touch
from db.statement import compiled
from db.tables import licenses
from db.transaction import Transaction

ENTERED = ("kind", "name", "number", "state", "issuer", "issued_on", "expires_on", "source")
# What renewing a license changes.
RENEWED = ("number", "expires_on", "source")


class LockedLicense(asyncpg.Record):
    """A license that nobody else can change until the transaction ends, nor its company.

    It has id, npi, ENTERED, version, and the facets of its company.
    """


async def lock(
    transaction: Transaction, ids: Sequence[UUID], allowed: Sequence[str] | None
) -> Mapping[UUID, LockedLicense]:
    """The licenses with these ids whose companies are among the allowed ones (None allows all), by id, locked."""
    return {row["id"]: row for row in await transaction.read(_LOCK, {"ids": ids, "allowed": allowed})}


async def add(transaction: Transaction, rows: Sequence[Mapping[str, Any]]) -> None:
    """Write new licenses (id, npi and ENTERED), and count it as a change of their companies."""
    if not rows:
        return
    await transaction.write(_ADD, {"rows": orjson.dumps(list(rows), default=str).decode()})
    await touch(transaction, [row["npi"] for row in rows])


async def renew(transaction: Transaction, edits: Sequence[Edit]) -> list[Change]:
    """Write edits of RENEWED, and count it as a change of their companies; what to record."""
    if not edits:
        return []
    rows = [edit.after(("id", *RENEWED)) for edit in edits]
    await transaction.write(_RENEW, {"rows": orjson.dumps(rows, default=str).decode()})
    await touch(transaction, [edit.row["npi"] for edit in edits])
    return [change_of(edit.row, "LICENSE_RENEWED", edit.old, edit.new) for edit in edits]


async def remove(transaction: Transaction, rows: Sequence[LockedLicense]) -> list[Change]:
    """Remove licenses, and count it as a change of their companies; what to record."""
    if not rows:
        return []
    removed = await transaction.read(_REMOVE, {"ids": [row["id"] for row in rows]})
    content = {each["id"]: each["content"] for each in removed}
    await touch(transaction, [row["npi"] for row in rows])
    return [change_of(row, "LICENSE_REMOVED", content[row["id"]], {}) for row in rows]


def change_of(row: asyncpg.Record, kind: str, old: Mapping[str, object], new: Mapping[str, object]) -> Change:
    """A change of a locked license."""
    return Change(row["npi"], kind, row["facets"], license_id=row["id"], old=old, new=new)


# Rows are locked in the order of FROM, and facets read when all are, see db/edits/locations.py.
_LOCK = compiled(
    text(f"""
    WITH locked AS MATERIALIZED (
      SELECT l.id, l.npi, {", ".join(f"l.{name}" for name in ENTERED)}, l.version
      FROM companies c JOIN licenses l ON l.npi = c.npi
      WHERE l.id = ANY (CAST(:ids AS uuid[]))
        AND (CAST(:allowed AS text[]) IS NULL OR l.npi = ANY (CAST(:allowed AS text[])))
      ORDER BY l.npi, l.id FOR NO KEY UPDATE
    )
    SELECT locked.*, f.facets FROM locked, facets_of(ARRAY(SELECT npi FROM locked)) AS f WHERE f.npi = locked.npi
    """),  # noqa: S608 - the columns are ours
    LockedLicense,
    plans_once=True,
    is_select=True,
)

_ADD = compiled(
    text(f"""
    INSERT INTO licenses (id, npi, {", ".join(ENTERED)})
    SELECT id, npi, {", ".join(ENTERED)} FROM {rows_in_json(licenses, ("id", "npi", *ENTERED), "made")}
    """)  # noqa: S608 - the columns are ours
)

_RENEW = compiled(
    text(f"""
    UPDATE licenses SET
      ({", ".join(RENEWED)}) = ROW({", ".join(f"renewed.{name}" for name in RENEWED)}),
      version = licenses.version + 1, updated_at = now()
    FROM {rows_in_json(licenses, ("id", *RENEWED), "renewed")}
    WHERE licenses.id = renewed.id
    """)  # noqa: S608 - the columns are ours
)

_REMOVE = compiled(
    text(f"""
    DELETE FROM licenses l WHERE id = ANY (CAST(:ids AS uuid[]))
    RETURNING l.id, {content_of(licenses, "l")} AS content
    """)  # noqa: S608 - the columns are ours
)
