"""The end of the log of changes: where it is, though what stood there has been removed."""

from sqlalchemy import text

from db import changes, tail
from db.changes import Author, Change
from db.engine import Database
from db.statement import compiled

# What retention leaves: the place up to which it removed.
MARK = compiled(text("UPDATE change_marks SET cursor = :cursor"))
TRIM = compiled(text("DELETE FROM changes"))


async def test_a_log_that_was_trimmed_to_nothing_ends_where_it_ended(database: Database) -> None:
    assert (await tail.head(database)).cursor == 0
    async with database.transaction() as transaction:
        recorded = [Change("1234567893", "COMPANY_CREATED", ("active",))] * 3
        last = await changes.record(transaction, recorded, Author("", "somebody"))
    head = await tail.head(database)
    assert head.cursor == last
    assert [row["npi"] for row in await tail.between(database, head.cursor - 2, head.cursor)] == ["1234567893"] * 2
    async with database.transaction() as transaction:
        await transaction.read(MARK, {"cursor": last})
        await transaction.read(TRIM)
    assert await tail.head(database) == head
