"""The changes of what watch lists find or found, and what each did to its list."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

import orjson
from sqlalchemy import text

from db.changes import (
    AFTERWARDS,
    COLUMNS,
    IS_UNKNOWN,
    KNOWN,
    MOST_SCANNED,
    SCANNED,
    SCANNED_FOR_COMPANIES,
    Recorded,
    Scan,
    scan_of,
)
from db.facets import MOST_GROUPS
from db.reads import Reads
from db.statement import compiled
from db.watch_filters import WatchFilter, facets_of


class WatchedChange(Recorded):
    """A row of changes, with `effect`: ENTERED, STAYED or LEFT."""


@dataclass(frozen=True, slots=True)
class Watching:
    """A list by its id, and its filter; None where it has numbers."""

    id: UUID
    filter: WatchFilter | None


async def pages(database: Reads, lists: Sequence[Watching], after: int, size: int) -> Mapping[UUID, Scan]:
    """The changes that each list finds after one, the oldest first.

    For lists with a filter at most MOST_SCANNED changes are looked at, for all of them together; for lists of
    numbers each number is looked up in the log. Raises ExpiredError or AheadError as `changes.page` does.
    """
    bound = {"after": after, "limit": size + 1}
    rows: list[WatchedChange] = []
    if by_number := [each.id for each in lists if each.filter is None]:
        rows += await database.read(_OF_NUMBERS, {**bound, "ids": by_number})
    by_filter = [_groups(each.id, each.filter) for each in lists if each.filter is not None]
    most = max(size + 1, MOST_SCANNED // max(1, len(by_filter)))
    if by_filter:
        groups = orjson.dumps(by_filter).decode()
        rows += await database.read(_OF_FILTERS, {**bound, "most": most, "lists": groups})
    found: dict[UUID, list[WatchedChange]] = {}
    for row in rows:
        found.setdefault(row["list_id"], []).append(row)
    return {id_: scan_of(of_list, after, size, most) for id_, of_list in found.items()}


def _groups(id_: UUID, filter_: WatchFilter) -> Mapping[str, object]:
    """A list's groups of facets, as columns of the statement below."""
    groups = {f"group_{place}": group for place, group in enumerate(facets_of(filter_))}
    return {"id": str(id_), **groups}


_EFFECT = "CASE WHEN NOT is_in THEN 'LEFT' WHEN was_in THEN 'STAYED' ELSE 'ENTERED' END AS effect"
_PLACES = range(MOST_GROUPS)


def _fulfils(facets: str) -> str:
    """The condition that a company with these facets has one of each group."""
    return " AND ".join(f"(asked.group_{place} IS NULL OR {facets} && asked.group_{place})" for place in _PLACES)


# The ids come from an index alone; what stands in the rows is read for those of the page only.
_OF_NUMBERS = compiled(
    text(f"""
    SELECT asked.id AS list_id, {KNOWN}, scanned.read_to, scanned.number, found.*
    FROM unnest(CAST(:ids AS uuid[])) AS asked (id) CROSS JOIN ({SCANNED_FOR_COMPANIES}) AS scanned
    LEFT JOIN LATERAL (
      SELECT each.id AS place FROM watch_list_members m CROSS JOIN LATERAL (
        SELECT changes.id FROM changes WHERE changes.npi = m.npi AND changes.id > CAST(:after AS bigint)
        ORDER BY changes.id LIMIT CAST(:limit AS bigint)
      ) AS each
      WHERE m.list_id = asked.id ORDER BY each.id LIMIT CAST(:limit AS bigint)
    ) AS listed ON true
    LEFT JOIN LATERAL (
      SELECT {COLUMNS}, {_EFFECT} FROM changes, LATERAL (
        SELECT kind <> 'COMPANY_CREATED' AS was_in, kind <> 'COMPANY_REMOVED' AS is_in
      ) AS effects
      WHERE changes.id = listed.place
    ) AS found ON true ORDER BY found.id
    """),  # noqa: S608 - ours
    WatchedChange,
)
_OF_FILTERS = compiled(
    text(f"""
    SELECT asked.id AS list_id, {KNOWN}, scanned.read_to, scanned.number, found.*
    FROM jsonb_to_recordset(CAST(:lists AS jsonb))
      AS asked (id uuid, {", ".join(f"group_{place} text[]" for place in _PLACES)})
    CROSS JOIN ({SCANNED}) AS scanned
    LEFT JOIN LATERAL (
      SELECT {COLUMNS}, {_EFFECT} FROM changes {AFTERWARDS} CROSS JOIN LATERAL (
        SELECT
          coalesce({_fulfils("facets_before")}, {IS_UNKNOWN}) AS was_in,
          {_fulfils("afterwards.facets")} AS is_in
      ) AS effects
      WHERE changes.id > CAST(:after AS bigint) AND changes.id <= scanned.read_to AND (was_in OR is_in)
      ORDER BY changes.id LIMIT CAST(:limit AS bigint)
    ) AS found ON true ORDER BY found.id
    """),  # noqa: S608 - ours
    WatchedChange,
)
