"""Keyset pages: where a page starts, how it is ordered, and the statement that reads one row more."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from operator import itemgetter
from typing import Any
from uuid import UUID

import asyncpg
from sqlalchemy import (
    Date,
    DateTime,
    Double,
    Select,
    SmallInteger,
    Text,
    Uuid,
    and_,
    bindparam,
    literal_column,
    or_,
    select,
    tuple_,
    union_all,
)
from sqlalchemy.sql.elements import ColumnElement
from sqlalchemy.sql.selectable import CompoundSelect
from sqlalchemy.types import TypeEngine

from db.numbers import LIMIT, literal

Position = tuple[object, ...]

_SQL_TYPES: Mapping[type, TypeEngine[Any]] = {
    str: Text(),
    int: SmallInteger(),
    float: Double(),
    date: Date(),
    datetime: DateTime(timezone=True),
    UUID: Uuid(),
}


@dataclass(frozen=True, slots=True)
class SortKey:
    """One key that rows are sorted by: never null, held by an index, and the Python type of its values."""

    column: ColumnElement[Any]
    python: type
    descending: bool = False

    def flipped(self) -> "SortKey":
        """Return the key the other way round."""
        return SortKey(self.column, self.python, not self.descending)

    def bind(self, number: int) -> ColumnElement[Any]:
        """Return the value of this key in the position after which a page starts."""
        return bindparam(f"position_{number}", type_=_SQL_TYPES[self.python])


# An order by name, as callers ask for it: ("NAME", descending), ...
OrderBy = tuple[tuple[str, bool], ...]

# The keys of an order; the last one is unique, so that no two rows stand in the same place.
Order = tuple[SortKey, ...]


def with_tiebreaker(order: OrderBy, sort_keys: Mapping[str, SortKey], unique: str) -> Order:
    """Return the keys of an order down to a unique one, which is appended where it wasn't asked for.

    The tiebreaker runs the way of the key before it: a single order then is one range of an index.
    """
    keys = []
    for name, descending in order:
        keys.append(sort_keys[name].flipped() if descending else sort_keys[name])
        if name == unique:
            return tuple(keys)
    tiebreaker = sort_keys[unique]
    return (*keys, tiebreaker.flipped() if order[-1][1] else tiebreaker)


@dataclass(frozen=True, slots=True)
class Window:
    """How many rows from where: after a position (or before it, reading backwards); none means the end."""

    size: int
    position: Position | None = None
    backward: bool = False


@dataclass(slots=True, eq=False)
class Page:
    """Rows in the order asked for, and whether there are more on either side."""

    rows: Sequence[asyncpg.Record]
    has_next: bool
    has_previous: bool


def key_columns(order: Order) -> list[ColumnElement[Any]]:
    """Return the sort keys as key_0, key_1, ...: what a cursor for a row is made of."""
    return [key.column.label(f"key_{number}") for number, key in enumerate(order)]


def positions(order: Order) -> Callable[[asyncpg.Record], Position]:
    """Return what tells where a row stands in an order."""
    names = [f"key_{number}" for number in range(len(order))]
    return itemgetter(*names) if len(names) > 1 else lambda row: (row[names[0]],)


def paged(matching: Select[Any], order: Order, *, backward: bool, positioned: bool) -> Select[Any]:
    """Return a select narrowed to what follows a position, in order, one row more than the size asked for."""
    keys = directed(order, backward=backward)
    if positioned:
        matching = matching.where(beyond(keys))
    return matching.order_by(*ordering(keys)).limit(LIMIT)


def directed(order: Order, *, backward: bool) -> Order:
    """Return the sort keys in the direction in which a page is read."""
    return tuple(key.flipped() for key in order) if backward else order


def ordering(order: Order) -> list[ColumnElement[Any]]:
    """Write the sort keys as ORDER BY takes them."""
    return [key.column.desc() if key.descending else key.column.asc() for key in order]


def paged_each(
    selects: Sequence[Select[Any]], order: Order, *, backward: bool, positioned: bool
) -> CompoundSelect[Any]:
    """Return the page of each select, as `paged` has it, one after the other; `page` is the select's number."""
    found: list[Select[Any]] = []
    for place, each in enumerate(selects):
        numbered = each.add_columns(literal(place).label("page"))
        rows = paged(numbered, order, backward=backward, positioned=positioned).subquery(f"page_{place}")
        found.append(select(literal_column(f"page_{place}.*")).select_from(rows))
    return union_all(*found)


def beyond(order: Order) -> ColumnElement[bool]:
    """Write "sorts after the position"."""
    columns = [key.column for key in order]
    values = [key.bind(number) for number, key in enumerate(order)]
    if len({key.descending for key in order}) == 1:
        # One row comparison is one range of the index.
        left, right = tuple_(*columns), tuple_(*values)
        return left < right if order[0].descending else left > right
    first = columns[0] <= values[0] if order[0].descending else columns[0] >= values[0]
    return and_(first, _beyond_in_turn(order, columns, values))


def _beyond_in_turn(
    order: Order, columns: Sequence[ColumnElement[Any]], values: Sequence[ColumnElement[Any]]
) -> ColumnElement[bool]:
    alternatives = []
    for number, key in enumerate(order):
        equal = [columns[i] == values[i] for i in range(number)]
        further = columns[number] < values[number] if key.descending else columns[number] > values[number]
        alternatives.append(and_(*equal, further))
    return or_(*alternatives)


def window_values(window: Window) -> dict[str, object]:
    """Return the values that `paged` binds."""
    values: dict[str, object] = {"limit": window.size + 1}
    for number, value in enumerate(window.position or ()):
        values[f"position_{number}"] = value
    return values


def pages_of(rows: Sequence[asyncpg.Record], count: int, window: Window) -> list[Page]:
    """Return the pages in rows of `paged_each`, each of which comes in its order."""
    found: list[list[asyncpg.Record]] = [[] for _ in range(count)]
    for row in rows:
        found[row["page"]].append(row)
    return [page_of(each, window) for each in found]


def page_of(rows: Sequence[asyncpg.Record], window: Window) -> Page:
    """Return the page in rows that were read for a window: without the one too many, in forward order."""
    more = len(rows) > window.size
    if more:
        rows = rows[: window.size]
    if window.backward:
        return Page(rows[::-1], has_next=window.position is not None, has_previous=more)
    return Page(rows, has_next=more, has_previous=window.position is not None)
