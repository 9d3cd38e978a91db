"""Every statement about changes: what became of companies and their locations, in the order of the commits."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from uuid import UUID

import asyncpg
import orjson
from sqlalchemy import text

from db.pages import Page, Window, page_of
from db.reads import Reads
from db.statement import Statement, compiled
from db.transaction import Transaction


class Recorded(asyncpg.Record):
    """A row of changes."""


@dataclass(frozen=True, slots=True)
class Author:
    """Who makes a change by hand, as the token says it: `iss`, empty where it has none, and `sub`."""

    issuer: str
    subject: str


@dataclass(frozen=True, slots=True)
class Change:
    """What becomes of a company, or of one of its locations: the columns that differ, as they were and become.

    `facets` are the lists that the company was in before.
    """

    npi: str
    kind: str
    facets: Sequence[str]
    location_id: UUID | None = None
    old: Mapping[str, object] = field(default_factory=dict)
    new: Mapping[str, object] = field(default_factory=dict)


async def record(transaction: Transaction, changes: Sequence[Change], author: Author) -> int | None:
    """Write changes down, as the last thing that a transaction does: until it ends, others wait for their turn.

    Returns the id of the last one, the transaction's place in the order of commits; None where nothing changed.
    """
    if not changes:
        return None
    written = [
        {
            "npi": each.npi,
            "kind": each.kind,
            "location_id": each.location_id,
            "fields": sorted({*each.old, *each.new}),
            "old": each.old,
            "new": each.new,
            "facets": each.facets,
        }
        for each in changes
    ]
    values = {
        "changes": orjson.dumps(written, default=str).decode(),
        "issuer": author.issuer,
        "subject": author.subject,
    }
    [row] = await transaction.read(_RECORD, values)
    return int(row["last"])


@dataclass(frozen=True, slots=True)
class Filter:
    """Which changes: each test that is given must hold; a list means one of its values."""

    npis: Sequence[str] | None = None
    kinds: Sequence[str] | None = None
    # A company that had or has a location in one of these states.
    states: Sequence[str] | None = None

    @property
    def given(self) -> Mapping[str, Sequence[str]]:
        """The tests that are given, by name."""
        tests = {"npis": self.npis, "kinds": self.kinds, "states": self.states}
        return {name: list(values) for name, values in tests.items() if values is not None}


async def page(database: Reads, after: int, size: int, only: Filter) -> Page:
    """The changes that came after one, the oldest first."""
    given = only.given
    values = {
        "after": after,
        "limit": size + 1,
        "facets": [f"state={each}" for each in only.states or ()],
        **given,
    }
    rows = await database.read(_page_statement(tuple(given)), values)
    return page_of(rows, Window(size, (after,) if after else None))


async def histories(database: Reads, npis: Sequence[str], before: int | None, size: int) -> Mapping[str, Page]:
    """The changes of each company and its locations, the newest first, from before one on."""
    values = {"npis": list(npis), "before": before, "limit": size + 1}
    found: dict[str, list[Recorded]] = {npi: [] for npi in npis}
    for row in await database.read(_HISTORIES, values):
        found[row["npi"]].append(row)
    window = Window(size, None if before is None else (before,))
    return {npi: page_of(rows, window) for npi, rows in found.items()}


async def last(database: Reads) -> int:
    """The id of the last change; 0 where there is none."""
    [row] = await database.read(_LAST)
    return int(row["last"])


_COLUMNS = "id, npi, location_id, kind, fields, occurred_at, old, new, issuer, subject, load_id"

_TESTS = {
    "npis": "npi = ANY (CAST(:npis AS text[]))",
    "kinds": "kind = ANY (CAST(:kinds AS text[]))",
    # What a loaded file changed says so by its values, and by where the company is now.
    "states": """(
      facets_before && CAST(:facets AS text[]) OR facets_after && CAST(:facets AS text[])
      OR old ->> 'state' = ANY (CAST(:states AS text[])) OR new ->> 'state' = ANY (CAST(:states AS text[]))
      OR EXISTS (SELECT FROM locations l WHERE l.npi = changes.npi AND l.state = ANY (CAST(:states AS text[])))
    )""",
}


@lru_cache(maxsize=8)
def _page_statement(tests: tuple[str, ...]) -> Statement:
    where = " AND ".join(["id > :after", *(_TESTS[name] for name in tests)])
    return compiled(
        text(f"SELECT {_COLUMNS} FROM changes WHERE {where} ORDER BY id LIMIT :limit"),  # noqa: S608 - ours
        Recorded,
    )


_HISTORIES = compiled(
    text(f"""
    SELECT found.* FROM unnest(CAST(:npis AS text[])) AS asked (npi)
    CROSS JOIN LATERAL (
      SELECT {_COLUMNS} FROM changes
      WHERE changes.npi = asked.npi AND (CAST(:before AS bigint) IS NULL OR id < :before)
      ORDER BY id DESC LIMIT :limit
    ) AS found
    """),  # noqa: S608 - ours
    Recorded,
    plans_once=True,
)

_LAST = compiled(text("SELECT coalesce(max(id), 0) AS last FROM changes"))

_RECORD = compiled(
    text("""
    WITH recorded AS (
      INSERT INTO changes (
        npi, location_id, kind, fields, old, new, facets_before, facets_after, issuer, subject
      )
      SELECT each ->> 'npi', (each ->> 'location_id')::uuid, each ->> 'kind',
        ARRAY(SELECT jsonb_array_elements_text(each -> 'fields')), each -> 'old', each -> 'new',
        ARRAY(SELECT jsonb_array_elements_text(each -> 'facets')), coalesce(facets(each ->> 'npi'), '{}'),
        CAST(:issuer AS text), CAST(:subject AS text)
      FROM jsonb_array_elements(CAST(:changes AS jsonb)) WITH ORDINALITY AS listed (each, place)
      ORDER BY place
      RETURNING id
    )
    SELECT max(id) AS last FROM recorded
    """)
)
