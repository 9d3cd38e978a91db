"""What is known of the ZIPs that people write: one look for all of them."""

from collections.abc import Collection, Mapping

import asyncpg
from sqlalchemy import text

from db.statement import compiled
from db.transaction import Transaction


class KnownZip(asyncpg.Record):
    """A ZIP's state (two letters, None where its file didn't say) and its time zone; its zip."""


async def known(transaction: Transaction, zips: Collection[str]) -> Mapping[str, KnownZip]:
    """Those of the ZIPs that are known, by ZIP."""
    if not zips:
        return {}
    return {row["zip"]: row for row in await transaction.read(_KNOWN, {"zips": sorted(set(zips))})}


_KNOWN = compiled(
    text("SELECT zip, state, time_zone FROM zips WHERE zip = ANY (CAST(:zips AS text[]))"),
    KnownZip,
    plans_once=True,
    is_select=True,
)
