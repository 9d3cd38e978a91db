"""Every statement that reads the names of taxonomy codes, where a file with them was loaded."""

from collections.abc import Sequence
from functools import lru_cache
from typing import Any, NamedTuple

import asyncpg
from sqlalchemy import Select, Text, and_, bindparam, cast, func, select
from sqlalchemy.dialects.postgresql import ARRAY, TSQUERY
from sqlalchemy.sql.elements import ColumnElement

from db import pages
from db.columns import CURSOR, MARK, Asked, asks_for, never_null, selectable, selecting, with_values
from db.lookups import Lookup
from db.pages import OrderBy, Page, SortKey, Window
from db.reads import Reads
from db.statement import Statement, compiled
from db.tables import taxonomies

_COLUMNS = selectable(taxonomies, but={"words"})
_CODES = bindparam("codes", type_=ARRAY(Text))

# Codes are given so that their order is that of the hierarchy.
BY_CODE: OrderBy = (("CODE", False),)
CODE_KEYS: pages.Order = (SortKey(taxonomies.c.code, str),)


class Taxonomy(asyncpg.Record):
    """A row of taxonomies, without the column that only searching needs."""

    never_null = never_null(taxonomies)


class Classification(NamedTuple):
    """What stands above a specialization: a grouping and a classification in it, by their names."""

    grouping: str
    name: str


class Narrowing(NamedTuple):
    """Which taxonomies a list has: by a tsquery's text, and by folded names; None narrows nothing."""

    query: str | None = None
    grouping: str | None = None
    classification: str | None = None


async def by_code(database: Reads, codes: Sequence[str], columns: Asked = None) -> list[Taxonomy | None]:
    """Return the taxonomies with these codes, in their order; None for an unknown one."""
    statement = _by_code_statement(columns)
    if len(codes) == 1:
        return [await database.find(Lookup(statement, "codes", "code"), codes[0], with_values(columns, {}))]
    rows = await database.read(statement, with_values(columns, {"codes": codes}))
    found = {row["code"]: row for row in rows}
    return [found.get(code) for code in codes]


async def of_classifications(
    database: Reads, wanted: Sequence[Classification], columns: Asked = None, *, specialized: bool
) -> dict[Classification, list[Taxonomy]]:
    """Return the taxonomies of each classification, by code: its specializations, or else itself."""
    values: dict[str, object] = {
        "groupings": [each.grouping for each in wanted],
        "classifications": [each.name for each in wanted],
    }
    found: dict[Classification, list[Taxonomy]] = {each: [] for each in wanted}
    for row in await database.read(_classified_statement(specialized, columns), with_values(columns, values)):
        found[Classification(row["grouping"], row["classification"])].append(row)
    return found


async def page(database: Reads, narrowing: Narrowing, window: Window, columns: Asked = None) -> Page:
    """Return one page of taxonomies by code; `columns` may name CURSOR for the sort keys."""
    given = {name: value for name, value in narrowing._asdict().items() if value is not None}
    statement = _page_statement(frozenset(given), window.backward, window.position is not None, columns)
    rows = await database.read(statement, with_values(columns, given | pages.window_values(window)))
    return pages.page_of(rows, window)


_BY_CODE = compiled(
    select(MARK).select_from(taxonomies).where(taxonomies.c.code == func.any(_CODES)), Taxonomy, plans_once=True
)


@lru_cache(maxsize=64)
def _by_code_statement(columns: Asked) -> Statement:
    return selecting(_BY_CODE, _COLUMNS, columns, "code")


@lru_cache(maxsize=64)
def _classified_statement(specialized: bool, columns: Asked) -> Statement:  # noqa: FBT001 - a cache key
    asked = (
        func.unnest(bindparam("groupings", type_=ARRAY(Text)), bindparam("classifications", type_=ARRAY(Text)))
        .table_valued("grouping", "classification")
        .render_derived(name="asked")
    )
    is_level = taxonomies.c.specialization.is_not(None) if specialized else taxonomies.c.specialization.is_(None)
    is_asked = and_(
        taxonomies.c.grouping == asked.c.grouping, taxonomies.c.classification == asked.c.classification
    )
    found = select(MARK).select_from(taxonomies.join(asked, is_asked)).where(is_level).order_by(taxonomies.c.code)
    return selecting(compiled(found, Taxonomy), _COLUMNS, columns, "grouping", "classification")


# What narrows a list, by the name of its value.
_TESTS: dict[str, ColumnElement[bool]] = {
    "query": taxonomies.c.words.op("@@")(cast(bindparam("query", type_=Text), TSQUERY)),
    "grouping": func.fold(taxonomies.c.grouping) == bindparam("grouping", type_=Text),
    "classification": func.fold(taxonomies.c.classification) == bindparam("classification", type_=Text),
}


@lru_cache(maxsize=128)
def _page_statement(
    given: frozenset[str],
    backward: bool,  # noqa: FBT001 - a cache key, as is the one below
    positioned: bool,  # noqa: FBT001
    columns: Asked,
) -> Statement:
    keys_too = pages.key_columns(CODE_KEYS) if asks_for(columns, CURSOR) else []
    tests = [test for name, test in _TESTS.items() if name in given]
    matching: Select[Any] = select(MARK, *keys_too).select_from(taxonomies).where(*tests)
    paged = pages.paged(matching, CODE_KEYS, backward=backward, positioned=positioned)
    return selecting(compiled(paged, Taxonomy), _COLUMNS, columns)
