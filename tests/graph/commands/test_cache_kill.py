"""`ariesone serve` that is killed when a change is committed, but not told of: others learn of it from the log."""

import asyncio
import time
from collections.abc import Callable
from typing import Any

import httpx2
import pytest

from db.engine import connection_to
from graph.cache.follower import BOUND
from tests.conftest import renamed
from tests.graph.commands.conftest import Server
from tests.graph.conftest import bearer
from tests.proxy import Proxy

pytestmark = pytest.mark.slow

SECRET = "of this test alone, and long enough"  # noqa: S105 - it is said
NPI = "2999999909"
NAME = '{ company(npi: "%s") { website } }' % NPI  # noqa: UP031 - braces
WEBSITE = 'mutation { updateCompany(input: {npi: "%s", website: "%s"}) { userErrors { code } } }'
STORED = "SELECT website FROM companies WHERE npi = $1"
# Seconds by which each piece of the database's is late: time enough to kill a process that waits for one.
LATE = 0.15
# Questions in which the shared cache is asked at least once.
MANY = 80


def told(server: Server, query: str, **headers: str) -> httpx2.Response:
    """A query's answer."""
    answer = httpx2.post(f"{server.address}/graphql", json={"query": query}, headers=headers, timeout=30)
    assert "errors" not in answer.json(), answer.text
    return answer


def website(server: Server, blanks: int = 0) -> Any:
    return told(server, NAME + " " * blanks).json()["data"]["company"]["website"]


def warm(server: Server) -> Any:
    """What is said of the company, once it is kept."""
    deadline = time.monotonic() + 10
    while told(server, NAME).headers["x-cache"] != "HIT":
        assert time.monotonic() < deadline
    return website(server)


async def test_what_a_killed_process_had_committed_is_read_by_all(
    serve: Callable[..., Server], sample_copy: str, distant_url: str, database_proxy: Proxy, valkey_url: str
) -> None:
    far = renamed(distant_url, sample_copy.partition("?")[0].rpartition("/")[2])
    settings = {"REDIS_URL": valkey_url, "TOKEN_SECRET": SECRET, "CACHE_AUDIT": "0"}
    headers = {"authorization": bearer("ADMIN", token_secret=SECRET)}
    writer = await asyncio.to_thread(serve, DATABASE_URL=far, **settings)
    other = await asyncio.to_thread(serve, DATABASE_URL=sample_copy, **settings)
    old, new = "https://old.example", "https://new.example"
    await asyncio.to_thread(told, writer, WEBSITE % (NPI, old), **headers)
    await asyncio.sleep(BOUND)
    for server in (writer, other):
        assert await asyncio.to_thread(warm, server) == old
    database_proxy.heal(latency=LATE)
    async with connection_to(sample_copy) as connection:
        writing = asyncio.ensure_future(asyncio.to_thread(told, writer, WEBSITE % (NPI, new), **headers))
        while await connection.fetchval(STORED, NPI) != new:
            assert not writing.done()
            await asyncio.sleep(0.002)
    writer.process.kill()
    killed = time.monotonic()
    with pytest.raises(httpx2.TransportError):
        await writing
    database_proxy.heal()
    began = time.monotonic()
    while await asyncio.to_thread(website, other) != new:
        assert began - killed < BOUND + LATE
        began = time.monotonic()
    again = await asyncio.to_thread(serve, DATABASE_URL=sample_copy, **settings)
    for blanks in range(MANY):
        # What the shared cache has of before is there still.
        assert await asyncio.to_thread(website, again, blanks) == new
