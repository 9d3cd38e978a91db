"""A delivery: one process works at it, what it notes holds, and nothing is removed that it hasn't come to."""

import asyncpg
import pytest

from db import changes, deliveries, retention
from db.changes import Author, Change
from db.deliveries import SetAside, Step
from db.engine import Database, connection_to

NAME = "amqp"
AUTHOR = Author("", "somebody")


async def write(database: Database, number: int) -> int:
    """Record changes; the last one's id."""
    async with database.transaction() as transaction:
        made = [Change("1000000004", "COMPANY_UPDATED", ()) for _ in range(number)]
        return await changes.record(transaction, made, AUTHOR) or 0


async def test_one_works_until_its_time_is_over_or_it_leaves(database: Database) -> None:
    assert await deliveries.take(database, NAME, "a", 60) == (0, False)
    assert await deliveries.take(database, NAME, "b", 60) is None
    assert await deliveries.take(database, NAME, "a", 0) == (0, False)
    assert await deliveries.take(database, NAME, "b", 60) == (0, False)
    await deliveries.release(database, NAME, "a")
    assert await deliveries.take(database, NAME, "a", 60) is None
    await deliveries.release(database, NAME, "b")
    assert await deliveries.take(database, NAME, "a", 60) == (0, False)
    # Somebody has it begin where it is.
    assert await deliveries.go_back(database, NAME, 0)
    assert not await deliveries.advance(database, NAME, "a", Step(1))
    assert await deliveries.take(database, NAME, "a", 60) == (0, True)
    assert await deliveries.take(database, NAME, "a", 60) == (0, False)


async def test_who_lost_it_notes_nothing(database: Database) -> None:
    last = await write(database, 3)
    await deliveries.take(database, NAME, "a", 0)
    await deliveries.take(database, NAME, "b", 60)
    lost = Step(last, 3, 0, [SetAside(last, "{}", "refused")])
    assert not await deliveries.advance(database, NAME, "a", lost)
    await deliveries.hinder(database, NAME, "a", "nothing works")
    status = await deliveries.status(database, NAME)
    assert (status.cursor, status.delivered, status.dead_letters, status.problem) == (0, 0, 0, None)
    await deliveries.hinder(database, NAME, "b", "nothing works")
    assert (await deliveries.status(database, NAME)).problem == "nothing works"
    assert await deliveries.advance(database, NAME, "b", lost)
    status = await deliveries.status(database, NAME)
    assert (status.cursor, status.delivered, status.dead_letters, status.problem) == (last, 3, 1, None)


async def test_what_waits_is_counted_and_since_when(
    database: Database, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    status = await deliveries.status(database, NAME)
    assert (status.cursor, status.pending, status.waiting, status.is_held) == (0, 0, 0, False)
    last = await write(database, 5)
    async with connection_to(database_url) as connection:
        await connection.execute(
            "UPDATE changes SET occurred_at = occurred_at - interval '90 s' WHERE id < $1", last
        )
    await deliveries.take(database, NAME, "a", 60)
    await deliveries.advance(database, NAME, "a", Step(last - 3))
    status = await deliveries.status(database, NAME)
    assert (status.pending, int(status.waiting) // 10, status.is_held) == (3, 9, True)
    monkeypatch.setattr(deliveries, "MOST_COUNTED", 2)
    assert (await deliveries.status(database, NAME)).pending == 2


async def test_dead_letters_are_kept_until_they_are_forgotten(database: Database) -> None:
    await deliveries.take(database, NAME, "a", 60)
    aside = [SetAside(number, f'{{"id": "{number}"}}', "refused") for number in (3, 5, 9)]
    assert await deliveries.advance(database, NAME, "a", Step(9, 0, 0, aside))
    letters = await deliveries.dead_letters(database, NAME, 3, 1)
    assert [(each["cursor"], each["event"]) for each in letters] == [(5, '{"id": "5"}')]
    letter = await deliveries.dead_letter(database, NAME, 9)
    assert letter is not None
    assert letter["reason"] == "refused"
    assert await deliveries.dead_letter(database, NAME, 4) is None
    await deliveries.forget(database, NAME, [3, 5])
    assert [each["cursor"] for each in await deliveries.dead_letters(database, NAME, 0, 9)] == [9]


async def test_what_isnt_delivered_is_kept_however_old_and_that_is_told(
    database: Database, database_url: str
) -> None:
    async def age(connection: asyncpg.Connection) -> None:
        await connection.execute("UPDATE change_marks SET reached_at = reached_at - interval '31 days'")

    await deliveries.take(database, NAME, "a", 60)
    first = await write(database, 3)
    async with connection_to(database_url) as connection:
        await retention.remove_old(database, 30)
        await age(connection)
        assert await retention.remove_old(database, 30) == 0
        assert await retention.held_back(database, 30) == retention.Holder(NAME, 0, is_webhook=False)
        await write(database, 2)
        await retention.remove_old(database, 30)
        await age(connection)
        # As far as it has come, a mark of the log goes.
        await deliveries.advance(database, NAME, "a", Step(first + 1, 4))
        assert await retention.remove_old(database, 30) == 3
        assert await retention.held_back(database, 30) == retention.Holder(NAME, first + 1, is_webhook=False)
        assert await deliveries.end(database, NAME)
        assert await retention.remove_old(database, 30) == 2
        assert await retention.held_back(database, 30) is None
    assert not await deliveries.end(database, NAME)
