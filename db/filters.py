"""What a page can be narrowed by: conditions as plain values, and the SQL each of them stands for.

A condition splits into its shape, which decides the SQL text and is hashable, and its values: a statement is
compiled once for a shape.
"""

from collections.abc import Callable, Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import count
from typing import Any

from sqlalchemy import (
    Date,
    DateTime,
    Double,
    Text,
    Uuid,
    and_,
    bindparam,
    cast,
    exists,
    false,
    func,
    literal_column,
    not_,
    or_,
    select,
    true,
)
from sqlalchemy.dialects.postgresql import ARRAY, TSQUERY
from sqlalchemy.sql.elements import ColumnElement
from sqlalchemy.sql.selectable import Alias, FromClause
from sqlalchemy.types import TypeEngine

from db.matching import has_facets, has_facets_with_prefix, is_listed
from db.tables import companies, licenses, listings, locations
from db.viewer_tables import watch_list_members

Shape = tuple[Any, ...]
Column = Callable[[FromClause], ColumnElement[Any]]


@dataclass(frozen=True, slots=True)
class Test:
    """One test of a row by its name below; a test without values is a flag."""

    name: str
    values: tuple[object, ...] = ()


@dataclass(frozen=True, slots=True)
class Group:
    """Conditions under "and", "or" or "not", or what a relation of the row (see _RELATED) must fulfil."""

    operator: str
    conditions: tuple["Condition", ...]


Condition = Test | Group

# The test that a company's listing matches a tsquery (db/listings.py).
LISTED = "listed"
# The same of one over cells of the earth alone, which takes PostgreSQL ten times as long as a part of another.
CELLED = "celled"

# The first, with what is left of it without prefixes (db/prefixes.py).
LISTED_PREFIX = "listed_prefix"

# What a row that is found must fulfil besides, looked at for each.
AGAIN = "again"

# Sorts after every text that starts with what stands before it.
_LAST_CHARACTER = "\U0010ffff"

EVERYTHING = Group("and", ())
# Its shape: a statement of it has nothing to choose a plan by but its order.
EVERYTHING_SHAPE: Shape = ("and",)


@dataclass(frozen=True, slots=True)
class Expression:
    """A test in SQL: the types of its values, and how it is written over a table and those values."""

    types: tuple[TypeEngine[Any], ...]
    write: Callable[..., ColumnElement[bool]]


def begins(start: str) -> Test:
    """Return the test for a legal name that begins with a folded text."""
    return Test("name_starts_with", (start, start + _LAST_CHARACTER))


def column(name: str) -> Column:
    """Return a column of whatever table the test is written over."""
    return lambda table: table.c[name]


def or_empty(name: str) -> Column:
    """Return a nullable text column as the indexes hold it."""
    return lambda table: func.coalesce(table.c[name], literal_column("''"))


def is_any(key: Column) -> Expression:
    """Return "the key is one of these texts"."""
    return Expression((ARRAY(Text),), lambda table, values: key(table) == func.any(values))


def is_true(name: str) -> Expression:
    """Return "the boolean column is true", written so that a partial index can serve it."""
    return Expression((), lambda table: table.c[name])


def is_false(name: str) -> Expression:
    """Return "the boolean column is false"."""
    return Expression((), lambda table: not_(table.c[name]))


def within(name: str) -> Expression:
    """Return "the text starts with": a range, which an index answers whatever the plan knows."""
    return Expression((Text(), Text()), lambda table, low, high: and_(table.c[name] >= low, table.c[name] < high))


