"""Compiled operations: what they look like, when they are made, and what never gets into them."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from db.engine import Database
from graph.context import Context
from graph.execution.compilations import MAX_FORMS
from graph.execution.compile import Compiled, compiled
from graph.execution.operation import Documents, chosen, coerced
from graph.execution.plan import NotCompilableError, Planner
from graph.execution.runner import Runner
from graph.limits import Limits
from graph.schema import schema
from graph.telemetry.metrics import EXECUTIONS
from tests.graph.generation import literal

CORE = schema._schema

COMPANY = """query Card($npi: NPI!) {
  company(npi: $npi) { id legal: name locations(first: 2) { nodes { kind updatedAt } } }
}"""

SOURCE = """async def run(context, variables):
    arguments_6 = bound(binding_6, variables)
    # level 0
    company_0 = await once(read_company, context, arguments_6)
    # level 1
    parents_1 = [found_0 for found_0 in present(company_0)]
    locations_1 = await many(read_locations_of_companies, context, parents_1, arguments_5)
    try:
        next_1 = iter(locations_1).__next__
        return {
            'company': ({
                'id': "company:" + found_3[0],
                'legal': found_3[1],
                'locations': ({
                    'nodes': [
                        {
                            'kind': row_5[0],
                            'updatedAt': row_5[1],
                        }
                        for row_5 in found_4.page.rows
                    ],
                } if (found_4 := next_1()) is not None else null()),
            } if (found_3 := company_0[0]) is not None else None),
        }
    except Exception:
        raise IrregularError({0: ((), company_0), 1: (parents_1, locations_1)}, {6: arguments_6}) from None
"""


def compiled_from(text: str, variables: dict[str, Any] | None = None) -> Compiled:
    operation = chosen(Documents(CORE, Limits()).operations(text), None)
    values = coerced(CORE, operation, variables or {})
    return compiled(Planner(CORE, operation, values, {}).plan(), "test")


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
    assert [tuple(reading.columns) for reading in plan.readings] == [("npi", "name"), ("kind", "updated_at")]


def test_rows_that_are_asked_for_nothing_but_texts_come_with_their_owner() -> None:
    text = (
        "{ company(npi: 1234567893) { name locations { nodes { kind } } primaryLocation { address { city } } } }"
    )
    compilation = compiled_from(text.replace("1234567893", '"1234567893"'))
    [reading] = compilation.plan.readings
    assert [str(column) for column in reading.columns] == [
        "name",
        "locations as JSON",
        "primary_location as JSON",
    ]
    assert "'locations': Fragment(found_1[1])," in compilation.source
    assert (
        "'primaryLocation': (Fragment(text) if (text := found_1[2]) is not None else None)," in compilation.source
    )


@pytest.mark.parametrize(
    "asked",
    [
        "locations { nodes { updatedAt } }",
        "locations { nodes { kind } totalCount { value } }",
        "locations { nodes { kind } pageInfo { endCursor } }",
        "locations { nodes { kind company { name } } }",
        "locations { nodes { kind position { latitude } } }",
        "locations(first: $first) { nodes { kind } }",
        "locations(last: 3) { nodes { kind } }",
        "locations(first: 201) { nodes { kind } }",
        'locations(filter: { state: "TX" }) { nodes { kind } }',
    ],
)
def test_rows_that_are_asked_for_more_are_read_by_themselves(asked: str) -> None:
    defined = "$npi: NPI!, $first: Int" if "$first" in asked else "$npi: NPI!"
    plan = compiled_from(
        f"query({defined}) {{ company(npi: $npi) {{ name {asked} }} }}", {"npi": "1234567893"}
    ).plan
    assert not plan.readings[0].nests
    assert len(plan.readings) > 1


@pytest.mark.parametrize("text", ["{ __schema { queryType { name } } }", '{ __type(name: "Company") { name } }'])
def test_introspection_is_not_compiled(text: str) -> None:
    with pytest.raises(NotCompilableError):
        compiled_from(text)


async def runs(runner: Runner, directory: Database, text: str, variables: dict[str, Any]) -> str:
    """Run an operation; return what ran it."""
    before = {name: counter._value.get() for name, counter in EXECUTIONS.items()}
    await runner.run(runner.prepare(text, None, variables), Context(directory), lambda _: None)
    [done] = [name for name, counter in EXECUTIONS.items() if counter._value.get() > before[name]]
    return done


async def test_an_operation_is_compiled_when_it_comes_back(directory: Database) -> None:
    runner = Runner(CORE, Limits(), timeout=30)
    done = [await runs(runner, directory, COMPANY, {"npi": "1234567893"}) for _ in range(3)]
    assert done == ["reference", "compiled", "compiled"]


async def test_a_flood_of_operations_that_come_once_compiles_none(directory: Database) -> None:
    runner = Runner(CORE, Limits(), timeout=30)
    done = {await runs(runner, directory, f"{{ a{number}: __typename }}", {}) for number in range(1_500)}
    assert done == {"reference"}


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
    assert done == ["compiled"] * MAX_FORMS + ["reference"] * (len(done) - MAX_FORMS)
