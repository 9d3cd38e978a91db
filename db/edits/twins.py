"""Places that a company has already, however their addresses are spelled: one look for all of them."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from uuid import UUID

import polars as pl
from sqlalchemy import text

from db.nppes import addresses
from db.statement import compiled
from db.transaction import Transaction

_ADDRESS = ("line1", "line2", "city", "state", "postal_code")


async def find(transaction: Transaction, rows: Sequence[Mapping[str, object]]) -> list[UUID | None]:
    """The other location that its company has at the address of each row (id, npi, and an address); None for none.

    Rows are looked at one after the other, each that has no twin as if it were written before the next one.
    """
    if not rows:
        return []
    written = await transaction.read(_PLACES, {"npis": sorted({str(row["npi"]) for row in rows})})
    # By company and address, the locations that are there; and where each of them is.
    there: dict[object, set[UUID]] = defaultdict(set)
    place_of: dict[object, object] = {}
    places = _places([*written, *rows])
    for row, place in zip(written, places, strict=False):
        there[place].add(row["id"])
        place_of[row["id"]] = place
    found: list[UUID | None] = []
    for row, place in zip(rows, places[len(written) :], strict=True):
        twin = next(iter(there[place] - {row["id"]}), None)
        found.append(twin)
        if twin is None:
            there[place_of.get(row["id"])].discard(row["id"])
            there[place].add(row["id"])  # type: ignore[arg-type]
            place_of[row["id"]] = place
    return found


def _places(rows: Sequence[Mapping[str, object]]) -> list[tuple[object, object]]:
    """What tells the places of rows apart: their companies, and their addresses in one spelling."""
    frame = pl.DataFrame(
        {name: [row[name] for row in rows] for name in _ADDRESS}, schema=dict.fromkeys(_ADDRESS, pl.String)
    )
    keys = frame.select(key=addresses.key(*map(pl.col, _ADDRESS)))["key"]
    return list(zip([row["npi"] for row in rows], keys, strict=True))


_PLACES = compiled(
    text("""
    SELECT id, npi, line1, line2, city, state, postal_code FROM locations
    WHERE npi = ANY (CAST(:npis AS text[]))
    """)
)
