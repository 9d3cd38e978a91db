"""Every statement that reads watch lists: whose they are, their numbers, and what is known of these."""

from collections.abc import Mapping, Sequence
from functools import lru_cache
from uuid import UUID

import asyncpg
from sqlalchemy import Text, bindparam, select, text

from db import pages
from db.changes import Author
from db.columns import never_null
from db.pages import OrderBy, Page, SortKey, Window
from db.reads import Reads
from db.statement import Statement, compiled
from db.viewer_tables import watch_list_members, watch_lists

# A name is its owner's once.
BY_NAME: OrderBy = (("NAME", False),)
NAME_KEYS: pages.Order = (SortKey(watch_lists.c.name, str),)

# Of a list's numbers.
BY_NPI: OrderBy = (("NPI", False),)
NPI_KEYS: pages.Order = (SortKey(watch_list_members.c.npi, str),)


class WatchList(asyncpg.Record):
    """A row of watch_lists."""

    never_null = never_null(watch_lists)


class Verified(asyncpg.Record):
    """A number of a list and what is known of it, as db/verification.py has it."""


async def by_id(database: Reads, ids: Sequence[UUID], owner: Author) -> list[WatchList | None]:
    """Return the lists with these ids, in their order; None for one that the owner doesn't have."""
    rows = await database.read(_BY_ID, {"ids": list(ids), **_owner(owner)})
    found = {row["id"]: row for row in rows}
    return [found.get(id_) for id_ in ids]


async def page(database: Reads, owner: Author, window: Window) -> Page:
    """Return one page of an owner's lists, by name."""
    statement = _page_statement(window.backward, window.position is not None)
    return pages.page_of(await database.read(statement, _owner(owner) | pages.window_values(window)), window)


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


def _owner(owner: Author) -> dict[str, object]:
    return {"issuer": owner.issuer, "subject": owner.subject}


_OWNED = (
    watch_lists.c.issuer == bindparam("issuer", type_=Text),
    watch_lists.c.subject == bindparam("subject", type_=Text),
)
_COLUMNS = tuple(column for column in watch_lists.c if column.name not in {"issuer", "subject"})

_BY_ID = compiled(
    select(*_COLUMNS).where(watch_lists.c.id == text("ANY (CAST(:ids AS uuid[]))"), *_OWNED),
    WatchList,
    plans_once=True,
)


@lru_cache(maxsize=4)
def _page_statement(backward: bool, positioned: bool) -> Statement:  # noqa: FBT001 - a cache key
    owned = select(*_COLUMNS, *pages.key_columns(NAME_KEYS)).where(*_OWNED)
    return compiled(pages.paged(owned, NAME_KEYS, backward=backward, positioned=positioned), WatchList)


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
