"""Touched tags: each has its place among the changes, in the order of the commits, and there is one row a tag."""

import asyncio

from db import changes, tail
from db.changes import Author, Change
from db.engine import Database
from db.touches import EVERYTHING, touch

AUTHOR = Author("", "somebody")


async def touched(database: Database, tag: str) -> int:
    async with database.transaction() as transaction:
        await touch(transaction, tag)
    return (await tail.head(database)).touched


async def test_a_touch_has_its_place_among_the_changes(database: Database) -> None:
    before = await tail.head(database)
    assert (before.cursor, before.touched, before.epoch) == (0, 0, (0, 0, 0))
    first = await touched(database, "state=TX")
    async with database.transaction() as transaction:
        last = await changes.record(transaction, [Change("1234567893", "COMPANY_UPDATED", ())], AUTHOR)
    assert last is not None
    assert last > first
    again = await touched(database, "state=TX")
    other = await touched(database, "state=CA")
    head = await tail.head(database)
    assert last < again < other == head.cursor
    assert head.epoch == (0, 0, 0)
    assert await tail.touches(database, last) == [(again, "state=TX"), (other, "state=CA")]
    assert await tail.touches(database, other) == []


async def test_whoever_touches_waits_for_its_turn(database: Database) -> None:
    async with database.transaction() as transaction:
        last = await changes.record(transaction, [Change("1234567893", "COMPANY_UPDATED", ())], AUTHOR)
        assert last is not None
        touching = asyncio.create_task(touched(database, "state=TX"))
        done, _ = await asyncio.wait([touching], timeout=0.1)
        assert not done
    assert await touching > last


async def test_touching_everything_begins_an_epoch_and_takes_the_place_of_all_touches(database: Database) -> None:
    await touched(database, "state=TX")
    place = await touched(database, EVERYTHING)
    assert await tail.touches(database, 0) == [(place, EVERYTHING)]
    first = (await tail.head(database)).epoch
    await touched(database, EVERYTHING)
    second = (await tail.head(database)).epoch
    assert 0 < first[2] < second[2]