def contains(table: FromClause, part: ColumnElement[str]) -> ColumnElement[bool]:
    """Write a substring as trigrams that it has, which an index knows, and the exact test.

    PostgreSQL takes trigrams for independent of each other and this test for one that few pass: so only those that
    don't overlap are asked for, and whether the place is another one than 0.
    """
    three = func.regexp_replace(
        part, literal_column("'(...)'"), literal_column(r"E'\\1\x01'"), literal_column("'g'")
    )
    pieces = func.string_to_array(three, literal_column(r"E'\x01'"), type_=ARRAY(Text))
    last = func.right(part, literal_column("3"))
    apart = func.array_append(func.trim_array(pieces, literal_column("1")), last, type_=ARRAY(Text))
    has_trigrams = func.trigrams(table.c.name_folded).op("@>")(apart)
    return and_(has_trigrams, func.strpos(table.c.name_folded, part) != literal_column("0"))


def is_named(table: FromClause, pattern: ColumnElement[Any]) -> ColumnElement[bool]:
    """Write "one of its names matches", the legal one or another."""
    return or_(table.c.name_folded.regexp_match(pattern), has_other_name(table, pattern))


def has_other_name(table: FromClause, pattern: ColumnElement[Any]) -> ColumnElement[bool]:
    """Write "one of its other names matches"."""
    owner = table if "other_names" in table.c else companies.alias()
    names = func.jsonb_array_elements(owner.c.other_names.op("||")(owner.c.further_names)).table_valued("value")
    name = func.fold(names.c.value.op("->>")(literal_column("'name'")))
    is_there = select(literal_column("1")).select_from(names).where(name.regexp_match(pattern)).exists()
    if owner is table:
        return is_there
    # For each listing its company, however many PostgreSQL takes them for.
    return select(is_there).where(owner.c.npi == table.c.npi).scalar_subquery()


def has_words(table: FromClause, patterns: ColumnElement[Any]) -> ColumnElement[bool]:
    """Write "the legal name matches all of these"."""
    return table.c.name_folded.bool_op("~")(func.all(patterns))


def is_state(table: FromClause, codes: ColumnElement[Any], names: ColumnElement[Any]) -> ColumnElement[bool]:
    """Write "the state is one of these codes, or a foreign one of these folded names", looked up once."""
    foreign = locations.alias()
    spelt = select(foreign.c.state).distinct()
    spelt = spelt.where(
        foreign.c.country != literal_column("'US'"), func.fold(foreign.c.state).bool_op("=")(func.any(names))
    )
    spellings = func.array(spelt.correlate(None).scalar_subquery(), type_=ARRAY(Text))
    return or_empty("state")(table) == func.any(func.array_cat(codes, spellings))


def is_watched(table: FromClause, list_id: ColumnElement[Any]) -> ColumnElement[bool]:
    """Write "its number is one of this watch list's"."""
    members = watch_list_members
    return table.c.npi.in_(select(members.c.npi).where(members.c.list_id == list_id))


def matches(vector: Column) -> Expression:
    """Return "the tsvector matches"; the value is a tsquery's text."""
    return Expression((Text(),), lambda table, query: vector(table).op("@@")(cast(query, TSQUERY)))


def updated_since(table: FromClause, day: ColumnElement[Any]) -> ColumnElement[bool]:
    """Write "updated on this day or later"; asyncpg sends the first day of the calendar as -infinity."""
    key = func.coalesce(table.c.nppes_updated_on, literal_column("'-infinity'::date"))
    return and_(key >= day, key > literal_column("'-infinity'::date"))


def updated_until(table: FromClause, day: ColumnElement[Any]) -> ColumnElement[bool]:
    """Write "updated on this day or earlier"; a company that was never updated is not."""
    key = func.coalesce(table.c.nppes_updated_on, literal_column("'-infinity'::date"))
    return and_(key <= day, key > literal_column("'-infinity'::date"))


def since(name: str, type_: TypeEngine[Any]) -> Expression:
    """Return "on this day or at this instant, or later"; what is absent is not."""
    return Expression((type_,), lambda table, start: table.c[name] >= start)


def is_inside(
    table: FromClause,
    west: ColumnElement[float],
    south: ColumnElement[float],
    east: ColumnElement[float],
    north: ColumnElement[float],
) -> ColumnElement[bool]:
    """Write "its position is in the box between these degrees", of which `west` is no more than `east`."""
    return table.c.position.op("<@", is_comparison=True)(
        func.box(func.point(west, south), func.point(east, north))
    )


