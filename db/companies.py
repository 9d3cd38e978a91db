"""Every statement that reads companies."""

import itertools
from collections.abc import AsyncGenerator, Iterator, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from typing import Any

import asyncpg
from sqlalchemy import Select, Text, bindparam, func, literal_column, null, or_, select, union_all
from sqlalchemy.dialects.postgresql import ARRAY

from db import facet_counts, filters, finding, pages, sought
from db.columns import CURSOR, MARK, Asked, asks_for, never_null, selectable, selecting, with_values
from db.filters import EVERYTHING, Condition, Shape
from db.finding import Shapes
from db.lookups import Lookup
from db.numbers import capped, literal
from db.pages import OrderBy, Page, SortKey, Window
from db.past import Past
from db.reads import Reads
from db.snapshot import Snapshot
from db.statement import Statement, compiled
from db.tables import ENUMERATED_ON_KEY, NPPES_UPDATED_ON_KEY, companies, deactivations

_STAMPS = {"record_as_of", "status_as_of", "names_as_of", "locations_as_of"}
_INTERNAL = {"name_folded", "parent_name_folded", "words", "taxonomy_codes", "is_active_pinned", *_STAMPS}
# What may be asked for, in SQL by name.
READABLE = selectable(companies, but=_INTERNAL)
_NPIS = bindparam("npis", type_=ARRAY(Text))

SORT_KEYS: Mapping[str, SortKey] = {
    "NAME": SortKey(companies.c.name_folded, str),
    "NPI": SortKey(companies.c.npi, str),
    "ENUMERATED_ON": SortKey(ENUMERATED_ON_KEY, date),
    "NPPES_UPDATED_ON": SortKey(NPPES_UPDATED_ON_KEY, date),
    "UPDATED_AT": SortKey(companies.c.updated_at, datetime),
}
BY_NAME: OrderBy = (("NAME", False),)


class Company(asyncpg.Record):
    """A row of companies, without the columns that only searching needs."""

    noun = "company"
    never_null = never_null(companies)


class FacetCount(asyncpg.Record):
    """How many companies have a facet: value, count, and precision, EXACT or AT_LEAST."""


class Standing(asyncpg.Record):
    """What is known of an NPI: npi, name, npi_status, deactivated_on, reactivated_on, replacement_npi."""


@lru_cache(maxsize=512)
def keys(order: OrderBy) -> pages.Order:
    """Return an order's sort keys, the NPI last: it is unique."""
    return pages.with_tiebreaker(order, SORT_KEYS, "NPI")


async def by_npi(database: Reads, npis: Sequence[str], columns: Asked = None) -> list[Company | None]:
    """Return the companies with these NPIs, in their order; None for an unknown one."""
    statement = _by_npi_statement(columns)
    if len(npis) == 1:
        return [await database.find(Lookup(statement, "npis", "npi"), npis[0], with_values(columns, {}))]
    rows = await database.read(statement, with_values(columns, {"npis": npis}))
    found = {row["npi"]: row for row in rows}
    return [found.get(npi) for npi in npis]


async def known(database: Reads, npis: Sequence[str], columns: Asked = None) -> dict[str, Company]:
    """Return the companies that have some of these NPIs, by NPI, without those that have become individuals."""
    rows = await database.read(_known_statement(columns), with_values(columns, {"npis": npis}))
    return {row["npi"]: row for row in rows}


async def page(
    database: Reads, condition: Condition, order: OrderBy, window: Window, columns: Asked = None
) -> Page:
    """Return one page of the companies that fulfil a condition; `columns` may name CURSOR for the sort keys."""
    [found] = await pages_of_each(database, [condition], order, window, columns)
    return found


async def pages_of_each(
    database: Reads, conditions: Sequence[Condition], order: OrderBy, window: Window, columns: Asked = None
) -> list[Page]:
    """Return a page of the companies that fulfil each condition, in their order, from one statement."""
    asked = _asked(database, conditions, order[0][0])
    statement = _pages_statement(
        asked.shapes, asked.listed, order, window.backward, window.position is not None, columns
    )
    rows = await database.read(statement, with_values(columns, asked.values | pages.window_values(window)))
    return pages.pages_of(rows, len(conditions), window) if len(conditions) > 1 else [pages.page_of(rows, window)]


