"""Forms of operations: what decides them, and what can't be one."""

import pytest

from db.engine import Database
from graph.context import Context
from graph.execution.bounds import Limits
from graph.execution.compile import Compiled
from graph.execution.document import Documents
from graph.execution.facts import facts_of
from graph.execution.forms import key_of
from graph.execution.run import Prepared, Runner
from graph.schema import core_schema
from tests.graph.leavings import leavings

BOTH = """
query A($x: Boolean!) { companies(first: 1) { nodes { npi name @skip(if: $x) } } }
query B($x: [String!]!) { companies(first: 1, filter: {state: $x}) { nodes { npi } } }
"""
DEFAULT = "query($x: Boolean = true) { companies(first: 1) { nodes { npi name @include(if: $x) } } }"


def compiled(prepared: Prepared) -> Compiled | None:
    """What an operation that has run was compiled to."""
    seen = prepared.operation.forms.get(key_of(prepared.operation, prepared.values, prepared.refused))
    return seen.compiled[0] if seen and seen.compiled else None


@pytest.fixture
def runner() -> Runner:
    return Runner(core_schema, Limits(), timeout=30)


async def test_a_variable_means_in_each_operation_what_it_is_there(runner: Runner, directory: Database) -> None:
    for _ in range(3):
        prepared = runner.prepare(BOTH, "B", {"x": ["TX"]})
        result = await runner.run(prepared, Context(directory))
        assert result.errors is None
        assert result.data is not None
    assert compiled(prepared) is not None


async def test_a_condition_that_is_null_stays_the_client_s_error(runner: Runner, directory: Database) -> None:
    for _ in range(3):
        prepared = runner.prepare(DEFAULT, None, {"x": None})
        result = await runner.run(prepared, Context(directory))
        assert result.errors
        assert "Boolean!" in result.errors[0].message


async def test_what_is_kept_compiled_is_bounded(directory: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("graph.execution.forms.MAX_SOURCES", 1_000)
    small = Runner(core_schema, Limits(), timeout=30)
    texts = [f"{{ a{number}: dataset {{ companies {{ value }} }} }}" for number in range(5)]
    for text in texts:
        for _ in range(2):
            prepared = small.prepare(text, None, {})
            await small.run(prepared, Context(directory))
        assert compiled(prepared) is not None
    first = small.prepare(texts[0], None, {})
    assert compiled(first) is None


async def test_what_was_compiled_goes_with_its_document(directory: Database) -> None:
    small = Runner(core_schema, Limits(), timeout=30, sights=1)
    small._documents = Documents(facts_of(core_schema), Limits(), 8_000)

    async def asked(number: int) -> None:
        text = f"query($n: Int) {{ a{number}: companies(first: $n) {{ nodes {{ npi }} }} }}"
        prepared = small.prepare(text, None, {"n": 2})
        await small.run(prepared, Context(directory))
        assert compiled(prepared) is not None

    for number in range(10):
        await asked(number)
    kept = len(small._forms._kept)
    assert 0 < kept < 10
    with leavings() as found:
        for number in range(10, 30):
            await asked(number)
    assert not found
    assert len(small._forms._kept) == kept
