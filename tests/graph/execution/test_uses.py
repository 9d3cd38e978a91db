"""What an operation uses of the schema, in its document and in its variables."""

from collections.abc import Mapping
from typing import Any

import pytest

from graph.execution.bounds import Limits
from graph.execution.run import Runner
from graph.use import Use
from tests.graph.aging import core_schema

ALL = Runner(core_schema, Limits(), 10, counts_all=True)
RUNNER = Runner(core_schema, Limits(), 10)


def used(text: str, variables: Mapping[str, Any] | None = None, runner: Runner = RUNNER) -> set[str]:
    """The coordinates that are counted."""
    use = runner.prepare(text, None, variables or {}).use
    return set(use.coordinates) if use else set()


def test_what_is_not_deprecated_is_not_counted() -> None:
    assert used('{ company(npi: "1234567893") { name } companies(first: 3) { nodes { npi } } }') == set()
    assert used("{ companiesLike(tone: LOUD, look: {tone: LOUD}) { npi } }") == set()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('{ firm(npi: "1234567893") { name } }', {"Query.firm"}),
        ('query A { ...F } fragment F on Query { a: firm(npi: "1234567893") { npi } }', {"Query.firm"}),
        ('{ firm(npi: "1234567893") @skip(if: true) { name } }', {"Query.firm"}),
        ('{ companiesLike(shade: "x") { npi } }', {"Query.companiesLike(shade:)"}),
        ("{ companiesLike(tone: SHRILL) { npi } }", {"Tone.SHRILL"}),
        ('{ companiesLike(look: {colour: "red"}) { npi } }', {"Look.colour"}),
        ('{ companiesLike(look: {others: [{tone: SHRILL}, {others: {colour: "x"}}]}) { npi } }',
         {"Tone.SHRILL", "Look.colour"}),
        ("query($s: String) { companiesLike(shade: $s) { npi } }", {"Query.companiesLike(shade:)"}),
        ("query($t: Tone! = SHRILL) { companiesLike(tone: $t) { npi } }", {"Tone.SHRILL"}),
    ],
)  # fmt: skip
def test_what_is_deprecated_is_found_wherever_it_is_written(text: str, expected: set[str]) -> None:
    assert used(text) == expected


@pytest.mark.parametrize(
    ("look", "expected"),
    [
        ({"tone": "LOUD"}, set()),
        (None, set()),
        ({"tone": "SHRILL"}, {"Tone.SHRILL"}),
        ({"others": [{"colour": None}, {"others": [{"tone": "SHRILL"}]}]}, {"Look.colour", "Tone.SHRILL"}),
    ],
)
def test_variables_are_looked_into_in_each_request(look: Any, expected: set[str]) -> None:
    text = "query($look: Look) { companiesLike(look: $look) { npi } }"
    assert used(text, {"look": look}) == expected
    assert used(text) == set()


def test_variables_add_to_what_the_document_uses() -> None:
    text = 'query($look: Look) { companiesLike(look: $look, shade: "x") { npi } }'
    assert used(text, {"look": {"colour": "x"}}) == {"Query.companiesLike(shade:)", "Look.colour"}


def test_only_variables_that_can_hold_something_deprecated_are_looked_into() -> None:
    text = "query($filter: CompanyFilter, $look: Look) { companies(filter: $filter) { nodes { npi } } %s }"
    operation = RUNNER.find(text % "companiesLike(look: $look) { npi }", None)
    assert list(operation.watched) == ["look"]


def test_all_is_counted_where_that_is_asked_for_but_not_the_schemas_own_fields() -> None:
    text = """
    query($filter: CompanyFilter) {
      companies(filter: $filter, orderBy: [{field: NAME}]) { nodes { __typename npi } }
    }
    """
    assert used(text, {"filter": {"state": ["TX"], "npiStatus": ["ACTIVE"]}}, ALL) == {
        "Query.companies", "Query.companies(filter:)", "Query.companies(orderBy:)", "CompanyConnection.nodes",
        "Company.npi", "CompanyOrder.field", "CompanyOrderField.NAME", "CompanyFilter.state",
        "CompanyFilter.npiStatus", "NpiStatus.ACTIVE",
    }  # fmt: skip
    assert used("{ __schema { types { name } } }", runner=ALL) == set()


def test_a_field_of_an_interface_is_the_interfaces() -> None:
    assert used('{ node(id: "x") { id ...on Company { name } } }', runner=ALL) == {
        "Query.node", "Query.node(id:)", "Node.id", "Company.name",
    }  # fmt: skip


def test_operations_that_use_the_same_have_the_same_use() -> None:
    first, second = (
        RUNNER.prepare(f'query {name} {{ firm(npi: "1234567893") {{ npi }} }}', None, {}).use for name in "AB"
    )
    assert isinstance(first, Use)
    assert first is second


def test_what_a_client_is_told() -> None:
    use = RUNNER.prepare('{ firm { npi } companiesLike(shade: "x") { npi } }', None, {}).use
    assert use is not None
    assert use.extension == [
        {
            "coordinate": "Query.companiesLike(shade:)",
            "reason": "Say `look`.",
            "sunset": "2027-02-01",
            "replacement": None,
        },
        {
            "coordinate": "Query.firm",
            "reason": "It is called company.",
            "sunset": "2028-06-01",
            "replacement": "Query.company",
        },
    ]
    # The first day of each (RFC 9745, 2.1; RFC 8594, 3).
    assert use.headers == {
        "deprecation": "@1768435200",
        "sunset": "Mon, 01 Feb 2027 00:00:00 GMT",
        "link": '</docs/deprecations>; rel="deprecation"; type="text/html"',
    }
