"""Every statement that reads licenses."""

import itertools
from collections.abc import Mapping, Sequence
from datetime import date
from functools import lru_cache
from typing import Any
from uuid import UUID

import asyncpg
from sqlalchemy import Date, Select, Text, Uuid, bindparam, func, or_, select
from sqlalchemy.dialects.postgresql import ARRAY

from db import filters, pages
from db.columns import CURSOR, MARK, Asked, asks_for, never_null, selectable, selecting, with_values
from db.filters import Condition, Group, Shape
from db.listings import listed_parts
from db.lookups import Lookup
from db.nested import JsonColumn, Nested, Object, json_columns, list_of, object_of, quoted
from db.pages import OrderBy, Page, SortKey, Window
from db.reads import Reads
from db.statement import Statement, compiled
from db.tables import licenses

_COLUMNS = selectable(licenses, but=())
_IDS = bindparam("ids", type_=ARRAY(Uuid))
_NPIS = bindparam("npis", type_=ARRAY(Text))

SORT_KEYS: Mapping[str, SortKey] = {
    "EXPIRES_ON": SortKey(licenses.c.expires_on, date),
    "ID": SortKey(licenses.c.id, UUID),
}
SOONEST_FIRST: OrderBy = (("EXPIRES_ON", False),)

# What of a license can be nested in a company's row.
NESTABLE = {
    **json_columns(licenses, but=(), words={"kind", "source"}),
    "global_id": JsonColumn(quoted("'license:' || licenses.id")),
}


class License(asyncpg.Record):
    """A row of licenses."""

    noun = "license"
    never_null = never_null(licenses)


async def by_id(database: Reads, ids: Sequence[UUID], columns: Asked = None) -> list[License | None]:
    """Return the licenses with these ids, in their order; None for an unknown one."""
    statement = _by_id_statement(columns)
    if len(ids) == 1:
        return [await database.find(Lookup(statement, "ids", "id"), ids[0], with_values(columns, {}))]
    rows = await database.read(statement, with_values(columns, {"ids": ids}))
    found = {row["id"]: row for row in rows}
    return [found.get(id_) for id_ in ids]


async def by_company(database: Reads, npis: Sequence[str], columns: Asked = None) -> list[list[License]]:
    """Return all licenses of each company, in the order of the NPIs; those that expire first come first."""
    found: dict[str, list[License]] = {npi: [] for npi in npis}
    for row in await database.read(_by_company_statement(columns), with_values(columns, {"npis": list(found)})):
        found[row["npi"]].append(row)
    return [found[npi] for npi in npis]


def nested(wanted: Object) -> Nested:
    """Return all licenses of a company as a column of its row."""
    rows = f"SELECT {object_of(wanted, NESTABLE)} FROM licenses WHERE licenses.npi = companies.npi"  # noqa: S608 - ours
    order = "ORDER BY licenses.expires_on, licenses.id"
    return Nested(f"({list_of(f'array({rows} {order})')})", "licenses")


async def are_valid(database: Reads, npis: Sequence[str], day: date, kind: str | None = None) -> list[bool | None]:
    """Return whether each company holds a license, of a kind where one is given, that is valid on a day.

    None where it holds none of this kind at all.
    """
    rows = await database.read(_ARE_VALID, {"npis": npis, "day": day, "kind": kind})
    found = {row["npi"]: row["is_valid"] for row in rows}
    return [found.get(npi) for npi in npis]


async def expiring(
    database: Reads,
    conditions: Sequence[Condition],
    since: date,
    until: date,
    window: Window,
    columns: Asked = None,
) -> list[Page]:
    """Return one page of the licenses that expire from one day to another, the soonest first, for each condition.

    They are those of the companies that fulfil it. `columns` may name CURSOR for the sort keys.
    """
    shapes, bound = filters.split_each([listed_parts(Group("company", (each,))) for each in conditions])
    statement = _expiring_statement(shapes, window.backward, window.position is not None, columns)
    bound |= {"since": since, "until": until, **pages.window_values(window)}
    rows = await database.read(statement, with_values(columns, bound))
    return pages.pages_of(rows, len(conditions), window)


@lru_cache(maxsize=512)
def keys(order: OrderBy) -> pages.Order:
    """Return an order's sort keys, the id last: it is unique."""
    return pages.with_tiebreaker(order, SORT_KEYS, "ID")


_BY_ID = compiled(
    select(MARK).select_from(licenses).where(licenses.c.id == func.any(_IDS)), License, plans_once=True
)

_BY_COMPANY = compiled(
    select(MARK)
    .select_from(licenses)
    .where(licenses.c.npi == func.any(_NPIS))
    .order_by(licenses.c.expires_on, licenses.c.id),
    License,
    plans_once=True,
)

_DAY, _KIND = bindparam("day", type_=Date), bindparam("kind", type_=Text)

_ARE_VALID = compiled(
    select(licenses.c.npi, func.bool_or(filters.is_valid_on(licenses, _DAY)).label("is_valid"))
    .where(licenses.c.npi == func.any(_NPIS), or_(_KIND.is_(None), licenses.c.kind == _KIND))
    .group_by(licenses.c.npi),
    plans_once=True,
)


@lru_cache(maxsize=512)
def _by_id_statement(columns: Asked) -> Statement:
    return selecting(_BY_ID, _COLUMNS, columns, "id")


@lru_cache(maxsize=512)
def _by_company_statement(columns: Asked) -> Statement:
    return selecting(_BY_COMPANY, _COLUMNS, columns, "npi")


@lru_cache(maxsize=64)
def _expiring_statement(
    shapes: tuple[Shape, ...],
    backward: bool,  # noqa: FBT001 - a cache key, as is the one below
    positioned: bool,  # noqa: FBT001
    columns: Asked,
) -> Statement:
    order = keys(SOONEST_FIRST)
    keys_too = pages.key_columns(order) if asks_for(columns, CURSOR) else []
    days = licenses.c.expires_on.between(bindparam("since", type_=Date), bindparam("until", type_=Date))
    numbers = itertools.count()
    matching: list[Select[Any]] = [
        select(MARK, *keys_too).select_from(licenses).where(days, filters.where(shape, licenses, numbers))
        for shape in shapes
    ]
    paged = pages.paged_each(matching, order, backward=backward, positioned=positioned)
    return selecting(compiled(paged, License), _COLUMNS, columns)
