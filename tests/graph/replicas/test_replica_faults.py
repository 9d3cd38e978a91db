"""Replicas that are killed, fall silent or come late: nobody gets an error, and nobody waits for long."""

import asyncio
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack
from pathlib import Path

import httpx2
import pytest
from pydantic import SecretStr
from starlette.types import ASGIApp

from graph.app import create_app
from graph.cache.follower import BOUND
from graph.settings import Settings
from tests.graph.cache.test_cache_cases import SECRET, settings_of, write
from tests.graph.conftest import Server, bearer
from tests.graph.replicas.conftest import CREATE, Serving, await_health, counted, set_website, website_of
from tests.proxy import Proxy
from tests.replication import Replication, copy, running, server_in

pytestmark = pytest.mark.slow

# Seconds that a query may take while a replica goes: figure 7 of all answers is 5.
LONGEST = 2.5


async def ask_for(server: Server, seconds: float) -> list[float]:
    """Ask for lists one after the other, four at a time; return how many seconds each took. None may fail."""
    ends, took = time.monotonic() + seconds, []

    async def ask(client: httpx2.AsyncClient, first: int) -> None:
        while time.monotonic() < ends:
            began = time.monotonic()
            answer = await client.post(
                "/graphql", json={"query": f"{{ companies(first: {first}) {{ nodes {{ npi }} }} }}"}
            )
            took.append(time.monotonic() - began)
            assert len(answer.json()["data"]["companies"]["nodes"]) == first
            await asyncio.sleep(0.005)

    async with httpx2.AsyncClient(base_url=server.client.base_url, timeout=30) as client:
        await asyncio.gather(*(ask(client, number) for number in range(1, 5)))
    return took


async def read_from(server: Server, near: int, far: int) -> tuple[float, float]:
    """Ask until both replicas were read from so often; return how often each was."""
    before, deadline = counted(), time.monotonic() + 20
    while (found := counted(before))[0] < near or found[1] < far:
        assert time.monotonic() < deadline, found
        await ask_for(server, 0.2)
    return found


async def test_a_killed_replica_fails_nobody_and_comes_back(replication: Replication, over: Serving) -> None:
    near = replication.replicas[0]
    with over(cache_seconds=0) as server:
        asking = asyncio.create_task(ask_for(server, 2))
        await asyncio.sleep(0.5)
        await asyncio.to_thread(near.kill)
        assert max(await asking) < LONGEST
        assert await asyncio.to_thread(await_health, server, f"degraded: {near.sockets}") < 2
        assert (await read_from(server, 0, 10))[0] == 0
        await asyncio.to_thread(near.start)
        assert await asyncio.to_thread(await_health, server, "healthy: 2 in use") < 10
        assert min(await read_from(server, 5, 5)) >= 5


@pytest.mark.parametrize("fault", ["hold_back", "refuse", "swallow"])
async def test_a_replica_behind_a_broken_network_fails_nobody_and_comes_back(
    fault: str, over: Serving, far: Proxy, caplog: pytest.LogCaptureFixture
) -> None:
    with over(cache_seconds=0) as server:
        asking = asyncio.create_task(ask_for(server, 3))
        await asyncio.sleep(0.5)
        getattr(far, fault)()
        assert max(await asking) < LONGEST
        assert await asyncio.to_thread(await_health, server, f"degraded: 127.0.0.1:{far.port} is left out: it") < 2
        assert (await read_from(server, 10, 0))[1] == 0
        far.heal()
        assert await asyncio.to_thread(await_health, server, "healthy: 2 in use") < 10
    lines = [record.getMessage() for record in caplog.records]
    assert [line for line in lines if line.startswith(f"the replica 127.0.0.1:{far.port} is left out: it")]
    # Of what was asked when it fell silent: the primary isn't to blame.
    assert not [line for line in lines if "the database says nothing" in line]


