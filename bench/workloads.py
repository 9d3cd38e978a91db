"""What is asked: each workload's operation, and the variables that its requests carry."""

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

Variables = dict[str, Any]

OPERATIONS = Path(__file__).with_name("operations")

_POINTS = 1_000
_BULKS = 40
_BULK = 500
# How far a walk through all pages goes at a step.
STRIDE = 200


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
    return [{"npi": npi} for npi in _chosen(keys.npis, _POINTS)]


def page(size: int) -> Callable[[Keys], list[Variables]]:
    """Ask for a page somewhere in the list."""
    return lambda keys: [{"first": size, "after": cursor} for cursor in _chosen(keys.cursors, len(keys.cursors))]


def first_ten(_: Keys) -> list[Variables]:
    """Ask for the first page of ten."""
    return [{"first": 10, "after": None}]


def last_ten(keys: Keys) -> list[Variables]:
    """Ask for the last page of ten."""
    return [{"first": 10, "after": keys.last_ten}]


def bulk(keys: Keys) -> list[Variables]:
    """Ask for companies by their numbers."""
    rng = _random()
    return [{"npis": sorted(rng.sample(keys.npis, _BULK))} for _ in range(_BULKS)]


def _chosen(values: Sequence[str], count: int) -> list[str]:
    return _random().sample(values, min(count, len(values)))


def _random() -> random.Random:
    return random.Random(1)  # noqa: S311 - nothing here is secret


POINT = Workload("point", "point", point)
PAGE_20 = Workload("page 20", "page", page(20))
PAGE_100 = Workload("page 100", "page", page(100))
BULK = Workload("bulk 500", "bulk", bulk)
FIRST_TEN = Workload("first page of 10", "page", first_ten)
LAST_TEN = Workload("last page of 10", "page", last_ten)

# What every server is asked.
WORKLOADS = (POINT, PAGE_20, PAGE_100, BULK)
