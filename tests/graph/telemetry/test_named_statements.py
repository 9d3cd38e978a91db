"""Which operations statements name in their comments: bounded, whatever clients call theirs."""

from collections.abc import Callable
from contextlib import AbstractContextManager

import asyncpg

from db.engine import connection_to
from graph.telemetry.comments import MOST, MOST_OF_NAME, Comments
from graph.telemetry.operations import OTHER, ToldOperation
from graph.telemetry.traces import Place
from tests.graph.conftest import Server

TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"


def told(name: str, document: str = "a" * 64, label: str | None = None) -> ToldOperation:
    label = name if label is None else label
    return ToldOperation(name, "query", goes_on=False, document=document, label=label, generation=0)


def test_an_operation_that_is_counted_by_its_name_is_named() -> None:
    comment = Comments().comment_for(told("Names"), None)
    assert comment is not None
    assert comment.lasting == "/*document='aaaaaaaaaaaaaaaa',operation='Names'*/ "
    assert comment.passing == ""
    assert Comments().comment_for(told("Names", label=OTHER), None) is None
    assert Comments().comment_for(None, None) is None


def test_a_sampled_request_has_its_trace_whatever_its_operation_is_called() -> None:
    comment = Comments().comment_for(told("Names", label=OTHER), Place.begin(TRACE, is_sampled=True))
    assert comment is not None
    assert comment.lasting == ""
    assert f"traceparent='00-{TRACE}-" in comment.passing
    assert Comments().comment_for(told("N", label=OTHER), Place.begin(TRACE, is_sampled=False)) is None


def test_there_are_so_many_comments_and_no_more() -> None:
    comments = Comments()
    # Anybody may send documents that have a listed name.
    of_name = {str(comments.comment_for(told("Names", f"{number:016x}" * 4), None)) for number in range(1000)}
    assert len(of_name - {"None"}) == MOST_OF_NAME
    names = [told(f"Name{number}", f"{number:016x}" * 4) for number in range(1000)]
    found = {str(comments.comment_for(each, None)) for each in names}
    assert len(found - {"None"}) == MOST - MOST_OF_NAME
    # Those that were chosen stay.
    assert comments.comment_for(names[0], None) == comments.comment_for(names[0], None) is not None


async def last_statements(connection: asyncpg.Connection) -> str:
    """What the server's connections ran last."""
    rows = await connection.fetch(
        "SELECT query FROM pg_stat_activity WHERE application_name = 'ariesone' AND datname = current_database()"
    )
    return "\n".join(row["query"] for row in rows)


async def test_a_server_says_in_its_statements_for_which_operation_they_are(
    sample_copy: str, traced: Callable[..., AbstractContextManager[Server]]
) -> None:
    given = {"sql_comments": True, "metrics_operations": "Names", "cache_seconds": 0, "database_pool_size": 1}
    text = "query Names { companies(first: 2) { nodes { name } } }"
    async with connection_to(sample_copy) as connection:
        with traced(sample_copy, **given) as server:
            server.post(text, traceparent=f"00-{TRACE}-00f067aa0ba902b7-01")
            found = await last_statements(connection)
            assert "operation='Names'" in found
            assert f"traceparent='00-{TRACE}-" in found
            server.post(text, traceparent=f"00-{TRACE}-00f067aa0ba902b7-00")
            found = await last_statements(connection)
            assert "operation='Names'*/" in found
            assert "traceparent" not in found
