"""Companies in the order in which they answer a search: names that begin as its text does, then others by class.

Names that begin so are a range of an index, in whose order an exact match stands before all others. Companies
that have all of the words come next, then those that have the last one only as a prefix: both are looked up, and
put into classes if they are few enough; otherwise they follow by name. If nothing is found as typed, what is found
by other spellings (db/spelling.py) is the list.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any

import asyncpg
from sqlalchemy import (
    Double,
    Integer,
    Select,
    Text,
    bindparam,
    case,
    func,
    literal_column,
    not_,
    or_,
    select,
    tuple_,
    union_all,
)
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.sql.elements import ColumnElement
from sqlalchemy.sql.selectable import CTE, CompoundSelect

from db import companies, finding, pages, sought, spelling
from db.columns import CURSOR, MARK, Asked, asks_for, selecting, with_values
from db.filters import Condition, Group, begins, has_other_name, has_words
from db.finding import Form, Shapes
from db.numbers import LIMIT, literal, number_of
from db.pages import Order, Page, Position, SortKey, Window
from db.reads import Reads
from db.search import Search
from db.statement import Statement, compiled
from db.tables import companies as table
from db.tables import listings as listing

# More companies than this aren't put into classes: each takes some ten microseconds.
MOST_RANKED = 3_000
# So many companies are looked at first: where they make it plain that several times as many are found, the index
# isn't asked for all.
_SAMPLE = 2_000
_PLAINLY_MORE = 4

# The classes, by their numbers: names that begin so; whole words; and the last word as a prefix.
_BEGINNING, _WHOLE, _PREFIX = range(1), range(1, 5), range(5, 9)
# Those of the latter two.
_SPELT_SO, _HAVING_WORDS, _OTHERWISE_NAMED, _OTHERS = range(4)
# Those of one spelling, then those of the next.
_STEP = 10

# What a company is placed by: its class, its name, its number.
KEYS: Order = (SortKey(literal_column("rank"), int), *companies.keys(companies.BY_NAME))
_NAME, _NPI = companies.keys(companies.BY_NAME)
_BASE = bindparam("base", type_=Integer)
_BEGINNING_PATTERN = bindparam("beginning", type_=Text)


@dataclass(frozen=True)
class Wanted:
    """A search with words, and what must hold besides."""

    rest: Condition
    search: Search

    @cached_property
    def condition(self) -> Condition:
        """What is fulfilled by a company that is found as it was typed."""
        return _every(self.rest, *self.search.conditions)


@dataclass(slots=True, eq=False)
class RankedPage(Page):
    """A page of what fulfils a condition."""

    condition: Condition


@dataclass(frozen=True, slots=True)
class _Part:
    """A part of a list: classes of one spelling, the words that these are told by, what its companies fulfil."""

    spelling: int
    classes: range
    search: Search
    condition: Condition

    @property
    def base(self) -> int:
        """The number of its first class."""
        return self.spelling * _STEP + self.classes.start

    def has(self, rank: int) -> bool:
        """Return whether a class is one of its own."""
        return rank // _STEP == self.spelling and rank % _STEP in self.classes


def position(row: asyncpg.Record) -> Position:
    """Return where a row stands that was read with its sort keys."""
    return (row["rank"], row["key_0"], row["key_1"])


async def page(database: Reads, wanted: Wanted, window: Window, columns: Asked = None) -> RankedPage:
    """Return one page of what is wanted; `columns` may name CURSOR for the sort keys."""
    found = await _read(database, wanted.condition, _parts(wanted.rest, [wanted.search]), window, columns)
    is_more = found.has_previous if window.backward else found.has_next
    if found.rows or is_more or (window.position and await _is_any(database, wanted.condition)):
        return found
    near = await spelling.near(database, wanted.rest, wanted.search)
    if not near:
        return found
    condition = _every(wanted.rest, Group("or", tuple(Group("and", each.conditions) for each in near)))
    return await _read(database, condition, _parts(wanted.rest, near), window, columns)


async def _is_any(database: Reads, condition: Condition) -> bool:
    return bool(await companies.count(database, condition, 0))


async def _read(
    database: Reads, condition: Condition, parts: Sequence[_Part], window: Window, columns: Asked
) -> RankedPage:
    """Read part after part until the page is full, and it is known whether there is one row more."""
    rows: list[asyncpg.Record] = []
    is_more = False
    for part, position in _from(parts[::-1] if window.backward else parts, window.position):
        found = await _page(database, part, Window(window.size - len(rows), position, window.backward), columns)
        is_more = found.has_previous if window.backward else found.has_next
        rows = [*found.rows, *rows] if window.backward else [*rows, *found.rows]
        if is_more:
            break
    is_inside = window.position is not None
    has_next, has_previous = (is_inside, is_more) if window.backward else (is_more, is_inside)
    return RankedPage(rows, has_next, has_previous, condition)


def _from(parts: Sequence[_Part], position: Position | None) -> Iterator[tuple[_Part, Position | None]]:
    """Yield the parts from a position on, the first of them with the position."""
    is_beyond = position is None
    for part in parts:
        if is_beyond:
            yield part, None
        elif position and part.has(position[0]):  # type: ignore[arg-type]  # as KEYS have it
            yield part, position
            is_beyond = True


async def _page(database: Reads, part: _Part, window: Window, columns: Asked) -> Page:
    [shapes], values = finding.split_each([sought.of_companies(part.condition, "NAME")])
    is_range = part.classes == _BEGINNING
    statement = _statement(shapes, is_range, window.backward, window.position is not None, columns)
    rank, *place = window.position or (0,)
    values |= pages.window_values(Window(window.size, tuple(place), window.backward)) | {
        "base": part.base,
        "rank": rank,
        "beginning": part.search.beginning,
        "words": part.search.patterns,
    }
    return pages.page_of(await database.read(statement, with_values(columns, values)), window)


@lru_cache(maxsize=512)
def _statement(
    shapes: Shapes,
    is_range: bool,  # noqa: FBT001 - a cache key, as are the two below
    backward: bool,  # noqa: FBT001
    positioned: bool,  # noqa: FBT001
    columns: Asked,
) -> Statement:
    template = _template(shapes, is_range, backward, positioned, asks_for(columns, CURSOR))
    return selecting(template, companies.READABLE, columns)


@lru_cache(maxsize=512)
def _template(
    shapes: Shapes,
    is_range: bool,  # noqa: FBT001 - a cache key, as are the three below
    backward: bool,  # noqa: FBT001
    positioned: bool,  # noqa: FBT001
    with_keys: bool,  # noqa: FBT001
) -> Statement:
    form = Form(finding.COMPANIES, companies.keys(companies.BY_NAME), backward, positioned, with_keys)
    return compiled(_by_name(shapes, form, 0) if is_range else _others(shapes, form), companies.Company)


def _by_name(shapes: Shapes, form: Form, number: int) -> Select[Any]:
    """Return the page of what fits by name, all of one class."""
    found = finding.found([shapes], form).subquery("found")
    rank: ColumnElement[Any] = (_BASE + literal(number)).label("rank")
    return select(literal_column("found.*"), rank).select_from(found)


def _others(shapes: Shapes, form: Form) -> CompoundSelect[Any]:
    """Return the page of what fits by class, or by name where it is too much."""
    likely = select(_likely(shapes).label("number")).cte("likely")
    is_plain = select(likely.c.number > literal(MOST_RANKED * _PLAINLY_MORE)).scalar_subquery()
    candidates = finding.narrowed(shapes, listing.c.name_folded).where(not_(is_plain))
    fitting = candidates.limit(literal(MOST_RANKED + 1)).cte("candidates")
    count = number_of(fitting)
    few = _by_class(fitting, form).where(count <= literal(MOST_RANKED)).subquery("few")
    many = _by_name(shapes, form, _OTHERS).where(or_(is_plain, count > literal(MOST_RANKED))).subquery("many")
    return union_all(*(select(literal_column(f"{each.name}.*")).select_from(each) for each in (few, many)))


def _likely(shapes: Shapes) -> ColumnElement[Any]:
    """Write how many companies are likely to fit, of as many as PostgreSQL counted last."""
    fitting = number_of(finding.sampled(shapes, _SAMPLE).subquery("sample"))
    counted = literal_column("(SELECT reltuples FROM pg_class WHERE oid = 'listings'::regclass)", Double)
    return fitting * counted / literal(_SAMPLE)


def _by_class(fitting: CTE, form: Form) -> Select[Any]:
    told = select(fitting.c.npi, fitting.c.name_folded, _class(fitting).label("class")).cte("told")
    rank = (_BASE + _class_of_others(told, form)).label("rank")
    ranked = select(told.c.npi, told.c.name_folded, rank).subquery("ranked")
    order = pages.directed(
        (SortKey(ranked.c.rank, int), SortKey(ranked.c.name_folded, str), SortKey(ranked.c.npi, str)),
        backward=form.backward,
    )
    first = select(ranked.c.npi, ranked.c.rank).order_by(*pages.ordering(order)).limit(LIMIT)
    if form.positioned:
        here = tuple_(*(key.column for key in order))
        place = tuple_(bindparam("rank", type_=Integer), _NAME.bind(0), _NPI.bind(1))
        first = first.where(here < place if form.backward else here > place)
    chosen = first.subquery("chosen")
    keys = pages.key_columns(form.order) if form.with_keys else ()
    rows = select(MARK, *keys, chosen.c.rank).select_from(table.join(chosen, chosen.c.npi == table.c.npi))
    by_class = pages.directed((SortKey(chosen.c.rank, int), _NAME, _NPI), backward=form.backward)
    return rows.order_by(*pages.ordering(by_class))


def _class(fitting: CTE) -> ColumnElement[int]:
    """Write the class of a company by its legal name; it is one of others where that hasn't all of the words."""
    return case(
        (fitting.c.name_folded.regexp_match(_BEGINNING_PATTERN), literal(_SPELT_SO)),
        (has_words(fitting, bindparam("words", type_=ARRAY(Text))), literal(_HAVING_WORDS)),
        else_=literal(_OTHERS),
    )