async def count(database: Reads, condition: Condition, cap: int) -> int:
    """Return how many companies fulfil a condition; at most cap + 1, since counting all would read all."""
    [number] = await count_of_each(database, [condition], cap)
    return number


async def count_of_each(database: Reads, conditions: Sequence[Condition], cap: int) -> list[int]:
    """Return how many companies fulfil each condition, in their order, at most cap + 1 each."""
    asked = _asked(database, conditions)
    statement = _counts_statement(asked.shapes, asked.listed)
    [row] = await database.read(statement, asked.values | {"limit": cap + 1})
    return [row[place] for place in range(len(conditions))]


async def count_all(snapshot: Snapshot, condition: Condition) -> int:
    """Return how many companies fulfil a condition, having looked at all of them."""
    shape, values = filters.split(condition)
    [row] = await snapshot.read(_count_statement(shape), values)
    return int(row["companies"])


async def numbers(snapshot: Snapshot, condition: Condition, size: int) -> AsyncGenerator[list[str]]:
    """Yield the NPIs of all companies that fulfil a condition, in their order, so many at a time."""
    shape, values = filters.split(condition)
    async with aclosing(snapshot.parts(_numbers_statement(shape), values, size)) as parts:
        async for rows in parts:
            yield [row["npi"] for row in rows]


async def facets_of_each(
    database: Reads, conditions: Sequence[Condition], kinds: Sequence[str], cap: int, most: int
) -> list[dict[str, list[FacetCount]]]:
    """Return the `most` commonest values of each kind of facets (see db/facet_counts.py), the commonest first.

    They are those of the companies that fulfil each condition, in the order of these, all from one statement;
    where there are more than `cap` of them, no more than cap + 1 are looked at, whichever are found first.
    """
    shapes, values = finding.split_each(list(map(sought.of_companies, conditions)))
    values |= {"limit": cap + 1, "most": most}
    found: list[dict[str, list[FacetCount]]] = [{kind: [] for kind in kinds} for _ in conditions]
    for row in await database.read(_facets_statement(shapes, tuple(kinds)), values):
        found[row["page"]][row["kind"]].append(row)
    return found


@dataclass(frozen=True, slots=True)
class _Asked:
    """What conditions that are read together come to: all are looked for by listings, or none is."""

    shapes: tuple[Shape, ...]
    listed: tuple[Shapes, ...]
    values: dict[str, object]


def _asked(database: Reads, conditions: Sequence[Condition], key: str = "") -> _Asked:
    # What companies were found by in the past is told by no listing.
    if isinstance(database, Past) or list(conditions) == [EVERYTHING]:
        shapes, values = filters.split_each(conditions)
        return _Asked(shapes, (), values)
    listed, values = finding.split_each([sought.of_companies(each, key) for each in conditions])
    return _Asked((), listed, values)


async def standings(database: Reads, npis: Sequence[str]) -> dict[str, Standing]:
    """Return what is known of NPIs, those included that were only ever seen deactivated.

    A company whose number the registry has given to an individual is none of them.
    """
    return {row["npi"]: row for row in await database.read(_STANDINGS, {"npis": npis})}


_HAS_NPI = companies.c.npi == func.any(_NPIS)
_IS_NO_INDIVIDUAL = or_(
    companies.c.npi_status != literal_column("'UNKNOWN'"), companies.c.source != literal_column("'NPPES'")
)

_BY_NPI = compiled(select(MARK).select_from(companies).where(_HAS_NPI), Company, plans_once=True)
_KNOWN = compiled(select(MARK).select_from(companies).where(_HAS_NPI, _IS_NO_INDIVIDUAL), Company, plans_once=True)

