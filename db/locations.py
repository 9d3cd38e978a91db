"""Every statement that reads locations."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any
from uuid import UUID

import asyncpg
from sqlalchemy import Select, Text, Uuid, bindparam, func, literal_column, select, true
from sqlalchemy.dialects.postgresql import ARRAY

from db import filters, finding, nearby, nearest, pages, sought
from db.columns import CURSOR, DISTANCE, MARK, Asked, asks_for, never_null, selectable, selecting, with_values
from db.filters import EVERYTHING, Condition, Shape
from db.finding import Shapes
from db.listings import listed_parts
from db.location_columns import INTERNAL
from db.lookups import Lookup
from db.nearby import Near
from db.numbers import capped, literal
from db.pages import OrderBy, Page, SortKey, Window
from db.past import Past
from db.reads import Reads
from db.statement import Statement, compiled
from db.tables import CITY_KEY, POSTAL_CODE_KEY, STATE_KEY, locations, zips

_COLUMNS = selectable(locations, but=INTERNAL)
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

    noun = "location"
    never_null = never_null(locations)


@lru_cache(maxsize=512)
def keys(order: OrderBy) -> pages.Order:
    """Return an order's sort keys, the id last: it is unique."""
    return pages.with_tiebreaker(order, SORT_KEYS, "ID")


async def by_id(database: Reads, ids: Sequence[UUID], columns: Asked = None) -> list[Location | None]:
    """Return the locations with these ids, in their order; None for an unknown one."""
    statement = _by_id_statement(columns)
    if len(ids) == 1:
        return [await database.find(Lookup(statement, "ids", "id"), ids[0], with_values(columns, {}))]
    rows = await database.read(statement, with_values(columns, {"ids": ids}))
    found = {row["id"]: row for row in rows}
    return [found.get(id_) for id_ in ids]


async def primary_by_company(database: Reads, npis: Sequence[str], columns: Asked = None) -> list[Location | None]:
    """Return the primary location of each company, in the order of the NPIs; None where there is none."""
    rows = await database.read(_primary_by_company_statement(columns), with_values(columns, {"npis": npis}))
    found = {row["npi"]: row for row in rows}
    return [found.get(npi) for npi in npis]


async def page(
    database: Reads,
    condition: Condition,
    order: OrderBy,
    window: Window,
    near: Near | None = None,
    columns: Asked = None,
) -> Page:
    """Return one page of the locations that fulfil a condition and, where asked, lie near a place.

    `columns` may name CURSOR for the sort keys, and DISTANCE where a place is given.
    """
    positioned = window.position is not None
    if near and order[0][0] == "DISTANCE" and not isinstance(database, Past):
        around, bound = nearest.split(condition, near)
        statement = _nearest_statement(around, order, window.backward, positioned, columns)
    elif near is None and _is_sought(database, condition):
        [shapes], bound = finding.split_each([sought.of_locations(condition, order[0][0])])
        statement = _found_statement(shapes, order, window.backward, positioned, columns)
    else:
        shape, bound = _split(database, condition)
        statement = _page_statement(shape, order, window.backward, positioned, near is not None, columns)
        bound |= near.values() if near else {}
    bound = with_values(columns, bound | pages.window_values(window))
    return pages.page_of(await database.read(statement, bound), window)


async def page_by_company(
    database: Reads,
    npis: Sequence[str],
    condition: Condition,
    order: OrderBy,
    window: Window,
    columns: Asked = None,
) -> list[Page]:
    """Return one page of locations for each company, in the order of the NPIs, from one statement."""
    shape, bound = _split(database, condition)
    bound = with_values(columns, bound | pages.window_values(window))
    positioned = window.position is not None
    if len(npis) == 1:
        statement = _page_of_company_statement(shape, order, window.backward, positioned, columns)
        return [pages.page_of(await database.read(statement, bound | {"npi": npis[0]}), window)]
    statement = _page_by_company_statement(shape, order, window.backward, positioned, columns)
    rows = await database.read(statement, bound | {"npis": list(dict.fromkeys(npis))})
    rows_of: dict[str, list[Location]] = {npi: [] for npi in npis}
    # The nested loop under LATERAL gives each company's rows together and in their order.
    for row in rows:
        rows_of[row["npi"]].append(row)
    return [pages.page_of(rows_of[npi], window) for npi in npis]