def _class_of_others(told: CTE, form: Form) -> ColumnElement[int]:
    """Write the class by other names, too, each of which is looked up, unless a first page is full without."""
    by_name = told.c["class"] != literal(_OTHERS)
    cases: list[tuple[ColumnElement[bool], ColumnElement[int]]] = [(by_name, told.c["class"])]
    if not form.positioned and not form.backward:
        alike = told.alias()
        full = select(func.count()).select_from(alike).where(alike.c["class"] != literal(_OTHERS))
        cases.append((full.scalar_subquery() >= LIMIT, literal(_OTHERS)))
    cases.append((has_other_name(told, _BEGINNING_PATTERN), literal(_OTHERWISE_NAMED)))
    return case(*cases, else_=literal(_OTHERS))


def _parts(rest: Condition, searches: Sequence[Search]) -> list[_Part]:
    """Return the parts of a list, of which no two hold the same company."""
    found = []
    before: list[Condition] = []
    for number, each in enumerate(searches):
        but = list(_but(before))
        if each.start:
            start = begins(each.start)
            # What is there as it was typed has all of its words.
            needed = () if each.is_plain and not before else (*each.conditions, *but)
            found.append(_Part(number, _BEGINNING, each, _every(rest, start, *needed)))
            but += _but([start])
        found.append(_Part(number, _WHOLE, each.whole, _every(rest, *each.whole.conditions, *but)))
        if each != each.whole:
            but += _but([Group("and", each.whole.conditions)])
            found.append(_Part(number, _PREFIX, each, _every(rest, *each.conditions, *but)))
        before.append(Group("and", each.conditions))
    return found


def _but(conditions: Sequence[Condition]) -> Iterator[Condition]:
    if conditions:
        yield Group("not", (Group("or", tuple(conditions)),))


def _every(rest: Condition, *conditions: Condition) -> Condition:
    """Return "all of these", as one group: what stands in groups of its own isn't looked up together."""
    own = rest.conditions if isinstance(rest, Group) and rest.operator == "and" else (rest,)
    return Group("and", (*own, *conditions))
