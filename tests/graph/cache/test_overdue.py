"""Answers whose time is over: given while one request makes them anew, unless something has touched them."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractContextManager
from typing import Any

import httpx2
import pytest
from starlette.types import ASGIApp

from db.engine import connection_to
from graph.app import create_app
from graph.cache.follower import BOUND
from graph.telemetry.metrics import CACHED
from tests.graph.cache.test_cache_cases import settings_of, write
from tests.graph.cache.test_cache_races import NPI, TWO, WEBSITE
from tests.graph.conftest import Server
from tests.graph.http.test_timing import held, until, waiting

Serve = Callable[[ASGIApp], AbstractContextManager[Server]]

# Seconds that answers are kept here.
SECONDS = 0.6


@pytest.fixture
async def copy_url(sample_copy: str) -> str:
    """The URL of a directory that knows where a ZIP is."""
    async with connection_to(sample_copy) as connection:
        await connection.execute("INSERT INTO zips (zip, position) VALUES ('78701', '(-97.74,30.27)')")
    return sample_copy


@pytest.fixture
async def client() -> AsyncIterator[httpx2.AsyncClient]:
    async with httpx2.AsyncClient(timeout=30) as opened:
        yield opened


async def get(client: httpx2.AsyncClient, server: Server, **headers: str) -> httpx2.Response:
    answer = await client.get(f"{server.client.base_url}/graphql", params={"query": TWO}, headers=headers)
    assert "errors" not in answer.json(), answer.text
    return answer


async def once(client: httpx2.AsyncClient, server: Server, outcome: str) -> httpx2.Response:
    """The first answer of which the cache says this."""
    deadline = time.monotonic() + 10
    while (answer := await get(client, server)).headers["x-cache"] != outcome:
        assert time.monotonic() < deadline
        await asyncio.sleep(0.005)
    return answer


def website(answer: httpx2.Response) -> Any:
    return answer.json()["data"]["company"]["website"]


async def test_a_hot_key_that_ends_is_made_anew_by_one_and_nobody_waits(
    serve: Serve, client: httpx2.AsyncClient, copy_url: str
) -> None:
    with serve(create_app(settings_of(copy_url, None, cache_seconds=SECONDS, cache_audit=0))) as server:
        first = await once(client, server, "HIT")
        counts = {name: CACHED[name].value for name in ("stale", "miss")}
        async with held(copy_url, "zips") as watcher:
            await asyncio.sleep(SECONDS)
            for _ in range(3):
                answers = await asyncio.gather(*(get(client, server) for _ in range(20)))
                assert {answer.headers["x-cache"] for answer in answers} == {"STALE"}
                assert {answer.content for answer in answers} == {first.content}
            await until(watcher, 1)
            assert await waiting(watcher) == 1
        # As old as it is: who keeps it on the way asks again at once.
        assert 0 <= int(answers[0].headers["age"]) < 10
        assert answers[0].headers["cache-control"] == "public, max-age=60, stale-while-revalidate=30"
        again = await once(client, server, "HIT")
        assert "age" not in again.headers
        # What nobody asked for is counted as asked by nobody.
        assert CACHED["stale"].value - counts["stale"] >= 60
        assert CACHED["miss"].value == counts["miss"]


@pytest.mark.slow
async def test_what_was_touched_is_given_to_nobody_however_long_it_might_be(
    serve: Serve, client: httpx2.AsyncClient, copy_url: str
) -> None:
    settings = settings_of(copy_url, None, cache_seconds=SECONDS, cache_audit=0)
    with serve(create_app(settings)) as writer, serve(create_app(settings)) as other:
        for number in range(3):
            new = f"https://number{number}.example"
            for server in (writer, other):
                await once(client, server, "HIT")
            await asyncio.sleep(SECONDS)
            written = await asyncio.to_thread(write, writer, WEBSITE % (NPI, new))
            # In the process that wrote, and elsewhere to who sends the cursor; half a second later to everybody.
            cursor = {"consistency-cursor": written.headers["consistency-cursor"]}
            for answer in (await get(client, writer), await get(client, other, **cursor)):
                assert (website(answer), answer.headers["x-cache"] != "STALE") == (new, True)
            await asyncio.sleep(BOUND)
            assert website(await get(client, other)) == new


@pytest.mark.slow
async def test_what_cannot_be_made_anew_is_tried_by_who_asks_next(
    serve: Serve, client: httpx2.AsyncClient, copy_url: str
) -> None:
    settings = settings_of(copy_url, None, cache_seconds=SECONDS, cache_audit=0, operation_timeout=0.4)
    with serve(create_app(settings)) as server:
        await once(client, server, "HIT")
        await asyncio.sleep(SECONDS)
        async with held(copy_url, "zips") as watcher:
            for _ in range(2):
                assert (await get(client, server)).headers["x-cache"] == "STALE"
                await until(watcher, 1)
                await until(watcher, 0)
        assert (await once(client, server, "HIT")).status_code == 200
