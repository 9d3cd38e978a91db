"""Statements that find locations near a place.

The nearest that a page could need are told by an index alone, as far as the last of them and no farther. Where a
filter leaves too few of these, listings are asked for all companies that fit and have a place in the cells round
it. The first is quick where many fit, the second where few do, and nobody need guess which.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import reduce
from itertools import count
from typing import Any

from sqlalchemy import CTE, Select, Text, bindparam, func, literal_column, select, true, union_all
from sqlalchemy.sql.elements import ColumnElement
from sqlalchemy.sql.selectable import FromClause, SelectBase

from db import filters, nearby, pages
from db.boxes import Box
from db.columns import DISTANCE, MARK
from db.filters import EVERYTHING_SHAPE, Condition, Group, Shape, Test
from db.listings import is_of_query, listed_parts, query_of_cells, query_of_places
from db.matching import has_facets, is_matched
from db.nearby import Near
from db.numbers import LIMIT, capped, literal, number_of
from db.pages import Order
from db.prefixes import narrows
from db.tables import listings, locations

# How many of the nearest are tested before listings are asked. PostgreSQL must know that they are few, so this is
# part of the statement.
TESTED = literal(4_000)


@dataclass(frozen=True, slots=True)
class Shapes:
    """What must hold of a location, and what is left of that where its company's listing `is_listed` to match.

    Where the listing matches what is common (`narrows` is false), none is looked for by that.
    """

    whole: Shape
    rest: Shape
    is_listed: bool
    narrows: bool


@dataclass(frozen=True, slots=True)
class Form:
    """What decides the text of a page's statement: its order, and where and how it starts."""

    order: Order
    backward: bool
    positioned: bool
    with_keys: bool
    with_distance: bool

    @property
    def directed(self) -> Order:
        """The sort keys in the direction in which the page is read: the distance, then the id."""
        return pages.directed(self.order, backward=self.backward)


def split(condition: Condition, near: Near) -> tuple[Shapes, dict[str, object]]:
    """Return the shapes of a condition of locations near a place, and the values that statements of them bind."""
    whole = listed_parts(condition)
    query = query_of_places(condition)
    rest = _without_listed(whole) if query else filters.EVERYTHING
    (whole_shape, rest_shape), bound = filters.split_each([whole, rest])
    values = bound | near.values()
    if query:
        values |= {"around": query_of_cells(_narrowed(near.box, condition)), "listed": query}
    return Shapes(whole_shape, rest_shape, query is not None, narrows(query or "")), values


def found(shapes: Shapes, form: Form) -> SelectBase:
    """Return the page of locations near a place, in order of their distance from it."""
    if form.directed[0].descending:
        return _rows(_all(shapes, form), form)
    ring = _ring(form, LIMIT if shapes.whole == EVERYTHING_SHAPE else TESTED)
    fitting = _fitting(shapes, form, ring)
    if shapes.whole == EVERYTHING_SHAPE:
        return _rows(fitting, form)
    nearest = _rows(fitting, form).cte("nearest")
    is_full = number_of(nearest) >= LIMIT
    # With fewer there is nobody else.
    is_cut_off = number_of(ring) >= TESTED
    others = _rows(_all(shapes, form, ~is_full, is_cut_off), form).subquery("others")
    return union_all(
        select(literal_column("nearest.*")).select_from(nearest).where(is_full | ~is_cut_off),
        select(literal_column("others.*")).select_from(others),
    )


def counted(shapes: Shapes) -> Select[Any]:
    """Return how many locations near a place there are, at most the value `limit`."""
    one = literal(1).label("one")
    if shapes.narrows or not shapes.is_listed:
        return capped(_matching(shapes, [one]))
    # Nearly all there fit: each is looked at, as the index of positions has it, until there are enough.
    fits = select(filters.where(shapes.whole, locations)).correlate(locations).scalar_subquery()
    return capped(select(one).where(nearby.is_within(locations), fits))


def _narrowed(box: Box, condition: Condition) -> Box:
    """Return what a box has in common with those in which a location must be."""
    match condition:
        case Test("inside", values):
            return box & Box(*values)  # type: ignore[arg-type]  # degrees
        case Group("and", conditions):
            return reduce(_narrowed, conditions, box)
        case _:
            return box


def _without_listed(condition: Condition) -> Condition:
    """Return what is left of a condition where listings match the query of its places."""
    parts = condition.conditions if isinstance(condition, Group) and condition.operator == "and" else (condition,)
    return Group("and", tuple(part for part in parts if not is_of_query(part)))


