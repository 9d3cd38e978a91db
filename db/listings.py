"""What a condition asks of the listings of companies: a tsquery over facets, tests of names, and what is left.

A listing holds all facets of a company (the view `listed`), so that several tests are one look into one index.
"""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from db import filters
from db.boxes import Box
from db.facets import (
    ACTIVE,
    CELL,
    CITY,
    DISPLACED,
    EXPIRES,
    HOME,
    IDLE,
    INACTIVE,
    KIND,
    LONGEST,
    PARENT,
    STATE,
    STATUS,
    TAXONOMY,
    TRADE,
    WORD,
    ZIP,
)
from db.filters import AGAIN, CELLED, EVERYTHING, LISTED, LISTING_TESTS, Condition, Group, Test, flattened
from db.folding import fold
from db.months import Months
from db.tables import LOCATION_KINDS, NPI_STATUSES

# A word of a tsquery over names or over taxonomy codes; neither holds quotes.
_WORD = re.compile(r"'([^']+)'(:\*)?")
# So many characters of a taxonomy code are a facet of their own.
_TRADE = 4
# The registry's kind of the one place that is usually the primary one.
_PRIMARY_KIND = LOCATION_KINDS[0]
_ROLES = (Test("primary"), Test("secondary"))


@dataclass(frozen=True, slots=True)
class Query:
    """A tsquery over facets that holds wherever a condition does, and whether it holds nowhere else."""

    text: str
    is_exact: bool = True


# No listing has this facet.
_NOBODY = Query("'nobody'")


def divided(condition: Condition) -> tuple[list[Condition], list[Condition]]:
    """Return what listings can tell of a condition by themselves, and the rest; all of both must hold."""
    return filters.divided(listed(condition), LISTING_TESTS)


def listed(condition: Condition) -> Condition:
    """Return a condition of companies that holds for the same ones, by their listings as far as these can tell."""
    query = _query(condition)
    if query is not None and query.is_exact:
        return Test(LISTED, (query.text,))
    if isinstance(condition, Test):
        return condition
    if condition.operator in {"locations", "licenses"}:
        rest: Condition = Group(condition.operator, tuple(map(listed_parts, condition.conditions)))
        told = [] if query is None else [Test(LISTED, (query.text,))]
        told += [Test(CELLED, (cells,)) for cells in map(_cells, flattened(condition.conditions)) if cells]
        if told and _is_told_by_parts(condition):
            # As a join PostgreSQL might begin with it, and take many for few.
            rest = Group(AGAIN, (rest,))
        return Group("and", (*told, rest)) if told else rest
    if condition.operator == "not":
        return Group("not", tuple(map(listed, condition.conditions)))
    found = _gathered(condition)
    if condition.operator == "or" and query is not None:
        # Of those who may fit, what companies have is looked at one by one.
        is_told = filters.is_told(found, LISTING_TESTS)
        return Group("and", (Test(LISTED, (query.text,)), found if is_told else condition))
    return found


def _is_told_by_parts(group: Group) -> bool:
    """Return whether each test of what a company has is told, so that all together leave few to look at again."""
    tests = [each for each in flattened(group.conditions) if each not in _ROLES and not _is_kind(each)]
    return group.operator == "licenses" or all(_cells(each) or _is_told(each) for each in tests)


def _is_told(condition: Condition) -> bool:
    is_of_company = isinstance(condition, Group) and condition.operator == "company"
    return not is_of_company and _of_place(condition, "") is not None


def listed_parts(condition: Condition) -> Condition:
    """Return a condition of what companies have, in which those of the companies are told by their listings."""
    if isinstance(condition, Test):
        return condition
    if condition.operator != "company":
        return Group(condition.operator, tuple(map(listed_parts, condition.conditions)))
    [inner] = condition.conditions
    own, rest = divided(inner)
    if not own:
        return Group("company", (Group("and", tuple(rest)),))
    listing = Group("listing", (Group("and", tuple(own)),))
    return Group("and", (listing, Group("company", (Group("and", tuple(rest)),)))) if rest else listing


def query_of_places(condition: Condition) -> str | None:
    """Return a tsquery that matches the listing of every company with a location that fulfils a condition.

    None where listings can't tell.
    """
    query = _query(Group("locations", (condition,)))
    return None if query is None else query.text


def is_of_query(condition: Condition) -> bool:
    """Return whether a part of what `listed_parts` made holds wherever `query_of_places` matches."""
    match condition:
        case Group("listing", (Group("and", (Test(name),)),)):
            return name == LISTED
        case _:
            return False


def query_of_cells(box: Box) -> str:
    """Return a tsquery that matches the listing of every company with a location in a box."""
    return " | ".join(f"'{CELL}{beginning}':*" for beginning in box.cells())


