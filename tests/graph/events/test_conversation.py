"""graphql-transport-ws over real sockets: each case that its own server is tested by, and ours besides."""

import asyncio
import json
import socket
import threading
import time
from collections.abc import AsyncGenerator, Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from starlette.types import ASGIApp
from websockets.exceptions import ConnectionClosed, InvalidStatus

from db import changes, revocations
from db.engine import Database
from graph.app import create_app
from graph.events import audience, conversation
from graph.events.audience import Audience
from graph.events.subscriber import Subscriber
from graph.execution.run import Runner
from graph.http import frames
from graph.http.endpoint import GraphQLEndpoint
from graph.http.frames import Frames
from graph.identity import authentication, claims
from graph.identity.authentication import Authentication
from graph.identity.viewer import ANONYMOUS, Viewer
from graph.settings import Settings
from tests.graph.conftest import Server, bearer
from tests.graph.events.listening import HEARD
from tests.graph.events.talking import Talk, talking
from tests.graph.events.test_event_stream import SECRET, edit, have_small_buffers, much, newest, token
from tests.graph.mutations.conftest import OBRIEN

Serve = Callable[[ASGIApp], AbstractContextManager[Server]]

PARTNER = bearer("partner")
ADMIN = bearer("admin")
EDIT = 'mutation { updateCompany(input: {npi: "%s", website: "https://ws.example"}) { company { npi } } }' % OBRIEN  # noqa: UP031 - braces


@pytest.fixture
def start(sample_copy: str, settings_for: Callable[..., Settings], serve: Serve) -> Callable[..., Any]:
    """Serve a directory that may be changed."""
    return lambda **others: serve(create_app(settings_for(sample_copy, **others)))


@pytest.fixture
def own(start: Callable[..., Any]) -> Iterator[Server]:
    """A server whose directory may be changed."""
    with start() as running:
        yield running


async def test_what_was_comes_first_and_then_what_happens(own: Server) -> None:
    before = newest(own)
    edit(own, "one")
    async with talking(own, PARTNER) as talk:
        await talk.ask(HEARD, {"after": before})
        first = await talk.change()
        assert first["company"] == {"website": "https://one.example"}
        edit(own, "two")
        second = await talk.change()
        assert second["company"] == {"website": "https://two.example"}
        assert int(before) < int(first["cursor"]) < int(second["cursor"])
        await talk.say("complete", "1")
        edit(own, "three")
        # It is not echoed, and nothing comes after it.
        assert await talk.is_silent()
        # Its id may be used again.
        await talk.ask(HEARD, {"after": second["cursor"]})
        assert (await talk.change())["company"] == {"website": "https://three.example"}


async def test_queries_and_mutations_are_answered_once(own: Server) -> None:
    async with talking(own, ADMIN) as talk:
        await talk.ask("{ __typename }", id_="a")
        assert await talk.hear() == {"type": "next", "id": "a", "payload": {"data": {"__typename": "Query"}}}
        assert await talk.hear() == {"type": "complete", "id": "a"}
        await talk.ask(EDIT, id_="b")
        message = await talk.hear()
        assert message["payload"]["data"]["updateCompany"]["company"] == {"npi": OBRIEN}
        assert message["payload"]["extensions"]["consistency"]["cursor"] == newest(own)
        assert await talk.hear() == {"type": "complete", "id": "b"}


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("{ nothing }", "GRAPHQL_VALIDATION_FAILED"),
        ("subscription { nothing }", "GRAPHQL_VALIDATION_FAILED"),
        ("{", "GRAPHQL_PARSE_FAILED"),
        ("query A { __typename } query B { __typename }", "OPERATION_RESOLUTION_FAILURE"),
        ("", "BAD_REQUEST"),
    ],
)
async def test_what_cannot_be_run_is_an_error_and_the_socket_stays(server: Server, query: str, code: str) -> None:
    async with talking(server) as talk:
        for _ in range(2):
            await talk.ask(query)
            message = await talk.hear()
            assert (message["type"], message["id"]) == ("error", "1")
            assert [each["extensions"]["code"] for each in message["payload"]] == [code]
        await talk.ask("{ __typename }")
        assert (await talk.hear())["type"] == "next"
        assert (await talk.hear())["type"] == "complete"
        assert await talk.is_silent()


@pytest.mark.parametrize("after", ["x", "999999999"])
async def test_what_cannot_be_listened_to_is_an_answer_with_errors(server: Server, after: str) -> None:
    async with talking(server, PARTNER) as talk:
        await talk.ask(HEARD, {"after": after})
        message = await talk.hear()
        assert message["payload"]["errors"][0]["path"] == ["changes"]
        assert await talk.hear() == {"type": "complete", "id": "1"}


