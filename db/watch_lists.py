"""Every statement that reads watch lists: whose they are, their numbers, and what is known of these."""

from collections.abc import Mapping, Sequence
from uuid import UUID

import asyncpg
from sqlalchemy import text

from db import pages
from db.columns import never_null
from db.owned import Owned
from db.pages import OrderBy, Page, SortKey, Window
from db.reads import Reads
from db.statement import compiled
from db.viewer_tables import watch_list_members, watch_lists

# Of a list's numbers.
BY_NPI: OrderBy = (("NPI", False),)
NPI_KEYS: pages.Order = (SortKey(watch_list_members.c.npi, str),)


class WatchList(asyncpg.Record):
    """A row of watch_lists."""

    never_null = never_null(watch_lists)


# By name, which is its owner's once.
OWNED = Owned(watch_lists, WatchList, (("NAME", False),), (SortKey(watch_lists.c.name, str),))


class Verified(asyncpg.Record):
    """A number of a list and what is known of it, as db/verification.py has it."""


async def sizes(database: Reads, ids: Sequence[UUID]) -> Mapping[UUID, int]:
    """Return how many numbers each list has; those that have none are left out."""
    return {row["list_id"]: row["count"] for row in await database.read(_SIZES, {"ids": list(ids)})}


async def verified(
    database: Reads, ids: Sequence[UUID], results: Sequence[str] | None, window: Window
) -> Mapping[UUID, Page]:
    """Return a page of each list's numbers in their order, with what is known of them; of some results only.

    Pages are read forward.
    """
    values = {
        "ids": list(ids),
        "results": None if results is None else list(results),
        "after": window.position[0] if window.position else None,
        "limit": window.size + 1,
    }
    found: dict[UUID, list[Verified]] = {id_: [] for id_ in ids}
    for row in await database.read(_VERIFIED, values):
        found[row["list_id"]].append(row)
    return {id_: pages.page_of(rows, window) for id_, rows in found.items()}


_SIZES = compiled(
    text("""
    SELECT list_id, count(*) AS count FROM watch_list_members WHERE list_id = ANY (CAST(:ids AS uuid[]))
    GROUP BY list_id
    """)
)

# As db/verification.py has it of numbers that are sent: a company whose number the registry has given to
# an individual is none, and what was only ever seen deactivated is known all the same.
_VERIFIED = compiled(
    text("""
    SELECT asked.id AS list_id, found.* FROM unnest(CAST(:ids AS uuid[])) AS asked (id)
    CROSS JOIN LATERAL (
      SELECT m.npi AS input, m.npi AS key_0, v.result, c.npi, c.name,
        coalesce(d.deactivated_on, c.deactivated_on) AS deactivated_on, c.reactivated_on,
        coalesce(d.replacement_npi, c.replacement_npi) AS replacement_npi
      FROM watch_list_members m
      LEFT JOIN companies c ON c.npi = m.npi AND (c.npi_status <> 'UNKNOWN' OR c.source <> 'NPPES')
      LEFT JOIN deactivations d ON d.npi = m.npi AND d.deactivated_on IS NOT NULL AND c.npi IS NULL
      CROSS JOIN LATERAL (
        SELECT CASE WHEN c.npi_status = 'DEACTIVATED' OR d.npi IS NOT NULL THEN 'DEACTIVATED'
                    WHEN c.npi IS NOT NULL THEN 'ACTIVE' ELSE 'NOT_FOUND' END AS result
      ) v
      WHERE m.list_id = asked.id
        AND (CAST(:after AS text) IS NULL OR m.npi > :after)
        AND (CAST(:results AS text[]) IS NULL OR v.result = ANY (CAST(:results AS text[])))
      ORDER BY m.npi LIMIT :limit
    ) AS found
    """),
    Verified,
    plans_once=True,
)
