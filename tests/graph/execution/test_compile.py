"""Compiled operations: what they look like, when they are made, and what never gets into them."""

from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from db.engine import Database
from graph.context import Context
from graph.execution.bounds import Limits
from graph.execution.compile import Compiled
from graph.execution.document import Documents, choose, read_variables
from graph.execution.facts import facts_of
from graph.execution.forms import MAX_FORMS, Forms
from graph.execution.plan import ForeignError, ReadByLevelError
from graph.execution.run import Runner
from graph.identity.viewer import Viewer
from graph.schema import core_schema
from graph.telemetry.metrics import EXECUTIONS
from graph.types.paging import SIZES
from tests.graph.generation import literal

CORE = core_schema
FACTS = facts_of(CORE)

COMPANY = """query Card($npi: NPI!) {
  company(npi: $npi) { id legal: name locations(first: 2) { nodes { kind company { name } } } }
}"""

SOURCE = """async def run(context, values):
    arguments_0 = read_0.bind(values, sizes)
    # level 0: Query.company
    results_0 = await once(read_0, context, arguments_0)
    # level 1: Company.locations
    parents_1 = [found_0 for found_0 in without_failures(results_0)]
    results_1 = await many(read_1, context, parents_1, arguments_1)
    # level 2: Location.company
    parents_2 = [row_1 for found_1 in without_failures(results_1) for row_1 in found_1.page.rows]
    results_2 = await many(read_2, context, parents_2, arguments_2)
    try:
        next_1 = iter(results_1).__next__
        next_2 = iter(results_2).__next__
        return {
            'company': ({
                'id': "company:" + found_0[0],
                'legal': found_0[1],
                'locations': ({
                    'nodes': [
                        {
                            'kind': row_1[0],
                            'company': ({
                                'name': found_2[0],
                            } if (found_2 := next_2()) is not None else raise_null()),
                        }
                        for row_1 in found_1.page.rows
                    ],
                } if (found_1 := next_1()) is not None else raise_null()),
            } if (found_0 := results_0[0]) is not None else None),
        }
    except Exception:
        raise IrregularError({0: ((), results_0), 1: (parents_1, results_1), 2: (parents_2, results_2)}) from None
"""


def compiled_from(text: str, variables: dict[str, Any] | None = None) -> Compiled:
    operation = choose(Documents(FACTS, Limits()).operations(text), None)
    [compiled] = Forms(FACTS, 1, SIZES).compile(operation, read_variables(operation, variables or {}), {})
    return compiled


def test_the_source_is_for_reading() -> None:
    assert compiled_from(COMPANY, {"npi": "1234567893"}).source == SOURCE


@given(st.text(min_size=1, max_size=30).filter(lambda text: "\0" not in text))
def test_no_value_of_a_client_gets_into_the_source(text: str) -> None:
    text = text.encode(errors="ignore").decode()
    marked = f"<<{text}>>"
    question = f"{{ companies(filter: {{ name: {{ eq: {literal(marked)} }} }}) {{ nodes {{ npi }} }} }}"
    found = compiled_from(question)
    assert "<<" not in found.source
    assert found.source == compiled_from("{ companies(first: 7) { nodes { npi } } }").source


def test_only_the_columns_that_are_asked_for_are_read() -> None:
    plan = compiled_from(COMPANY, {"npi": "1234567893"}).plan
    assert [tuple(reading.columns or ()) for reading in plan.readings] == [
        ("npi", "name"),
        ("kind", "npi"),
        ("name",),
    ]


NESTING = [
    "locations { nodes { kind } }",
    "locations(first: 3) { __typename nodes { id kind address { city formatted } } }",
    "locations { nodes { updatedAt position { latitude longitude precision } } }",
    "locations(first: $first) { nodes { kind } }",
    "locations(first: $first, after: $after) { edges { cursor node { kind } } pageInfo { endCursor } }",
    "locations(orderBy: $order) { pageInfo { hasPreviousPage startCursor } totalCount { value precision } }",
    "primaryLocation { address { city } createdAt }",
]


def company(asked: str, **variables: Any) -> Compiled:
    """What asks for one company's name and something else, with the variables that it uses."""
    defined = [each for each in ("$first: Int", "$after: String", "$order: LocationOrder") if each[:6] in asked]
    text = f"query({', '.join(['$npi: NPI!', *defined])}) {{ company(npi: $npi) {{ name {asked} }} }}"
    return compiled_from(text, {"npi": "1234567893", "first": 2, **variables})


@pytest.mark.parametrize("asked", NESTING)
def test_rows_that_nobody_needs_one_by_one_come_with_their_owner(asked: str) -> None:
    compilation = company(asked)
    [reading] = compilation.plan.readings
    assert reading.nests
    assert "Fragment(" in compilation.source


