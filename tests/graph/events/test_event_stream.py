"""Subscriptions as event streams, over real connections: what was, then what comes, each once, to whoever may."""

import asyncio
import json
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, AsyncExitStack
from datetime import UTC, datetime, timedelta
from typing import Any

import jwt
import pytest
from starlette.types import ASGIApp

from db import retention, revocations
from db.engine import Database
from graph.app import create_app
from graph.events import announcer, audience
from graph.http import stream
from graph.http import uvicorn as connection
from graph.identity import authentication, claims
from graph.settings import Settings
from graph.types import change_events
from tests.graph.conftest import Server, bearer
from tests.graph.events.listening import HEARD, Listener, listening
from tests.graph.mutations.conftest import HOLZER, OBRIEN

Serve = Callable[[ASGIApp], AbstractContextManager[Server]]

PARTNER = bearer("partner")
ADMIN = bearer("admin")
EDIT = """
    mutation($npi: NPI!, $website: String) {
      updateCompany(input: {npi: $npi, website: $website}) { company { npi } userErrors { code } }
    }
"""
SECRET = "a secret of these tests, long enough"  # noqa: S105


@pytest.fixture
def start(sample_copy: str, settings_for: Callable[..., Settings], serve: Serve) -> Callable[..., Any]:
    """Serve a directory that may be changed."""
    return lambda **others: serve(create_app(settings_for(sample_copy, **others)))


@pytest.fixture
def own(start: Callable[..., Any]) -> Iterator[Server]:
    """A server of one's own, whose signs of life come soon."""
    with start(listener_heartbeat=0.3) as running:
        yield running


def edit(server: Server, website: str, npi: str = OBRIEN) -> None:
    """Change a company."""
    answer = server.post(EDIT, {"npi": npi, "website": f"https://{website}.example"}, authorization=ADMIN).json()
    assert answer["data"]["updateCompany"]["userErrors"] == [], answer


def newest(server: Server) -> str:
    """The cursor of the last change."""
    cursor: str = server.post("{ dataset { cursor } }").json()["data"]["dataset"]["cursor"]
    return cursor


async def test_what_was_comes_first_and_then_what_happens_with_what_is_asked_of_it(own: Server) -> None:
    before = newest(own)
    edit(own, "one")
    async with listening(own, HEARD, {"after": before}, authorization=PARTNER) as listener:
        assert listener.answer.status_code == 200
        assert listener.answer.headers["content-type"] == "text/event-stream; charset=utf-8"
        assert listener.answer.headers["cache-control"] == "no-cache"
        assert await listener.block() == {"retry": "1000", "id": before}
        first = await listener.event()
        change = json.loads(first["data"])["data"]["changes"]
        assert change == {
            "cursor": first["id"],
            "kind": "COMPANY_UPDATED",
            "npi": OBRIEN,
            "company": {"website": "https://one.example"},
        }
        cursors = [int(before), int(change["cursor"])]
        for website in ("two", "three", "four"):
            edit(own, website)
            began = time.monotonic()
            change = await listener.change()
            assert time.monotonic() - began < 2
            # Each is read anew.
            assert change["company"] == {"website": f"https://{website}.example"}
            cursors.append(int(change["cursor"]))
        assert cursors == sorted(set(cursors))


async def test_without_a_cursor_it_begins_now(own: Server) -> None:
    edit(own, "one")
    async with listening(own, HEARD, authorization=PARTNER) as listener:
        assert (await listener.block())["id"] == newest(own)
        edit(own, "two")
        assert (await listener.change())["company"] == {"website": "https://two.example"}


async def test_the_last_events_id_counts_for_more_than_the_operation(own: Server) -> None:
    before = newest(own)
    edit(own, "one")
    middle = newest(own)
    edit(own, "two")
    headers = {"authorization": PARTNER, "last_event_id": middle}
    async with listening(own, HEARD, {"after": before}, **headers) as listener:
        assert int((await listener.change())["cursor"]) > int(middle)
    async with listening(own, HEARD, authorization=PARTNER, last_event_id="x") as listener:
        [error] = (await listener.data())["errors"]
        assert (error["extensions"]["code"], error["path"]) == ("INVALID_CURSOR", ["changes"])


