"""Every statement about changes: what became of companies and their locations, in the order of the commits."""

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from uuid import UUID

import asyncpg
import orjson
from sqlalchemy import text

from db.content import content_of
from db.facets import FACETLESS
from db.pages import Page, Window, page_of
from db.reads import Reads
from db.statement import Statement, compiled
from db.tables import companies, licenses, locations
from db.transaction import Transaction


class Recorded(asyncpg.Record):
    """A row of changes."""


@dataclass(frozen=True, slots=True)
class Author:
    """Who makes a change by hand, as the token says it: `iss`, empty where it has none, and `sub`.

    `trace` is the span that it is made in: its traceparent, and after a blank its tracestate; None outside of any.
    """

    issuer: str
    subject: str
    trace: str | None = None


@dataclass(frozen=True, slots=True)
class Change:
    """What becomes of a company, or of what it has: the columns that differ, as they were and as they become.

    Of what is new, all that it holds is recorded, whatever `new` says. `facets` are the lists that the company was
    in before.
    """

    npi: str
    kind: str
    facets: Sequence[str]
    location_id: UUID | None = None
    license_id: UUID | None = None
    old: Mapping[str, object] = field(default_factory=dict)
    new: Mapping[str, object] = field(default_factory=dict)

    @property
    def may_move(self) -> bool:
        """Whether the company may be in other lists afterwards."""
        columns = self.old.keys() | self.new.keys()
        return not columns or not columns <= FACETLESS


async def record(transaction: Transaction, changes: Sequence[Change], author: Author) -> int | None:
    """Write changes down, as the last thing that a transaction does: until it ends, others wait for their turn.

    Returns the id of the last one, the transaction's place in the order of commits; None where nothing changed.
    """
    if not changes:
        return None
    [row] = await transaction.read(_record_statement(Needs.of(changes)), values_of(changes, author))
    return int(row["last"])


def values_of(changes: Sequence[Change], author: Author) -> Mapping[str, object]:
    """The values of a statement that begins with `recording`."""
    written = [
        {
            "npi": each.npi,
            "kind": each.kind,
            "location_id": each.location_id,
            "license_id": each.license_id,
            "fields": sorted(each.new) if each.old else [],
            "old": each.old,
            "new": each.new,
            "facets": each.facets,
        }
        for each in changes
    ]
    return {
        "changes": orjson.dumps(written, default=str).decode(),
        "moved": list({each.npi for each in changes if each.may_move}),
        "issuer": author.issuer,
        "subject": author.subject,
        "trace": author.trace,
    }


@dataclass(frozen=True, slots=True)
class Filter:
    """Which changes: each test that is given must hold; a list means one of its values.

    `facets` are groups of them, such as [["state=TX", "state=NM"], ["taxonomy=332B00000X"]]: before the change, or
    after it, the company had one of each group. A change of which that wasn't noted has every facet. `watch_list`
    is one that has numbers, among which the company's is.
    """

    npis: Sequence[str] | None = None
    kinds: Sequence[str] | None = None
    facets: Sequence[Sequence[str]] = ()
    watch_list: UUID | None = None

    @property
    def values(self) -> Mapping[str, object]:
        """The values of the tests that are given, by name; of those that list some, each once."""
        given = {"npis": self.npis, "kinds": self.kinds}
        given |= {f"{_GROUP}{place}": group for place, group in enumerate(self.facets)}
        found = {name: list(dict.fromkeys(values)) for name, values in given.items() if values is not None}
        return found if self.watch_list is None else {**found, "watch_list": self.watch_list}

    @property
    def key(self) -> Hashable:
        """What tells it from other filters."""
        values = self.values.items()
        return tuple((name, tuple(value) if isinstance(value, list) else value) for name, value in values)


@dataclass(slots=True, eq=False)
class Scan(Page):
    """A page of the log, which was looked through up to the change with the id `read_to`.

    With a filter it may have fewer rows than were asked for, or none, though more come after it (`has_next`).
    """

    read_to: int


