"""Connections at hand: lent without asking, planned for their kind, closed when nobody needs them."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest

from db.engine import PoolOptions, read_pool
from db.pool import Pool, PooledConnection, is_open


@pytest.fixture
async def pool(sample_url: str) -> AsyncIterator[Pool]:
    found = Pool(read_pool(sample_url, PoolOptions(size=2)), timeout=0.2)
    async with found.open():
        yield found


async def give(pool: Pool, connection: Any) -> None:
    """Give a connection back as the database does."""
    if not pool.put_back(connection):
        await pool.give_back(connection)


async def test_a_connection_is_lent_again(pool: Pool) -> None:
    first = await pool.take(plans_once=True)
    await give(pool, first)
    assert await pool.take(plans_once=True) is first
    await give(pool, first)


async def test_a_pool_closes_though_its_warming_was_broken_off(
    sample_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    pool = Pool(read_pool(sample_url, PoolOptions(size=2)), timeout=20)
    taken = asyncio.Event()
    original = pool.take

    async def take(*, plans_once: bool) -> Any:
        if not plans_once:
            # The second connection takes for ever to open.
            await asyncio.Event().wait()
        connection = await original(plans_once=plans_once)
        taken.set()
        return connection

    monkeypatch.setattr(pool, "take", take)
    async with asyncio.timeout(60), pool.open():
        warming = asyncio.create_task(pool.warm(plans=(True, False)))
        await taken.wait()
        warming.cancel()


async def test_a_session_plans_as_its_statement_wants(pool: Pool) -> None:
    for plans_once, mode in ((True, "force_generic_plan"), (False, "auto"), (True, "force_generic_plan")):
        connection = await pool.take(plans_once=plans_once)
        assert await connection.fetchval("SHOW plan_cache_mode") == mode
        await give(pool, connection)


async def test_each_kind_keeps_its_own(pool: Pool) -> None:
    once, anew = await pool.take(plans_once=True), await pool.take(plans_once=False)
    await give(pool, once)
    await give(pool, anew)
    assert await pool.take(plans_once=True) is once
    assert await pool.take(plans_once=False) is anew
    await give(pool, once)
    await give(pool, anew)


async def test_who_waits_gets_the_next_one(pool: Pool) -> None:
    taken = [await pool.take(plans_once=False) for _ in range(2)]
    waiting = asyncio.create_task(pool.take(plans_once=True))
    await asyncio.sleep(0.01)
    await give(pool, taken[0])
    connection = await waiting
    assert connection.plans_once
    await give(pool, connection)
    await give(pool, taken[1])


async def test_it_tells_how_it_stands_and_how_often_all_were_busy(pool: Pool) -> None:
    assert pool.state() == (0, 0, 2, 0, 0, 0.0)
    taken = [await pool.take(plans_once=False) for _ in range(2)]
    # Who has one opened hasn't found all of them busy.
    assert pool.state() == (2, 0, 2, 0, 0, 0.0)
    waiting = asyncio.create_task(pool.take(plans_once=True))
    await asyncio.sleep(0.05)
    assert pool.state()[:4] == (2, 0, 2, 1)
    await give(pool, taken[0])
    await give(pool, await waiting)
    await give(pool, taken[1])
    *now, waits, waited = pool.state()
    assert (now, waits) == ([0, 2, 2, 0], 1)
    assert 0.05 <= waited < 0.2


async def test_nobody_waits_for_ever(pool: Pool) -> None:
    taken = [await pool.take(plans_once=False) for _ in range(2)]
    with pytest.raises(TimeoutError):
        await pool.take(plans_once=False)
    for connection in taken:
        await give(pool, connection)


async def test_a_closed_connection_is_not_lent(pool: Pool) -> None:
    connection = await pool.take(plans_once=False)
    await give(pool, connection)
    await connection.close()
    other = await pool.take(plans_once=False)
    assert await other.fetchval("SELECT 1") == 1
    await give(pool, other)


async def test_a_connection_that_is_closed_once_it_has_answered_fails_nobody(pool: Pool) -> None:
    for _ in range(3):
        taken = await pool.take(plans_once=True)
        assert await taken.fetchval("SELECT 1") == 1
        taken.terminate()
        # asyncpg hears of it in the next rounds of the loop.
        for _ in range(3):
            await asyncio.sleep(0)
        await give(pool, taken)
    assert pool.oldest() is None
    assert not pool.has_idle


async def test_what_nobody_needed_is_closed(pool: Pool) -> None:
    taken = [await pool.take(plans_once=False) for _ in range(2)]
    for connection in taken:
        await give(pool, connection)
    await pool.close_unused()
    busy = await pool.take(plans_once=False)
    await give(pool, busy)
    underlying = [connection._con for connection in taken if connection is not busy]
    await pool.close_unused()
    assert [connection.is_closed() for connection in underlying] == [True]
    assert is_open(busy)


async def test_a_server_that_does_not_say_goodbye_keeps_no_place(
    pool: Pool, monkeypatch: pytest.MonkeyPatch
) -> None:
    taken = [await pool.take(plans_once=False) for _ in range(2)]
    for connection in taken:
        await give(pool, connection)

    async def silent(self: PooledConnection, **_: Any) -> None:
        self.terminate()
        raise TimeoutError

    await pool.close_unused()
    monkeypatch.setattr(PooledConnection, "close", silent)
    await pool.close_unused()
    again = [await pool.take(plans_once=False) for _ in range(2)]
    assert all(map(is_open, again))
    for connection in again:
        await give(pool, connection)
    monkeypatch.undo()


async def test_closing_waits_for_what_is_lent_and_for_no_longer(sample_url: str) -> None:
    pool = Pool(read_pool(sample_url, PoolOptions(size=2)), timeout=0.2)

    async def read() -> None:
        connection = await pool.take(plans_once=False)
        begun.set()
        await connection.execute("SELECT pg_sleep(0.1)")
        await give(pool, connection)

    begun = asyncio.Event()
    async with asyncio.timeout(5):
        async with pool.open():
            reading = asyncio.create_task(read())
            await begun.wait()
        await reading
