"""Places in a document: the ones that graphql-core tells, in no time however long it is."""

import time

import pytest
from graphql import FieldNode, GraphQLError, OperationDefinitionNode, Source, parse
from hypothesis import given
from hypothesis import strategies as st

from graph.execution.source import LinedSource, parse_source
from tests.graph.leavings import leavings


@given(st.text(st.sampled_from("ab\n\r \u2028")), st.data())
def test_a_place_is_where_graphql_core_says(text: str, data: st.DataObject) -> None:
    position = data.draw(st.integers(0, len(text)))
    # Between the halves of one line's end there is no place that anything could stand at.
    if text[position - 1 : position + 1] != "\r\n":
        assert LinedSource(text).get_location(position) == Source(text).get_location(position)


def test_many_places_in_many_lines_are_found_at_once() -> None:
    source = LinedSource("\n" * 90_000)
    started = time.thread_time()
    assert {source.get_location(90_000).line for _ in range(1_000)} == {90_001}
    assert time.thread_time() - started < 0.2


def test_a_document_goes_without_the_collector() -> None:
    text = "{ a # comment\n b(c: 1) { d } }"
    with leavings() as found:
        parse_source(LinedSource(text), 100)
    assert not found
    with leavings() as found:
        parse(text)
    assert "Token" in found


def test_a_documents_tokens_still_tell_what_stands_before_them() -> None:
    [operation] = parse_source(LinedSource("{ a(b: 1) }"), 100).definitions
    assert isinstance(operation, OperationDefinitionNode)
    field = operation.selection_set.selections[0]
    assert isinstance(field, FieldNode)
    assert field.arguments
    value = field.arguments[0].value
    before = value.loc.start_token.prev  # type: ignore[union-attr]
    assert before is not None
    assert (before.desc, before.prev.desc) == (":", "Name 'b'")  # type: ignore[union-attr]


def test_too_many_tokens_are_refused() -> None:
    with pytest.raises(GraphQLError):
        parse_source(LinedSource("{ a b c }"), 3)
