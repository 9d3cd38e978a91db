"""What an operation may cost, from the weights and sizes in the schema."""

from typing import Any

import pytest
from graphql import ExecutionResult

from graph.errors import CostLimitError
from graph.execution.bounds import Limits
from graph.execution.run import Runner
from graph.schema import core_schema


@pytest.fixture(scope="module")
def bare() -> Runner:
    return Runner(core_schema, Limits(cost=10**9), timeout=1)


@pytest.mark.parametrize(
    ("text", "variables", "cost"),
    [
        ("{ __typename }", {}, 0.1),
        ('{ company(npi: "1234567893") { npi name } }', {}, 1.2),
        # The connection, and 20 companies of 1 each.
        ("{ companies(first: 20) { nodes { npi } } }", {}, 1 + 20 * 1.1),
        ("{ companies { nodes { npi } } }", {}, 1 + 25 * 1.1),
        ("{ companies(last: 7) { edges { cursor node { npi } } } }", {}, 1 + 7 * (1 + 0.1 + 1.1)),
        ("query ($n: Int) { companies(first: $n) { nodes { npi } } }", {"n": 50}, 1 + 50 * 1.1),
        ("query ($n: Int) { companies(first: $n) { nodes { npi } } }", {}, 1 + 25 * 1.1),
        ("query ($n: Int = 3) { companies(first: $n) { nodes { npi } } }", {}, 1 + 3 * 1.1),
        # In each company a connection of 1 with 5 locations of 1, each with an address of 1.
        ("{ companies(first: 20) { nodes { locations(first: 5) { nodes { address { city } } } } } }", {},
         1 + 20 * (1 + 1 + 5 * (1 + 1.1))),
        ("{ companies(first: 1) { totalCount { value } } }", {}, 1 + 10.1),
        ("{ companies(first: 0) { facets { state(top: 5) { value count } status { value } } } }", {},
         1 + 30 + 5 * 1.2 + 10 * 1.1),
        ('{ suggest(prefix: "a", first: 5) { npi } }', {}, 5 * 1.1),
        ("query ($n: [NPI!]!) { companiesByNpi(npis: $n) { npi } }", {"n": ["1234567893"] * 30}, 30 * 1.2),
        ("{ companies(first: 10) { ...A ...A } } fragment A on CompanyConnection { nodes { npi } }", {},
         1 + 10 * 1.1),
        # What is asked for twice is answered once.
        ("{ companies(first: 2) { nodes { npi npi } nodes { name } } }", {}, 1 + 2 * 1.2),
        ('{ node(id: "x") { ... on Company { locations(first: 4) { nodes { id } } } } }', {}, 1 + 1 + 4 * 1.1),
        ("{ companies(first: 2) { nodes { taxonomies { code } } } }", {}, 1 + 2 * (1 + 3 * 1.1)),
        ("{ companies(first: 0) { nodes { npi } } }", {}, 1),
        ("{ companies(first: null) { nodes { npi } } }", {}, 1 + 25 * 1.1),
        ("query ($n: Int) { companies(first: $n) { nodes { npi } } }", {"n": None}, 1 + 25 * 1.1),
        # What a filter holds is read for each parent.
        ('{ companies(first: 9) { nodes { locations(first: 2, filter: {state: ["TX"]}) { nodes { id } } } } }', {},
         1 + 9 * (1 + 1 + 1.1 + 2 * 1.1)),
        # A refusal weighs more than a value.
        ("{ companies(first: 2) { nodes { taxId } } }", {}, 1 + 2 * (1 + 4)),
        ("{ companies(first: -5) { nodes { npi } } }", {}, 1),
    ],
)  # fmt: skip
def test_the_cost_is_weights_times_sizes(bare: Runner, text: str, variables: dict[str, Any], cost: float) -> None:
    assert bare.prepare(text, None, variables).cost == pytest.approx(cost)


SIZED = "query ($n: Int) { companies(first: $n) { nodes { npi } } }"


