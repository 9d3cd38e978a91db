"""Connections at hand: lent without asking, planned for their kind, closed when nobody needs them."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from db.engine import PoolOptions, read_pool
from db.pool import ReadPool, is_open


@pytest.fixture
async def pool(sample_url: str) -> AsyncIterator[ReadPool]:
    found = ReadPool(read_pool(sample_url, PoolOptions(size=2)), timeout=0.2)
    async with found.open():
        yield found


async def test_a_connection_is_lent_again(pool: ReadPool) -> None:
    first = await pool.take(plans_once=True)
    await pool.give(first)
    assert await pool.take(plans_once=True) is first
    await pool.give(first)


async def test_a_session_plans_as_its_statement_wants(pool: ReadPool) -> None:
    for plans_once, mode in ((True, "force_generic_plan"), (False, "auto"), (True, "force_generic_plan")):
        connection = await pool.take(plans_once=plans_once)
        assert await connection.fetchval("SHOW plan_cache_mode") == mode
        await pool.give(connection)


async def test_each_kind_keeps_its_own(pool: ReadPool) -> None:
    once, anew = await pool.take(plans_once=True), await pool.take(plans_once=False)
    await pool.give(once)
    await pool.give(anew)
    assert await pool.take(plans_once=True) is once
    assert await pool.take(plans_once=False) is anew
    await pool.give(once)
    await pool.give(anew)


async def test_who_waits_gets_the_next_one(pool: ReadPool) -> None:
    taken = [await pool.take(plans_once=False) for _ in range(2)]
    waiting = asyncio.create_task(pool.take(plans_once=True))
    await asyncio.sleep(0.01)
    await pool.give(taken[0])
    connection = await waiting
    assert connection.plans_once
    await pool.give(connection)
    await pool.give(taken[1])


async def test_nobody_waits_for_ever(pool: ReadPool) -> None:
    taken = [await pool.take(plans_once=False) for _ in range(2)]
    with pytest.raises(TimeoutError):
        await pool.take(plans_once=False)
    for connection in taken:
        await pool.give(connection)


async def test_a_closed_connection_is_not_lent(pool: ReadPool) -> None:
    connection = await pool.take(plans_once=False)
    await pool.give(connection)
    await connection.close()
    other = await pool.take(plans_once=False)
    assert await other.fetchval("SELECT 1") == 1
    await pool.give(other)


async def test_what_nobody_needed_is_closed(pool: ReadPool) -> None:
    taken = [await pool.take(plans_once=False) for _ in range(2)]
    for connection in taken:
        await pool.give(connection)
    await pool.close_unused()
    busy = await pool.take(plans_once=False)
    await pool.give(busy)
    underlying = [connection._con for connection in taken if connection is not busy]
    await pool.close_unused()
    assert [connection.is_closed() for connection in underlying] == [True]
    assert is_open(busy)


async def test_closing_waits_for_what_is_lent_and_for_no_longer(sample_url: str) -> None:
    pool = ReadPool(read_pool(sample_url, PoolOptions(size=2)), timeout=0.2)

    async def read() -> None:
        connection = await pool.take(plans_once=False)
        begun.set()
        await connection.execute("SELECT pg_sleep(0.1)")
        await pool.give(connection)

    begun = asyncio.Event()
    async with asyncio.timeout(5):
        async with pool.open():
            reading = asyncio.create_task(read())
            await begun.wait()
        await reading
