"""Whatever becomes of the connection to a receiver, or to the database, nothing is lost and order is kept."""

import asyncio
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import replace
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from starlette.types import ASGIApp

from db import changes
from db.engine import Database
from graph.app import create_app
from graph.events.webhooks import courier, holds, leases, retries, sender, turn
from graph.settings import Settings
from tests.graph.conftest import Server
from tests.graph.webhooks.addressee import Addressee
from tests.graph.webhooks.conftest import CHANCE, NPIS, Registry, sending, until, write
from tests.proxy import Proxy, proxying

pytestmark = pytest.mark.slow

Serve = Callable[[ASGIApp], AbstractContextManager[Server]]


@pytest.fixture
def hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have it wait for less than in earnest."""
    monkeypatch.setattr(courier, "DEADLINE", 0.5)
    monkeypatch.setattr(retries, "PAUSES", (0.05, *([0.2] * 100)))
    monkeypatch.setattr(sender, "BUSY", replace(holds.BUSY, seconds=0.2))
    monkeypatch.setattr(turn, "MAKING", 1.0)
    monkeypatch.setattr(leases, "LEASE", 5.0)


@pytest.fixture
def way(receiver: Addressee) -> Iterator[Proxy]:
    """A proxy before the receiver."""
    with proxying(receiver.port) as proxy:
        yield proxy


@pytest.mark.parametrize("fault", ["hold_back", "reset", "refuse", "swallow", "cut"])
@pytest.mark.usefixtures("hasty")
async def test_whatever_becomes_of_the_connection_nothing_is_lost(
    fault: str, database: Database, settings: Settings, registry: Registry, receiver: Addressee, way: Proxy
) -> None:
    id_ = await registry.register(f"http://127.0.0.1:{way.port}/hook")
    async with sending(settings, database):
        for _ in range(4):
            writing = asyncio.create_task(write(database, CHANCE.choices(NPIS, k=40)))
            await asyncio.sleep(CHANCE.uniform(0, 0.2))
            await asyncio.to_thread(getattr(way, fault), *([CHANCE.randint(1, 100)] if fault == "cut" else []))
            await writing
            await asyncio.sleep(CHANCE.uniform(0, 1.0))
            await asyncio.to_thread(way.heal)
            await asyncio.sleep(CHANCE.uniform(0, 0.5))
        newest = await changes.last(database)
        await until(lambda: registry.is_done(id_, newest), 60)
    assert set(receiver.cursors) == set(range(1, newest + 1))
    assert all(each == sorted(each) for each in receiver.first_cursors.values())


@pytest.mark.parametrize("fault", ["hold_back", "reset", "refuse"])
@pytest.mark.usefixtures("hasty")
async def test_nor_where_the_database_is_away_for_a_while(
    fault: str,
    database: Database,
    database_url: str,
    settings: Settings,
    registry: Registry,
    receiver: Addressee,
) -> None:
    id_ = await registry.register(receiver.url)
    receiver.delay = 0.02
    [folder] = parse_qs(urlsplit(database_url).query)["host"]
    with proxying(Path(folder) / ".s.PGSQL.5432") as proxy:
        parts = urlsplit(database_url)
        url = f"postgresql://{parts.username}@127.0.0.1:{proxy.port}{parts.path}?sslmode=disable"
        async with Database.open(url) as far, sending(settings, far):
            for _ in range(3):
                await write(database, CHANCE.choices(NPIS, k=60))
                await asyncio.sleep(CHANCE.uniform(0, 0.5))
                await asyncio.to_thread(getattr(proxy, fault))
                await asyncio.sleep(CHANCE.uniform(0.5, 1.5))
                await asyncio.to_thread(proxy.heal)
            newest = await changes.last(database)
            await until(lambda: registry.is_done(id_, newest), 90)
    assert set(receiver.cursors) == set(range(1, newest + 1))
    assert all(each == sorted(each) for each in receiver.first_cursors.values())


async def test_a_server_sends_beside_its_requests_unless_it_leaves_that_to_others(
    database: Database, settings: Settings, registry: Registry, receiver: Addressee, serve: Serve
) -> None:
    id_ = await registry.register(receiver.url)
    await write(database, NPIS[:3])
    silent = settings.model_copy(update={"webhooks_in_serve": False})
    await asyncio.to_thread(ask, serve, silent)
    assert receiver.posts == []
    await asyncio.to_thread(ask, serve, settings)
    newest = await changes.last(database)
    assert await registry.is_done(id_, newest)
    assert sorted(receiver.cursors) == list(range(1, newest + 1))


def ask(serve: Serve, settings: Settings) -> None:
    """Ask a server for a while how it is."""
    with serve(create_app(settings)) as server:
        for _ in range(15):
            assert server.client.get("/readyz").status_code == 200
            time.sleep(0.1)