async def test_a_role_is_needed_as_over_http(server: Server) -> None:
    async with talking(server) as talk:
        await talk.ask(HEARD)
        assert (await talk.hear())["payload"]["errors"][0]["extensions"]["code"] == "FORBIDDEN"


@pytest.mark.parametrize("protocol", [None, "graphql-ws"])
async def test_another_protocol_is_not_spoken(server: Server, protocol: str | None) -> None:
    async with talking(server, protocol=protocol, is_begun=False) as talk:
        assert (await talk.closed())[0] == 4406


@pytest.mark.parametrize(
    "message",
    [
        b'{"type": "ping"}',
        "",
        "x",
        "null",
        "[]",
        "{}",
        '{"type": 1}',
        '{"type": []}',
        '{"type": "start"}',
        '{"type": "next", "id": "1", "payload": {}}',
        '{"type": "connection_ack"}',
        '{"type": "ping", "payload": 1}',
        '{"type": "ping", "type": "pong"}',
        pytest.param('{"type": "ping", "payload": %s1%s}' % ('{"a": ' * 300, "}" * 300), id="deep"),  # noqa: UP031 - braces
        '{"type": "subscribe", "payload": {"query": "{ __typename }"}}',
        '{"type": "subscribe", "id": "", "payload": {"query": "{ __typename }"}}',
        '{"type": "subscribe", "id": 1, "payload": {"query": "{ __typename }"}}',
        '{"type": "subscribe", "id": "1"}',
        '{"type": "subscribe", "id": "1", "payload": {"query": 1}}',
        '{"type": "subscribe", "id": "1", "payload": {"query": "{ __typename }", "variables": []}}',
        '{"type": "complete"}',
    ],
)
async def test_what_is_no_message_closes_the_socket(server: Server, message: str | bytes) -> None:
    async with talking(server) as talk:
        await talk.connection.send(message)
        code, reason = await talk.closed()
        assert code == 4400
        assert reason


async def test_a_message_is_no_longer_than_a_body_may_be(server: Server) -> None:
    async with talking(server, is_begun=False) as talk:
        server.process.config.ws_max_size = 1000
    async with talking(server, is_begun=False) as talk:
        await talk.say("ping", payload={"a": "b" * 1000})
        assert (await talk.closed())[0] == 1009


