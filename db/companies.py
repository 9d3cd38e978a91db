"""Every statement that reads companies."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from functools import lru_cache
from typing import Any

import asyncpg
from sqlalchemy import Integer, Select, Text, bindparam, func, literal_column, null, select, union_all
from sqlalchemy.dialects.postgresql import ARRAY

from db import filters, pages
from db.engine import Database
from db.filters import Condition, Shape
from db.pages import OrderBy, Page, SortKey, Window
from db.statement import Statement, compiled
from db.tables import ENUMERATED_ON_KEY, NPPES_UPDATED_ON_KEY, companies, deactivations

_INTERNAL = {"name_folded", "parent_name_folded", "words", "taxonomy_codes", "is_active_pinned"}
_COLUMNS = [column for column in companies.c if column.name not in _INTERNAL]
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


class Standing(asyncpg.Record):
    """What is known of an NPI: npi, name, npi_status, deactivated_on, reactivated_on."""


def keys(order: OrderBy) -> pages.Order:
    """Return an order's sort keys, the NPI last: it is unique."""
    return pages.with_tiebreaker(order, SORT_KEYS, "NPI")


async def by_npi(database: Database, npis: Sequence[str]) -> list[Company | None]:
    """Return the companies with these NPIs, in their order; None for an unknown one."""
    rows = await database.read(_BY_NPI, {"npis": npis})
    found = {row["npi"]: row for row in rows}
    return [found.get(npi) for npi in npis]


async def page(database: Database, condition: Condition, order: OrderBy, window: Window) -> Page:
    """Return one page of the companies that fulfil a condition."""
    values: list[object] = []
    shape = filters.shape_of(condition, values)
    statement = _page_statement(shape, order, window.backward, window.position is not None)
    rows = await database.read(statement, filters.bound(values) | pages.window_values(window))
    return pages.page_of(rows, window)


async def count(database: Database, condition: Condition, cap: int) -> int:
    """Return how many companies fulfil a condition; at most cap + 1, since counting all would read all."""
    values: list[object] = []
    statement = _count_statement(filters.shape_of(condition, values))
    rows = await database.read(statement, filters.bound(values) | {"limit": cap + 1})
    return int(rows[0]["count"])


async def standings(database: Database, npis: Sequence[str]) -> dict[str, Standing]:
    """Return what is known of NPIs, those included that were only ever seen deactivated."""
    return {row["npi"]: row for row in await database.read(_STANDINGS, {"npis": npis})}


_BY_NPI = compiled(select(*_COLUMNS).where(companies.c.npi == func.any(_NPIS)), Company)

_STANDINGS = compiled(
    union_all(
        select(
            companies.c.npi,
            companies.c.name,
            companies.c.npi_status,
            companies.c.deactivated_on,
            companies.c.reactivated_on,
        ).where(companies.c.npi == func.any(_NPIS)),
        select(
            deactivations.c.npi,
            null(),
            literal_column("'DEACTIVATED'"),
            deactivations.c.deactivated_on,
            null(),
        ).where(deactivations.c.npi == func.any(_NPIS)),
    ),
    Standing,
)


@lru_cache(maxsize=512)
def _page_statement(shape: Shape, order: OrderBy, backward: bool, positioned: bool) -> Statement:  # noqa: FBT001 - a cache key
    sort_keys = keys(order)
    matching: Select[Any] = select(*_COLUMNS, *pages.key_columns(sort_keys)).where(filters.where(shape, companies))
    return compiled(pages.paged(matching, sort_keys, backward=backward, positioned=positioned), Company)


@lru_cache(maxsize=512)
def _count_statement(shape: Shape) -> Statement:
    matching: Select[Any] = (
        select(literal_column("1")).select_from(companies).where(filters.where(shape, companies))
    )
    capped = matching.limit(bindparam("limit", type_=Integer)).subquery()
    return compiled(select(func.count().label("count")).select_from(capped))