def _cells(condition: Condition) -> str | None:
    """Return the same of a condition that is a box, or one of several; None for any other."""
    if isinstance(condition, Test):
        return query_of_cells(Box(*condition.values)) if condition.name == "inside" else None  # type: ignore[arg-type]  # degrees
    found = [_cells(each) for each in condition.conditions] if condition.operator == "or" else []
    return " | ".join(filter(None, found)) if found and all(found) else None


def _gathered(group: Group) -> Condition:
    """Return an "and" or "or" with one test of listings, the first, for all that they can tell."""
    tests, rest = [], []
    for each in group.conditions:
        match listed(each):
            case Test(name) as test if name == LISTED:
                tests.append(test)
            case Group("and", (Test(name) as test, *others)) if name == LISTED and group.operator == "and":
                tests.append(test)
                rest += others
            case Group("and", others) if group.operator == "and":
                rest += others
            case other if other != EVERYTHING or group.operator == "or":
                rest.append(other)
    if not tests:
        return Group(group.operator, tuple(rest))
    sign = " & " if group.operator == "and" else " | "
    text = sign.join(f"({test.values[0]})" for test in tests)
    return Group(group.operator, (Test(LISTED, (text,)), *rest))


def _query(condition: Condition) -> Query | None:
    """Return what listings can say of a condition; None where that is nothing."""
    if isinstance(condition, Test):
        of = _OF_COMPANY.get(condition.name)
        return None if of is None else _any(of(*condition.values))
    match condition.operator:
        case "and" | "or":
            queries = list(map(_query, condition.conditions))
            return _every(queries) if condition.operator == "and" else _either(queries)
        case "locations":
            return _query_of_place(list(flattened(condition.conditions)), "")
        case "licenses":
            return _query_of_license(condition)
        case "not":
            return _query_of_others(condition)
        case _:
            return None


def _query_of_others(group: Group) -> Query | None:
    """Return what listings can say of "it is not like this": of what each company has one of a few of."""
    match list(flattened(group.conditions)):
        case [Test("active" | "inactive") as test]:
            return Query(f"'{INACTIVE}'" if test.name == "active" else f"'{ACTIVE}'")
        case [Test("npi_status", (list(statuses),))]:
            return _any(_facets(STATUS, [each for each in NPI_STATUSES if each not in statuses]))
        # An index would be asked for everything there is to find what doesn't match.
        case _:
            return None


def _query_of_place(tests: Sequence[Condition], home: str) -> Query | None:
    """Return what listings can say of "a place is like this": of the primary one with `home`, else of any."""
    home = HOME if Test("primary") in tests else home
    kinds = _query_of_kinds(tests, home)
    if kinds == _NOBODY:
        return kinds
    queries = [_of_place(each, home) for each in tests if each not in _ROLES and not _is_kind(each)]
    query = _every([*queries, kinds] if kinds else queries)
    # There is one primary location at most, so that tests of it are tests of the company. Several tests may hold
    # of several others.
    is_one = bool(home) or len(tests) == 1
    return Query(query.text, is_exact=query.is_exact and is_one) if query else None


def query_of_unusual(condition: Condition) -> str | None:
    """Return a tsquery for companies that may have such a location, where hardly any has; None for others."""
    tests = list(flattened([condition]))
    home = HOME if Test("primary") in tests else ""
    usual, _ = _kinds(tests, home)
    query = None if usual else _query_of_kinds(tests, home)
    return None if query is None else query.text


def _query_of_kinds(tests: Sequence[Condition], home: str) -> Query | None:
    """Return what listings can say of the kinds that a place may have, and of whether it is the primary one."""
    usual, unusual = _kinds(tests, home)
    if not usual and not unusual:
        return _NOBODY
    if not any(map(_is_kind, tests)) and Test("secondary") not in tests:
        return None
    found = _facets(KIND, usual) or []
    if unusual:
        found += [f"('{DISPLACED}' & ({' | '.join(_facets(KIND, unusual) or [])}))"]
    return Query(" | ".join(found), is_exact=not home and Test("secondary") not in tests)


def _kinds(tests: Sequence[Condition], home: str) -> tuple[list[str], list[str]]:
    """Return the kinds that a place may have which fulfils some tests: those that it usually has, and others."""
    allowed = list(LOCATION_KINDS)
    for each in tests:
        match each:
            case Test("kind", (list(kinds),)):
                allowed = [kind for kind in allowed if kind in kinds]
    if not home and Test("secondary") not in tests:
        return allowed, []
    if home and Test("secondary") in tests:
        return [], []
    primary = [kind for kind in allowed if kind == _PRIMARY_KIND]
    others = [kind for kind in allowed if kind != _PRIMARY_KIND]
    return (primary, others) if home else (others, primary)