async def count(database: Reads, condition: Condition, cap: int, near: Near | None = None) -> int:
    """Return how many locations fulfil a condition, at most cap + 1."""
    if near and not isinstance(database, Past):
        around, bound = nearest.split(condition, near)
        statement = _count_nearest_statement(around)
    elif near is None and _is_sought(database, condition):
        [shapes], bound = finding.split_each([sought.of_locations(condition)])
        statement = _found_count_statement(shapes)
    else:
        shape, bound = _split(database, condition)
        statement = _count_statement(shape, near is not None)
        bound |= near.values() if near else {}
    [row] = await database.read(statement, bound | {"limit": cap + 1})
    return int(row[0])


async def count_by_company(database: Reads, npis: Sequence[str], condition: Condition) -> list[int]:
    """Return how many of its locations fulfil a condition, for each company in the order of the NPIs."""
    shape, bound = _split(database, condition)
    rows = await database.read(_count_by_company_statement(shape), bound | {"npis": npis})
    found = {row["npi"]: row["count"] for row in rows}
    return [found.get(npi, 0) for npi in npis]


def _is_sought(database: Reads, condition: Condition) -> bool:
    """Return whether locations are looked for: all of them, and those of the past, are read as they come."""
    return condition != EVERYTHING and not isinstance(database, Past)


def _split(database: Reads, condition: Condition) -> tuple[Shape, dict[str, object]]:
    """Return a condition's shape and its values."""
    # What companies were found by in the past is told by no listing.
    return filters.split(condition if isinstance(database, Past) else listed_parts(condition))


async def zip_position(database: Reads, zip5: str) -> tuple[float, float] | None:
    """Return the longitude and latitude of a ZIP's centroid, or None for a ZIP without one."""
    rows = await database.read(_ZIP_POSITION, {"zip": zip5})
    return (rows[0]["position"].x, rows[0]["position"].y) if rows else None


_BY_ID = compiled(
    select(MARK).select_from(locations).where(locations.c.id == func.any(_IDS)), Location, plans_once=True
)

_PRIMARY_BY_COMPANY = compiled(
    select(MARK).select_from(locations).where(locations.c.npi == func.any(_NPIS), locations.c.is_primary),
    Location,
    plans_once=True,
)

_ZIP_POSITION = compiled(select(zips.c.position).where(zips.c.zip == bindparam("zip", type_=Text)))


@lru_cache(maxsize=512)
def _by_id_statement(columns: Asked) -> Statement:
    return selecting(_BY_ID, _COLUMNS, columns, "id")


@lru_cache(maxsize=512)
def _primary_by_company_statement(columns: Asked) -> Statement:
    return selecting(_PRIMARY_BY_COMPANY, _COLUMNS, columns, "npi")


@dataclass(frozen=True, slots=True)
class _Form:
    """What decides the text of a page's statement, but for its columns."""

    shape: Shape
    order: OrderBy
    backward: bool
    positioned: bool
    with_keys: bool
    near: bool = False
    with_distance: bool = False


def _matching(form: _Form, sort_keys: pages.Order) -> Select[Any]:
    columns = [MARK, *(pages.key_columns(sort_keys) if form.with_keys else ())]
    if form.with_distance:
        columns.append(nearby.distance_km(locations).label(DISTANCE))
    matching: Select[Any] = select(*columns).select_from(locations).where(filters.where(form.shape, locations))
    return matching.where(nearby.is_within(locations)) if form.near else matching


@lru_cache(maxsize=512)
def _page_statement(
    shape: Shape,
    order: OrderBy,
    backward: bool,  # noqa: FBT001 - a cache key, as are the two below
    positioned: bool,  # noqa: FBT001
    near: bool,  # noqa: FBT001
    columns: Asked,
) -> Statement:
    with_keys, with_distance = asks_for(columns, CURSOR), near and asks_for(columns, DISTANCE)
    template = _page_template(_Form(shape, order, backward, positioned, with_keys, near, with_distance))
    return selecting(template, _COLUMNS, columns)


@lru_cache(maxsize=512)
def _page_template(form: _Form) -> Statement:
    sort_keys = keys(form.order)
    matching = _matching(form, sort_keys)
    paged = pages.paged(matching, sort_keys, backward=form.backward, positioned=form.positioned)
    return compiled(paged, Location, plans_once=form.shape == filters.EVERYTHING_SHAPE and not form.near)


