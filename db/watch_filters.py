"""The filters of watch lists: what companies they find, and the facets by which a change tells who comes and goes.

Both say the same of a company; a filter has only tests of which that can be said (the view `listed`).
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any
from uuid import UUID

from db import facets
from db.filters import Condition, Group, Test
from db.folding import fold

# A filter as it is kept: texts by the names below, "words", and "is_active".
WatchFilter = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class _OneOf:
    """A test that holds for one of some texts: as a condition of companies, and the facets of one of the texts."""

    condition: Callable[[Sequence[str]], Condition]
    facets: Callable[[str], Sequence[str]]


def _located(*conditions: Condition) -> Condition:
    return Group("locations", conditions)


def _state(states: Sequence[str]) -> Condition:
    # A foreign state counts by its folded name.
    return _located(Test("state_name", ([state.upper() for state in states], list(map(fold, states)))))


_ONE_OF: Mapping[str, _OneOf] = {
    "states": _OneOf(_state, facets.of_state),
    "cities": _OneOf(lambda names: _located(Test("city", (list(map(fold, names)),))), facets.of_city),
    "postal_codes": _OneOf(lambda codes: _located(Test("postal_code", (list(codes),))), facets.of_postal_code),
    "taxonomy_codes": _OneOf(
        lambda codes: Test("taxonomy", (" | ".join(map(_quoted, codes)),)), facets.of_taxonomy
    ),
    "parent_names": _OneOf(lambda names: Test("parent_name", (list(map(fold, names)),)), facets.of_parent),
    "npi_statuses": _OneOf(lambda statuses: Test("npi_status", (list(statuses),)), facets.of_status),
}

EMPTY: WatchFilter = MappingProxyType(dict.fromkeys([*_ONE_OF, "words", "is_active"]))


def condition_of(list_id: UUID, filter_: WatchFilter | None) -> Condition:
    """Return what a list finds, as a condition of companies: those of its filter, or of its numbers."""
    if filter_ is None:
        return Test("watched", (list_id,))
    return Group("and", tuple(test for test, _ in _tests(filter_)))


def facets_of(filter_: WatchFilter) -> list[list[str]]:
    """Return groups of facets: a filter finds a company that has one of each group."""
    return [group for _, group in _tests(filter_)]


def too_long(filter_: WatchFilter) -> Iterator[str]:
    """Yield the names of tests with a value that is too long to be listed: no change would be found by it."""
    for name, each in _ONE_OF.items():
        if not all(facets.may_be_found(each.facets(value)) for value in filter_.get(name) or ()):
            yield name


def _tests(filter_: WatchFilter) -> Iterator[tuple[Condition, list[str]]]:
    for name, each in _ONE_OF.items():
        if values := filter_.get(name):
            yield each.condition(values), [facet for value in values for facet in each.facets(value)]
    for word in filter_.get("words") or ():
        yield Test("words", (_quoted(word),)), facets.of_word(word)
    is_active = filter_.get("is_active")
    if is_active is not None:
        yield Test("active" if is_active else "inactive"), facets.of_activity(is_active=is_active)


def _quoted(word: str) -> str:
    """Return a word of a tsquery; folded words and codes hold no quotes."""
    return f"'{word}'"
