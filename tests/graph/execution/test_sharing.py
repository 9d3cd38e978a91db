"""For how long an answer may be kept, and by whom: the least of what its fields say."""

import pytest

from graph.execution.bounds import Limits
from graph.execution.document import Documents
from graph.execution.facts import facts_of
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
