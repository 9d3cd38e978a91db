"""Time: deadlines cancel their SQL, so does a reader who leaves; too many requests are refused at once."""

import asyncio
import json
import socket
import time
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, asynccontextmanager
from types import SimpleNamespace
from typing import Any

import asyncpg
import httpx2
import pytest
from starlette.types import ASGIApp

from graph.app import create_app
from graph.http.exchange import Exchange
from graph.http.running import on_leave
from graph.settings import Settings
from graph.telemetry.metrics import EXECUTIONS
from tests.graph.conftest import Server

pytestmark = pytest.mark.slow

Serve = Callable[[ASGIApp], AbstractContextManager[Server]]

SLOW = "{ companies(first: 1) { nodes { npi locations { nodes { id } } } } }"


@asynccontextmanager
async def held(url: str, table: str) -> AsyncIterator[asyncpg.Connection]:
    """Hold a table so that every statement about it waits; count the waiting ones over another connection."""
    holder, watcher = await asyncpg.connect(url), await asyncpg.connect(url)
    transaction = holder.transaction()
    await transaction.start()
    await holder.execute(f"LOCK TABLE {table} IN ACCESS EXCLUSIVE MODE")
    try:
        yield watcher
    finally:
        await transaction.rollback()
        await holder.close()
        await watcher.close()


async def waiting(watcher: asyncpg.Connection) -> int:
    """How many statements of this database wait for a lock."""
    query = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"
    return int(await watcher.fetchval(query))


async def until(watcher: asyncpg.Connection, wanted: int, seconds: float = 5.0) -> float:
    """Wait until so many statements wait; return the seconds that it took."""
    started = time.monotonic()
    while await waiting(watcher) != wanted:
        assert time.monotonic() - started < seconds, f"{await waiting(watcher)} statements wait"
        await asyncio.sleep(0.01)
    return time.monotonic() - started


@pytest.mark.parametrize("table", ["companies", "locations"])
async def test_a_deadline_cancels_the_operation_and_its_sql(
    serve: Serve, settings_for: Callable[..., Settings], sample_copy: str, table: str
) -> None:
    with serve(create_app(settings_for(sample_copy, operation_timeout=0.4))) as server:
        async with held(sample_copy, table) as watcher:
            started = time.monotonic()
            answer = await asyncio.to_thread(server.post, SLOW)
            assert 0.4 <= time.monotonic() - started < 8
            assert await until(watcher, 0) < 4
    assert answer.status_code == 200
    [error] = answer.json()["errors"]
    assert error["extensions"]["code"] == "TIMEOUT"
    assert error["extensions"]["status"] == 504


@pytest.mark.parametrize("table", ["companies", "locations"])
async def test_the_sql_of_a_reader_who_leaves_ends_within_half_a_second(
    serve: Serve, settings_for: Callable[..., Settings], sample_copy: str, table: str
) -> None:
    with serve(create_app(settings_for(sample_copy))) as server:
        async with held(sample_copy, table) as watcher:
            # One of these is on time unless all are late; a loaded machine delays some.
            assert min([await left(server, watcher) for _ in range(4)]) < 0.5
        assert server.post("{ dataset { companies { value } } }").status_code == 200


async def left(server: Server, watcher: asyncpg.Connection) -> float:
    """Ask what waits, and leave; return the seconds for which its SQL goes on."""
    body = json.dumps({"query": SLOW}).encode()
    head = "POST /graphql HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n"
    head += f"content-length: {len(body)}"
    with socket.create_connection((server.client.base_url.host, server.client.base_url.port or 0)) as client:
        client.sendall(head.encode() + b"\r\n\r\n" + body)
        await until(watcher, 1)
    return await until(watcher, 0)


def executions() -> float:
    return sum(float(counter.value) for counter in EXECUTIONS.values())