CHANGED_SINCE = since("updated_at", DateTime(timezone=True))
CHANGED_BEFORE = Expression((DateTime(timezone=True),), lambda table, end: table.c.updated_at < end)


def is_valid_on(table: FromClause, day: ColumnElement[Any]) -> ColumnElement[bool]:
    """Write "the license is valid on a day"."""
    return and_(table.c.expires_on >= day, or_(table.c.issued_on.is_(None), table.c.issued_on <= day))


def is_valid_today(table: FromClause) -> ColumnElement[bool]:
    """Write "the license is valid today" (UTC) by the database's clock, so that cursors outlast midnight."""
    return is_valid_on(table, literal_column("(now() AT TIME ZONE 'UTC')::date"))


COMPANY_TESTS: Mapping[str, Expression] = {
    "npi": is_any(column("npi")),
    "watched": Expression((Uuid(),), is_watched),
    "active": is_true("is_active"),
    "inactive": is_false("is_active"),
    "npi_status": is_any(column("npi_status")),
    "name": is_any(column("name_folded")),
    "name_starts_with": within("name_folded"),
    "name_contains": Expression((Text(),), contains),
    "phrase": Expression((Text(),), is_named),
    LISTED: Expression((Text(),), is_listed),
    CELLED: Expression((Text(),), is_listed),
    LISTED_PREFIX: Expression((Text(), Text()), lambda table, query, _: is_listed(table, query)),
    "words": matches(column("words")),
    "taxonomy": matches(lambda table: func.array_to_tsvector(table.c.taxonomy_codes)),
    "parent_name": is_any(column("parent_name_folded")),
    "updated_since": Expression((Date(),), updated_since),
    "updated_until": Expression((Date(),), updated_until),
    "deactivated_since": since("deactivated_on", Date()),
    "deactivated_until": Expression((Date(),), lambda table, day: table.c.deactivated_on <= day),
    "changed_since": CHANGED_SINCE,
    "changed_before": CHANGED_BEFORE,
}

LOCATION_TESTS: Mapping[str, Expression] = {
    "npi": is_any(column("npi")),
    "active": is_true("is_active"),
    "inactive": is_false("is_active"),
    "primary": is_true("is_primary"),
    "secondary": is_false("is_primary"),
    "kind": is_any(column("kind")),
    "city": is_any(or_empty("city_folded")),
    "state": is_any(or_empty("state")),
    "state_name": Expression((ARRAY(Text), ARRAY(Text)), is_state),
    "postal_code": is_any(or_empty("postal_code")),
    "inside": Expression((Double(),) * 4, is_inside),
    "changed_since": CHANGED_SINCE,
    "changed_before": CHANGED_BEFORE,
}

LICENSE_TESTS: Mapping[str, Expression] = {
    "valid": Expression((), is_valid_today),
    "expires_since": since("expires_on", Date()),
    "expires_until": Expression((Date(),), lambda table, day: table.c.expires_on <= day),
}

# What of a company its listing tells by itself.
LISTING_TESTS: Mapping[str, Expression] = {
    LISTED: Expression((Text(),), has_facets),
    CELLED: Expression((Text(),), has_facets),
    LISTED_PREFIX: Expression((Text(), Text()), has_facets_with_prefix),
    **{
        name: COMPANY_TESTS[name]
        for name in (
            "npi",
            "name",
            "name_starts_with",
            "name_contains",
            "phrase",
            "updated_since",
            "updated_until",
            "deactivated_since",
            "deactivated_until",
        )
    },
}

_TESTS: Mapping[FromClause, Mapping[str, Expression]] = {
    companies: COMPANY_TESTS,
    listings: LISTING_TESTS,
    locations: LOCATION_TESTS,
    licenses: LICENSE_TESTS,
}
_RELATED = {"locations": locations, "licenses": licenses, "company": companies, "listing": listings}


