"""What is asked: each workload's operation, and the variables that its requests carry."""

import random
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import combinations, islice, pairwise, product
from pathlib import Path
from typing import Any

from db.nppes.places import places

Variables = dict[str, Any]

OPERATIONS = Path(__file__).with_name("operations")

_POINTS = 1_000
_BULKS = 40
_BULK = 500
_LIST = 20
# Of a company, which has five. With ten, this server would refuse `bulk` by its shipped limit of cost.
_LOCATIONS = 8
_MILES = 25
# How far a walk through all pages goes at a step.
STRIDE = 200
# Requests of which none is like another: more than a run sends of most.
_FRESH = 20_000

# Prosthetics, rehabilitation and health-centre clinics, ambulances: some two in a hundred companies each.
_TAXONOMIES = ("335E", "261QR", "261QF", "341")
_WORDS = (
    "medical supply",
    "home health",
    "sleep",
    "oxygen resp",
    "imaging",
    "wound care",
    "therapy",
    "nursing reha",
    "urgent care",
    "dental",
)
# Pairs of states that words are looked for in: few enough for all to be kept when a server is warm.
_PAIRS = 10
_ORDERS = ({"field": "ENUMERATED_ON", "direction": "DESC"}, {"field": "NAME", "direction": "ASC"})


@dataclass(frozen=True, slots=True)
class Keys:
    """What can be asked for: NPIs in their order; cursors of one server, STRIDE companies apart; the cursor of the
    company after which the last page of ten starts; and those of all companies, where they are needed.
    """

    npis: Sequence[str]
    cursors: Sequence[str]
    last_ten: str
    every: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Workload:
    """An operation (a file of operations/) and what makes its requests' variables, the same ones in every run."""

    name: str
    operation: str
    variables: Callable[[Keys], list[Variables]]


def point(keys: Keys) -> list[Variables]:
    """Ask for one company."""
    return [{"npi": npi, "locations": _LOCATIONS} for npi in _chosen(keys.npis, _POINTS)]


def point_with_numbers(keys: Keys) -> list[Variables]:
    """Ask for the same companies; how many locations is said in the document."""
    return [{"npi": each["npi"]} for each in point(keys)]


def page(size: int) -> Callable[[Keys], list[Variables]]:
    """Ask for a page somewhere in the list."""
    return lambda keys: [_page(size, cursor) for cursor in _chosen(keys.cursors, len(keys.cursors))]


def page_with_numbers(keys: Keys) -> list[Variables]:
    """Ask for the same pages of 20; how many companies and locations is said in the document."""
    return [{"after": cursor} for cursor in _chosen(keys.cursors, len(keys.cursors))]


def first_ten(_: Keys) -> list[Variables]:
    """Ask for the first page of ten."""
    return [_page(10, None)]


def last_ten(keys: Keys) -> list[Variables]:
    """Ask for the last page of ten."""
    return [_page(10, keys.last_ten)]


def bulk(keys: Keys) -> list[Variables]:
    """Ask for companies by their numbers."""
    return _bulk(keys, _BULKS)


def filtered(_: Keys) -> list[Variables]:
    """Ask for the first companies of two states and a trade, the newest first or by name."""
    return _filtered(pairwise(_states()))


def search(_: Keys) -> list[Variables]:
    """Ask for the first companies of two states with some words in their names."""
    asked = product(_WORDS, islice(pairwise(_states()), _PAIRS))
    return [{"first": _LIST, "filter": {"search": words, "state": [*pair]}} for words, pair in asked]


def near(_: Keys) -> list[Variables]:
    """Ask for the locations nearest to a ZIP."""
    zips = [place.zip for place in places()]
    return [{"near": {"postalCode": zip5, "radius": _MILES}, "first": _LIST} for zip5 in _chosen(zips, len(zips))]


def fresh_point(keys: Keys) -> list[Variables]:
    """Ask for each company once."""
    return [{"npi": npi, "locations": _LOCATIONS} for npi in _chosen(keys.npis, _FRESH)]


def fresh_page(size: int) -> Callable[[Keys], list[Variables]]:
    """Ask for pages that start behind any company after which a whole page comes."""
    return lambda keys: [_page(size, cursor) for cursor in _chosen(keys.every[:-size], _FRESH)]


def fresh_bulk(keys: Keys) -> list[Variables]:
    """Ask for other companies by their numbers each time."""
    return _bulk(keys, _FRESH // _BULKS)


def fresh_filtered(_: Keys) -> list[Variables]:
    """Ask for the first companies of any two states and a trade."""
    return _filtered(combinations(_states(), 2))


def fresh_near(keys: Keys) -> list[Variables]:
    """Ask for the locations nearest to a ZIP, each time within a few feet more."""
    asked = [each["near"] for each in near(keys)]
    near_ = [asked[place % len(asked)] | {"radius": _MILES + place / 1e6} for place in range(_FRESH)]
    return [{"near": each, "first": _LIST} for each in near_]


def _filtered(pairs: Iterable[Sequence[str]]) -> list[Variables]:
    asked: list[Variables] = [
        {"first": _LIST, "filter": {"state": [*pair], "taxonomyPrefix": [taxonomy]}, "orderBy": [order]}
        for pair, taxonomy, order in product(pairs, _TAXONOMIES, _ORDERS)
    ]
    return _random().sample(asked, len(asked))


def _bulk(keys: Keys, count: int) -> list[Variables]:
    rng = _random()
    return [{"npis": sorted(rng.sample(keys.npis, _BULK)), "locations": _LOCATIONS} for _ in range(count)]


def _states() -> list[str]:
    return sorted({place.state for place in places()})


def _page(size: int, after: str | None) -> Variables:
    return {"first": size, "after": after, "locations": _LOCATIONS}


def _chosen(values: Sequence[str], count: int) -> list[str]:
    return _random().sample(values, min(count, len(values)))


def _random() -> random.Random:
    return random.Random(1)  # noqa: S311 - nothing here is secret


POINT = Workload("point", "point", point)
PAGE_20 = Workload("page 20", "page", page(_LIST))
PAGE_100 = Workload("page 100", "page", page(100))
RELAY_20 = Workload("Relay page 20", "relay", page(_LIST))
FILTERED = Workload("filtered 20", "filtered", filtered)
NEAR = Workload("near 20", "near", near)
BULK = Workload("bulk 500", "bulk", bulk)

# What every server is asked.
WORKLOADS = (POINT, PAGE_20, PAGE_100, RELAY_20, FILTERED, NEAR, BULK)

# What this server alone is asked.
POINT_WITH_NUMBERS = Workload("point with numbers in the document", "point_with_numbers", point_with_numbers)
PAGE_20_WITH_NUMBERS = Workload("page 20 with numbers in the document", "page_with_numbers", page_with_numbers)
FIRST_TEN = Workload("first page of 10", "page", first_ten)
LAST_TEN = Workload("last page of 10", "page", last_ten)
SEARCH = Workload("search 20", "filtered", search)
FURTHER = (POINT_WITH_NUMBERS, PAGE_20_WITH_NUMBERS, FIRST_TEN, LAST_TEN)

# The same as every server is asked, but nothing twice, so that nothing is found where answers are kept.
FRESH = {
    workload: Workload(f"{workload.name} never twice", workload.operation, variables)
    for workload, variables in (
        (POINT, fresh_point),
        (PAGE_20, fresh_page(_LIST)),
        (PAGE_100, fresh_page(100)),
        (RELAY_20, fresh_page(_LIST)),
        (FILTERED, fresh_filtered),
        (NEAR, fresh_near),
        (BULK, fresh_bulk),
    )
}
