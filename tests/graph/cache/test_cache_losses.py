"""Answers and connections that are lost on the way: what is kept goes by the log, whatever a process was told."""

import asyncio
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from functools import partial
from itertools import count
from typing import Any

import pytest
from starlette.types import ASGIApp

from db.engine import connection_to
from graph.app import create_app
from graph.cache.follower import BOUND
from tests.conftest import renamed
from tests.graph.cache.test_cache_cases import CURSOR, SECRET, read, settings_of, warm, write
from tests.graph.conftest import Server, bearer
from tests.proxy import Proxy

pytestmark = pytest.mark.slow

Serve = Callable[[ASGIApp], AbstractContextManager[Server]]

NPI = "2999999909"
NAME = '{ company(npi: "%s") { npi website } }' % NPI  # noqa: UP031 - braces
WEBSITE = 'mutation { updateCompany(input: {npi: "%s", website: "%s"}) { userErrors { code } } }'
ADMIN = bearer("ADMIN", token_secret=SECRET)


def website(server: Server, **headers: str) -> Any:
    return read(server, NAME, **headers)["company"]["website"]


@pytest.fixture
def pair(serve: Serve, sample_copy: str, distant_url: str, valkey_url: str) -> Iterator[tuple[Server, Server]]:
    """Two processes, of which the first has its database behind a proxy."""
    far = renamed(distant_url, sample_copy.partition("?")[0].rpartition("/")[2])
    with (
        serve(create_app(settings_of(far, valkey_url, cache_audit=0, max_lag=60))) as one,
        serve(create_app(settings_of(sample_copy, valkey_url, cache_audit=0, max_lag=60))) as other,
    ):
        yield one, other


@pytest.mark.parametrize("arrives", [True, False])
def test_a_commit_whose_reply_is_lost_is_learned_of_from_the_log(
    pair: tuple[Server, Server], database_proxy: Proxy, *, arrives: bool
) -> None:
    """Whether it was done or not; and once it is acknowledged nobody reads what was, in the process that wrote."""
    writer, other = pair
    for number in range(5):
        old, new = (f"https://{age}{number}.example" for age in ("old", "new"))
        done = write(writer, WEBSITE % (NPI, old))
        for server in pair:
            assert website(server, **{CURSOR: done.headers[CURSOR]}) == old
            assert warm(server, NAME)["company"]["website"] == old
        database_proxy.reset_at(b"COMMIT", arrives=arrives)
        keyed = {"authorization": ADMIN, "idempotency-key": f"{arrives} {number}".replace(" ", "-")}
        lost = writer.post(WEBSITE % (NPI, new), {}, **keyed)
        assert lost.json()["errors"]
        database_proxy.heal()
        began = told = time.monotonic()
        while website(other) != (new if arrives else old):
            # PostgreSQL may still be at the COMMIT whose reply was lost.
            assert began - told < BOUND + 1
            began = time.monotonic()
        while "errors" in (again := writer.post(WEBSITE % (NPI, new), {}, **keyed)).json():
            assert time.monotonic() - told < 10
        assert [website(writer), website(other, **{CURSOR: again.headers[CURSOR]})] == [new] * 2
        assert warm(writer, NAME)["company"]["website"] == new


# What becomes of a feed, and how it is mended.
KILL = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE '%AS last_load%' AND pid <> $1"
LOSE = "ALTER TABLE IF EXISTS touched_tags RENAME TO lost_tags"
FIND = "ALTER TABLE lost_tags RENAME TO touched_tags"
FEEDS = {"is killed": (KILL, ""), "fails": (LOSE, FIND)}


@pytest.mark.parametrize("name", FEEDS)
async def test_a_feed_that_is_lost_gives_nothing_old_away(
    pair: tuple[Server, Server], sample_copy: str, name: str
) -> None:
    """Again and again: while it is, everything is read anew, and when it is mended things are kept again."""
    breaking, mending = FEEDS[name]
    writer, other = pair
    await asyncio.to_thread(warm, other, NAME)
    async with connection_to(sample_copy) as connection:
        own = await connection.fetchval("SELECT pg_backend_pid()")
        until = time.monotonic() + 3
        for number in count():
            await connection.execute(breaking.replace("$1", str(own)))
            new = f"https://{number}.example"
            done = await asyncio.to_thread(write, writer, WEBSITE % (NPI, new))
            acknowledged = time.monotonic()
            assert await asyncio.to_thread(website, writer) == new
            assert await asyncio.to_thread(partial(website, other, **{CURSOR: done.headers[CURSOR]})) == new
            began = time.monotonic()
            while await asyncio.to_thread(website, other) != new:
                assert began - acknowledged < BOUND
                began = time.monotonic()
            if acknowledged > until:
                break
        if mending:
            assert (await asyncio.to_thread(other.post, NAME, {})).headers["x-cache"] == "BYPASS"
            await connection.execute(mending)
    for server in pair:
        assert (await asyncio.to_thread(warm, server, NAME))["company"]["website"] == new
