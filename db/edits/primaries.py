"""Which location is the primary one of its company: a statement for all companies."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import text

from db.changes import Change
from db.edits.locations import LockedLocation, touch
from db.statement import compiled
from db.transaction import Transaction

_YES, _NO = {"is_primary": True}, {"is_primary": False}


async def make_primary(transaction: Transaction, rows: Sequence[LockedLocation]) -> list[Change]:
    """Make locations, one of each company, its primary one; what to record, nothing of those that are it."""
    chosen = [row for row in rows if not row["is_primary"]]
    if not chosen:
        return []
    npis = [row["npi"] for row in chosen]
    # An index holds that there is one at a time.
    demoted = await transaction.read(_DEMOTE, {"npis": npis})
    before = {each["npi"]: each["id"] for each in demoted}
    await transaction.write(_PROMOTE, {"ids": [row["id"] for row in chosen]})
    await touch(transaction, npis)
    changes = []
    for row in chosen:
        if row["npi"] in before:
            changes.append(_change(row, before[row["npi"]], is_primary=False))
        changes.append(_change(row, row["id"], is_primary=True))
    return changes


async def promote_next(transaction: Transaction, rows: Sequence[LockedLocation]) -> list[Change]:
    """Give companies another primary location in place of these rows; what to record.

    It is the registry's own primary one, or else the oldest; nothing where none is left.
    """
    if not rows:
        return []
    of_company = {row["npi"]: row for row in rows}
    promoted = await transaction.read(_PROMOTE_NEXT, {"npis": list(of_company)})
    return [_change(of_company[each["npi"]], each["id"], is_primary=True) for each in promoted]


def _change(row: LockedLocation, id_: UUID, *, is_primary: bool) -> Change:
    """What becomes of a location of the company that a row is of."""
    old, new = (_NO, _YES) if is_primary else (_YES, _NO)
    return Change(row["npi"], "LOCATION_UPDATED", row["facets"], id_, old=old, new=new)


_DEMOTE = compiled(
    text("""
    UPDATE locations SET is_primary = false, version = version + 1, updated_at = now()
    WHERE npi = ANY (CAST(:npis AS text[])) AND is_primary RETURNING id, npi
    """)
)

_PROMOTE = compiled(
    text("""
    UPDATE locations SET is_primary = true, version = version + 1, updated_at = now()
    WHERE id = ANY (CAST(:ids AS uuid[]))
    """)
)

_PROMOTE_NEXT = compiled(
    text("""
    UPDATE locations SET is_primary = true, version = version + 1, updated_at = now()
    WHERE id IN (
      SELECT DISTINCT ON (npi) id FROM locations WHERE npi = ANY (CAST(:npis AS text[]))
      ORDER BY npi, kind = 'PRIMARY_PRACTICE' DESC, created_at, id
    )
    RETURNING id, npi
    """)
)