@pytest.mark.parametrize("first", [-1, None, 0, 25])
@pytest.mark.parametrize("then", [-1, None, 0, 25])
def test_what_was_asked_before_changes_no_cost(first: int | None, then: int | None) -> None:
    fresh, used = (Runner(core_schema, Limits(cost=10**9), timeout=1) for _ in range(2))
    used.prepare(SIZED, None, {"n": first})
    assert used.prepare(SIZED, None, {"n": then}).cost == fresh.prepare(SIZED, None, {"n": then}).cost


def test_what_the_schema_says_of_itself_has_a_cost(bare: Runner) -> None:
    prepared = bare.prepare("{ __schema { types { name } } }", None, {})
    data = {"__schema": {"types": [{"name": "Company"}]}}
    assert bare.cost(prepared, ExecutionResult(data, None))["actualQueryCost"] == 0.1


def test_fragments_that_double_are_counted_once(bare: Runner) -> None:
    links = " ".join(f"fragment F{i} on Company {{ ...F{i + 1} ...F{i + 1} }}" for i in range(9))
    text = "{ companies(first: 1) { nodes { ...F0 } } } " + links
    text += " fragment F9 on Company { primaryTaxonomy { code } }"
    assert bare.prepare(text, None, {}).cost == pytest.approx(1 + 1 + 1.1)


@pytest.mark.parametrize(
    ("root", "down", "up", "times"),
    [
        ('taxonomy(code: "261Q00000X")', "narrower", "broader", 3),
        ('company(npi: "1234567893")', "licenses", "company", 4),
    ],
)
def test_who_goes_down_and_up_again_is_refused(root: str, down: str, up: str, times: int) -> None:
    """Each time down gives as many as there are, of each that came before."""
    text = f"{down} {{ __typename }}"
    for _ in range(times - 1):
        text = f"{down} {{ {up} {{ {text} }} }}"
    usual = Runner(core_schema, Limits(), timeout=1)
    with pytest.raises(CostLimitError):
        usual.prepare(f"{{ {root} {{ {text} }} }}", None, {})


def test_what_is_skipped_costs_nothing(bare: Runner) -> None:
    text = (
        "query ($a: Boolean!) { companies(first: 9) @include(if: $a) { nodes { npi } } __typename @skip(if: $a) }"
    )
    assert bare.prepare(text, None, {"a": False}).cost == pytest.approx(0.1)
    assert bare.prepare(text, None, {"a": True}).cost == pytest.approx(1 + 9 * 1.1)


def test_an_object_that_can_be_of_several_types_costs_what_the_dearest_does(bare: Runner) -> None:
    company, location = "... on Company { locations(first: 4) { nodes { id } } }", "... on Location { id kind }"
    text = f'{{ node(id: "x") {{ {company} {location} }} }}'
    assert bare.prepare(text, None, {}).cost == pytest.approx(1 + 1 + 4 * 1.1)


def row(locations: list[dict[str, Any] | None]) -> dict[str, Any]:
    return {"npi": "1", "phone": None, "locations": {"nodes": locations}}


@pytest.mark.parametrize(
    ("text", "data", "cost"),
    [
        ("{ companies(first: 9) { nodes { npi phone locations(first: 9) { nodes { id phone } } } } }",
         {"companies": {"nodes": [row([]), row([{"id": "1", "phone": None}, {"id": "2", "phone": "3"}])]}},
         1 + 2 * (1 + 0.1 + 1) + 2 * 1.1 + 0.1),
        ("{ companies(first: 9) { nodes { npi } } }", {"companies": {"nodes": []}}, 1),
        ('{ company(npi: "1234567893") { npi } }', {"company": None}, 0),
        ('{ companiesByNpi(npis: ["1234567893", "1245319599"]) { npi } }',
         {"companiesByNpi": [None, {"npi": "2"}]}, 2.1),
        ('{ node(id: "x") { ... on Company { npi name } ... on Location { id } } }', {"node": {"id": "1"}}, 1.1),
        ('{ node(id: "x") { id ... on Company { npi name } } }', {"node": {"id": "1"}}, 1.1),
    ],
)  # fmt: skip
def test_an_answer_weighs_what_came_and_no_null(
    bare: Runner, text: str, data: dict[str, Any], cost: float
) -> None:
    assert bare.actual(bare.prepare(text, None, {}), ExecutionResult(data, None)) == pytest.approx(cost)