class ExpiredError(Exception):
    """The changes after a place of the log aren't all there: those up to the change `oldest` have been removed."""

    def __init__(self, oldest: int) -> None:
        super().__init__(f"the log begins after {oldest}")
        self.oldest = oldest


class AheadError(ExpiredError):
    """The log hasn't come to that place yet: whoever gave it has lost changes since, as by an older backup."""


async def page(database: Reads, after: int, size: int, only: Filter) -> Scan:
    """The changes that came after one, the oldest first; 0 stands before the first.

    Unless the filter names companies, at most MOST_SCANNED changes are looked at. Raises ExpiredError where
    changes after that one have been removed, AheadError where that one was never made.
    """
    values = only.values
    most = MOST_SCANNED if values else size + 1
    rows = await database.read(
        _page_statement(tuple(values)), {"after": after, "limit": size + 1, "most": most, **values}
    )
    return scan_of(rows, after, size, most)


def scan_of(rows: Sequence[Recorded], after: int, size: int, most: int) -> Scan:
    """The page in rows that were read with KNOWN, `read_to` and `number`; one row without an id stands for none.

    Raises ExpiredError or AheadError as `page` does.
    """
    known, read_to, looked_at = rows[0], rows[0]["read_to"], rows[0]["number"]
    if after < known["floor"]:
        raise ExpiredError(known["floor"])
    if after > max(known["floor"], known["newest"]):
        raise AheadError(known["floor"])
    found = rows if rows[0]["id"] is not None else []
    is_full = len(found) > size
    if is_full:
        found = found[:size]
        read_to = found[-1]["id"] if found else after
    return Scan(found, is_full or looked_at == most, has_previous=after > 0, read_to=max(after, read_to or 0))


async def histories(database: Reads, npis: Sequence[str], before: int | None, size: int) -> Mapping[str, Page]:
    """The changes of each company and its locations, the newest first, from before one on."""
    found: dict[str, list[Recorded]] = {npi: [] for npi in npis}
    values = {"npis": list(found), "before": before, "limit": size + 1}
    for row in await database.read(_HISTORIES, values):
        found[row["npi"]].append(row)
    window = Window(size, None if before is None else (before,))
    return {npi: page_of(rows, window) for npi, rows in found.items()}


async def last(database: Reads) -> int:
    """The id of the last change, though it may have been removed; 0 where there never was one."""
    [row] = await database.read(_LAST)
    return int(row["last"])


async def next_of_each(database: Reads, rows: Sequence[Recorded]) -> Mapping[int, int]:
    """The next change of the same company after each, by their ids; of those after which there is one."""
    values = {"ids": [row["id"] for row in rows], "npis": [row["npi"] for row in rows]}
    return {row["id"]: row["next"] for row in await database.read(_NEXT, values)}


# Stands before the number of a group of facets in the name of its value.
_GROUP = "facets_"

COLUMNS = """
    id, npi, location_id, license_id, kind, fields, occurred_at, old, new, issuer, subject, load_id, version, trace
"""

# How many changes are looked at for one page.
MOST_SCANNED = 5_000

# What isn't noted of a first release is what the company had until its next change, or has now.
AFTERWARDS = """
    CROSS JOIN LATERAL (
      SELECT coalesce(facets_after, (
        SELECT n.facets_before FROM changes n
        WHERE n.npi = changes.npi AND n.id > changes.id AND n.facets_before IS NOT NULL ORDER BY n.id LIMIT 1
      ), (SELECT c.facets FROM company_facets c WHERE c.npi = changes.npi)) AS facets OFFSET 0
    ) AS afterwards
"""
# Older versions didn't note what a file changed; what it created was in no list before.
IS_UNKNOWN = "facets_before IS NULL AND kind NOT IN ('COMPANY_CREATED', 'LOCATION_ADDED')"

