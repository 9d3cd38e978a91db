"""Statements are counted for who asked for them, and for the process."""

import asyncio

import asyncpg
import pytest

from db.engine import Database
from db.statement import Statement
from db.tally import EVERY, MOST, Tally, count_mine

THREE = Statement("SELECT generate_series(1, 3) AS number", (), asyncpg.Record)
WRONG = Statement("SELECT 1 / 0 AS number", (), asyncpg.Record)
SLOW = Statement("SELECT pg_sleep(10) AS number", (), asyncpg.Record)


async def counted(database: Database, *statements: Statement) -> Tally:
    """What a task of its own comes to that reads side by side."""
    tally = count_mine()
    await asyncio.gather(*(database.read(each) for each in statements), return_exceptions=True)
    return tally


async def test_each_task_has_its_own_count_with_the_tasks_that_it_starts(database: Database) -> None:
    before = EVERY.statements, EVERY.rows, EVERY.seconds
    one, other = await asyncio.gather(
        asyncio.create_task(counted(database, THREE, THREE)), asyncio.create_task(counted(database, THREE))
    )
    assert (one.statements, one.rows) == (2, 6)
    assert (other.statements, other.rows) == (1, 3)
    assert [(text, rows) for text, rows, _, _ in one.ran] == [(THREE.text, 3)] * 2
    assert one.seconds == pytest.approx(sum(seconds for *_, seconds in one.ran))
    await asyncio.create_task(database.read(THREE))
    # Servers of other tests may look at their databases meanwhile.
    assert EVERY.statements >= before[0] + 4
    assert EVERY.rows >= before[1] + 12
    assert EVERY.seconds > before[2] + one.seconds


async def test_what_fails_and_what_is_cancelled_counts_too(database: Database) -> None:
    failed = await asyncio.create_task(counted(database, WRONG))
    assert (failed.statements, failed.rows) == (1, 0)
    tally = count_mine()
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(database.read(SLOW), 0.2)
    assert tally.statements == 1
    assert tally.seconds >= 0.15


async def test_a_transaction_counts_with_its_end(database: Database) -> None:
    tally = count_mine()
    async with database.transaction() as transaction:
        await transaction.read(THREE)
    assert [text for text, *_ in tally.ran] == [THREE.text, "COMMIT"]


def test_of_thousands_only_the_first_are_remembered() -> None:
    tally = Tally()
    for _ in range(10 * MOST):
        tally.add("SELECT", 2, 0.0, 0.5)
    assert (tally.statements, tally.rows, tally.seconds, len(tally.ran)) == (1_000, 2_000, 500.0, MOST)