def flattened(conditions: Iterable[Condition]) -> Iterator[Condition]:
    """Yield conditions all of which must hold, with those of each "and" among them in its place."""
    for each in conditions:
        if isinstance(each, Group) and each.operator == "and":
            yield from flattened(each.conditions)
        else:
            yield each


def is_told(condition: Condition, tests: Container[str]) -> bool:
    """Return whether a condition can be told by some tests alone."""
    if isinstance(condition, Test):
        return condition.name in tests
    if condition.operator == AGAIN:
        return True
    is_plain = condition.operator in {"and", "or", "not"}
    return is_plain and all(is_told(each, tests) for each in condition.conditions)


def divided(condition: Condition, tests: Container[str]) -> tuple[list[Condition], list[Condition]]:
    """Return what some tests can tell of a condition by themselves, and the rest; all of both must hold."""
    own: list[Condition] = []
    rest: list[Condition] = []
    for part in flattened([condition]):
        (own if is_told(part, tests) else rest).append(part)
    return own, rest


def split(condition: Condition) -> tuple[Shape, dict[str, object]]:
    """Return a condition's shape, and its values under the names that `where` gives them."""
    if condition is EVERYTHING:
        return EVERYTHING_SHAPE, {}
    [shape], bound = split_each([condition])
    return shape, bound


def split_each(conditions: Sequence[Condition]) -> tuple[tuple[Shape, ...], dict[str, object]]:
    """Return the shapes of several conditions, and their values: of one after the other, as `where` counts on."""
    values: list[object] = []
    shapes = tuple(_shape(each, values) for each in conditions)
    return shapes, {f"filter_{number}": value for number, value in enumerate(values)}


def where(
    shape: Shape, table: FromClause, numbers: Iterator[int] | None = None, of: FromClause | None = None
) -> ColumnElement[bool]:
    """Write a shape over companies, locations, licenses, listings or an alias; or over rows selected `of` one.

    Values are bound as filter_0, filter_1, ... Raises KeyError for any other table: it has no tests.
    """
    numbers = count() if numbers is None else numbers
    of = _without_alias(table) if of is None else of
    operator, *inner = shape
    if operator in _RELATED:
        return _related(operator, inner[0], table, numbers)
    if operator == AGAIN:
        return select(where(inner[0], table, numbers, of)).scalar_subquery()
    if operator not in {"and", "or", "not"}:
        return _test(_TESTS[of][operator], table, numbers)
    parts = [where(part, table, numbers, of) for part in inner]
    if operator == "not":
        # A test of an absent value is unknown, and what isn't known to be so is not so. Whether there is a row is
        # always known; without more, PostgreSQL looks for it row by row as long as a page needs it.
        return not_(parts[0]) if inner[0][0] in _RELATED else parts[0].is_not(true())
    return and_(true(), *parts) if operator == "and" else or_(false(), *parts)


def _shape(condition: Condition, values: list[object]) -> Shape:
    """Return the condition's shape and append its values, in the order in which `where` binds them."""
    if isinstance(condition, Test):
        values.extend(condition.values)
        return (condition.name,)
    return (condition.operator, *(_shape(inner, values) for inner in condition.conditions))


def _test(expression: Expression, table: FromClause, numbers: Iterator[int]) -> ColumnElement[bool]:
    values = [bindparam(f"filter_{next(numbers)}", type_=type_) for type_ in expression.types]
    return expression.write(table, *values)


def _related(relation: str, shape: Shape, table: FromClause, numbers: Iterator[int]) -> ColumnElement[bool]:
    other = _RELATED[relation].alias()
    # EXISTS, never a join: a company with ten locations that fit is still one row.
    return exists().where(other.c.npi == table.c.npi, where(shape, other, numbers)).correlate_except(other)


def _without_alias(table: FromClause) -> FromClause:
    return table.element if isinstance(table, Alias) else table