async def test_requests_wait_for_their_turn_and_who_left_meanwhile_is_not_run(
    serve: Serve, settings_for: Callable[..., Settings], sample_copy: str
) -> None:
    before = executions()
    with serve(create_app(settings_for(sample_copy, max_running=1))) as server:
        async with held(sample_copy, "companies") as watcher:
            running = asyncio.create_task(asyncio.to_thread(server.post, SLOW))
            await until(watcher, 1)
            leave_unanswered(server, "{ dataset { companies { value } } }")
            refused = await asyncio.to_thread(server.post, "{ viewer { roles } }")
            waiting_one = asyncio.create_task(asyncio.to_thread(server.post, "{ __typename }"))
            await asyncio.sleep(0.1)
            leave_unanswered(server, "{ dataset { locations { value } } }")
            assert await waiting(watcher) == 1
        assert [(await each).json().get("errors") for each in (running, waiting_one)] == [None, None]
    assert refused.status_code == 503
    assert refused.headers["retry-after"] == "1"
    assert executions() - before == 2


@pytest.mark.parametrize("has_left", [True, False])
def test_a_query_is_abandoned_if_its_reader_left_before_it_began(has_left: bool) -> None:  # noqa: FBT001
    abandoned: list[bool] = []
    exchange = Exchange({"method": "POST", "path": "/", "query_string": b"", "headers": []})
    if has_left:
        exchange.leave()
    prepared: Any = SimpleNamespace(operation=SimpleNamespace(is_query=True))
    on_start = on_leave(exchange, prepared)
    assert on_start is not None
    on_start(lambda: abandoned.append(True))
    assert bool(abandoned) is has_left


def leave_unanswered(server: Server, query: str) -> None:
    """Ask something, and leave before it can be answered."""
    body = json.dumps({"query": query}).encode()
    head = f"POST /graphql HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: {len(body)}"
    address = (server.client.base_url.host, server.client.base_url.port or 0)
    with socket.create_connection(address, timeout=5) as client:
        client.sendall(head.encode() + b"\r\n\r\n" + body)
        time.sleep(0.1)


def refused_unread(server: Server) -> bytes:
    """What a server says to a request whose body it hasn't got yet."""
    address = (server.client.base_url.host, server.client.base_url.port or 0)
    with socket.create_connection(address, timeout=5) as client:
        head = b"POST /graphql HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 99\r\n\r\n"
        client.sendall(head)
        return client.recv(12)


async def test_overload_is_shed_at_once_while_health_answers(
    serve: Serve, settings_for: Callable[..., Settings], sample_copy: str
) -> None:
    with serve(create_app(settings_for(sample_copy, max_requests=4, operation_timeout=4.0))) as server:
        async with held(sample_copy, "companies") as watcher:
            with ThreadPoolExecutor(4) as threads:
                # Those who ask the same would wait for one of them.
                slow = [threads.submit(server.post, SLOW, {"number": number}) for number in range(4)]
                await until(watcher, 4)
                started = time.monotonic()
                refused = await asyncio.to_thread(server.post, SLOW)
                # Long before any of those that run are over.
                assert time.monotonic() - started < 2
                assert await asyncio.to_thread(refused_unread, server) == b"HTTP/1.1 503"
                assert await asyncio.to_thread(lambda: server.client.get("/livez").status_code) == 200
                answers = await asyncio.gather(*(asyncio.wrap_future(each) for each in slow))
    assert refused.status_code == 503
    assert refused.headers["retry-after"] == "1"
    assert refused.json()["errors"][0]["extensions"]["code"] == "SERVICE_UNAVAILABLE"
    assert [answer.json()["errors"][0]["extensions"]["code"] for answer in answers] == ["TIMEOUT"] * 4


async def test_a_refused_operation_sends_no_sql(
    serve: Serve, settings_for: Callable[..., Settings], sample_copy: str
) -> None:
    too_much = "{ companies(first: 200) { nodes { locations(first: 200) { nodes { id } } } } }"
    with serve(create_app(settings_for(sample_copy))) as server:
        async with held(sample_copy, "companies"):
            answer: httpx2.Response = await asyncio.to_thread(server.post, too_much)
    assert answer.json()["errors"][0]["extensions"]["code"] == "COST_LIMIT_EXCEEDED"
