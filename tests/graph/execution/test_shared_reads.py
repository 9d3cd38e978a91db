"""One operation with several sets of variables: each answer is its own, and the statements are those of one."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import orjson
import pytest
from graphql import ExecutionResult

from db.engine import Database
from db.reads import Read
from graph.context import Context
from graph.errors import OperationTimeoutError
from graph.execution.bounds import Limits
from graph.execution.run import Abandoned, Prepared, Runner
from graph.schema import core_schema
from tests.graph.conftest import READER, Ask

LIMITS = Limits(cost=1_000_000, cost_anonymous=1_000_000)

COMPANY = """
    query ($npi: NPI!) {
      company(npi: $npi) {
        npi name primaryTaxonomy { code } licenses { id }
        locations(first: 2, orderBy: {field: CITY}) {
          totalCount { value } nodes { id address { city } company { name } }
        }
      }
    }
"""
NESTED = """
    query ($npi: NPI!, $first: Int) { company(npi: $npi) { name locations(first: $first) { nodes { id } } } }
"""
PAIR = """
    query ($npi: NPI!) {
      one: company(npi: $npi) { name }
      other: company(npi: $npi) { npi primaryLocation { id } }
      nodes(ids: ["company:1234567893"]) { id }
    }
"""
PAGE = """
    query ($state: String!, $first: Int!) {
      companies(first: $first, filter: {state: [$state]}) {
        totalCount { value } nodes { npi primaryLocation { address { state } } } pageInfo { endCursor }
      }
    }
"""
VERIFY = "query ($npi: String!) { verifyNpis(npis: [$npi, $npi]) { input result company { name } } }"
CHOICE = """
    query ($npi: NPI!, $more: Boolean!) {
      company(npi: $npi) { name locations(orderBy: {field: CITY}) @include(if: $more) { nodes { id } } }
    }
"""
GONE = """
    query ($id: ID!) { location(id: $id) { id company { name } } }
"""
THEN = "query ($npi: NPI!, $cursor: String!) { company(npi: $npi, asOf: {cursor: $cursor}) { name version } }"


@pytest.fixture(scope="module")
async def npis(ask: Ask) -> list[str]:
    answer = await ask("{ companies(first: 32) { nodes { npi } } }")
    return [each["npi"] for each in answer["data"]["companies"]["nodes"]]


def sets_of(text: str, npis: Sequence[str]) -> list[dict[str, Any]]:
    """The sets of variables for one of the operations above."""
    states = ["TX", "CA", "NY", "FL", "ZZ"]
    found: dict[str, list[dict[str, Any]]] = {
        COMPANY: [{"npi": npi} for npi in npis],
        NESTED: [{"npi": npi, "first": 1 + place % 2} for place, npi in enumerate(npis)],
        PAIR: [{"npi": npi} for npi in npis],
        PAGE: [{"state": states[place % 5], "first": 3 + place % 3} for place in range(len(npis))],
        VERIFY: [{"npi": npi} for npi in npis],
        CHOICE: [{"npi": npi, "more": place % 2 == 0} for place, npi in enumerate(npis)],
        GONE: [{"id": f"location:00000000-0000-5000-8000-{place:012}"} for place in range(len(npis))],
        THEN: [{"npi": npi, "cursor": str(place % 4)} for place, npi in enumerate(npis)],
    }
    return found[text]


def prepared(runner: Runner, text: str, sets: Sequence[Mapping[str, Any]]) -> list[Prepared]:
    operation = runner.find(text, None)
    return [runner.bind(operation, each, READER) for each in sets]


def told(results: Sequence[ExecutionResult]) -> Any:
    """What clients see of answers, in JSON."""
    return orjson.loads(
        orjson.dumps(
            [{"data": each.data, "errors": [str(error) for error in each.errors or ()]} for each in results]
        )
    )


def ignore(_: Callable[[], None]) -> None:
    """Nobody leaves."""


@pytest.mark.parametrize("sights", [1, 1_000], ids=["compiled", "interpreted"])
@pytest.mark.parametrize("text", [COMPANY, NESTED, PAIR, PAGE, VERIFY, CHOICE, GONE, THEN])
async def test_each_set_is_answered_as_it_would_be_alone(
    directory: Database, npis: Sequence[str], text: str, sights: int
) -> None:
    runner = Runner(core_schema, LIMITS, timeout=30, sights=sights)
    sets = prepared(runner, text, sets_of(text, npis[:11]))
    alone = [await runner.run(each, Context(directory), ignore) for each in sets]
    together = await runner.run_each(sets, Context(directory), ignore)
    assert told(together) == told(alone)


@pytest.mark.parametrize("text", [COMPANY, PAIR, PAGE, VERIFY, GONE])
async def test_more_sets_take_no_more_statements(
    directory: Database, statements: list[Read], runner: Runner, npis: Sequence[str], text: str
) -> None:
    counts = []
    for count in (1, 2, 8, 32):
        sets = prepared(runner, text, sets_of(text, npis[:count]))
        before = len(statements)
        await runner.run_each(sets, Context(directory), ignore)
        counts.append(len(statements) - before)
    assert counts == [counts[0]] * 4


async def test_all_sets_have_one_deadline(directory: Database, npis: Sequence[str]) -> None:
    runner = Runner(core_schema, LIMITS, timeout=0.0)
    results = await runner.run_each(
        prepared(runner, COMPANY, sets_of(COMPANY, npis[:3])), Context(directory), ignore
    )
    [[error], *others] = [each.errors or [] for each in results]
    assert isinstance(error.original_error, OperationTimeoutError)
    assert [len(each) for each in others] == [1, 1]


async def test_a_client_that_leaves_ends_all_of_them(
    directory: Database, runner: Runner, npis: Sequence[str]
) -> None:
    sets = prepared(runner, COMPANY, sets_of(COMPANY, npis[:3]))
    with pytest.raises(Abandoned):
        await runner.run_each(sets, Context(directory), lambda abandon: abandon())
