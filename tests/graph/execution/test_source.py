"""Places in a document: the ones that graphql-core tells, in no time however long it is."""

import time

from graphql import Source
from hypothesis import given
from hypothesis import strategies as st

from graph.execution.source import LinedSource


@given(st.text(st.sampled_from("ab\n\r \u2028")), st.data())
def test_a_place_is_where_graphql_core_says(text: str, data: st.DataObject) -> None:
    position = data.draw(st.integers(0, len(text)))
    # Between the halves of one line's end there is no place that anything could stand at.
    if text[position - 1 : position + 1] != "\r\n":
        assert LinedSource(text).get_location(position) == Source(text).get_location(position)


def test_many_places_in_many_lines_are_found_at_once() -> None:
    source = LinedSource("\n" * 90_000)
    started = time.process_time()
    assert {source.get_location(90_000).line for _ in range(1_000)} == {90_001}
    assert time.process_time() - started < 0.2
