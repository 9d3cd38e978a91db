"""Watch lists as their owners change them: locked, compared, written."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

import asyncpg
import orjson
from sqlalchemy import text

from db.changes import Author
from db.edits.edit import Edit
from db.edits.turns import take_turn
from db.owned import IS_OWNERS, values_of
from db.statement import compiled
from db.transaction import Transaction
from db.watch_filters import WatchFilter

EDITABLE = ("name", "filter")

# What tells the turns of these from those of other kinds.
TURN = 5_205_080_843


class LockedWatchList(asyncpg.Record):
    """A list that nobody else can change until the transaction ends: id, name, filter and version."""


async def lock_owner(transaction: Transaction, owner: Author) -> dict[str, UUID]:
    """The ids of an owner's lists by their names, to which nobody else can add until the transaction ends."""
    await take_turn(transaction, owner, TURN)
    return {row["name"]: row["id"] for row in await transaction.read(_NAMES, values_of(owner))}


async def lock(transaction: Transaction, id_: UUID, owner: Author) -> LockedWatchList | None:
    """The owner's list with this id, locked; None where the owner has none."""
    rows = await transaction.read(_LOCK, {"id": id_, **values_of(owner)})
    return rows[0] if rows else None


async def create(
    transaction: Transaction, id_: UUID, owner: Author, values: Mapping[str, Any], npis: Sequence[str]
) -> None:
    """Write a new list (EDITABLE) with its numbers; the owner has none of its name."""
    whose = {"id": id_, **values_of(owner)}
    await transaction.write(_CREATE, {**whose, "name": values["name"], "filter": in_json(values["filter"])})
    await transaction.read(_ADD, {"id": id_, "npis": list(npis)})


async def write(transaction: Transaction, edit: Edit) -> None:
    """Write an edit of a list, where it changes something."""
    if edit.new:
        values = edit.after(("id", *EDITABLE))
        await transaction.write(_WRITE, {**values, "filter": in_json(values["filter"])})


async def add(transaction: Transaction, id_: UUID, npis: Sequence[str]) -> int:
    """Add numbers to a list; how many it has then."""
    if await transaction.read(_ADD, {"id": id_, "npis": list(npis)}):
        await transaction.write(_TOUCH, {"id": id_})
    [row] = await transaction.read(_SIZE, {"id": id_})
    return int(row["size"])


async def remove(transaction: Transaction, id_: UUID, npis: Sequence[str]) -> None:
    """Take numbers out of a list; those that it hasn't are passed over."""
    if await transaction.read(_REMOVE, {"id": id_, "npis": list(npis)}):
        await transaction.write(_TOUCH, {"id": id_})


async def delete(transaction: Transaction, id_: UUID) -> None:
    """Delete a list with its numbers."""
    await transaction.write(_DELETE, {"id": id_})


def in_json(filter_: WatchFilter | None) -> str | None:
    """A filter as it is kept."""
    return None if filter_ is None else orjson.dumps(dict(filter_)).decode()


_NAMES = compiled(text(f"SELECT id, name FROM watch_lists WHERE {IS_OWNERS}"))  # noqa: S608 - ours
_LOCK = compiled(
    text(f"""
    SELECT id, name, filter, version FROM watch_lists WHERE id = CAST(:id AS uuid) AND {IS_OWNERS}
    FOR NO KEY UPDATE
    """),  # noqa: S608 - ours
    LockedWatchList,
)
_CREATE = compiled(
    text("""
    INSERT INTO watch_lists (id, issuer, subject, name, filter)
    VALUES (CAST(:id AS uuid), :issuer, :subject, :name, CAST(CAST(:filter AS text) AS jsonb))
    """)
)
_WRITE = compiled(
    text("""
    UPDATE watch_lists SET name = :name, filter = CAST(CAST(:filter AS text) AS jsonb),
      version = version + 1, updated_at = now()
    WHERE id = CAST(:id AS uuid)
    """)
)
_TOUCH = compiled(
    text("UPDATE watch_lists SET version = version + 1, updated_at = now() WHERE id = CAST(:id AS uuid)")
)
_ADD = compiled(
    text("""
    INSERT INTO watch_list_members (list_id, npi)
    SELECT DISTINCT CAST(:id AS uuid), npi FROM unnest(CAST(:npis AS text[])) AS given (npi)
    ON CONFLICT DO NOTHING RETURNING npi
    """)
)
_REMOVE = compiled(
    text("""
    DELETE FROM watch_list_members WHERE list_id = CAST(:id AS uuid) AND npi = ANY (CAST(:npis AS text[]))
    RETURNING npi
    """)
)
_SIZE = compiled(text("SELECT count(*) AS size FROM watch_list_members WHERE list_id = CAST(:id AS uuid)"))
_DELETE = compiled(text("DELETE FROM watch_lists WHERE id = CAST(:id AS uuid)"))