async def test_signs_of_life_move_the_cursor_past_what_is_filtered_out(own: Server) -> None:
    query = 'subscription { changes(filter: {npis: ["%s"]}) { npi } }' % HOLZER  # noqa: UP031 - braces
    async with listening(own, query, authorization=PARTNER) as listener:
        start = (await listener.block())["id"]
        assert await listener.block() == {"": "", "id": start}
        edit(own, "other")
        while (block := await listener.block()) == {"": "", "id": start}:
            pass
        assert block == {"": "", "id": newest(own)}
        edit(own, "this", HOLZER)
        assert await listener.change() == {"npi": HOLZER}


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("subscription { changes { nothing } }", "GRAPHQL_VALIDATION_FAILED"),
        ("subscription { changes { npi } other: changes { npi } }", "GRAPHQL_VALIDATION_FAILED"),
        ("subscription {", "GRAPHQL_PARSE_FAILED"),
        ('subscription { changes(after: "x") { npi } }', "INVALID_CURSOR"),
        ('subscription { changes(after: "999999999") { npi } }', "CURSOR_EXPIRED"),
        ('subscription { changes(filter: {companyIds: ["x"]}) { npi } }', "BAD_USER_INPUT"),
    ],
)
async def test_what_cannot_be_listened_to_is_one_event_and_the_end(server: Server, query: str, code: str) -> None:
    async with listening(server, query, authorization=PARTNER) as listener:
        assert listener.answer.status_code == 200
        [error] = (await listener.data())["errors"]
        assert error["extensions"]["code"] == code
        assert await listener.event() == {"event": "complete", "data": ""}
        assert await listener.block() == {}


async def test_who_may_not_hears_why(server: Server) -> None:
    for authorization in ("", bearer("viewer")):
        async with listening(server, HEARD, authorization=authorization) as listener:
            [error] = (await listener.data())["errors"]
            assert error["extensions"]["code"] == "FORBIDDEN"
            assert (await listener.event())["event"] == "complete"
    async with listening(server, HEARD, authorization="Bearer x") as listener:
        assert listener.answer.status_code == 401
        assert listener.answer.headers["content-type"].startswith("application/json")


async def test_a_query_as_an_event_stream_is_one_event(server: Server) -> None:
    for _ in range(2):
        async with listening(server, "{ dataset { companies { value } } }") as listener:
            assert (await listener.data())["data"]["dataset"]["companies"]["value"] > 0
            assert await listener.event() == {"event": "complete", "data": ""}
    answer = server.client.get("/graphql", params={"query": "{ a }"}, headers={"accept": "text/event-stream"})
    assert answer.text.startswith("event: next\ndata: {")


def test_a_subscription_needs_a_client_that_takes_a_stream(server: Server) -> None:
    for accept in ("*/*", "application/json", "application/graphql-response+json"):
        answer = server.post(HEARD, authorization=PARTNER, accept=accept)
        assert (answer.status_code, answer.json()["errors"][0]["extensions"]["code"]) == (406, "BAD_REQUEST")


async def test_clients_that_take_both_get_a_stream_for_subscriptions_alone(own: Server) -> None:
    both = "application/graphql-response+json, application/json, text/event-stream, multipart/mixed"
    assert own.post("{ __typename }", accept=both).json() == {"data": {"__typename": "Query"}}
    async with listening(own, HEARD, {"after": "0"}, authorization=PARTNER, accept=both) as listener:
        assert listener.answer.headers["content-type"].startswith("text/event-stream")
        assert (await listener.change())["kind"] == "COMPANY_CREATED"


def test_a_subscription_is_none_of_a_batch(start: Callable[..., Any]) -> None:
    with start(max_batch=2) as server:
        body = [{"query": HEARD}, {"query": "{ __typename }"}]
        headers = {"accept": "application/json, text/event-stream", "authorization": PARTNER}
        refused, answered = server.client.post("/graphql", json=body, headers=headers).json()
        assert refused["errors"][0]["extensions"]["code"] == "BAD_REQUEST"
        assert answered == {"data": {"__typename": "Query"}}


def test_a_browser_listens_by_get(own: Server) -> None:
    headers = {"accept": "text/event-stream", "authorization": PARTNER}
    parameters = {"query": HEARD, "variables": '{"after": "0"}'}
    with own.client.stream("GET", "/graphql", params=parameters, headers=headers) as answer:
        lines = answer.iter_lines()
        assert [next(lines) for _ in range(4)][::3] == ["retry: 1000", "event: next"]


