"""What is asked: each workload's operation, and the variables that its requests carry."""

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise, product
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

# Prosthetics, rehabilitation and health-centre clinics, ambulances: some two in a hundred companies each.
_TAXONOMIES = ("335E", "261QR", "261QF", "341")
_ORDERS = ({"field": "ENUMERATED_ON", "direction": "DESC"}, {"field": "NAME", "direction": "ASC"})


@dataclass(frozen=True, slots=True)
class Keys:
    """What can be asked for: NPIs in their order; cursors of one server, STRIDE companies apart; and the cursor
    of the company after which the last page of ten starts.
    """

    npis: Sequence[str]
    cursors: Sequence[str]
    last_ten: str


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
    rng = _random()
    return [{"npis": sorted(rng.sample(keys.npis, _BULK)), "locations": _LOCATIONS} for _ in range(_BULKS)]


def filtered(_: Keys) -> list[Variables]:
    """Ask for the first companies of two states and a trade, the newest first or by name."""
    states = sorted({place.state for place in places()})
    asked: list[Variables] = [
        {"first": _LIST, "filter": {"state": [*pair], "taxonomyPrefix": [taxonomy]}, "orderBy": [order]}
        for pair, taxonomy, order in product(pairwise(states), _TAXONOMIES, _ORDERS)
    ]
    return _random().sample(asked, len(asked))


def near(_: Keys) -> list[Variables]:
    """Ask for the locations nearest to a ZIP."""
    zips = [place.zip for place in places()]
    return [{"near": {"postalCode": zip5, "radius": _MILES}, "first": _LIST} for zip5 in _chosen(zips, len(zips))]


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
FURTHER = (POINT_WITH_NUMBERS, PAGE_20_WITH_NUMBERS, FIRST_TEN, LAST_TEN)
