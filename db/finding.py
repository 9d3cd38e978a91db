"""Statements that find rows by what narrows them: companies by their listings, locations by their own columns.

The first rows in order are looked through; where few of these fit, indexes are asked for all that fit, and those
are sorted. The first is quick where many fit, the second where few do, and nobody need guess which: a short look
tells whether a longer one is worth while.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from itertools import count
from typing import Any

from sqlalchemy import (
    CTE,
    Boolean,
    Select,
    Table,
    Text,
    bindparam,
    case,
    func,
    literal_column,
    select,
    true,
    union,
    union_all,
)
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.sql.elements import ColumnElement
from sqlalchemy.sql.selectable import FromClause, ScalarSelect, SelectBase

from db import filters, pages
from db.columns import MARK
from db.filters import EVERYTHING_SHAPE, LISTED, LISTED_PREFIX, Shape
from db.numbers import LIMIT, literal, number_of
from db.pages import Order
from db.sought import Sought
from db.tables import (
    ENUMERATED_ON_KEY,
    LISTED_ENUMERATED_ON_KEY,
    LISTED_NPPES_UPDATED_ON_KEY,
    NPPES_UPDATED_ON_KEY,
    STATE_KEY,
    companies,
    listings,
    locations,
)


@dataclass(frozen=True, slots=True)
class Look:
    """How many rows are looked through: a few at first, and more where these promise to be enough.

    So many times as many as fit among the first are hoped for among the others. PostgreSQL must know how many rows
    these are, so they are part of the statements.
    """

    first: int
    further: int
    hope: int


# A row takes 2 us by name, since each lies elsewhere, and 1 us by number; what an index finds takes 0.2 us, and 3
# where it is looked at (1,900,000 companies).
FOR_PAGE = Look(1_000, 8_000, 6)
FOR_COUNT = Look(1_000, 25_000, 20)

# False. A plan for all values must be ready for true, and so for a whole table: PostgreSQL makes such a plan at
# the sixth time, finds it dear, and goes on to plan for the values that it has.
_ALL_VALUES = bindparam("all_values", type_=Boolean)


@dataclass(frozen=True, slots=True, eq=False)
class Noun:
    """Rows of a table, and where they are narrowed: the same, or another with a row for each by the same key."""

    table: Table
    narrowed: Table
    key: str
    # The sort keys that both have, as the latter has them.
    keys: Mapping[Any, ColumnElement[Any]]
    # What leads indexes to orders, by the tests of it (db/sought.py).
    leads: Mapping[str, ColumnElement[Any]]


COMPANIES = Noun(
    companies,
    listings,
    "npi",
    {
        companies.c.name_folded: listings.c.name_folded,
        companies.c.npi: listings.c.npi,
        ENUMERATED_ON_KEY: LISTED_ENUMERATED_ON_KEY,
        NPPES_UPDATED_ON_KEY: LISTED_NPPES_UPDATED_ON_KEY,
    },
    {},
)
LOCATIONS = Noun(locations, locations, "id", {}, {"state": STATE_KEY})


@dataclass(frozen=True, slots=True)
class PartShapes:
    """The shapes of `db.sought.Parts`."""

    lead: Shape = EVERYTHING_SHAPE
    key: Shape = EVERYTHING_SHAPE
    own: Shape = EVERYTHING_SHAPE
    rest: Shape = EVERYTHING_SHAPE


@dataclass(frozen=True, slots=True)
class Shapes:
    """The shapes of `db.sought.Sought`."""

    whole: PartShapes
    ways: tuple[PartShapes, ...] = ()

    @property
    def plans_once(self) -> bool:
        """Whether the best plan is the same for all values."""
        return not self.ways and self.whole in _OF_LISTINGS_ALONE


_OF_LISTINGS_ALONE = [PartShapes(own=("and", (name,))) for name in (LISTED, LISTED_PREFIX)]


def split_each(sought: Sequence[Sought]) -> tuple[tuple[Shapes, ...], dict[str, object]]:
    """Return the shapes of several, and their values: of one part after the other."""
    parts = [part for each in sought for part in (each.whole, *each.ways)]
    shapes, values = filters.split_each(
        [each for part in parts for each in (part.lead, part.key, part.own, part.rest)]
    )
    found = map(PartShapes, shapes[::4], shapes[1::4], shapes[2::4], shapes[3::4])
    values["all_values"] = False
    return tuple(Shapes(next(found), tuple(next(found) for _ in each.ways)) for each in sought), values


@dataclass(frozen=True, slots=True)
class Form:
    """What decides the text of a page's statement: of what, its order, and where and how it starts."""

    noun: Noun
    order: Order
    backward: bool
    positioned: bool
    with_keys: bool

    @property
    def directed(self) -> Order:
        """The sort keys in the direction in which the page is read."""
        return pages.directed(self.order, backward=self.backward)

    @property
    def ordered(self) -> Table:
        """The table that has all of the sort keys: the one where rows are narrowed, if it can be."""
        is_there = all(key.column in self.noun.keys for key in self.order)
        return self.noun.narrowed if is_there else self.noun.table

    @property
    def keys(self) -> Order:
        """The same as `directed`, of that table."""
        if self.ordered is self.noun.table:
            return self.directed
        return tuple(replace(key, column=self.noun.keys[key.column]) for key in self.directed)


