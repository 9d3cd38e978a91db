"""graphql-ws and graphql-sse: they listen, leave, go on, are told what is wrong; and who listens through them."""

import pytest

from tests.clients.conftest import Serve, token, trusting
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


@pytest.mark.parametrize("way", ["listen-ws.js", "listen-sse.js"])
@pytest.mark.parametrize(("client", "page"), [("apollo", "apollo-listening.js"), ("urql", "urql-listening.js")])
def test_clients_listen_by_it_and_ask_as_before(shop: Workshop, client: str, page: str, way: str) -> None:
    shop.variables["TOKEN"] = token("partner")
    shop.take(way, page)
    shop.write("listen-ws.js", (shop.folder / way).read_text("utf-8"))
    visit = shop.node(f"{client}-listening-queries.js")
    assert visit.answer == {"heard": ["1", "2", "3"], "asked": 2000}
    streams = [each for each in visit.sent if each["headers"].get("accept") == "text/event-stream"]
    assert len(streams) == (way == "listen-sse.js")


@pytest.mark.parametrize("way", ["listen-ws.js", "listen-sse.js"])
def test_relay_listens_by_the_ids_of_what_it_compiled(shop: Workshop, serve: Serve, way: str) -> None:
    shop.variables["TOKEN"] = token("partner")
    files = ("src/companies.js", "src/call.js", "src/changes.js", "environment.js", "listening-environment.js")
    shop.take("relay.config.json", way, *files)
    shop.follow("relay")
    with serve(**trusting(shop.folder / "persisted.json")) as url:
        shop.base_url = url
        shop.take(way, "environment.js")
        shop.write("listen-ws.js", (shop.folder / way).read_text("utf-8"))
        visit = shop.node("relay-listening-queries.js")
    assert visit.answer == {"heard": ["1", "2", "3"], "asked": True}
