"""graphql-ws and graphql-sse: they listen, leave, go on after a cursor, and are told what is wrong."""

import pytest

from tests.clients.conftest import token
from tests.clients.workshop import Workshop

pytestmark = pytest.mark.clients


def test_they_hear_what_came_after_a_cursor_and_go_on_after_another(shop: Workshop) -> None:
    shop.variables |= {"TOKEN": token("partner"), "EDITOR": token("admin")}
    shop.follow("listening")
    shop.take("listen-ws.js", "listen-sse.js", "listen.js")
    answers = shop.node("listen-queries.js").answer
    assert answers["ws"] == answers["sse"]
    found = answers["ws"]
    assert [change["cursor"] for change in found["first"]] == ["1", "2", "3"]
    assert found["rest"] == found["first"][1:]
    assert (found["refused"], found["invalid"]) == ("CURSOR_EXPIRED", "GRAPHQL_VALIDATION_FAILED")
    assert found["live"] == [None, "https://live.example"]
    assert found["asked"] == [{"dataset": {"companies": {"value": 2000}}}]
