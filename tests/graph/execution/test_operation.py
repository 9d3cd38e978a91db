"""Documents: parsed and validated once, and only valid ones are kept."""

import pytest

from graph.errors import OperationResolutionError
from graph.execution.operation import Documents, RequestErrors, check_variables
from graph.schema import schema

CORE = schema._schema


def test_a_valid_document_is_parsed_once() -> None:
    documents = Documents(CORE)
    assert documents.operation("{__typename}", None).document is documents.operation("{__typename}", None).document


def test_the_document_that_was_not_used_longest_goes_first() -> None:
    documents = Documents(CORE, size=2)
    first = documents.operation("{a: __typename}", None).document
    second = documents.operation("{b: __typename}", None).document
    assert documents.operation("{a: __typename}", None).document is first
    documents.operation("{c: __typename}", None)
    assert documents.operation("{a: __typename}", None).document is first
    assert documents.operation("{b: __typename}", None).document is not second


def test_invalid_documents_push_no_valid_one_out() -> None:
    documents = Documents(CORE, size=1)
    kept = documents.operation("{__typename}", None).document
    for number in range(5):
        with pytest.raises(RequestErrors):
            documents.operation(f"{{ nonsense{number} }}", None)
    assert documents.operation("{__typename}", None).document is kept


def test_an_operation_is_chosen_by_name_or_is_the_only_one() -> None:
    documents = Documents(CORE)
    both = "query A { __typename } query B { a: __typename }"
    assert documents.operation(both, "B").name == "B"
    assert documents.operation("query A { __typename }", None).name == "A"
    for text, name in (
        (both, None),
        (both, "C"),
        ("fragment F on Company { npi } query Q { company { ...F } }", "F"),
    ):
        with pytest.raises(OperationResolutionError):
            documents.operation(text, name)


def test_variables_must_fit_their_definitions() -> None:
    operation = Documents(CORE).operation("query($n: NPI!) { company(npi: $n) { npi } }", None)
    check_variables(CORE, operation, {"n": "1234567893", "more": 1})
    for variables in ({}, {"n": None}, {"n": 5}, {"n": "1234567890"}):
        with pytest.raises(RequestErrors) as raised:
            check_variables(CORE, operation, variables)
        assert raised.value.code == "BAD_USER_INPUT"