async def test_listeners_hold_no_turn_and_have_no_deadline(start: Callable[..., Any]) -> None:
    with start(max_requests=1, max_running=1, operation_timeout=0.3) as server:
        async with AsyncExitStack() as stack:
            several = [
                await stack.enter_async_context(listening(server, HEARD, authorization=PARTNER)) for _ in range(3)
            ]
            for each in several:
                await each.block()
            await asyncio.sleep(0.5)
            edit(server, "one")
            for each in several:
                assert (await each.change())["npi"] == OBRIEN


@pytest.mark.slow
async def test_events_wait_for_a_bucket_that_is_empty_and_none_is_lost(start: Callable[..., Any]) -> None:
    buckets = {"throttle_cost_token": 30, "throttle_restore_token": 20, "throttle_cost_bulk": 0}
    with start(environment="production", token_secret=SECRET, **buckets) as server:
        async with listening(server, HEARD, {"after": "0"}, authorization=token()) as listener:
            began = time.monotonic()
            cursors = [int((await listener.change())["cursor"]) for _ in range(25)]
        assert cursors == list(range(cursors[0], cursors[0] + 25))
        # Each costs 2.4, and the bucket has 30 and gets 20 a second.
        assert 1 < time.monotonic() - began < 8


async def admitted(server: Server) -> None:
    """Listen once there is room."""
    for _ in range(100):
        async with listening(server, HEARD, authorization=PARTNER) as listener:
            if listener.answer.status_code == 200:
                return
        await asyncio.sleep(0.02)
    raise AssertionError("there is no room")


async def test_no_more_listen_than_may_and_whoever_leaves_makes_room_at_once(start: Callable[..., Any]) -> None:
    with start(max_listeners=2, max_listeners_viewer=1) as server:
        async with listening(server, HEARD, authorization=PARTNER) as first:
            await first.block()
            async with listening(server, HEARD, authorization=PARTNER) as refused:
                assert refused.answer.status_code == 429
                assert refused.answer.headers["retry-after"] == "5"
            async with listening(server, HEARD, authorization=ADMIN) as second:
                await second.block()
                async with listening(server, HEARD, authorization=bearer("editor")) as refused:
                    assert refused.answer.status_code == 503
        await admitted(server)


async def reason_of(listener: Listener) -> str:
    """Why a stream ends, with an event that says so."""
    [error] = (await listener.data())["errors"]
    assert (await listener.event())["event"] == "complete"
    assert await listener.block() == {}
    reason: str = error["extensions"].get("reason") or error["extensions"]["code"]
    return reason


def token(**others: object) -> str:
    """A token of a partner's."""
    now = datetime.now(UTC)
    content = {"sub": "partner", "roles": ["PARTNER"], "iat": now, "exp": now + timedelta(seconds=60), **others}
    return f"Bearer {jwt.encode(content, SECRET, algorithm='HS256')}"


