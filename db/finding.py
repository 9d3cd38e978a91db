"""Statements that find companies by their listings.

The first companies in order are looked through; where these don't fill the page, indexes are asked for all that
fit, and those are sorted. The first is quick where many fit, the second where few do, and nobody need guess which.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import count
from typing import Any

from sqlalchemy import CTE, Integer, Select, bindparam, case, func, literal_column, select, union_all
from sqlalchemy.sql.elements import ColumnElement
from sqlalchemy.sql.selectable import CompoundSelect, FromClause, ScalarSelect

from db import filters, pages
from db.columns import MARK
from db.filters import EVERYTHING_SHAPE, LISTED, Shape
from db.pages import Order, SortKey
from db.tables import (
    ENUMERATED_ON_KEY,
    LISTED_ENUMERATED_ON_KEY,
    LISTED_NPPES_UPDATED_ON_KEY,
    NPPES_UPDATED_ON_KEY,
    companies,
    listings,
)

# How many companies are looked through before indexes are asked, for a page and for a count, which may come to
# half as many. PostgreSQL must know that they are few, so these are part of the statements.
LOOKED_THROUGH: ColumnElement[int] = literal_column("2000")
COUNTED_THROUGH: ColumnElement[int] = literal_column("20000")

_ONE: ColumnElement[int] = literal_column("1")
_LIMIT = bindparam("limit", type_=Integer)
# Sort keys that listings have, too.
_IN_LISTINGS: Mapping[Any, ColumnElement[Any]] = {
    companies.c.name_folded: listings.c.name_folded,
    companies.c.npi: listings.c.npi,
    ENUMERATED_ON_KEY: LISTED_ENUMERATED_ON_KEY,
    NPPES_UPDATED_ON_KEY: LISTED_NPPES_UPDATED_ON_KEY,
}


@dataclass(frozen=True, slots=True)
class Shapes:
    """What must hold of a listing, `begun` of its name's beginning alone, and the rest of its company."""

    begun: Shape
    own: Shape
    rest: Shape

    @property
    def plans_once(self) -> bool:
        """Whether the best plan is the same for all values."""
        return (self.begun, self.own, self.rest) == (EVERYTHING_SHAPE, ("and", (LISTED,)), EVERYTHING_SHAPE)


@dataclass(frozen=True, slots=True)
class Form:
    """What decides the text of a page's statement: its order, and where and how it starts."""

    order: Order
    backward: bool
    positioned: bool
    with_keys: bool

    @property
    def directed(self) -> Order:
        """The sort keys in the direction in which the page is read."""
        return pages.directed(self.order, backward=self.backward)

    @property
    def is_in_listings(self) -> bool:
        """Whether listings have all of the sort keys, too."""
        return all(key.column in _IN_LISTINGS for key in self.order)

    @property
    def is_by_name(self) -> bool:
        """Whether the names that begin alike stand together."""
        return self.order[0].column is companies.c.name_folded

    @property
    def keys(self) -> Order:
        """The same as `directed`, of listings where these have them."""
        if not self.is_in_listings:
            return self.directed
        return tuple(replace(key, column=_IN_LISTINGS[key.column]) for key in self.directed)


def found(shapes: Sequence[Shapes], form: Form) -> CompoundSelect[Any]:
    """Return the page of each, one after the other; `page` is its number where there are several.

    Values are bound as `filters.where` has it: those of `begun`, `own` and `rest` of one, then of the next.
    """
    pieces: list[Select[Any]] = []
    start = 0
    for place, each in enumerate(shapes):
        number: list[ColumnElement[Any]] = [literal_column(str(place)).label("page")] if len(shapes) > 1 else []
        fitting, start_of_next = _first(each, form, start)
        walked = _page(fitting, form, number).cte(f"walked_{place}")
        many = select(func.count()).select_from(walked).correlate(None).scalar_subquery()
        looked_up = _page(_all(each, form, start).where(many < _LIMIT), form, number).subquery(f"all_{place}")
        pieces.append(select(literal_column(f"walked_{place}.*")).select_from(walked).where(many >= _LIMIT))
        pieces.append(select(literal_column(f"all_{place}.*")).select_from(looked_up))
        start = start_of_next
    return union_all(*pieces)


def counted(shapes: Sequence[Shapes]) -> list[ColumnElement[Any]]:
    """Return how many companies fit each of these, at most the value `limit`; values are bound as in `found`."""
    counts: list[ColumnElement[Any]] = []
    start = 0
    for place, each in enumerate(shapes):
        narrowed, start_of_next = _narrowed(select(_ONE), each, start)
        number = _number(narrowed)
        if each.rest == EVERYTHING_SHAPE:
            number = _begun_or(number, each, start, place)
        counts.append(number.label(f"count_{place}"))
        start = start_of_next
    return counts


def facets_of(shapes: Sequence[Shapes]) -> list[CTE]:
    """Return the facets of companies that fit each of these, of at most the value `limit`; bound as in `found`."""
    found: list[CTE] = []
    start = 0
    for place, each in enumerate(shapes):
        narrowed, start = _narrowed(select(listings.c.facets), each, start)
        found.append(narrowed.limit(_LIMIT).cte(f"fitting_{place}"))
    return found


