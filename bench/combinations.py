"""Questions by chance: filters of one to four tests of companies that were picked, in any order on offer."""

import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import asyncpg

from bench.questions import COMPANY_ORDERS, LOCATION_ORDERS, Question, downward, of_companies, of_locations
from db import companies, locations
from db.pages import OrderBy
from graph.types.enums import LocationKind, NpiStatus
from graph.types.filters import CompanyFilter, LocationFilter
from graph.types.name_match import NameMatch
from graph.types.ranges import DateRange, DateTimeRange

_PICK = """
    SELECT c.npi, c.name_folded, c.parent_name, c.taxonomy_codes, c.is_active, c.npi_status,
      c.enumerated_on, c.nppes_updated_on, c.deactivated_on, c.updated_at, l.city, l.state, l.postal_code
    FROM companies c TABLESAMPLE SYSTEM (5) REPEATABLE (1) JOIN locations l ON l.npi = c.npi AND l.is_primary
    WHERE c.taxonomy_codes <> '{}' AND l.country = 'US' AND c.nppes_updated_on IS NOT NULL
    ORDER BY c.npi LIMIT 5000
"""

# Shares of the questions.
_OF_LOCATIONS, _OR, _NOT, _USUAL_ORDER, _OF_ANOTHER = 0.2, 0.1, 0.1, 0.5, 0.2

# What joins the names of tests.
_AND, _EITHER, _NOT_STATE = " + ", " or ", " not state"

# A company that was picked, and a draw for it.
Pick = Mapping[str, Any]
Test = Callable[[Pick, random.Random], dict[str, Any]]


async def picks(connection: asyncpg.Connection) -> Sequence[Pick]:
    """Return some thousand companies of a directory, the same ones each time, as values to look for."""
    return [dict(row) for row in await connection.fetch(_PICK)]


def words(pick: Pick, draw: random.Random, number: int) -> list[str]:
    """So many words of a company's name."""
    found = pick["name_folded"].split()
    return draw.sample(found, min(number, len(found)))


def begun(pick: Pick, draw: random.Random) -> str:
    """One or two words of a name, the last only begun."""
    *whole, last = words(pick, draw, draw.choice((1, 2)))
    return " ".join([*whole, last[: draw.randint(1, 4)]])


def somewhere(pick: Pick, draw: random.Random) -> LocationFilter:
    """A place of a company, by one or two of what says where it is."""
    named = {"state": [pick["state"]], "city": [pick["city"]], "postal_code": [pick["postal_code"][:5]]}
    return LocationFilter(**dict(draw.sample(sorted(named.items()), draw.choice((1, 2)))))  # type: ignore[arg-type]


def a_few_days(day: Any, draw: random.Random) -> DateRange:  # noqa: ANN401 - a day, or None
    """Up to a month from a day; any day where there is none."""
    return DateRange(from_=day, to=day + timedelta(days=draw.randint(0, 30))) if day else DateRange()


PLACES: Mapping[str, Test] = {
    "state": lambda pick, _: {"state": [pick["state"]]},
    "city": lambda pick, _: {"city": [pick["city"]]},
    "ZIP": lambda pick, _: {"postal_code": [pick["postal_code"][:5]]},
}
COMPANY_TESTS: Mapping[str, Test] = {
    **PLACES,
    "somewhere": lambda pick, draw: {"has_location": somewhere(pick, draw)},
    "a kind of location": lambda _, draw: {"has_location": LocationFilter(kind=[draw.choice(list(LocationKind))])},
    "a location not in use": lambda _, __: {"has_location": LocationFilter(is_active=False)},
    "taxonomy": lambda pick, _: {"taxonomy_code": [pick["taxonomy_codes"][0]]},
    "taxonomy begun": lambda pick, draw: {
        "taxonomy_prefix": [pick["taxonomy_codes"][0][: draw.choice((2, 3, 4))]]
    },
    "active": lambda pick, _: {"is_active": pick["is_active"]},
    "inactive": lambda _, __: {"is_active": False},
    "status": lambda _, draw: {"npi_status": [draw.choice(list(NpiStatus))]},
    "NPI": lambda pick, _: {"npi": [pick["npi"]]},
    "a word": lambda pick, draw: {"search": " ".join(words(pick, draw, 1))},
    "words": lambda pick, draw: {"search": " ".join(words(pick, draw, 2))},
    "words begun": lambda pick, draw: {"search": begun(pick, draw)},
    "name": lambda pick, _: {"name": NameMatch(eq=pick["name_folded"])},
    "name begins": lambda pick, _: {"name": NameMatch(starts_with=pick["name_folded"][:3])},
    "name contains": lambda pick, draw: {"name": NameMatch(contains=words(pick, draw, 1)[0].ljust(3)[:5])},
    "parent": lambda pick, _: {"parent_name": [pick["parent_name"] or "none"]},
    "updated since": lambda pick, _: {"nppes_updated_on": DateRange(from_=pick["nppes_updated_on"])},
    "updated until": lambda pick, _: {"nppes_updated_on": DateRange(to=pick["nppes_updated_on"])},
    "updated in days": lambda pick, draw: {"nppes_updated_on": a_few_days(pick["nppes_updated_on"], draw)},
    "deactivated in days": lambda pick, draw: {
        "deactivated_on": a_few_days(pick["deactivated_on"] or pick["enumerated_on"], draw)
    },
    "changed since": lambda pick, _: {"updated_at": DateTimeRange(from_=pick["updated_at"])},
    "changed before": lambda pick, _: {"updated_at": DateTimeRange(to=pick["updated_at"])},
    "a valid license": lambda _, draw: {"has_valid_license": draw.random() < 0.5},  # noqa: PLR2004 - a share
    "a license that expires": lambda pick, draw: {"license_expires": a_few_days(pick["nppes_updated_on"], draw)},
}
LOCATION_TESTS: Mapping[str, Test] = {
    **PLACES,
    "in use": lambda _, draw: {"is_active": draw.random() < 0.5},  # noqa: PLR2004 - a share
    "primary": lambda _, draw: {"is_primary": draw.random() < 0.5},  # noqa: PLR2004 - a share
    "kind": lambda _, draw: {"kind": [draw.choice(list(LocationKind))]},
    "NPI": lambda pick, _: {"npi": [pick["npi"]]},
    "changed since": lambda pick, _: {"updated_at": DateTimeRange(from_=pick["updated_at"])},
    "company": lambda pick, draw: {"company": CompanyFilter(**_values(_tests(COMPANY_TESTS, [pick], draw, 2)))},
    "deactivated": lambda pick, draw: {
        "deactivated_on": a_few_days(pick["deactivated_on"] or pick["enumerated_on"], draw)
    },
}