def _is_kind(condition: Condition) -> bool:
    return isinstance(condition, Test) and condition.name == "kind"


def _of_place(condition: Condition, home: str) -> Query | None:
    if isinstance(condition, Test):
        of = _OF_PLACE.get(condition.name)
        query = None if of is None else _any(of(home, *condition.values))
        # Which of the places isn't in use is told by no facet.
        return Query(query.text, is_exact=False) if query and home and condition.name == "inactive" else query
    match condition.operator:
        case "and":
            return _query_of_place(list(flattened(condition.conditions)), home)
        case "or":
            return _either([_query_of_place(list(flattened([each])), home) for each in condition.conditions])
        case "company":
            query = _every(list(map(_query, condition.conditions)))
            # A company without a location has none whose company is like this.
            return Query(query.text, is_exact=False) if query else None
        case _:
            return None


def _query_of_license(group: Group) -> Query:
    """Return what listings say of "one of its licenses is like this": the months in which it may expire."""
    months = Months()
    for each in flattened(group.conditions):
        match each:
            case Test("valid"):
                # Whatever the database's clock says by now.
                yesterday = datetime.now(UTC).date() - timedelta(days=1)
                months = Months(max(months.first, yesterday), months.last)
            case Test("expires_since", (date() as first,)):
                months = Months(max(months.first, first), months.last)
            case Test("expires_until", (date() as last,)):
                months = Months(months.first, min(months.last, last))
    beginnings = months.beginnings()
    if not beginnings:
        return _NOBODY
    return Query(" | ".join(f"'{EXPIRES}{beginning}':*" for beginning in beginnings), is_exact=False)


def _every(queries: Sequence[Query | None]) -> Query | None:
    """Return "all of these"; what isn't known isn't asked for."""
    known = [query for query in queries if query is not None]
    if not known:
        return None
    is_exact = len(known) == len(queries) and all(query.is_exact for query in known)
    return Query(" & ".join(f"({query.text})" for query in known), is_exact)


def _either(queries: Sequence[Query | None]) -> Query | None:
    """Return "one of these"; None where one of them isn't known."""
    known = [query for query in queries if query is not None]
    if not known or len(known) < len(queries):
        return None
    return Query(" | ".join(f"({query.text})" for query in known), all(query.is_exact for query in known))


def _any(lexemes: Sequence[str] | None) -> Query | None:
    return Query(" | ".join(lexemes)) if lexemes else None


def _facets(prefix: str, values: Iterable[str]) -> list[str] | None:
    """Return facets as lexemes of a tsquery; None where one stands for what is absent, or may not be listed."""
    found = list(values)
    if any(not value or len(value.encode()) > LONGEST for value in found):
        return None
    return [_quoted(prefix + value) for value in found]


def _quoted(facet: str) -> str:
    escaped = facet.replace("\\", "\\\\").replace("'", "''")
    return f"'{escaped}'"


def _of_words(query: str) -> list[str]:
    return [_WORD.sub(rf"'{WORD}\1'\2", query)]


def _of_taxonomies(query: str) -> list[str]:
    return [_of_taxonomy(code, mark) for code, mark in _WORD.findall(query)]


def _of_taxonomy(code: str, mark: str) -> str:
    # A prefix is marked by `:*`.
    if not mark or len(code) > _TRADE:
        return f"'{TAXONOMY}{code}'{mark}"
    return f"'{TRADE}{code}'{mark if len(code) < _TRADE else ''}"


def _of_states(home: str, codes: Sequence[str], names: Sequence[str] = ()) -> list[str] | None:
    """Return the facets of American states by their codes, and of foreign ones by their folded names."""
    return _facets(home + STATE, dict.fromkeys([*codes, *map(fold, codes), *names]))


_OF_COMPANY: Mapping[str, Callable[..., list[str] | None]] = {
    "active": lambda: [f"'{ACTIVE}'"],
    "inactive": lambda: [f"'{INACTIVE}'"],
    "npi_status": lambda statuses: _facets(STATUS, statuses),
    "parent_name": lambda names: _facets(PARENT, names),
    "taxonomy": _of_taxonomies,
    "words": _of_words,
}

_OF_PLACE: Mapping[str, Callable[..., list[str] | None]] = {
    "inactive": lambda _: [f"'{IDLE}'"],
    "state": _of_states,
    "state_name": _of_states,
    "city": lambda home, cities: _facets(home + CITY, cities),
    "postal_code": lambda home, codes: _facets(home + ZIP, codes),
}