@pytest.mark.slow
async def test_a_token_that_is_revoked_or_over_ends_its_stream_with_the_reason(
    start: Callable[..., Any], sample_copy: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(audience, "INTERVAL", 0.1)
    for module in (authentication, claims):
        monkeypatch.setattr(module, "LEEWAY", 0)
    soon = datetime.now(UTC) + timedelta(seconds=3)
    with start(token_secret=SECRET) as server:
        async with (
            listening(server, HEARD, authorization=token(jti="known")) as revoked,
            listening(server, HEARD, authorization=token(exp=soon)) as over,
            listening(server, HEARD, authorization=token()) as good,
        ):
            for each in (revoked, over, good):
                await each.block()
            async with Database.open(sample_copy) as database:
                await revocations.revoke(database, "", "known", datetime.now(UTC) + timedelta(hours=1))
            assert await reason_of(revoked) == "REVOKED"
            assert await reason_of(over) == "EXPIRED"
            edit_as = token(roles=["ADMIN"])
            assert server.post(EDIT, {"npi": OBRIEN, "website": None}, authorization=edit_as).status_code == 200
            assert (await good.change())["npi"] == OBRIEN


async def test_the_metrics_say_how_far_behind_the_last_listener_is(
    start: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(announcer, "INTERVAL", 0.02)
    buckets = {"throttle_cost_token": 30, "throttle_restore_token": 1, "throttle_cost_bulk": 0}
    with start(environment="production", token_secret=SECRET, **buckets) as server:
        assert await lag_of(server, lambda lag: lag == 0)
        async with listening(server, HEARD, {"after": "0"}, authorization=token()) as listener:
            told = int((await listener.change())["cursor"])
            assert await lag_of(server, lambda lag: 0 < lag < int(newest(server)) - told + 1)
        assert await lag_of(server, lambda lag: lag == 0)


async def lag_of(server: Server, fits: Callable[[int], bool]) -> bool:
    """Whether the metrics tell such a lag within seconds."""
    headers = {"authorization": token(roles=["ADMIN"])}
    for _ in range(100):
        text = server.client.get("/metrics", headers=headers).text
        if fits(int(float(text.partition("\ngraphql_feed_lag_changes ")[2].partition("\n")[0]))):
            return True
        await asyncio.sleep(0.02)
    return False


async def test_a_server_that_stops_ends_its_streams_for_their_clients_to_come_back(own: Server) -> None:
    async with listening(own, HEARD, authorization=PARTNER) as listener:
        await listener.block()
        own.stop()
        began = time.monotonic()
        # The end of the body, and not of the subscription.
        while block := await listener.block():
            assert "event" not in block
        assert time.monotonic() - began < 2


async def test_changes_that_are_removed_before_they_are_read_end_the_stream(
    own: Server, sample_copy: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(change_events, "PAGE", 1)
    monkeypatch.setattr(stream, "LAG", 60)
    monkeypatch.setattr(connection, "PATIENCE", 60)
    query = f'subscription {{ changes(after: "0") {{ {much()} }} }}'
    with slow(own, query) as client:
        client.recv(1)
        async with Database.open(sample_copy) as database:
            for _ in range(2):
                await retention.remove_old(database, days=0)
        text = await asyncio.to_thread(rest_of, client)
    assert '"code":"CURSOR_EXPIRED"' in text
    assert text.rstrip("\r\n0").endswith("event: complete\ndata:")


def have_small_buffers(server: Server) -> None:
    """Have the kernel hold little of what a server writes: connections have what their listener has."""
    for listener in server.process.servers[0].sockets:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4096)


def slow(server: Server, query: str) -> socket.socket:
    """A connection that asks and has little room for what comes."""
    have_small_buffers(server)
    client = socket.socket()
    client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    client.settimeout(10)
    client.connect((server.client.base_url.host, server.client.base_url.port or 0))
    body = json.dumps({"query": query}).encode()
    head = (
        f"POST /graphql HTTP/1.1\r\nhost: 127.0.0.1\r\naccept: text/event-stream\r\nauthorization: {PARTNER}\r\n"
    )
    head += f"content-type: application/json\r\ncontent-length: {len(body)}\r\nconnection: close\r\n\r\n"
    client.sendall(head.encode() + body)
    return client


def rest_of(client: socket.socket) -> str:
    """All that comes until the end."""
    found = b""
    while piece := client.recv(65_536):
        found += piece
    return found.decode()


async def test_who_does_not_read_is_told_and_goes_on_where_it_was(
    start: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stream, "LAG", 0.3)
    query = f'subscription {{ changes(after: "0") {{ cursor {much()} }} }}'
    with start() as server:
        with slow(server, query) as client:
            await asyncio.sleep(1.5)
            text = await asyncio.to_thread(rest_of, client)
        events = [each for each in text.split("\n\n") if "event: next" in each]
        assert text.rstrip("\r\n0").endswith("event: complete\ndata:")
        [error] = json.loads(events[-1].partition("data: ")[2])["errors"]
        assert error["extensions"]["code"] == "LAGGED"
        last = events[-2].partition("id: ")[2].partition("\n")[0]
        assert error["extensions"]["cursor"] == last
        async with listening(server, HEARD, {"after": last}, authorization=PARTNER) as listener:
            assert int((await listener.change())["cursor"]) == int(last) + 1


def much() -> str:
    """Much to read of each change."""
    return " ".join(f"c{number}: company {{ locations(first: 20) {{ nodes {{ id }} }} }}" for number in range(20))
