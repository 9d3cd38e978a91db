"""A database that is far away, resets connections, or says nothing any more."""

import asyncio
import logging
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from typing import Any

import httpx2
import pytest
from sqlalchemy import text
from starlette.types import ASGIApp

from db import silence
from db.engine import Database, PoolOptions
from db.failures import DatabaseUnavailableError
from db.statement import compiled
from graph.app import create_app
from graph.settings import Settings
from tests.graph.conftest import Server
from tests.proxy import Proxy

pytestmark = pytest.mark.slow

ONE = compiled(text("SELECT 1 AS one"))
NAP = compiled(text("SELECT pg_sleep(1.5)"))
COMPANIES = "{ companies(first: 3) { nodes { npi name } } }"


@pytest.fixture
def server(
    serve: Callable[[ASGIApp], AbstractContextManager[Server]],
    settings_for: Callable[..., Settings],
    distant_url: str,
) -> Iterator[Server]:
    """A server on the distant database, which keeps no answers."""
    with serve(create_app(settings_for(distant_url, cache_seconds=0, max_lag=60))) as running:
        yield running


@pytest.fixture
def hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have silence noticed ten times sooner than in earnest."""
    monkeypatch.setattr(silence, "PATIENCE", 0.1)
    monkeypatch.setattr(silence, "DEADLINE", 0.3)


async def ask_at_once(server: Server, count: int) -> list[tuple[int, str, float]]:
    """Ask so many times at one moment; return the statuses, the codes, and the seconds."""

    async def ask(client: httpx2.AsyncClient, number: int) -> tuple[int, str, float]:
        began = time.monotonic()
        query = COMPANIES.replace("3", str(number + 1))
        answer = await client.post("/graphql", json={"query": query})
        errors = answer.json().get("errors", [])
        return answer.status_code, errors[0]["extensions"]["code"] if errors else "", time.monotonic() - began

    limits = httpx2.Limits(max_connections=count)
    async with httpx2.AsyncClient(base_url=server.client.base_url, timeout=60, limits=limits) as client:
        return list(await asyncio.gather(*(ask(client, number) for number in range(count))))


async def await_answers(server: Server) -> None:
    """Wait until the server answers from its database again."""
    deadline = time.monotonic() + 30
    while (await ask_at_once(server, 1))[0][:2] != (200, ""):
        assert time.monotonic() < deadline
        await asyncio.sleep(0.05)


@pytest.mark.usefixtures("hasty")
async def test_a_database_that_says_nothing_is_told_in_time_and_is_back_at_once(
    server: Server, database_proxy: Proxy, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "ariesone")
    assert {each[:2] for each in await ask_at_once(server, 12)} == {(200, "")}
    database_proxy.hold_back()
    found = await ask_at_once(server, 12)
    assert {each[:2] for each in found} == {(200, "SERVICE_UNAVAILABLE")}
    refused = await asyncio.to_thread(server.post, COMPANIES)
    assert refused.headers["retry-after"] == "1"
    # Known by now, so nobody waits at all.
    assert {each[:2] for each in await ask_at_once(server, 12)} == {(200, "SERVICE_UNAVAILABLE")}
    alive, ready = [await asyncio.to_thread(server.client.get, path) for path in ("/livez", "/readyz")]
    assert alive.status_code == 200
    check = ready.json()["checks"]["database"]
    assert (ready.status_code, check["status"]) == (503, "unhealthy")
    assert (check["detail"], check["help"]) == (
        "the database doesn't answer",
        "/docs/troubleshooting#database-reachable",
    )
    database_proxy.heal()
    await await_answers(server)
    assert {each[:2] for each in await ask_at_once(server, 12)} == {(200, "")}
    lines = [record.getMessage() for record in caplog.records]
    assert [line for line in lines if line.startswith("the database says nothing any more (no answer within")]
    assert not [line for line in lines if line.rstrip().endswith(":")]
    # Once for all, not for each request.
    assert len([line for line in lines if "says nothing" in line]) == 1


@pytest.mark.usefixtures("hasty")
async def test_a_slow_statement_is_not_taken_for_silence(distant_url: str) -> None:
    async with Database.open(distant_url, PoolOptions(size=2)) as database:
        assert len(await database.read(NAP)) == 1


@pytest.mark.usefixtures("hasty")
async def test_silence_is_noticed_before_any_connection_is_open(distant_url: str, database_proxy: Proxy) -> None:
    async with Database.open(distant_url, PoolOptions(size=2)) as database:
        database_proxy.hold_back()
        with pytest.raises(DatabaseUnavailableError, match=r"no \w+"):
            await database.read(ONE)
        with pytest.raises(DatabaseUnavailableError, match="no answer within"):
            await database.read(ONE)
        database_proxy.heal()
        deadline = time.monotonic() + 30
        while database._silence.reason is not None:
            assert time.monotonic() < deadline
            await asyncio.sleep(0.01)
        assert await database.read(ONE)


async def test_a_cold_pool_over_a_long_way_refuses_nobody(
    distant_url: str, database_proxy: Proxy, serve: Any, settings_for: Any
) -> None:
    # 100 ms there and back, some seven messages until a connection has its first answer. Nobody may wait that long
    # for a free one.
    settings = settings_for(distant_url, cache_seconds=0, max_lag=60, database_pool_timeout=0.25)
    with serve(create_app(settings)) as server:
        database_proxy.refuse()
        database_proxy.heal(latency=0.05)
        assert {each[:2] for each in await ask_at_once(server, 24)} == {(200, "")}


@pytest.mark.parametrize("fault", ["no such host", "no TLS there", "no such socket", "a server of another kind"])
async def test_every_way_in_which_no_connection_comes_about_is_told_alike(
    fault: str, distant_url: str, database_proxy: Proxy
) -> None:
    urls = {
        "no such host": "postgresql://nobody@database.invalid/nothing",
        "no TLS there": distant_url.replace("sslmode=disable", "sslmode=require"),
        "no such socket": "postgresql://nobody@/nothing?host=/nonexistent",
        "a server of another kind": distant_url,
    }
    if fault == "a server of another kind":
        database_proxy.reply(b"HTTP/1.1 400 Bad Request\r\n\r\n")
    async with Database.open(urls[fault], PoolOptions(size=2)) as database:
        with pytest.raises(DatabaseUnavailableError, match=r"^The database can't be reached: \S.*[^:\s]$"):
            await database.read(ONE)


async def test_connections_that_were_reset_fail_nobody(server: Server, database_proxy: Proxy) -> None:
    assert {each[:2] for each in await ask_at_once(server, 12)} == {(200, "")}
    for _ in range(3):
        database_proxy.reset_once()
        assert {each[:2] for each in await ask_at_once(server, 12)} == {(200, "")}


async def test_a_database_that_refuses_is_told_and_nothing_fails_once_it_accepts_again(
    server: Server, database_proxy: Proxy
) -> None:
    for _ in range(3):
        database_proxy.refuse()
        assert {each[:2] for each in await ask_at_once(server, 6)} == {(200, "SERVICE_UNAVAILABLE")}
        database_proxy.heal()
        assert {each[:2] for each in await ask_at_once(server, 12)} == {(200, "")}
