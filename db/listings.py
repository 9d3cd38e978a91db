"""What a condition asks of the listings of companies: a tsquery over facets, tests of names, and what is left.

A listing holds all facets of a company (the view `listed`), so that several tests are one look into one index.
"""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from db import filters
from db.boxes import Box
from db.facets import HOME, LONGEST
from db.filters import CELLED, EVERYTHING, LISTED, LISTING_TESTS, Condition, Group, Test, flattened
from db.folding import fold
from db.tables import NPI_STATUSES

# A word of a tsquery over names or over taxonomy codes; neither holds quotes.
_WORD = re.compile(r"'([^']+)'(:\*)?")
# So many characters of a taxonomy code are a facet of their own.
_TRADE = 4


@dataclass(frozen=True, slots=True)
class Query:
    """A tsquery over facets that holds wherever a condition does, and whether it holds nowhere else."""

    text: str
    is_exact: bool = True


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
        return Group("and", (*told, rest)) if told else rest
    if condition.operator == "not":
        return Group("not", tuple(map(listed, condition.conditions)))
    found = _gathered(condition)
    if condition.operator == "or" and query is not None and not filters.is_told(found, LISTING_TESTS):
        # Of those who may fit, what companies have is looked at one by one.
        return Group("and", (Test(LISTED, (query.text,)), condition))
    return found


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
    return " | ".join(f"'cell={beginning}':*" for beginning in box.cells())


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
        case "and":
            return _every(list(map(_query, condition.conditions)))
        case "or":
            return _either(list(map(_query, condition.conditions)))
        case "locations":
            return _query_of_place(condition)
        case "not":
            return _query_of_others(condition)
        case _:
            return None


def _query_of_others(group: Group) -> Query | None:
    """Return what listings can say of "it is not like this": of what each company has one of a few of."""
    match list(flattened(group.conditions)):
        case [Test("active" | "inactive") as test]:
            return Query("'inactive'" if test.name == "active" else "'active'")
        case [Test("npi_status", (list(statuses),))]:
            return _any(_facets("status=", [each for each in NPI_STATUSES if each not in statuses]))
        # An index would be asked for everything there is to find what doesn't match.
        case _:
            return None


def _query_of_place(group: Group) -> Query | None:
    """Return what listings can say of "one of its locations is like this"."""
    tests = list(flattened(group.conditions))
    if Test("primary") in tests:
        # There is one at most, so that tests of it are tests of the company.
        return _every([_of_place(each, HOME) for each in tests if each != Test("primary")])
    query = _every([_of_place(each, "") for each in tests])
    # Several may hold of several locations.
    return Query(query.text, is_exact=query.is_exact and len(tests) == 1) if query else None


def _of_place(condition: Condition, home: str) -> Query | None:
    if isinstance(condition, Test):
        of = _OF_PLACE.get(condition.name)
        query = None if of is None else _any(of(home, *condition.values))
        # The kind of the primary location is none of the facets.
        return Query(query.text, is_exact=False) if query and home and condition.name == "kind" else query
    match condition.operator:
        case "or":
            return _either([_of_place(each, home) for each in condition.conditions])
        case "company":
            query = _every(list(map(_query, condition.conditions)))
            # A company without a location has none whose company is like this.
            return Query(query.text, is_exact=False) if query else None
        case _:
            return None


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
    return [_WORD.sub(r"'word=\1'\2", query)]


def _of_taxonomies(query: str) -> list[str]:
    return [_of_taxonomy(code, begun) for code, begun in _WORD.findall(query)]


def _of_taxonomy(code: str, begun: str) -> str:
    if not begun or len(code) > _TRADE:
        return f"'taxonomy={code}'{begun}"
    return f"'trade={code}'{begun if len(code) < _TRADE else ''}"


def _of_states(home: str, codes: Sequence[str], names: Sequence[str] = ()) -> list[str] | None:
    """Return the facets of American states by their codes, and of foreign ones by their folded names."""
    return _facets(f"{home}state=", dict.fromkeys([*codes, *map(fold, codes), *names]))


_OF_COMPANY: Mapping[str, Callable[..., list[str] | None]] = {
    "active": lambda: ["'active'"],
    "inactive": lambda: ["'inactive'"],
    "npi_status": lambda statuses: _facets("status=", statuses),
    "parent_name": lambda names: _facets("parent=", names),
    "taxonomy": _of_taxonomies,
    "words": _of_words,
}

_OF_PLACE: Mapping[str, Callable[..., list[str] | None]] = {
    "kind": lambda _, kinds: _facets("kind=", kinds),
    "state": _of_states,
    "state_name": _of_states,
    "city": lambda home, cities: _facets(f"{home}city=", cities),
    "postal_code": lambda home, codes: _facets(f"{home}zip=", codes),
}