def _ring(form: Form, size: ColumnElement[int]) -> CTE:
    """Return so many of the nearest locations (id, npi, distance_km), and all that are no farther than these."""
    distance = nearby.distance_km(locations)
    around = select(distance.label(DISTANCE)).where(nearby.is_within(locations))
    place = [locations.c.id, locations.c.npi, distance.label(DISTANCE)]
    if form.positioned:
        around = around.where(pages.beyond(form.directed))
    # By degrees, as the index has it: some of the nearest, if not the nearest.
    probe = around.order_by(nearby.degrees_apart(locations)).limit(size).subquery("probe")
    reach = select(func.max(probe.c[DISTANCE]).label("km")).cte("reach")
    km = select(reach.c.km).scalar_subquery()
    ring: Select[Any] = select(*place).where(nearby.is_within(locations), nearby.is_in_reach(locations, km))
    if form.positioned:
        ring = ring.where(pages.beyond(form.directed))
    return ring.cte("ring")


def _fitting(shapes: Shapes, form: Form, ring: CTE) -> Select[Any]:
    """Return the first of a ring that fit (id, distance_km), in order; no more are tested than it takes."""
    first = select(ring).order_by(*pages.ordering(_of(form, ring)))
    if shapes.whole == EVERYTHING_SHAPE:
        return first.limit(LIMIT)
    through = first.limit(TESTED).subquery("through")
    here = select(filters.where(shapes.whole, locations)).where(locations.c.id == through.c.id)
    fitting = select(through.c.id, through.c[DISTANCE]).where(here.scalar_subquery())
    return fitting.order_by(*pages.ordering(_of(form, through))).limit(LIMIT)


def _all(shapes: Shapes, form: Form, *needed: ColumnElement[bool]) -> Select[Any]:
    """Return the first of all locations within the radius that fit (id, distance_km), in order, where `needed`."""
    place = [locations.c.id, nearby.distance_km(locations).label(DISTANCE)]
    fitting = _matching(shapes, place, [pages.beyond(form.directed)] if form.positioned else [], needed)
    every = fitting.offset(literal(0)).subquery("every")
    return select(every).order_by(*pages.ordering(_of(form, every))).limit(LIMIT)


def _matching(
    shapes: Shapes,
    columns: Sequence[ColumnElement[Any]],
    beyond: Sequence[ColumnElement[bool]] = (),
    needed: Sequence[ColumnElement[bool]] = (),
) -> Select[Any]:
    """Return columns of all locations within the radius that fit and lie `beyond`; none unless `needed` holds."""
    if not shapes.is_listed:
        within = nearby.is_within(locations)
        return select(*columns).where(within, filters.where(shapes.whole, locations), *beyond, *needed)
    numbers = count()
    filters.where(shapes.whole, locations, numbers)
    is_listed = has_facets if shapes.narrows else is_matched
    listed = select(listings.c.npi).where(
        has_facets(listings, bindparam("around", type_=Text)),
        # Two tsqueries take a tenth of one that is made of both.
        is_listed(listings, bindparam("listed", type_=Text)),
        *needed,
    )
    fits = listed.offset(literal(0)).subquery("fits")
    rest = filters.where(shapes.rest, locations, numbers)
    of_company = select(*columns).where(
        locations.c.npi == fits.c.npi, nearby.is_no_farther(locations), rest, *beyond
    )
    # Without OFFSET, PostgreSQL might look at all places within the radius.
    there = of_company.offset(literal(0)).lateral("there")
    return select(there).select_from(fits.join(there, true()))


def _rows(chosen: Select[Any], form: Form) -> Select[Any]:
    """Return the rows of locations that were chosen, in order."""
    keys = pages.key_columns(form.order) if form.with_keys else ()
    distance = [nearby.distance_km(locations).label(DISTANCE)] if form.with_distance else []
    these = chosen.subquery("chosen")
    rows = select(MARK, *keys, *distance).select_from(locations.join(these, these.c.id == locations.c.id))
    return rows.order_by(*pages.ordering(form.directed))


def _of(form: Form, table: FromClause) -> Order:
    """Return the order by the columns of a table that has distances and ids."""
    distance, id_ = form.directed
    return replace(distance, column=table.c[DISTANCE]), replace(id_, column=table.c.id)