_STANDINGS = compiled(
    union_all(
        select(
            companies.c.npi,
            companies.c.name,
            companies.c.npi_status,
            companies.c.deactivated_on,
            companies.c.reactivated_on,
            companies.c.replacement_npi,
        ).where(_HAS_NPI, _IS_NO_INDIVIDUAL),
        select(
            deactivations.c.npi,
            null(),
            literal_column("'DEACTIVATED'"),
            deactivations.c.deactivated_on,
            null(),
            deactivations.c.replacement_npi,
        ).where(deactivations.c.npi == func.any(_NPIS), deactivations.c.deactivated_on.is_not(None)),
    ),
    Standing,
    plans_once=True,
)


@lru_cache(maxsize=512)
def _by_npi_statement(columns: Asked) -> Statement:
    return selecting(_BY_NPI, READABLE, columns, "npi")


@lru_cache(maxsize=512)
def _known_statement(columns: Asked) -> Statement:
    return selecting(_KNOWN, READABLE, columns, "npi")


@lru_cache(maxsize=512)
def _pages_statement(
    shapes: tuple[Shape, ...],
    listed: tuple[Shapes, ...],
    order: OrderBy,
    backward: bool,  # noqa: FBT001 - a cache key, as is the one below
    positioned: bool,  # noqa: FBT001
    columns: Asked,
) -> Statement:
    template = _pages_template(shapes, listed, order, backward, positioned, asks_for(columns, CURSOR))
    return selecting(template, READABLE, columns)


@lru_cache(maxsize=512)
def _pages_template(
    shapes: tuple[Shape, ...],
    listed: tuple[Shapes, ...],
    order: OrderBy,
    backward: bool,  # noqa: FBT001 - a cache key, as are the two below
    positioned: bool,  # noqa: FBT001
    with_keys: bool,  # noqa: FBT001
) -> Statement:
    sort_keys = keys(order)
    if listed:
        found = finding.found(listed, finding.Form(finding.COMPANIES, sort_keys, backward, positioned, with_keys))
        return compiled(found, Company, plans_once=all(each.plans_once for each in listed))
    keys_too = pages.key_columns(sort_keys) if with_keys else []
    numbers = itertools.count()
    matching: list[Select[Any]] = [
        select(MARK, *keys_too).select_from(companies).where(filters.where(shape, companies, numbers))
        for shape in shapes
    ]
    if len(matching) > 1:
        return compiled(pages.paged_each(matching, sort_keys, backward=backward, positioned=positioned), Company)
    paged = pages.paged(matching[0], sort_keys, backward=backward, positioned=positioned)
    return compiled(paged, Company, plans_once=shapes == (filters.EVERYTHING_SHAPE,))


@lru_cache(maxsize=512)
def _counts_statement(shapes: tuple[Shape, ...], listed: tuple[Shapes, ...]) -> Statement:
    if listed:
        counts = finding.counted(listed, finding.COMPANIES)
        return compiled(select(*counts), plans_once=all(each.plans_once for each in listed))
    numbers = itertools.count()
    return compiled(
        select(
            *(
                _capped_count(shape, numbers).scalar_subquery().label(f"count_{place}")
                for place, shape in enumerate(shapes)
            )
        )
    )


@lru_cache(maxsize=64)
def _count_statement(shape: Shape) -> Statement:
    counted = select(func.count().label("companies")).select_from(companies)
    return compiled(counted.where(filters.where(shape, companies, itertools.count())))


@lru_cache(maxsize=64)
def _numbers_statement(shape: Shape) -> Statement:
    matching = select(companies.c.npi).where(filters.where(shape, companies, itertools.count()))
    return compiled(matching.order_by(companies.c.npi))


@lru_cache(maxsize=512)
def _facets_statement(listed: tuple[Shapes, ...], kinds: tuple[str, ...]) -> Statement:
    counted = facet_counts.counted(finding.facets_of(listed), kinds)
    return compiled(counted, FacetCount, plans_once=all(each.plans_once for each in listed))


def _capped_count(shape: Shape, numbers: Iterator[int]) -> Select[Any]:
    condition = filters.where(shape, companies, numbers)
    return capped(select(literal(1)).select_from(companies).where(condition))