def narrowed(found: Select[Any], shapes: Shapes) -> Select[Any]:
    """Return a select from listings narrowed to those that fit; values are bound as in `found`."""
    return _narrowed(found, shapes, 0)[0]


def _page(fitting: Select[Any], form: Form, number: Sequence[ColumnElement[Any]]) -> Select[Any]:
    """Return the rows of the first of those that fit (npi, place_0, place_1, ...), in order."""
    keys = pages.key_columns(form.order) if form.with_keys else ()
    # Without OFFSET, PostgreSQL might look for them in order, one by one.
    every = fitting.offset(literal_column("0")).subquery("fitting")
    placed = _placed(form, every)
    first = select(every.c.npi).order_by(*pages.ordering(placed)).limit(_LIMIT)
    if form.positioned:
        first = first.where(pages.beyond(placed))
    chosen = first.subquery("chosen")
    rows = select(MARK, *keys, *number).select_from(companies.join(chosen, chosen.c.npi == companies.c.npi))
    return rows.order_by(*pages.ordering(form.directed))


def _first(shapes: Shapes, form: Form, start: int) -> tuple[Select[Any], int]:
    """Return those of the first companies in order that fit; and the number of the next value that is bound."""
    table = listings if form.is_in_listings else companies
    first = select(*(_of_first(table, column.name) for column in listings.c), *_places(form))
    if form.is_by_name:
        first = first.where(filters.where(shapes.begun, listings, count(start)))
    if form.positioned:
        first = first.where(pages.beyond(form.keys))
    through = first.order_by(*pages.ordering(form.keys)).limit(LOOKED_THROUGH).subquery("through")
    numbers = count(start)
    begun, own = (filters.where(shape, through, numbers) for shape in (shapes.begun, shapes.own))
    rest = select(filters.where(shapes.rest, companies, numbers)).where(companies.c.npi == through.c.npi)
    places = [through.c[_place(number)] for number in range(len(form.order))]
    fitting = select(through.c.npi, *places).where(begun, own)
    if shapes.rest != EVERYTHING_SHAPE:
        fitting = fitting.where(rest.scalar_subquery())
    return fitting.order_by(*pages.ordering(_placed(form, through))), next(numbers)


def _of_first(table: FromClause, name: str) -> ColumnElement[Any]:
    """Return a column of the listing of a row that is looked through."""
    if name in table.c:
        return table.c[name]
    # For each row its listing, however many PostgreSQL takes the rows for.
    of_company = select(listings.c[name]).where(listings.c.npi == companies.c.npi).scalar_subquery()
    return of_company.label(name)


def _all(shapes: Shapes, form: Form, start: int) -> Select[Any]:
    """Return all companies that fit."""
    places = _places(form)
    if shapes.rest == EVERYTHING_SHAPE:
        places = [_of_listing(key).label(_place(number)) for number, key in enumerate(form.directed)]
    fitting, _ = _narrowed(select(listings.c.npi, *places), shapes, start)
    return fitting


def _of_listing(key: SortKey) -> ColumnElement[Any]:
    """Return a sort key of a listing; what it doesn't have is looked up for each."""
    own = _IN_LISTINGS.get(key.column)
    if own is not None:
        return own
    return select(key.column).where(companies.c.npi == listings.c.npi).scalar_subquery()


def _narrowed(found: Select[Any], shapes: Shapes, start: int) -> tuple[Select[Any], int]:
    """Return a select from listings, and companies where it needs them, narrowed to those that fit."""
    numbers = count(start)
    found = found.select_from(listings)
    if shapes.rest != EVERYTHING_SHAPE:
        found = found.join(companies, companies.c.npi == listings.c.npi)
    for shape, table in ((shapes.begun, listings), (shapes.own, listings), (shapes.rest, companies)):
        found = found.where(filters.where(shape, table, numbers))
    return found, next(numbers)


def _begun_or(every: ScalarSelect[Any], shapes: Shapes, start: int, place: int) -> ScalarSelect[Any]:
    """Return how many of the first listings fit where these are enough, else that of all."""
    first = select(listings).order_by(listings.c.npi).limit(COUNTED_THROUGH).subquery("through")
    numbers = count(start)
    conditions = [filters.where(shape, first, numbers) for shape in (shapes.begun, shapes.own)]
    begun = _number(select(_ONE).select_from(first).where(*conditions))
    number = select(begun.label("number")).subquery(f"first_{place}")
    return select(case((number.c.number >= _LIMIT, number.c.number), else_=every)).scalar_subquery()


def _number(fitting: Select[Any]) -> ScalarSelect[Any]:
    return select(func.count()).select_from(fitting.limit(_LIMIT).subquery()).scalar_subquery()


def _places(form: Form) -> list[ColumnElement[Any]]:
    """Return the sort keys as place_0, place_1, ..."""
    return [key.column.label(_place(number)) for number, key in enumerate(form.keys)]


def _place(number: int) -> str:
    return f"place_{number}"


def _placed(form: Form, table: FromClause) -> Order:
    """Return the order by the columns that `_places` made."""
    return tuple(replace(key, column=table.c[_place(number)]) for number, key in enumerate(form.keys))
