"""The first errors of a document are graphql-core's, however many there are, and cost little."""

import time
from collections.abc import Sequence

import pytest
from graphql import DocumentNode, GraphQLError, GraphQLSchema, specified_rules, validate

from graph.execution.bounds import Limits
from graph.execution.document import Documents, RequestErrors
from graph.execution.facts import facts_of
from graph.execution.source import LinedSource, parse_source
from graph.execution.validation import MAX_ERRORS, OF_PLACES, OF_WHOLES, errors_in
from graph.schema import core_schema
from tests.graph.execution import pets

Told = set[tuple[str, tuple[int, ...]]]


def parsed(text: str) -> DocumentNode:
    return parse_source(LinedSource(text), None)


def told(errors: Sequence[GraphQLError]) -> Told:
    return {(error.message, tuple(error.positions or ())) for error in errors}


def refused(schema: GraphQLSchema, text: str) -> Sequence[GraphQLError]:
    """Return what a client is told of a document that isn't valid."""
    with pytest.raises(RequestErrors) as found:
        Documents(facts_of(schema), Limits()).operations(text)
    return found.value.errors


def test_no_rule_of_graphql_core_is_left_out_or_applied_twice() -> None:
    assert set(OF_PLACES) | set(OF_WHOLES) == set(specified_rules)
    assert len(OF_PLACES) + len(OF_WHOLES) == len(specified_rules)


@pytest.mark.parametrize("text", [text for texts in pets.INVALID.values() for text in texts])
def test_a_few_errors_are_all_told(text: str) -> None:
    document = parsed(text)
    expected = validate(pets.SCHEMA, document, max_errors=1000, hide_suggestions=True)
    found = errors_in(pets.SCHEMA, document)
    assert found
    assert told(found) <= told(expected)
    assert len(found) == min(len(expected), MAX_ERRORS)


@pytest.mark.parametrize("text", pets.VALID)
def test_a_valid_document_has_none(text: str) -> None:
    assert errors_in(pets.SCHEMA, parsed(text)) == []


NUMBERS = range(450)

MANY = {
    "fields": "{ " + " ".join(f"f{n}" for n in NUMBERS) + " }",
    "one field": "{ dataset { __typename } " + "wrong " * 60 + "}",
    "fields of fields": "{ companies { nodes { " + " ".join(f"f{n}" for n in NUMBERS) + " } } }",
    "fields in a fragment": "{ ...F } fragment F on Query { " + " ".join(f"f{n}" for n in NUMBERS) + " }",
    "arguments": "{ companies(" + " ".join(f"a{n}: 1" for n in NUMBERS) + ") { nodes { npi } } }",
    "members": "{ companies(filter: {" + " ".join(f"a{n}: 1" for n in NUMBERS) + "}) { nodes { npi } } }",
    "values": "{ companies(filter: {npi: [" + " ".join(f"A{n}" for n in NUMBERS) + "]}) { nodes { npi } } }",
    "fragments": "{ " + " ".join(f"...F{n}" for n in NUMBERS) + " }",
    "variables": "query (" + " ".join(f"$v{n}: Int" for n in NUMBERS) + ") { __typename }",
    "types of variables": "query (" + " ".join(f"$v{n}: No" for n in NUMBERS) + ") { __typename }",
    "undefined": "{ companies(filter: {npi: [" + " ".join(f"$v{n}" for n in NUMBERS) + "]}) { nodes { npi } } }",
}


@pytest.mark.parametrize("name", MANY)
def test_of_many_errors_the_first_are_told(name: str) -> None:
    text = MANY[name]
    found = refused(core_schema, text)
    assert len(found) == MAX_ERRORS
    every = validate(core_schema, parsed(text), max_errors=2000, hide_suggestions=True)
    assert told(found) <= told(every)


def test_a_field_that_is_spread_often_is_told_once() -> None:
    text = (
        "{ " + " ".join(f"a{n}: dataset {{ ...F }}" for n in range(20)) + " } fragment F on DatasetInfo { wrong }"
    )
    [error] = refused(core_schema, text)
    assert error.message == "Cannot query field 'wrong' on type 'DatasetInfo'."


def test_a_document_of_unknown_fields_costs_little_more_than_its_parsing() -> None:
    text = "{ " + " ".join(f"f{n}" for n in range(1900)) + " }"

    def seconds(act: object) -> float:
        assert callable(act)
        began = time.thread_time()
        act()
        return time.thread_time() - began

    parsing = min(seconds(lambda: parse_source(LinedSource(text), Limits().tokens)) for _ in range(5))
    refusing = min(seconds(lambda: refused(core_schema, text)) for _ in range(5))
    # It was three times as much; what comes besides is some 50 us.
    assert refusing < parsing * 2
