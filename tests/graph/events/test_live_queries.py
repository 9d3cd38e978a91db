"""Live queries: their answer, and each later one that differs, to whoever may and for as long as they listen."""

import asyncio
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, AsyncExitStack
from typing import Any

import pytest
from starlette.types import ASGIApp

from graph.app import create_app
from graph.cache import live
from graph.events import live_query
from graph.execution.run import Prepared, Runner
from graph.settings import Settings
from tests.graph.conftest import Server
from tests.graph.events.listening import listening
from tests.graph.events.talking import talking
from tests.graph.events.test_event_stream import PARTNER, edit
from tests.graph.mutations.conftest import HOLZER, OBRIEN

SHOWN = 'query @live { company(npi: "%s") { website } }' % OBRIEN  # noqa: UP031 - braces
LISTED = "query @live { companies(first: 1) { nodes { name } } }"


@pytest.fixture
def start(
    sample_copy: str,
    settings_for: Callable[..., Settings],
    serve: Callable[[ASGIApp], AbstractContextManager[Server]],
) -> Callable[..., Any]:
    """Serve a directory that may be changed."""
    return lambda **others: serve(create_app(settings_for(sample_copy, **others)))


@pytest.fixture
def own(start: Callable[..., Any]) -> Iterator[Server]:
    """A server of one's own, whose signs of life come soon."""
    with start(listener_heartbeat=0.3) as running:
        yield running


@pytest.fixture
def runs(monkeypatch: pytest.MonkeyPatch) -> list[str | None]:
    """The live queries that are run, each of which takes a while."""
    found: list[str | None] = []
    run = Runner.run

    async def noted(self: Runner, prepared: Prepared, *others: Any) -> Any:
        if prepared.operation.is_live:
            found.append(prepared.operation.name)
            await asyncio.sleep(0.1)
        return await run(self, prepared, *others)

    monkeypatch.setattr(Runner, "run", noted)
    return found


def website(answer: Any) -> Any:
    """The website in an answer."""
    return answer["data"]["company"]["website"]


async def test_an_answer_comes_again_when_it_is_another_one(own: Server, runs: list[str | None]) -> None:
    edit(own, "one")
    async with listening(own, SHOWN) as listener:
        assert await listener.block() == {"retry": "1000", "id": ""}
        first = await listener.event()
        assert (first["event"], '"https://one.example"' in first["data"]) == ("next", True)
        # Nothing of it: not even asked.
        edit(own, "other", HOLZER)
        assert await listener.block() == {"": "", "id": first["id"]}
        assert len(runs) == 1
        edit(own, "two")
        second = await listener.event()
        assert '"https://two.example"' in second["data"]
        assert second["id"] != first["id"]
        assert len(runs) == 2


async def test_an_answer_that_is_the_same_is_not_sent(own: Server, runs: list[str | None]) -> None:
    async with listening(own, LISTED) as listener:
        first = await listener.event()
        before = len(runs)
        edit(own, "one")
        assert [await listener.block() for _ in range(3)] == [{"": "", "id": first["id"]}] * 3
        assert len(runs) == before + 1


async def test_who_comes_back_with_an_answer_is_told_the_next_one(own: Server) -> None:
    edit(own, "one")
    async with listening(own, SHOWN) as listener:
        first = await listener.event()
    async with listening(own, SHOWN, last_event_id=first["id"]) as listener:
        assert await listener.block() == {"retry": "1000", "id": first["id"]}
        assert await listener.block() == {"": "", "id": first["id"]}
        edit(own, "two")
        assert website(await listener.data()) == "https://two.example"
    async with listening(own, SHOWN, last_event_id=first["id"]) as listener:
        assert website(await listener.data()) == "https://two.example"


async def test_a_socket_shows_several_and_complete_ends_one(own: Server) -> None:
    edit(own, "one")
    async with talking(own, PARTNER) as talk:
        await talk.ask(SHOWN, id_="a")
        assert website((await talk.hear())["payload"]) == "https://one.example"
        await talk.ask(SHOWN.replace(OBRIEN, HOLZER), id_="b")
        assert (await talk.hear())["id"] == "b"
        edit(own, "two")
        message = await talk.hear()
        assert (message["type"], message["id"], website(message["payload"])) == (
            "next",
            "a",
            "https://two.example",
        )
        await talk.say("complete", "a")
        edit(own, "three")
        edit(own, "four", HOLZER)
        message = await talk.hear()
        assert (message["id"], website(message["payload"])) == ("b", "https://four.example")
        assert await talk.is_silent()


async def test_what_many_look_at_is_made_once(own: Server, runs: list[str | None]) -> None:
    edit(own, "one")
    async with AsyncExitStack() as stack:
        several = [await stack.enter_async_context(listening(own, SHOWN, authorization=PARTNER)) for _ in range(6)]
        for each in several:
            assert website(await each.data()) == "https://one.example"
        runs.clear()
        edit(own, "two")
        for each in several:
            assert website(await each.data()) == "https://two.example"
    assert len(runs) == 1