# Tests by the fields of a filter, each with its name.
Drawn = dict[str, tuple[str, Any]]


def _tests(tests: Mapping[str, Test], picked: Sequence[Pick], draw: random.Random, most: int = 4) -> Drawn:
    pick = draw.choice(picked)
    names = draw.sample(sorted(tests), draw.randint(1, most))
    return _given(tests, names, pick, picked, draw)


def _given(
    tests: Mapping[str, Test], names: Sequence[str], pick: Pick, picked: Sequence[Pick], draw: random.Random
) -> Drawn:
    found: Drawn = {}
    for name in names:
        # Mostly of the same company, or hardly any combination would fit one.
        given = tests[name](draw.choice(picked) if draw.random() < _OF_ANOTHER else pick, draw)
        found |= {field: (name, value) for field, value in given.items()}
    return found


def _values(drawn: Drawn) -> dict[str, Any]:
    return {field: value for field, (_, value) in drawn.items()}


def _name(drawn: Drawn) -> str:
    return _AND.join(name for name, _ in drawn.values())


@dataclass(frozen=True, slots=True)
class Noun:
    """What questions of companies, or of locations, are made of."""

    filter: type[Any]
    tests: Mapping[str, Test]
    orders: Mapping[str, OrderBy]
    usual: OrderBy
    ask: Callable[[str, Any, OrderBy], Question]


_COMPANIES = Noun(CompanyFilter, COMPANY_TESTS, COMPANY_ORDERS, companies.BY_NAME, of_companies)
_LOCATIONS = Noun(LocationFilter, LOCATION_TESTS, LOCATION_ORDERS, locations.BY_COMPANY, of_locations)


def drawn(picked: Sequence[Pick], draw: random.Random) -> Question:
    """A random filter in a random order, of companies or of locations."""
    noun = _LOCATIONS if draw.random() < _OF_LOCATIONS else _COMPANIES
    tests = _tests(noun.tests, picked, draw)
    name, filter_ = _name(tests), noun.filter(**_values(tests))
    turn = draw.random()
    if turn < _OR:
        other = _tests(noun.tests, picked, draw)
        name += f"{_EITHER}{_name(other)}"
        filter_ = noun.filter(or_=[filter_, noun.filter(**_values(other))])
    elif turn < _OR + _NOT:
        name += _NOT_STATE
        filter_.not_ = noun.filter(state=[draw.choice(picked)["state"]])
    # As most people read a list, in half of all cases.
    order = noun.usual if draw.random() < _USUAL_ORDER else noun.orders[draw.choice(sorted(noun.orders))]
    return noun.ask(name, filter_, downward(order) if draw.random() < 0.5 else order)  # noqa: PLR2004 - a share


def alike(question: Question, picked: Sequence[Pick], draw: random.Random) -> Question:
    """A question with the same tests in the same order, with other values."""
    noun = _COMPANIES if question.is_of_companies else _LOCATIONS
    named, *without = question.name.split(_NOT_STATE)
    either = [_again(noun, each.split(_AND), picked, draw) for each in named.split(_EITHER)]
    filter_ = either[0] if len(either) == 1 else noun.filter(or_=either)
    if without:
        filter_.not_ = noun.filter(state=[draw.choice(picked)["state"]])
    return noun.ask(question.name, filter_, question.order)


def _again(noun: Noun, names: Sequence[str], picked: Sequence[Pick], draw: random.Random) -> Any:  # noqa: ANN401 - a filter
    return noun.filter(**_values(_given(noun.tests, names, draw.choice(picked), picked, draw)))
