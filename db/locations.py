"""Every statement that reads locations."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any
from uuid import UUID

import asyncpg
from sqlalchemy import Integer, Select, Text, Uuid, bindparam, func, literal_column, select, true
from sqlalchemy.dialects.postgresql import ARRAY

from db import filters, nearby, pages
from db.engine import Database
from db.filters import Condition, Shape
from db.nearby import Near
from db.pages import OrderBy, Page, SortKey, Window
from db.statement import Statement, compiled
from db.tables import CITY_KEY, POSTAL_CODE_KEY, STATE_KEY, locations, zips

_COLUMNS = [column for column in locations.c if column.name not in {"city_folded", "rank"}]
_NPIS = bindparam("npis", type_=ARRAY(Text))
_IDS = bindparam("ids", type_=ARRAY(Uuid))

SORT_KEYS: Mapping[str, SortKey] = {
    "ID": SortKey(locations.c.id, UUID),
    "NPI": SortKey(locations.c.npi, str),
    "RANK": SortKey(locations.c.rank, int),
    "CITY": SortKey(CITY_KEY, str),
    "STATE": SortKey(STATE_KEY, str),
    "POSTAL_CODE": SortKey(POSTAL_CODE_KEY, str),
    "UPDATED_AT": SortKey(locations.c.updated_at, datetime),
    "DISTANCE": SortKey(nearby.distance_km(locations), float),
}

# By company, and each company's primary location before its others; within one company the rank is enough.
BY_COMPANY: OrderBy = (("NPI", False), ("RANK", False))
PRIMARY_FIRST: OrderBy = (("RANK", False),)
BY_DISTANCE: OrderBy = (("DISTANCE", False),)


class Location(asyncpg.Record):
    """A row of locations; `distance_km` is there when it was read near a place."""


def keys(order: OrderBy) -> pages.Order:
    """Return an order's sort keys, the id last: it is unique."""
    return pages.with_tiebreaker(order, SORT_KEYS, "ID")


async def by_id(database: Database, ids: Sequence[UUID]) -> list[Location | None]:
    """Return the locations with these ids, in their order; None for an unknown one."""
    rows = await database.read(_BY_ID, {"ids": ids})
    found = {row["id"]: row for row in rows}
    return [found.get(id_) for id_ in ids]


async def primary_by_company(database: Database, npis: Sequence[str]) -> list[Location | None]:
    """Return the primary location of each company, in the order of the NPIs; None where there is none."""
    rows = await database.read(_PRIMARY_BY_COMPANY, {"npis": npis})
    found = {row["npi"]: row for row in rows}
    return [found.get(npi) for npi in npis]


async def page(
    database: Database, condition: Condition, order: OrderBy, window: Window, near: Near | None = None
) -> Page:
    """Return one page of the locations that fulfil a condition and, where asked, lie near a place."""
    values: list[object] = []
    shape = filters.shape_of(condition, values)
    statement = _page_statement(shape, order, window.backward, window.position is not None, near is not None)
    bound = filters.bound(values) | pages.window_values(window) | (near.values() if near else {})
    return pages.page_of(await database.read(statement, bound), window)


async def page_by_company(
    database: Database, npis: Sequence[str], condition: Condition, order: OrderBy, window: Window
) -> list[Page]:
    """Return one page of locations for each company, in the order of the NPIs, from one statement."""
    values: list[object] = []
    shape = filters.shape_of(condition, values)
    statement = _page_by_company_statement(shape, order, window.backward, window.position is not None)
    bound = filters.bound(values) | pages.window_values(window) | {"npis": list(dict.fromkeys(npis))}
    rows_of: dict[str, list[Location]] = {npi: [] for npi in npis}
    # The nested loop under LATERAL gives each company's rows together and in their order.
    for row in await database.read(statement, bound):
        rows_of[row["npi"]].append(row)
    return [pages.page_of(rows_of[npi], window) for npi in npis]