_FOUND = """
    SELECT {columns} FROM changes {afterwards}
    WHERE id > CAST(:after AS bigint) AND {tests} ORDER BY id LIMIT CAST(:limit AS bigint)
"""
_FOUND_OF_COMPANIES = """
    SELECT each.* FROM unnest(CAST(:npis AS text[])) AS asked (npi) CROSS JOIN LATERAL ({found}) AS each
    ORDER BY id LIMIT CAST(:limit AS bigint)
"""
SCANNED = """
    SELECT max(id) AS read_to, count(*) AS number
    FROM (SELECT id FROM changes WHERE id > CAST(:after AS bigint) ORDER BY id LIMIT CAST(:most AS bigint)) AS next
"""
# By company they are found in an index, and all of the log counts as looked through.
SCANNED_FOR_COMPANIES = "SELECT max(id) AS read_to, 0 AS number FROM changes"
# From where on changes are kept, and up to where there are any.
KNOWN = """
    (SELECT min(cursor) FROM change_marks) AS floor, (SELECT coalesce(max(id), 0) FROM changes) AS newest
"""
# By the list's key: a change is looked at once, however many numbers the list has.
_LISTED = """
    EXISTS (SELECT FROM watch_list_members m WHERE m.list_id = CAST(:watch_list AS uuid) AND m.npi = changes.npi)
"""
_PAGE = """
    SELECT {known},
      scanned.read_to, scanned.number, found.*
    FROM ({scanned}) AS scanned LEFT JOIN LATERAL ({found}) AS found ON true ORDER BY found.id
"""


@lru_cache(maxsize=64)
def _page_statement(names: tuple[str, ...]) -> Statement:
    """The statement for a filter that gives these values."""
    groups = [name for name in names if name.startswith(_GROUP)]
    tests = [_facets_test(groups)] if groups else []
    if "kinds" in names:
        tests.append("kind = ANY (CAST(:kinds AS text[]))")
    if "watch_list" in names:
        tests.append(_LISTED)
    pieces = {"columns": COLUMNS, "afterwards": AFTERWARDS if groups else ""}
    if "npis" in names:
        found = _FOUND.format(tests=" AND ".join(["changes.npi = asked.npi", *tests]), **pieces)
        found, scanned = _FOUND_OF_COMPANIES.format(found=found), SCANNED_FOR_COMPANIES
    else:
        found = _FOUND.format(tests=" AND ".join(["id <= scanned.read_to", *tests]), **pieces)
        scanned = SCANNED
    return compiled(text(_PAGE.format(known=KNOWN, scanned=scanned, found=found)), Recorded)


def _facets_test(groups: Sequence[str]) -> str:
    """The condition that a company had one facet of each group, before a change or after it."""
    sides = [
        " AND ".join(f"{side} && CAST(:{group} AS text[])" for group in groups)
        for side in ("facets_before", "afterwards.facets")
    ]
    return f"({sides[0]} OR {sides[1]} OR {IS_UNKNOWN})"


_HISTORIES = compiled(
    text(f"""
    SELECT found.* FROM unnest(CAST(:npis AS text[])) AS asked (npi)
    CROSS JOIN LATERAL (
      SELECT {COLUMNS} FROM changes
      WHERE changes.npi = asked.npi AND (CAST(:before AS bigint) IS NULL OR id < :before)
        AND id > (SELECT min(cursor) FROM change_marks)
      ORDER BY id DESC LIMIT :limit
    ) AS found
    """),  # noqa: S608 - ours
    Recorded,
    plans_once=True,
)

_LAST = compiled(text("SELECT greatest((SELECT max(id) FROM changes), min(cursor)) AS last FROM change_marks"))

_NEXT = compiled(
    text("""
    SELECT asked.id, later.id AS next
    FROM unnest(CAST(:ids AS bigint[]), CAST(:npis AS text[])) AS asked (id, npi)
    CROSS JOIN LATERAL (
      SELECT id FROM changes WHERE changes.npi = asked.npi AND changes.id > asked.id ORDER BY id LIMIT 1
    ) AS later
    """),
    plans_once=True,
)

