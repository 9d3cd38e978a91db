"""A condition taken apart for finding: what narrows rows, what is looked up, and in which ways it holds."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from db import filters
from db.filters import LISTED, LISTED_PREFIX, LOCATION_TESTS, Condition, Group, Test, flattened
from db.listings import divided, listed, listed_parts, query_of_unusual
from db.prefixes import without_prefixes

# In so many ways a condition may be fulfilled; each is a part of the statement.
MOST_WAYS = 8

# The tests that hold for a range of an order, by its first sort key.
_RANGES: Mapping[str, frozenset[str]] = {
    "NAME": frozenset({"name_starts_with"}),
    "NPI": frozenset({"npi"}),
    "NPPES_UPDATED_ON": frozenset({"updated_since", "updated_until"}),
    "CITY": frozenset({"city"}),
    "STATE": frozenset({"state"}),
    "POSTAL_CODE": frozenset({"postal_code"}),
    "UPDATED_AT": frozenset({"changed_since", "changed_before"}),
}

# The tests for whose values an index has rows in an order, by its first sort key; and for how many values at most,
# since that many times rows are read: those of one state in all of its spellings.
_LEADS: Mapping[str, str] = {"CITY": "state", "POSTAL_CODE": "state"}
_MOST_LEADS = 4


@dataclass(frozen=True, slots=True)
class Parts:
    """Conditions all of which must hold.

    They are of what leads an index to the order asked for, of the order's first key, of what a row tells by
    itself, and the rest.
    """

    lead: Condition
    key: Condition
    own: Condition
    rest: Condition


@dataclass(frozen=True, slots=True)
class Sought:
    """A condition as a whole, and the ways in which it can be fulfilled: none where it is one way by itself."""

    whole: Parts
    ways: tuple[Parts, ...]


def of_companies(condition: Condition, key: str = "") -> Sought:
    """Take apart what is asked of companies, whose listings tell most of it, in an order by a key."""
    return _sought(condition, divided, key, lambda each: isinstance(listed(each), Group))


def of_locations(condition: Condition, key: str = "") -> Sought:
    """Take apart what is asked of locations, in an order by a key."""
    return _sought(condition, _divided_of_locations, key, lambda _: True)


def _sought(
    condition: Condition,
    divide: Callable[[Condition], tuple[list[Condition], list[Condition]]],
    key: str,
    is_split: Callable[[Condition], bool],
) -> Sought:
    ways = _ways(condition, is_split)
    return Sought(
        _parts(divide(condition), key),
        tuple(_parts(divide(way), key) for way in ways) if len(ways) > 1 else (),
    )


def _parts(divided: tuple[Sequence[Condition], Sequence[Condition]], key: str) -> Parts:
    own, rest = divided
    ranges = _RANGES.get(key, frozenset())
    lead = [part for part in own if _leads(part, key)][:1]
    of_key = [part for part in (*own, *rest) if isinstance(part, Test) and part.name in ranges]
    own, rest = ([part for part in parts if part not in (*lead, *of_key)] for parts in (own, rest))
    own = list(map(_without_prefixes, own))
    return Parts(*(Group("and", tuple(each)) for each in (lead, of_key, own, rest)))


def _without_prefixes(condition: Condition) -> Condition:
    """Return a test of listings with what is left of it without prefixes, if it has any."""
    match condition:
        case Test(name, (str(query),)) if name == LISTED and (whole := without_prefixes(query)):
            return Test(LISTED_PREFIX, (query, whole))
        case _:
            return condition


def _leads(condition: Condition, key: str) -> bool:
    match condition:
        case Test(name, (list(values),)):
            return name == _LEADS.get(key) and len(values) <= _MOST_LEADS
        case _:
            return False


def _ways(condition: Condition, is_split: Callable[[Condition], bool]) -> list[Condition]:
    """Return conditions of which one holds wherever this one does; the choices that matter made in each."""
    ways: list[tuple[Condition, ...]] = [()]
    for part in flattened([condition]):
        choices: Sequence[Condition] = (part,)
        if isinstance(part, Group) and part.operator == "or":
            is_few = 0 < len(part.conditions) * len(ways) <= MOST_WAYS
            choices = part.conditions if is_few and is_split(part) else choices
        ways = [(*way, choice) for way in ways for choice in choices]
    return [Group("and", way) for way in ways]


def _divided_of_locations(condition: Condition) -> tuple[list[Condition], list[Condition]]:
    """Return what locations tell by themselves of a condition, and what is asked of their companies."""
    own, rest = filters.divided(listed_parts(condition), LOCATION_TESTS)
    unusual = query_of_unusual(condition)
    if unusual:
        # PostgreSQL takes kinds and roles for independent of each other, and so few for many.
        rest.append(Group("listing", (Test(LISTED, (unusual,)),)))
    return own, rest