@pytest.mark.parametrize(
    ("query", "code", "told"),
    [
        ("query @live { viewer { subject } }", "BAD_USER_INPUT", "Query.viewer"),
        ("query @live { dataset { cursor } rateLimit { cost } }", "BAD_USER_INPUT", "Query.rateLimit"),
        ("query @live { __schema { queryType { name } } }", "BAD_USER_INPUT", "Query.__schema"),
        (
            'query @live { company(npi: "%s", asOf: {cursor: "1"}) { name } }' % OBRIEN,  # noqa: UP031 - braces
            "BAD_USER_INPUT",
            "asOf",
        ),
        ("query @live { changes(first: 1) { nodes { npi } } }", "BAD_USER_INPUT", "Query.changes"),
        ("query @live(if: true) { dataset { cursor } }", "GRAPHQL_VALIDATION_FAILED", "@live"),
        ("query @live @live { dataset { cursor } }", "GRAPHQL_VALIDATION_FAILED", "@live"),
        (
            "mutation @live { deleteWatchList(input: {id: 1}) { __typename } }",
            "GRAPHQL_VALIDATION_FAILED",
            "@live",
        ),
        ("subscription @live { changes { npi } }", "GRAPHQL_VALIDATION_FAILED", "@live"),
    ],
)
async def test_what_nobody_can_say_when_it_changes_is_refused(
    server: Server, query: str, code: str, told: str
) -> None:
    async with listening(server, query, authorization=PARTNER) as listener:
        answer = await listener.data()
        error = answer["errors"][0]
        assert (error["extensions"]["code"], told in error["message"]) == (code, True), error
        assert (await listener.event())["event"] == "complete"
    async with talking(server, PARTNER) as talk:
        await talk.ask(query)
        payload = (await talk.hear())["payload"]
        [first, *_] = payload if isinstance(payload, list) else payload["errors"]
        assert first["extensions"]["code"] == code


def test_one_answer_is_not_taken_for_the_first_of_many(server: Server) -> None:
    for accept in ("*/*", "application/json"):
        answer = server.post(SHOWN, accept=accept)
        assert (answer.status_code, answer.json()["errors"][0]["extensions"]["code"]) == (406, "BAD_REQUEST")
    both = "application/json, text/event-stream"
    with server.client.stream("POST", "/graphql", json={"query": SHOWN}, headers={"accept": both}) as stream:
        assert stream.headers["content-type"].startswith("text/event-stream")


def test_a_query_with_the_same_text_but_for_the_directive_is_kept_as_ever(server: Server) -> None:
    plain = SHOWN.replace("query @live", "query")
    assert [server.post(plain).headers["x-cache"] for _ in range(3)][-1] == "HIT"
    assert server.post(SHOWN).status_code == 406


async def test_an_error_that_leaves_something_is_no_end(own: Server) -> None:
    async with talking(own, PARTNER) as talk:
        await talk.ask(SHOWN.replace("website", "website taxId"))
        first = await talk.hear()
        assert (first["type"], first["payload"]["errors"][0]["extensions"]["code"]) == ("next", "FORBIDDEN")
        edit(own, "one")
        assert website((await talk.hear())["payload"]) == "https://one.example"


async def test_so_many_look_on_and_no_more(own: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live, "MOST", 1)
    async with talking(own, PARTNER) as talk:
        await talk.ask(SHOWN, id_="a")
        await talk.ask(SHOWN, id_="b")
        heard = [await talk.hear() for _ in range(3)]
        assert sorted(each["type"] for each in heard) == ["error", "next", "next"]
        [error] = next(each["payload"] for each in heard if each["type"] == "error")
        assert error["extensions"]["code"] == "SERVICE_UNAVAILABLE"


async def test_signs_of_life_come_while_an_answer_takes_long(own: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    run, heard = Runner.run, threading.Event()

    async def slowly(self: Runner, prepared: Prepared, *others: Any) -> Any:
        if prepared.operation.is_live:
            await asyncio.to_thread(heard.wait, 20)
        return await run(self, prepared, *others)

    monkeypatch.setattr(Runner, "run", slowly)
    async with listening(own, SHOWN) as listener:
        blocks = [await listener.block() for _ in range(3)]
        assert blocks[1:] == [{"": "", "id": ""}] * 2
        heard.set()
        assert (await listener.event())["event"] == "next"


async def test_what_ends_within_its_pauses_leaves_nothing_behind() -> None:
    ended = asyncio.Event()

    async def once() -> Any:
        try:
            yield 1
            await asyncio.sleep(60)
        finally:
            ended.set()

    found = live_query.with_pauses(once(), 0.01)
    assert [await anext(found) for _ in range(3)] == [1, None, None]
    await found.aclose()
    assert ended.is_set()