def _counted_by(noun: Noun, *names: str) -> Form:
    order = tuple(pages.SortKey(noun.table.c[name], str) for name in names)
    return Form(noun, order, backward=False, positioned=False, with_keys=False)


# An order in which most rows lie on the disk, too.
_COUNTED_BY = {COMPANIES: _counted_by(COMPANIES, "npi"), LOCATIONS: _counted_by(LOCATIONS, "npi", "rank", "id")}


def found(shapes: Sequence[Shapes], form: Form) -> SelectBase:
    """Return the page of each, one after the other; `page` is its number where there are several.

    Values are bound as `split_each` has it.
    """
    lists: list[Select[Any]] = []
    start = 0
    for place, each in enumerate(shapes):
        number = (literal(place).label("page"),) if len(shapes) > 1 else ()
        steps, start = _steps(each, form, FOR_PAGE, start, place, partial(_first, form=form))
        lists.append(_page(steps, form, number, plans_once=each.plans_once))
    if len(lists) == 1:
        return lists[0]
    named = [page.subquery(f"page_{place}") for place, page in enumerate(lists)]
    return union_all(*(select(literal_column(f"{page.name}.*")).select_from(page) for page in named))


def counted(shapes: Sequence[Shapes], noun: Noun) -> list[ColumnElement[Any]]:
    """Return how many rows fit each of these, at most the value `limit`; values are bound as in `found`."""
    counts: list[ColumnElement[Any]] = []
    start = 0
    for place, each in enumerate(shapes):
        steps, start = _steps(each, _COUNTED_BY[noun], FOR_COUNT, start, place, _some)
        cases: list[tuple[ColumnElement[bool], ColumnElement[int]]] = [
            (number_of(step) >= LIMIT, LIMIT) for step in (steps.first, steps.further)
        ]
        if not each.plans_once:
            cases.append((_ALL_VALUES, number_of(noun.table)))
        counts.append(case(*cases, else_=number_of(steps.every.subquery())).label(f"count_{place}"))
    return counts


def facets_of(shapes: Sequence[Shapes]) -> list[CTE]:
    """Return the facets of companies that fit each of these, of at most the value `limit`; bound as in `found`."""
    found: list[CTE] = []
    start = 0
    for place, each in enumerate(shapes):
        fitting, start = _every(each, _COUNTED_BY[COMPANIES], start, is_cut=True, columns=[listings.c.facets])
        found.append(_some(fitting).cte(f"fitting_{place}"))
    return found


def sampled(shapes: Shapes, size: int) -> Select[Any]:
    """Return those of the first so many listings by number that fit by themselves; bound as in `found`."""
    first = select(listings).order_by(listings.c.npi).limit(literal(size)).subquery("first")
    numbers = count()
    told = [filters.where(shape, first, numbers, listings) for shape in (shapes.whole.key, shapes.whole.own)]
    return select(first).where(*told)