@lru_cache(maxsize=512)
def _nearest_statement(
    shapes: nearest.Shapes,
    order: OrderBy,
    backward: bool,  # noqa: FBT001 - a cache key, as is the one below
    positioned: bool,  # noqa: FBT001
    columns: Asked,
) -> Statement:
    with_keys, with_distance = asks_for(columns, CURSOR), asks_for(columns, DISTANCE)
    form = nearest.Form(keys(order), backward, positioned, with_keys, with_distance)
    return selecting(_nearest_template(shapes, form), _COLUMNS, columns)


@lru_cache(maxsize=512)
def _nearest_template(shapes: nearest.Shapes, form: nearest.Form) -> Statement:
    return compiled(nearest.found(shapes, form), Location)


@lru_cache(maxsize=512)
def _count_nearest_statement(shapes: nearest.Shapes) -> Statement:
    return compiled(nearest.counted(shapes))


@lru_cache(maxsize=512)
def _found_statement(
    shapes: Shapes,
    order: OrderBy,
    backward: bool,  # noqa: FBT001 - a cache key, as is the one below
    positioned: bool,  # noqa: FBT001
    columns: Asked,
) -> Statement:
    form = finding.Form(finding.LOCATIONS, keys(order), backward, positioned, asks_for(columns, CURSOR))
    return selecting(_found_template(shapes, form), _COLUMNS, columns)


@lru_cache(maxsize=512)
def _found_template(shapes: Shapes, form: finding.Form) -> Statement:
    return compiled(finding.found([shapes], form), Location)


@lru_cache(maxsize=512)
def _found_count_statement(shapes: Shapes) -> Statement:
    return compiled(select(*finding.counted([shapes], finding.LOCATIONS)))


@lru_cache(maxsize=512)
def _page_of_company_statement(
    shape: Shape,
    order: OrderBy,
    backward: bool,  # noqa: FBT001 - a cache key, as is the one below
    positioned: bool,  # noqa: FBT001
    columns: Asked,
) -> Statement:
    template = _page_of_company_template(_Form(shape, order, backward, positioned, asks_for(columns, CURSOR)))
    return selecting(template, _COLUMNS, columns)


@lru_cache(maxsize=512)
def _page_of_company_template(form: _Form) -> Statement:
    """Return the page of one company: without the join that many need, a third less work for PostgreSQL."""
    sort_keys = keys(form.order)
    matching = _matching(form, sort_keys).where(locations.c.npi == bindparam("npi", type_=Text))
    paged = pages.paged(matching, sort_keys, backward=form.backward, positioned=form.positioned)
    return compiled(paged, Location, plans_once=form.shape == filters.EVERYTHING_SHAPE)


@lru_cache(maxsize=512)
def _page_by_company_statement(
    shape: Shape,
    order: OrderBy,
    backward: bool,  # noqa: FBT001 - a cache key, as is the one below
    positioned: bool,  # noqa: FBT001
    columns: Asked,
) -> Statement:
    template = _page_by_company_template(_Form(shape, order, backward, positioned, asks_for(columns, CURSOR)))
    return selecting(template, _COLUMNS, columns, "npi")


@lru_cache(maxsize=512)
def _page_by_company_template(form: _Form) -> Statement:
    sort_keys = keys(form.order)
    parents = func.unnest(_NPIS).table_valued("npi", name="parents").render_derived()
    matching = _matching(form, sort_keys).where(locations.c.npi == parents.c.npi)
    window = pages.paged(matching, sort_keys, backward=form.backward, positioned=form.positioned)
    rows = window.lateral("rows")
    joined: Select[Any] = select(literal_column("rows.*")).select_from(parents.join(rows, true()))
    return compiled(joined, Location, plans_once=form.shape == filters.EVERYTHING_SHAPE)


@lru_cache(maxsize=512)
def _count_statement(shape: Shape, near: bool) -> Statement:  # noqa: FBT001 - a cache key
    matching = select(literal(1)).select_from(locations).where(filters.where(shape, locations))
    return compiled(capped(matching.where(nearby.is_within(locations)) if near else matching))


@lru_cache(maxsize=512)
def _count_by_company_statement(shape: Shape) -> Statement:
    matching = (locations.c.npi == func.any(_NPIS), filters.where(shape, locations))
    counted = select(locations.c.npi, func.count().label("count")).where(*matching)
    return compiled(counted.group_by(locations.c.npi), plans_once=shape == filters.EVERYTHING_SHAPE)