def test_the_size_of_a_page_is_bound_with_each_request() -> None:
    [reading] = company("locations(first: $first) { nodes { kind } }").plan.readings
    bound = [reading.bind({"npi": "1234567893", "first": size}, SIZES)["columns"] for size in (2, 7)]
    assert [dict(columns.values) for columns in bound] == [{"$first": 2}, {"$first": 7}]  # type: ignore[attr-defined]
    assert bound[0] == bound[1]
    for outside in (-1, 201):
        with pytest.raises(ReadByLevelError):
            reading.bind({"npi": "1234567893", "first": outside}, SIZES)


@pytest.mark.parametrize(
    ("asked", "variables"),
    [
        ("locations { nodes { kind company { name } } }", {}),
        ("locations(first: $first, after: $after) { nodes { kind } }", {"after": "x"}),
        ("locations(orderBy: $order) { nodes { kind } }", {"order": {"field": "CITY"}}),
        ("locations(orderBy: {field: CITY, direction: DESC}) { nodes { kind } }", {}),
        ("locations(last: 3) { nodes { kind } }", {}),
        ("locations { __typename ... @skip(if: true) { nodes { kind } } }", {}),
        ("locations(first: 201) { nodes { kind } }", {}),
        ('locations(filter: { state: "TX" }) { nodes { kind } }', {}),
    ],
)
def test_rows_that_are_chosen_ordered_or_owners_themselves_are_read_by_themselves(
    asked: str, variables: dict[str, Any]
) -> None:
    plan = company(asked, **variables).plan
    assert not plan.nests
    assert len(plan.readings) > 1


@pytest.mark.parametrize("text", ["{ __schema { queryType { name } } }", '{ __type(name: "Company") { name } }'])
def test_introspection_is_not_compiled(text: str) -> None:
    with pytest.raises(ForeignError):
        compiled_from(text)


async def runs(runner: Runner, directory: Database, text: str, variables: dict[str, Any]) -> str:
    """Run an operation; return what ran it."""
    before = {name: counter.value for name, counter in EXECUTIONS.items()}
    await runner.run(runner.prepare(text, None, variables), Context(directory))
    [done] = [name for name, counter in EXECUTIONS.items() if counter.value > before[name]]
    return done


async def test_an_operation_is_compiled_when_it_comes_back(directory: Database) -> None:
    runner = Runner(CORE, Limits(), timeout=30)
    done = [await runs(runner, directory, COMPANY, {"npi": "1234567893"}) for _ in range(3)]
    assert done == ["interpreted", "compiled", "compiled"]


async def test_the_first_answer_is_that_of_all_after_it_to_the_letter(directory: Database) -> None:
    runner = Runner(CORE, Limits(), timeout=30)
    text = "{ jobs { nodes { file { bytes rows } } } webhooks { nodes { variables } } }"
    prepared = runner.prepare(text, None, {}, Viewer("b", frozenset({"ADMIN"})))
    answers = [await runner.run(prepared, Context(directory)) for _ in range(2)]
    first, second = (orjson.dumps(answer.data) for answer in answers)
    assert b'"bytes":100.0' in first
    assert first == second


async def test_a_flood_of_operations_that_come_once_compiles_none(directory: Database) -> None:
    runner = Runner(CORE, Limits(), timeout=30)
    done = {await runs(runner, directory, f"{{ a{number}: __typename }}", {}) for number in range(1_500)}
    assert done == {"interpreted"}


async def test_forms_of_one_operation_are_bounded(directory: Database) -> None:
    runner = Runner(CORE, Limits(), timeout=30, sights=1)
    names = [f"v{number}" for number in range(6)]
    declared = ", ".join(f"${name}: Boolean!" for name in names)
    fields = " ".join(f"{name}: __typename @include(if: ${name})" for name in names)
    text = f"query({declared}) {{ {fields} }}"
    done = []
    for number in range(2 ** len(names)):
        values = {name: bool(number >> bit & 1) for bit, name in enumerate(names)}
        done.append(await runs(runner, directory, text, values))
    assert set(done) == {"compiled"}
    [operation] = runner._documents.operations(text)
    assert len(operation.forms) == MAX_FORMS


async def test_forms_of_one_client_keep_nobody_s_from_being_compiled(directory: Database) -> None:
    runner = Runner(CORE, Limits(), timeout=30)
    names = [f"v{number}" for number in range(6)]
    declared = ", ".join(f"${name}: Boolean!" for name in names)
    text = f"query({declared}) {{ {' '.join(f'{name}: __typename @include(if: ${name})' for name in names)} }}"
    for number in range(2 ** len(names)):
        values = {name: bool(number >> bit & 1) for bit, name in enumerate(names)}
        await runs(runner, directory, text, values)
    mine = dict.fromkeys(names, False)
    assert [await runs(runner, directory, text, mine) for _ in range(2)] == ["interpreted", "compiled"]
