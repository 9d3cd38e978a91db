"""Documents: parsed and validated once, and only valid ones are kept."""

import tracemalloc

import pytest

from graph.errors import OperationResolutionError
from graph.execution.bounds import Limits
from graph.execution.document import Documents, Operation, RequestErrors, choose, read_variables
from graph.execution.facts import facts_of
from graph.schema import core_schema

CORE = core_schema


# What one of the small documents below weighs, with a little to spare.
SMALL = 1_400


def kept(size: int = 10) -> Documents:
    return Documents(facts_of(CORE), Limits(), size * SMALL)


def large(values: int) -> str:
    """A document with so many tokens and a few."""
    numbers = " ".join(f'"{number:010}"' for number in range(values))
    return f"{{ verifyNpis(npis: [{numbers}]) {{ result }} }}"


def operation(text: str, name: str | None = None) -> Operation:
    return choose(kept().operations(text), name)


def test_a_valid_document_is_parsed_once() -> None:
    documents = kept()
    assert documents.operations("{__typename}") is documents.operations("{__typename}")


def test_the_document_that_was_not_used_longest_goes_first() -> None:
    documents = kept(2)
    first = documents.operations("{a: __typename}")
    second = documents.operations("{b: __typename}")
    assert documents.operations("{a: __typename}") is first
    documents.operations("{c: __typename}")
    assert documents.operations("{a: __typename}") is first
    assert documents.operations("{b: __typename}") is not second


def test_large_documents_take_the_room_of_many_small_ones() -> None:
    documents = kept(20)
    small = documents.operations("{a: __typename}")
    documents.operations(large(140))
    documents.operations(large(141))
    assert documents.operations("{a: __typename}") is not small


def test_a_document_larger_than_all_the_room_is_run_and_not_kept() -> None:
    documents = kept(1)
    text = large(100)
    assert documents.operations(text) is not documents.operations(text)


def test_a_documents_weight_is_about_what_it_takes_in_memory() -> None:
    tracemalloc.start()
    before = tracemalloc.get_traced_memory()[0]
    found = kept(100_000).operations(large(1_500))[0]
    taken = tracemalloc.get_traced_memory()[0] - before
    tracemalloc.stop()
    assert taken / 2 < found.weight < taken * 2


def test_invalid_documents_push_no_valid_one_out() -> None:
    documents = kept(1)
    first = documents.operations("{__typename}")
    for number in range(5):
        with pytest.raises(RequestErrors):
            documents.operations(f"{{ nonsense{number} }}")
    assert documents.operations("{__typename}") is first


def test_an_operation_is_chosen_by_name_or_is_the_only_one() -> None:
    both = "query A { __typename } query B { a: __typename }"
    assert operation(both, "B").name == "B"
    assert operation("query A { __typename }").name == "A"
    for text, name in (
        (both, None),
        (both, "C"),
        ("fragment F on Company { npi } query Q { company { ...F } }", "F"),
    ):
        with pytest.raises(OperationResolutionError):
            operation(text, name)


def test_a_document_knows_whether_it_asks_for_the_schema() -> None:
    assert not kept().operations("{ __typename }")[0].introspects
    text = "{ ...F } fragment F on Query { __schema { types { name } } }"
    assert kept().operations(text)[0].introspects


def test_variables_must_fit_their_definitions() -> None:
    asked = operation("query($n: NPI!) { company(npi: $n) { npi } }")
    assert read_variables(asked, {"n": "1234567893", "more": 1}) == {"n": "1234567893"}
    for variables in ({}, {"n": None}, {"n": 5}, {"n": "1234567890"}):
        with pytest.raises(RequestErrors) as raised:
            read_variables(asked, variables)
        assert raised.value.code == "BAD_USER_INPUT"
