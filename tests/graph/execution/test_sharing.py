"""For how long an answer may be kept, and by whom: the least of what its fields say."""

from typing import Any

import pytest
import strawberry

from graph.directives.cache_control import CacheControl
from graph.execution.bounds import Limits
from graph.execution.document import Documents
from graph.execution.facts import core_of, facts_of
from graph.schema import core_schema


@pytest.mark.parametrize(
    ("text", "max_age", "is_shared"),
    [
        ("{ companies { nodes { name primaryLocation { address { city } } } } }", 60, True),
        # The name of a type says nothing.
        ("{ __typename companies { __typename nodes { __typename name } } }", 60, True),
        ("{ __typename }", 0, False),
        ("query Q { ...F } fragment F on Query { dataset { cursor } node(id: 1) { id } }", 60, True),
        # What is followed is never kept, whatever stands beside it.
        ("{ dataset { cursor } changes { nodes { kind } } }", 0, False),
        ("{ companies { nodes { name } } viewer { subject } }", 0, False),
        ("{ watchLists { nodes { name } } }", 0, False),
        (
            'mutation { setCompanyActive(input: {npi: "1234567893", isActive: true}) { company { name } } }',
            0,
            False,
        ),
    ],
)
def test_the_least_of_all_fields_counts(text: str, max_age: int, *, is_shared: bool) -> None:
    [operation] = Documents(facts_of(core_schema), Limits()).operations(text)
    assert (operation.policy.max_age, operation.policy.is_shared) == (max_age, is_shared)


def nothing() -> Any:
    """What no test asks for."""


@strawberry.type(directives=[CacheControl(max_age=50, stale_while_revalidate=9)])
class Item:
    """Something that says it of itself."""

    name: str
    silent: "Item" = strawberry.field(resolver=nothing, directives=[CacheControl(inherit_max_age=True)])
    own: "Item" = strawberry.field(resolver=nothing, directives=[CacheControl(max_age=5)])


@strawberry.type
class Root:
    """Fields that say it, or part of it, or nothing."""

    item: Item = strawberry.field(resolver=nothing)
    longer: Item = strawberry.field(resolver=nothing, directives=[CacheControl(stale_while_revalidate=20)])
    text: str = strawberry.field(resolver=lambda: "", directives=[CacheControl(max_age=60)])
    given: str = strawberry.field(
        resolver=lambda: "", directives=[CacheControl(max_age=60, stale_while_revalidate=30)]
    )


MADE_UP = core_of(strawberry.Schema(query=Root))


@pytest.mark.parametrize(
    ("text", "stale"),
    [
        ("{ given }", 30),
        ("{ given __typename }", 30),
        # What isn't mentioned isn't allowed, though the other field allows it.
        ("{ given text }", 0),
        # The type says it where the field says nothing, and each field counts that has a say in the time.
        ("{ item { name } }", 9),
        ("{ given longer { name } }", 20),
        ("{ given longer { name } item { name } }", 9),
        ("{ given item { name own { name } } }", 9),
        ("{ given ... on Root { item { ... on Item { silent { name } } } } }", 9),
    ],
)
def test_an_answer_may_be_given_beyond_its_time_where_each_field_allows_it(text: str, stale: int) -> None:
    [operation] = Documents(facts_of(MADE_UP), Limits()).operations(text)
    assert operation.policy.stale == stale