def narrowed(shapes: Shapes, *columns: ColumnElement[Any]) -> Select[Any]:
    """Return columns of the listings of all companies that fit; values are bound as in `found`."""
    return _narrowed(shapes.whole, _COUNTED_BY[COMPANIES], 0, columns)[0]


def _some(fitting: Select[Any]) -> Select[Any]:
    # Told a number, PostgreSQL might read rows as they lie until it has so many, and take few for many.
    return fitting.limit(select(LIMIT).scalar_subquery())


def _first(fitting: Select[Any], form: Form) -> Select[Any]:
    """Return the keys of the first of those that fit (key, place_0, place_1, ...)."""
    # Without OFFSET, PostgreSQL might look for them in order, one by one.
    every = fitting.offset(literal(0)).subquery("fitting")
    placed = _placed(form, every)
    first = select(every.c[form.noun.key]).order_by(*pages.ordering(placed)).limit(LIMIT)
    return first.where(pages.beyond(placed)) if form.positioned else first


@dataclass(frozen=True, slots=True)
class _Steps:
    """Those that fit of the first few rows, of more of them, and of all; each is empty where another is enough."""

    first: CTE
    further: CTE
    every: Select[Any]


def _steps(
    shapes: Shapes,
    form: Form,
    look: Look,
    start: int,
    place: int,
    cut: Callable[[Select[Any]], Select[Any]],
) -> tuple[_Steps, int]:
    """Return the steps, of whose rows `cut` takes those that are wanted; and the number of the next value."""
    first = cut(_through(shapes.whole, form, look.first, start)).cte(f"first_{place}")
    found = number_of(first)
    more = _through(shapes.whole, form, look.further, start)
    further = cut(more.where(found < LIMIT, found * literal(look.hope) >= LIMIT)).cte(f"further_{place}")
    every, end = _every(shapes, form, start, is_cut=cut is _some)
    every = every.where(found < LIMIT, number_of(further) < LIMIT)
    return _Steps(first, further, cut(every)), end


def _page(steps: _Steps, form: Form, number: Sequence[ColumnElement[Any]], *, plans_once: bool) -> Select[Any]:
    """Return the rows that the first of the steps that is enough has found, in order."""
    key, table = form.noun.key, form.noun.table
    keys = pages.key_columns(form.order) if form.with_keys else ()
    keys_of = [select(step).where(number_of(step) >= LIMIT) for step in (steps.first, steps.further)]
    keys_of += [steps.every] if plans_once else [steps.every, select(table.c[key]).where(_ALL_VALUES)]
    chosen = union_all(*keys_of).subquery("chosen")
    rows = select(MARK, *keys, *number).select_from(table.join(chosen, chosen.c[key] == table.c[key]))
    return rows.order_by(*pages.ordering(form.directed))


def _through(parts: PartShapes, form: Form, most: int, start: int) -> Select[Any]:
    """Return those of the first rows in order that fit; `start` is the number of the first value."""
    noun, numbers = form.noun, count(start)
    through = _in_order(parts, form, most, numbers).subquery("through")
    rows: FromClause = through
    tested: FromClause = through
    if form.ordered is not noun.narrowed and parts.own != EVERYTHING_SHAPE:
        # For each row its own, however many PostgreSQL takes the rows for.
        own = select(noun.narrowed).where(noun.narrowed.c[noun.key] == through.c[noun.key])
        tested = own.offset(literal(0)).lateral("own")
        rows = through.join(tested, true())
    placed = _placed(form, through)
    fitting = select(through.c[noun.key], *(key.column for key in placed)).select_from(rows)
    fitting = fitting.where(filters.where(parts.own, tested, numbers, noun.narrowed))
    if parts.rest != EVERYTHING_SHAPE:
        fitting = fitting.where(_rest(parts.rest, noun, tested, numbers))
    return fitting.order_by(*pages.ordering(placed))


