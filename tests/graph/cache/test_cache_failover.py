"""A replica takes the primary's place at one address: what it has is old, and what it says isn't believed."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path

import httpx2
import pytest
from starlette.types import ASGIApp

from graph.app import create_app
from graph.cache import worth
from graph.cache.follower import BOUND
from graph.cache.shared import SharedCache
from tests.graph.cache.test_cache_cases import CURSOR, settings_of, write
from tests.graph.cache.test_cache_races import NPI, ONE, WEBSITE, ask, website
from tests.graph.conftest import Server
from tests.proxy import Proxy, proxying
from tests.valkeys import Node, await_that, single

pytestmark = pytest.mark.slow

Serve = Callable[[ASGIApp], AbstractContextManager[Server]]

OLD, NEW = "https://old.example", "https://new.example"
# Clients that ask all the time.
CROWD = 3


@dataclass
class Replicated:
    """A primary, its replica, the one address at which clients find them, and what the replica hears through."""

    primary: Node
    replica: Node
    address: Proxy
    replication: Proxy

    def fail_over(self) -> None:
        """Have the replica take the primary's place."""
        self.replica.redis.replicaof("NO", "ONE")
        self.address.upstream = str(self.replica.socket)


@contextmanager
def replicated(folder: Path) -> Iterator[Replicated]:
    with (
        single(folder / "primary") as primary,
        proxying(primary.socket) as address,
        proxying(primary.socket) as replication,
        single(folder / "replica", "--replicaof", f"127.0.0.1 {replication.port}") as replica,
    ):
        await_that(lambda: replica.redis.info("replication")["master_link_status"] == "up")
        yield Replicated(primary, replica, address, replication)


@pytest.fixture
def servers(tmp_path: Path) -> Iterator[Replicated]:
    with replicated(tmp_path) as found:
        yield found


@pytest.fixture
def pair(
    serve: Serve, sample_copy: str, servers: Replicated, monkeypatch: pytest.MonkeyPatch
) -> Iterator[tuple[Server, Server]]:
    """Two processes that share a cache and ask it each time."""
    monkeypatch.setattr(worth, "ASKING", -1.0)
    settings = settings_of(sample_copy, f"redis://127.0.0.1:{servers.address.port}", cache_audit=0)
    with serve(create_app(settings)) as one, serve(create_app(settings)) as other:
        yield one, other


@pytest.fixture
async def client() -> AsyncIterator[httpx2.AsyncClient]:
    async with httpx2.AsyncClient(timeout=30) as opened:
        yield opened


def dies(servers: Replicated) -> None:
    servers.primary.kill()
    servers.fail_over()


def is_demoted(servers: Replicated) -> None:
    """Connections to it stay open, and each write is refused."""
    servers.fail_over()
    servers.primary.redis.replicaof("127.0.0.1", servers.replica.port)


@pytest.mark.parametrize("event", [dies, is_demoted])
async def test_what_comes_back_with_an_older_copy_is_not_believed(
    pair: tuple[Server, Server],
    client: httpx2.AsyncClient,
    servers: Replicated,
    event: Callable[[Replicated], None],
) -> None:
    """No request fails, none is given the old, and what is read is kept where the address leads now."""
    writer, other = pair
    blanks = count(1)

    async def read(server: Server, cursor: str | None = None) -> str | None:
        # Each in other words: the shared cache is asked.
        found: str | None = website(await ask(client, server, ONE + " " * next(blanks), cursor))
        return found

    await asyncio.to_thread(write, writer, WEBSITE % (NPI, OLD))
    while await read(other) != OLD or not servers.replica.redis.dbsize():  # noqa: ASYNC110 - a server fills it
        await asyncio.sleep(0.01)
    servers.replication.hold_back()
    written = await asyncio.to_thread(write, writer, WEBSITE % (NPI, NEW))
    acknowledged = time.monotonic()

    async def crowd() -> int:
        asked = 0
        while time.monotonic() < acknowledged + 4:
            assert await read(writer) == NEW
            assert await read(other, written.headers[CURSOR]) == NEW
            began = time.monotonic()
            assert await read(other) == NEW or began - acknowledged < BOUND
            asked += 3
        return asked

    readers = [asyncio.ensure_future(crowd()) for _ in range(CROWD)]
    await asyncio.sleep(1)
    await asyncio.to_thread(event, servers)
    assert min(await asyncio.gather(*readers)) > 50
    for server in pair:
        assert await read(server) == NEW
    assert gets(servers.replica)


async def test_a_connection_to_what_was_demoted_is_given_up_when_that_takes_no_writes(servers: Replicated) -> None:
    cache = SharedCache.at(f"redis://127.0.0.1:{servers.address.port}")

    async def put() -> object:
        return await cache.ask(lambda redis: redis.set("key", b"value"))

    assert all(await asyncio.gather(*(put() for _ in range(4))))
    await asyncio.to_thread(is_demoted, servers)
    await put()
    assert await put()
    before = gets(servers.primary)
    assert await cache.ask(lambda redis: redis.get("key")) == b"value"
    assert (gets(servers.primary), gets(servers.replica)) == (before, 1)
    await cache.aclose()


def gets(node: Node) -> int:
    """How often a server was asked for what is kept."""
    # One that is gone never was.
    stats = node.redis.info("commandstats") if node.process else {}
    return int(stats.get("cmdstat_get", {"calls": 0})["calls"])