async def test_nothing_is_asked_before_it_is_known_who_asks(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with talking(server, is_begun=False) as talk:
        await talk.ask("{ __typename }")
        assert await talk.closed() == (4401, "Unauthorized")
    slowly(monkeypatch, Authentication, "authenticate")
    async with talking(server, is_begun=False) as talk:
        await talk.say("connection_init")
        await talk.ask("{ __typename }")
        assert await talk.closed() == (4401, "Unauthorized")


async def test_one_says_once_who_one_is(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    async with talking(server) as talk:
        await talk.say("connection_init")
        assert (await talk.closed())[0] == 4429
    slowly(monkeypatch, Authentication, "authenticate")
    async with talking(server, is_begun=False) as talk:
        await talk.say("connection_init")
        await talk.say("connection_init")
        assert (await talk.closed())[0] == 4429


async def test_one_says_soon_who_one_is(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(conversation, "INIT", 1.0)
    async with talking(server, is_begun=False) as talk:
        await talk.say("ping")
        assert await talk.hear() == {"type": "pong"}
        assert (await talk.closed())[0] == 4408
    async with talking(server) as talk:
        assert await talk.is_silent()


@pytest.mark.parametrize(
    "payload",
    [{"Authorization": "Bearer x"}, {"authorization": "x"}, {"headers": {"Authorization": "Bearer x"}}],
)
async def test_a_bad_token_is_turned_away(server: Server, payload: Any) -> None:
    async with talking(server, is_begun=False) as talk:
        await talk.say("connection_init", payload=payload)
        code, reason = await talk.closed()
        assert code == 4403
        assert "Authorization" in reason


async def test_where_everybody_needs_a_token_nobody_listens_without(start: Callable[..., Any]) -> None:
    with start(token_required=True) as server:
        async with talking(server, is_begun=False) as talk:
            await talk.say("connection_init")
            assert (await talk.closed())[0] == 4403
        async with talking(server, PARTNER):
            pass


async def test_who_cannot_be_told_from_others_just_now_is_asked_to_come_back(
    server: Server, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    async def fail(*_: Any) -> Viewer:
        raise RuntimeError("of this test")

    async with talking(server) as known, talking(server, is_begun=False) as talk:
        monkeypatch.setattr(Audience, "authenticate", fail)
        await talk.say("connection_init")
        assert await talk.closed() == (1013, "Your token can't be verified at the moment.")
        await known.say("ping", payload={"authorization": "Bearer any"})
        assert (await known.closed())[0] == 1013
    assert "of this test" in caplog.text


async def test_an_id_stands_for_one_operation(own: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    async with talking(own, PARTNER) as talk:
        await talk.ask(HEARD)
        await talk.ask("{ __typename }")
        assert await talk.closed() == (4409, "Subscriber for 1 already exists")
    slowly(monkeypatch, GraphQLEndpoint, "answer")
    async with talking(own, PARTNER) as talk:
        await talk.ask("{ __typename }")
        await talk.ask("{ __typename }")
        assert (await talk.closed())[0] == 4409


async def test_what_is_complete_before_it_is_answered_is_not_answered(
    own: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    slowly(monkeypatch, GraphQLEndpoint, "answer")
    async with talking(own, ADMIN) as talk:
        for query in ("{ __typename }", HEARD):
            await talk.ask(query)
            await talk.say("complete", "1")
            assert await talk.is_silent(0.4)
        await talk.say("complete", "unknown")
        await talk.say("ping", payload={"a": 1})
        assert await talk.hear() == {"type": "pong", "payload": {"a": 1}}


async def test_what_changes_something_is_done_to_its_end(own: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    called = slowly(monkeypatch, Runner, "run")
    before = newest(own)
    async with talking(own, ADMIN) as talk:
        await asked(talk, EDIT, called)
        await talk.say("complete", "1")
        assert await talk.is_silent(0.4)
        edited = newer(own, before)
        await asked(talk, EDIT.replace("ws.example", "other.example"), called)
    newer(own, edited)


async def asked(talk: Talk, query: str, called: threading.Event, id_: str = "1") -> None:
    """Ask for an operation, and wait until a method has been called for it."""
    called.clear()
    await talk.ask(query, id_=id_)
    assert await asyncio.to_thread(called.wait, 10)


def newer(server: Server, before: str) -> str:
    """The cursor of the last change, once it is another one."""
    deadline = time.monotonic() + 10
    while (found := newest(server)) == before:
        assert time.monotonic() < deadline
    return found


async def test_what_fails_while_it_is_listened_to_ends_that_alone(
    own: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with talking(own, PARTNER) as talk:
        await talk.ask(HEARD, id_="failing")
        await talk.ask("{ __typename }", id_="other")
        assert [(await talk.hear())["id"] for _ in range(2)] == ["other", "other"]
        edit(own, "zero")
        assert (await talk.change("failing"))["npi"] == OBRIEN

        async def fail(*_: Any) -> None:
            raise RuntimeError("of this test")

        with monkeypatch.context() as patch:
            patch.setattr(changes, "page", fail)
            edit(own, "one")
            message = await talk.hear()
        assert (message["type"], message["id"]) == ("error", "failing")
        assert message["payload"][0]["extensions"]["code"] == "INTERNAL_SERVER_ERROR"
        assert "of this test" not in json.dumps(message)
        await talk.ask(HEARD)
        assert await talk.is_silent()
        edit(own, "two")
        assert (await talk.change())["npi"] == OBRIEN


@pytest.mark.parametrize("is_closed_on", [False, True])
async def test_all_that_is_listened_to_ends_with_its_socket_though_one_fails_to(
    own: Server, monkeypatch: pytest.MonkeyPatch, *, is_closed_on: bool
) -> None:
    begun: list[str] = []
    ended: list[str] = []
    answers = Subscriber.answers

    async def failing(self: Subscriber) -> AsyncGenerator[Any]:
        begun.append("")
        try:
            async for each in answers(self):
                yield each
        finally:
            ended.append("")
            if len(ended) == 1:
                raise RuntimeError("of this test")

    monkeypatch.setattr(Subscriber, "answers", failing)
    async with talking(own, PARTNER) as talk:
        for id_ in ("a", "b", "c"):
            await talk.ask(HEARD, id_=id_)
        assert await come_to(begun, 3)
        assert ended == []
        if is_closed_on:
            await talk.say("nonsense")
            assert (await talk.closed())[0] == 4400
    assert await come_to(ended, 3)
    assert await is_dropped(own)


async def test_whoever_leaves_gives_its_seat_back_whatever_it_waits_for(
    start: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    with start(max_listeners_viewer=1) as server:
        slowly(monkeypatch, GraphQLEndpoint, "answer")
        async with talking(server, PARTNER) as talk:
            await talk.ask(HEARD)
            async with talking(server, is_begun=False) as other:
                await other.say("connection_init", payload={"Authorization": PARTNER})
                code, reason = await other.closed()
                assert (code, reason) == (1013, "1 connections of yours are open; no more are allowed.")
        for _ in range(100):
            try:
                async with talking(server, PARTNER):
                    break
            except ConnectionClosed:
                await asyncio.sleep(0.02)
        else:
            raise AssertionError("there is no room")


async def test_a_socket_has_so_many_operations_and_no_more(start: Callable[..., Any]) -> None:
    with start(max_socket_operations=2, max_requests=1, max_running=1) as server:
        async with talking(server, PARTNER) as talk:
            for id_ in ("a", "b"):
                await talk.ask(HEARD, id_=id_)
                assert await talk.is_silent(0.1)
            await talk.ask("{ __typename }", id_="c")
            message = await talk.hear()
            assert (message["type"], message["payload"][0]["extensions"]["code"]) == ("error", "THROTTLED")
            edit(server, "one")
            assert {(await talk.hear())["id"] for _ in range(2)} == {"a", "b"}


async def test_a_process_has_so_many_listeners_and_no_more(start: Callable[..., Any]) -> None:
    with start(max_listeners=1) as server:
        async with talking(server, PARTNER):
            with pytest.raises(InvalidStatus) as refused:
                async with talking(server, ADMIN):
                    pass
        response = refused.value.response
        assert (response.status_code, response.headers["retry-after"]) == (503, "5")
        assert json.loads(response.body)["errors"][0]["extensions"]["code"] == "SERVICE_UNAVAILABLE"


async def test_who_has_not_said_who_it_is_takes_room_and_gives_it_back(start: Callable[..., Any]) -> None:
    with start(max_listeners=3, max_listeners_viewer=2) as server:
        async with talking(server, is_begun=False) as first, talking(server, is_begun=False):
            with pytest.raises(InvalidStatus) as refused:
                async with talking(server, is_begun=False):
                    pass
            assert refused.value.response.status_code == 429
            # Room is there for who has said it, and for two of one subject in all.
            await first.init({"Authorization": PARTNER})
            async with talking(server, is_begun=False) as third:
                with pytest.raises(InvalidStatus) as refused:
                    async with talking(server, is_begun=False):
                        pass
                assert refused.value.response.status_code == 503
                await third.init({"Authorization": PARTNER})
        assert await is_dropped(server)
        async with talking(server, is_begun=False), talking(server, is_begun=False):
            pass


async def test_pages_of_other_sites_open_no_socket_unless_they_are_named(start: Callable[..., Any]) -> None:
    with start(cors_origins="https://app.example") as server:
        own = str(server.client.base_url).rstrip("/")
        for origin in ("https://app.example", own):
            async with talking(server, origin=origin):
                pass
        for origin in ("https://evil.example", "null", own.replace("127.0.0.1", "localhost")):
            with pytest.raises(InvalidStatus) as refused:
                async with talking(server, origin=origin):
                    pass
            assert refused.value.response.status_code == 403
            assert json.loads(refused.value.response.body)["errors"][0]["extensions"]["code"] == "FORBIDDEN"
    with start(cors_origins="*") as server:
        async with talking(server, origin="https://any.example"):
            pass


@pytest.mark.slow
async def test_a_token_that_is_over_closes_the_socket_unless_a_newer_one_came(
    start: Callable[..., Any], sample_copy: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(audience, "INTERVAL", 0.1)
    for module in (authentication, claims):
        monkeypatch.setattr(module, "LEEWAY", 0)
    soon = datetime.now(UTC) + timedelta(seconds=3)
    with start(token_secret=SECRET) as server:
        async with (
            talking(server, token(jti="known")) as revoked,
            talking(server, token(exp=soon)) as over,
            talking(server, token(exp=soon)) as renewed,
            talking(server, token(roles=["PARTNER", "VIEWER"])) as narrowed,
            talking(server, token()) as changed,
        ):
            await renewed.ask(HEARD)
            await renewed.say("ping", payload={"authorization": token(roles=["PARTNER", "ADMIN"])})
            assert await renewed.hear() == {"type": "pong"}
            await narrowed.say("ping", payload={"authorization": token()})
            assert await narrowed.closed() == (4403, "The new token has fewer roles; connect again.")
            await changed.say("ping", payload={"authorization": token(sub="other")})
            assert await changed.closed() == (4403, "The new token is somebody else's.")
            async with Database.open(sample_copy) as database:
                await revocations.revoke(database, "", "known", datetime.now(UTC) + timedelta(hours=1))
            assert await revoked.closed() == (4403, "The token has been revoked.")
            assert await over.closed() == (4403, "The token has expired.")
            await renewed.ask(EDIT, id_="2")
            kinds = [(await renewed.hear())["id"] for _ in range(3)]
            assert sorted(kinds) == ["1", "2", "2"]


async def test_tokens_are_renewed_one_after_the_other(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    under_way, most = 0, 0

    async def authenticate(*_: Any) -> Viewer:
        nonlocal under_way, most
        under_way += 1
        most = max(most, under_way)
        await asyncio.sleep(0.05)
        under_way -= 1
        return ANONYMOUS

    async with talking(server) as talk:
        monkeypatch.setattr(Audience, "authenticate", authenticate)
        for _ in range(4):
            await talk.say("ping", payload={"authorization": "Bearer any"})
        assert [await talk.hear() for _ in range(4)] == [{"type": "pong"}] * 4
    assert most == 1


async def test_who_does_not_read_is_told_and_goes_on_where_it_was(
    own: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(conversation, "LAG", 0.3)
    have_small_buffers(own)
    async with talking(own, PARTNER, receive_buffer=4096) as talk:
        await talk.ask(f'subscription {{ changes(after: "0") {{ cursor {much()} }} }}')
        talk.connection.transport.pause_reading()
        await asyncio.sleep(1.5)
        talk.connection.transport.resume_reading()
        last = "0"
        while (message := await talk.hear())["type"] == "next":
            last = message["payload"]["data"]["changes"]["cursor"]
        [error] = message["payload"]
        assert (message["type"], error["extensions"]["code"], error["extensions"]["cursor"]) == (
            "error",
            "LAGGED",
            last,
        )
        await talk.ask(HEARD, {"after": last})
        assert int((await talk.change())["cursor"]) == int(last) + 1


async def test_who_never_reads_is_dropped(own: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(conversation, "LAG", 0.1)
    monkeypatch.setattr(frames, "PATIENCE", 0.5)
    have_small_buffers(own)
    async with talking(own, PARTNER, receive_buffer=4096) as talk:
        await talk.ask(f'subscription {{ changes(after: "0") {{ cursor {much()} }} }}')
        talk.connection.transport.pause_reading()
        assert await is_dropped(own)
        talk.connection.transport.abort()


async def test_who_never_reads_that_it_is_closed_on_is_dropped(
    own: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(frames, "PATIENCE", 0.5)
    async with talking(own, receive_buffer=4096) as talk:
        for each in own.process.server_state.connections:
            each.transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4096)
        talk.connection.transport.pause_reading()
        # Too much for the kernel to take, and too little for the server to stop writing.
        await talk.say("ping", payload={"a": "b" * 40_000})
        await talk.connection.send("x")
        assert await is_dropped(own)
        talk.connection.transport.abort()


async def come_to(of: Sequence[str], least: int) -> bool:
    """Whether there are so many, within seconds."""
    for _ in range(100):
        if len(of) >= least:
            return True
        await asyncio.sleep(0.05)
    return False


async def is_dropped(server: Server) -> bool:
    """Whether no socket is open any more, within seconds."""
    for _ in range(100):
        if not any(isinstance(each, Frames) for each in server.process.server_state.connections):
            return True
        await asyncio.sleep(0.05)
    return False


async def test_a_server_that_stops_asks_its_clients_to_come_back(own: Server) -> None:
    async with talking(own, PARTNER) as talk:
        await talk.ask(HEARD)
        await talk.say("ping")
        assert await talk.hear() == {"type": "pong"}
        began = time.monotonic()
        own.process.should_exit = True
        assert (await talk.closed())[0] == 1012
        assert time.monotonic() - began < 2


async def test_what_ends_by_itself_is_answered_before_a_server_stops(
    own: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    called = slowly(monkeypatch, Runner, "run")
    before = newest(own)
    async with talking(own, ADMIN) as talk:
        await talk.ask(HEARD, {"after": before}, id_="listening")
        await asked(talk, EDIT, called, id_="changing")
        own.process.should_exit = True
        await asyncio.sleep(0)
        heard = [await talk.hear() for _ in range(2)]
        of_change = [each["type"] for each in heard if each["id"] == "changing"]
        assert of_change == ["next", "complete"][: len(of_change)]
        assert of_change
        assert await talk.closed() == (1012, "Service restart")


def slowly(monkeypatch: pytest.MonkeyPatch, owner: type, name: str) -> threading.Event:
    """Have a method begin later; what is returned is set when it is called."""
    method, called = getattr(owner, name), threading.Event()

    async def later(*arguments: Any) -> Any:
        called.set()
        await asyncio.sleep(0.2)
        return await method(*arguments)

    monkeypatch.setattr(owner, name, later)
    return called