async def test_a_replica_that_is_late_by_less_than_the_bound_is_used_all_the_same(
    over: Serving, replication: Replication, npis: Iterator[str]
) -> None:
    npi = next(npis)
    late = replication.replicas[1]
    await late.run("ALTER SYSTEM SET recovery_min_apply_delay = '200ms'")
    await late.run("SELECT pg_reload_conf()")
    try:
        with over(cache_seconds=0) as one, over(cache_seconds=0) as other:
            write(one, CREATE % npi)
            before = counted()
            for number in range(30):
                cursor = set_website(one, npi, number)
                assert website_of(one, npi) == str(number)
                assert website_of(other, npi, **{"consistency-cursor": cursor}) == str(number)
                website_of(other, npi)
            # Somebody writes all the time, and it lags by 0.2 s.
            assert counted(before)[1] > 5
    finally:
        await late.run("ALTER SYSTEM RESET recovery_min_apply_delay")
        await late.run("SELECT pg_reload_conf()")


async def test_one_that_is_no_replica_or_no_longer_is_left_out(
    replication: Replication, tmp_path: Path, serve: Callable[[ASGIApp], AbstractContextManager[Server]]
) -> None:
    with ExitStack() as stack:
        promoted = server_in(stack, tmp_path / "promoted")
        copy(replication.primary, promoted)
        running(stack, promoted)
        settings = settings_of(
            replication.primary.url, None, database_replica_urls=SecretStr(promoted.url), cache_seconds=0
        )
        with serve(create_app(settings)) as server:
            await asyncio.to_thread(await_health, server, "healthy: 1 in use")
            await promoted.run("SELECT pg_promote()")
            await asyncio.to_thread(await_health, server, "it is no replica, or no longer")
            assert server.post("{ companies(first: 1) { nodes { npi } } }").json()["data"]


async def test_a_replica_of_another_database_is_left_out(
    replication: Replication,
    serve: Callable[[ASGIApp], AbstractContextManager[Server]],
    settings_for: Callable[..., Settings],
    directory_url: str,
) -> None:
    near = SecretStr(replication.replicas[0].url)
    with serve(create_app(settings_for(directory_url, database_replica_urls=near))) as server:
        await asyncio.to_thread(await_health, server, "it is a replica of another database")


async def test_servers_go_on_with_a_replica_that_is_promoted_in_place_of_its_primary(
    replication: Replication,
    tmp_path: Path,
    serve: Callable[[ASGIApp], AbstractContextManager[Server]],
    npis: Iterator[str],
) -> None:
    primary, query = replication.primary, {"query": CREATE % next(npis)}
    headers = {"authorization": bearer("ADMIN", token_secret=SECRET)}
    with ExitStack() as stack:
        heir = server_in(stack, tmp_path / "heir")
        copy(primary, heir)
        running(stack, heir)
        either = f"{primary.url},{heir.sockets}&target_session_attrs=read-write"
        settings = settings_of(either, None, database_replica_urls=SecretStr(heir.url))
        server = stack.enter_context(serve(create_app(settings)))
        await asyncio.to_thread(await_health, server, "healthy: 1 in use")
        stack.callback(primary.start)
        primary.kill()
        assert "SERVICE_UNAVAILABLE" in server.client.post("/graphql", json=query, headers=headers).text
        # What was there half a second ago is no longer good enough, and nobody knows what is there now.
        await asyncio.sleep(BOUND)
        assert "SERVICE_UNAVAILABLE" in server.post("{ companies(first: 2) { nodes { npi } } }").text
        await heir.run("SELECT pg_promote()")
        deadline = time.monotonic() + 20
        while "errors" in (answer := server.client.post("/graphql", json=query, headers=headers)).json():
            assert time.monotonic() < deadline, answer.text
            await asyncio.sleep(0.1)
        assert "errors" not in server.post("{ companies(first: 3) { nodes { npi } } }").json()
        await asyncio.to_thread(await_health, server, "it is no replica, or no longer")