async def count(database: Database, condition: Condition, cap: int, near: Near | None = None) -> int:
    """Return how many locations fulfil a condition, at most cap + 1."""
    values: list[object] = []
    statement = _count_statement(filters.shape_of(condition, values), near is not None)
    bound = filters.bound(values) | {"limit": cap + 1} | (near.values() if near else {})
    rows = await database.read(statement, bound)
    return int(rows[0]["count"])


async def count_by_company(database: Database, npis: Sequence[str], condition: Condition) -> list[int]:
    """Return how many of its locations fulfil a condition, for each company in the order of the NPIs."""
    values: list[object] = []
    statement = _count_by_company_statement(filters.shape_of(condition, values))
    rows = await database.read(statement, filters.bound(values) | {"npis": npis})
    found = {row["npi"]: row["count"] for row in rows}
    return [found.get(npi, 0) for npi in npis]


async def zip_position(database: Database, zip5: str) -> tuple[float, float] | None:
    """Return the longitude and latitude of a ZIP's centroid, or None for a ZIP without one."""
    rows = await database.read(_ZIP_POSITION, {"zip": zip5})
    return (rows[0]["position"].x, rows[0]["position"].y) if rows else None


_BY_ID = compiled(select(*_COLUMNS).where(locations.c.id == func.any(_IDS)), Location)

_PRIMARY_BY_COMPANY = compiled(
    select(*_COLUMNS).where(locations.c.npi == func.any(_NPIS), locations.c.is_primary), Location
)

_ZIP_POSITION = compiled(select(zips.c.position).where(zips.c.zip == bindparam("zip", type_=Text)))


def _matching(shape: Shape, order: pages.Order, *, near: bool) -> Select[Any]:
    columns = [*_COLUMNS, *pages.key_columns(order)]
    if not near:
        return select(*columns).where(filters.where(shape, locations))
    columns.append(nearby.distance_km(locations).label("distance_km"))
    return select(*columns).where(filters.where(shape, locations), nearby.is_within(locations))


@lru_cache(maxsize=512)
def _page_statement(
    shape: Shape,
    order: OrderBy,
    backward: bool,  # noqa: FBT001 - a cache key, as are the two below
    positioned: bool,  # noqa: FBT001
    near: bool,  # noqa: FBT001
) -> Statement:
    sort_keys = keys(order)
    matching = _matching(shape, sort_keys, near=near)
    return compiled(pages.paged(matching, sort_keys, backward=backward, positioned=positioned), Location)


@lru_cache(maxsize=512)
def _page_by_company_statement(
    shape: Shape,
    order: OrderBy,
    backward: bool,  # noqa: FBT001 - a cache key, as is the one below
    positioned: bool,  # noqa: FBT001
) -> Statement:
    sort_keys = keys(order)
    parents = func.unnest(_NPIS).table_valued("npi", name="parents").render_derived()
    matching = _matching(shape, sort_keys, near=False).where(locations.c.npi == parents.c.npi)
    window = pages.paged(matching, sort_keys, backward=backward, positioned=positioned)
    rows = window.lateral("rows")
    return compiled(select(rows).select_from(parents.join(rows, true())), Location)


@lru_cache(maxsize=512)
def _count_statement(shape: Shape, near: bool) -> Statement:  # noqa: FBT001 - a cache key
    matching: Select[Any] = (
        select(literal_column("1")).select_from(locations).where(filters.where(shape, locations))
    )
    if near:
        matching = matching.where(nearby.is_within(locations))
    capped = matching.limit(bindparam("limit", type_=Integer)).subquery()
    return compiled(select(func.count().label("count")).select_from(capped))


@lru_cache(maxsize=512)
def _count_by_company_statement(shape: Shape) -> Statement:
    matching = (locations.c.npi == func.any(_NPIS), filters.where(shape, locations))
    counted = select(locations.c.npi, func.count().label("count")).where(*matching)
    return compiled(counted.group_by(locations.c.npi))