def _in_order(parts: PartShapes, form: Form, most: int, numbers: Iterator[int]) -> Select[Any]:
    """Return the first rows in order."""
    table, noun = form.ordered, form.noun
    columns = noun.narrowed.c if table is noun.narrowed else (table.c[noun.key],)
    found = select(*columns, *_places(form)).order_by(*pages.ordering(form.keys)).limit(literal(most))
    if form.positioned:
        found = found.where(pages.beyond(form.keys))
    if parts.lead == EVERYTHING_SHAPE:
        return found.where(filters.where(parts.key, table, numbers))
    # An index has those of each value in order, but not those of several.
    [_, [name]] = parts.lead
    values = func.unnest(bindparam(f"filter_{next(numbers)}", type_=ARRAY(Text)))
    leads = values.table_valued("value", name="leads").render_derived()
    of_lead = found.where(noun.leads[name] == leads.c.value, filters.where(parts.key, table, numbers)).lateral(
        "of_lead"
    )
    of_all = select(*of_lead.c).select_from(leads, of_lead)
    return of_all.order_by(*pages.ordering(_placed(form, of_lead))).limit(literal(most))


def _rest(shape: Shape, noun: Noun, tested: FromClause, numbers: Iterator[int]) -> ScalarSelect[bool]:
    """Write what is looked up for each row that is looked through; PostgreSQL would join it with all there is."""
    if noun.table is noun.narrowed:
        return select(filters.where(shape, tested, numbers, noun.narrowed)).correlate(tested).scalar_subquery()
    told = select(filters.where(shape, noun.table, numbers))
    return told.where(noun.table.c[noun.key] == tested.c[noun.key]).correlate(tested).scalar_subquery()


def _every(
    shapes: Shapes,
    form: Form,
    start: int,
    *,
    is_cut: bool,
    columns: Sequence[ColumnElement[Any]] = (),
) -> tuple[Select[Any], int]:
    """Return all rows that fit, or some of each way where so many will do; and the number of the next value.

    A row has its key, and the sort keys where no other columns are asked for.
    """
    found, end = _narrowed(shapes.whole, form, start, columns)
    if not shapes.ways:
        return found, end
    ways: list[Select[Any]] = []
    for each in shapes.ways:
        way, end = _narrowed(each, form, end, columns)
        ways.append(_some(way) if is_cut else way)
    # Each row once, in however many ways it fits.
    every = union(*ways).subquery("every")
    return select(*every.c), end


def _narrowed(
    parts: PartShapes, form: Form, start: int, columns: Sequence[ColumnElement[Any]]
) -> tuple[Select[Any], int]:
    """Return all rows that fit in one way, found by whatever indexes PostgreSQL takes for the best."""
    noun, numbers = form.noun, count(start)
    is_joined = parts.rest != EVERYTHING_SHAPE or (form.ordered is noun.table and parts.key != EVERYTHING_SHAPE)
    keys = _places(form) if is_joined or form.ordered is noun.narrowed else _looked_up(form)
    found = select(noun.narrowed.c[noun.key], *(columns or keys)).select_from(noun.narrowed)
    if is_joined and noun.table is not noun.narrowed:
        found = found.join(noun.table, noun.table.c[noun.key] == noun.narrowed.c[noun.key])
    for shape, table in (
        (parts.lead, form.ordered),
        (parts.key, form.ordered),
        (parts.own, noun.narrowed),
        (parts.rest, noun.table),
    ):
        found = found.where(filters.where(shape, table, numbers))
    return found, next(numbers)


def _looked_up(form: Form) -> list[ColumnElement[Any]]:
    """Return the sort keys as `_places` has them, those that only the table has looked up for each row."""
    noun = form.noun
    of_row = noun.table.c[noun.key] == noun.narrowed.c[noun.key]
    keys = [noun.keys.get(key.column, select(key.column).where(of_row).scalar_subquery()) for key in form.order]
    return [key.label(_place(number)) for number, key in enumerate(keys)]


def _places(form: Form) -> list[ColumnElement[Any]]:
    """Return the sort keys as place_0, place_1, ..."""
    return [key.column.label(_place(number)) for number, key in enumerate(form.keys)]


def _place(number: int) -> str:
    return f"place_{number}"


def _placed(form: Form, table: FromClause) -> Order:
    """Return the order by the columns that `_places` made."""
    return tuple(replace(key, column=table.c[_place(number)]) for number, key in enumerate(form.keys))