# What a change tells all of, by its kind: a row that is new.
_WHOLE = {
    "COMPANY_CREATED": "companies",
    "LOCATION_ADDED": "locations",
    "LOCATION_RESTORED": "locations",
    "LICENSE_ADDED": "licenses",
}
_CONTENT = {
    "companies": content_of(companies, "c"),
    "locations": f"jsonb_strip_nulls({content_of(locations, 'l')})",
    "licenses": f"jsonb_strip_nulls({content_of(licenses, 'g')})",
}
# What a change has a part of its company in, by how its kind begins; and where that has its version.
_PARTS = {
    "LOCATION": ("LEFT JOIN locations l ON l.id = told.location_id", "l.version"),
    "LICENSE": ("LEFT JOIN licenses g ON g.id = told.license_id", "g.version"),
}
_MOVED = "LEFT JOIN facets_of(CAST(:moved AS text[])) AS after ON after.npi = told.npi"


@dataclass(frozen=True, slots=True)
class Needs:
    """What a statement that records changes has to look at besides their companies.

    That goes by their kinds, and by whether any of them `moves` a company, whose facets are read again then.
    Beginning to look at all of it takes PostgreSQL longer than recording a change.
    """

    kinds: frozenset[str]
    moves: bool

    @classmethod
    def of(cls, changes: Sequence[Change]) -> "Needs":
        """What changes need."""
        return cls(frozenset([each.kind for each in changes]), any(each.may_move for each in changes))

    @property
    def joins(self) -> str:
        """What is looked at, in SQL."""
        moved = [_MOVED] if self.moves else []
        return " ".join([*(join for join, _ in self._parts), *moved])

    @property
    def content(self) -> str:
        """All that a new row holds, in SQL; null of one that isn't new."""
        cases = [f"WHEN '{each}' THEN {_CONTENT[_WHOLE[each]]}" for each in sorted(self.kinds & _WHOLE.keys())]
        return f"CASE told.kind {' '.join(cases)} END" if cases else "NULL"

    @property
    def part_version(self) -> str:
        """The version of the location or license that a change is about, in SQL."""
        return f"coalesce({', '.join(['NULL', *(version for _, version in self._parts)])})"

    @property
    def _parts(self) -> list[tuple[str, str]]:
        begins = {each.partition("_")[0] for each in self.kinds}
        return [part for name, part in _PARTS.items() if name in begins]


def recording(needs: Needs) -> str:
    """The beginning of a statement, in SQL, that records changes with these needs.

    Versions are those that the transaction ends with: it has locked the rows. The time is one for all, taken once
    it is this transaction's turn.
    """
    return f"""
    WITH told AS (
      SELECT * FROM ROWS FROM (jsonb_to_recordset(CAST(:changes AS jsonb)) AS (
        npi text, location_id uuid, license_id uuid, kind text, fields text[], old jsonb, new jsonb, facets text[]
      )) WITH ORDINALITY
    ), recorded AS (
      INSERT INTO changes (
        npi, location_id, license_id, kind, fields, occurred_at, old, new, facets_before, facets_after,
        issuer, subject, version, part_version, trace
      )
      SELECT told.npi, told.location_id, told.license_id, told.kind, told.fields,
        (SELECT clock_timestamp()), told.old, coalesce({needs.content}, told.new),
        told.facets, {"coalesce(after.facets, told.facets)" if needs.moves else "told.facets"},
        CAST(:issuer AS text), CAST(:subject AS text), c.version, CAST({needs.part_version} AS integer),
        CAST(:trace AS text)
      FROM told LEFT JOIN companies c ON c.npi = told.npi {needs.joins}
      ORDER BY told.ordinality
      RETURNING id
    )
    """  # noqa: S608 - the columns are ours


# The id of the last one, once they are recorded.
CURSOR = "(SELECT max(id) FROM recorded)"


@lru_cache(maxsize=64)
def _record_statement(needs: Needs) -> Statement:
    """The statement that records changes with these needs."""
    return compiled(text(f"{recording(needs)} SELECT {CURSOR} AS last"))
