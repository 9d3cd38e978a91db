"""Old changes are removed: whole transactions that everybody could read for long enough, and nobody is misled."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable

import asyncpg
import pytest

from db import changes, retention, tail
from db.changes import AheadError, Author, Change, ExpiredError, Filter
from db.engine import Database

NPI = "1000000000"
AUTHOR = Author("", "somebody")
DAYS = 30


@pytest.fixture
async def log(new_database_url: Callable[[], Awaitable[str]]) -> AsyncIterator["Log"]:
    url = await new_database_url()
    connection = await asyncpg.connect(url)
    async with Database.open(url) as database:
        yield Log(database, connection)
    await connection.close()


class Log:
    """A log of changes, in which days pass at will."""

    def __init__(self, database: Database, connection: asyncpg.Connection) -> None:
        self.database = database
        self.connection = connection

    async def write(self, number: int = 1) -> int:
        """Record changes in one transaction; the last one's id."""
        async with self.database.transaction() as transaction:
            made = [Change(NPI, "COMPANY_UPDATED", ()) for _ in range(number)]
            return await changes.record(transaction, made, AUTHOR) or 0

    async def let_pass(self, days: int) -> None:
        """Make all that was noted so much older."""
        older = "UPDATE change_marks SET reached_at = reached_at - make_interval(days => $1)"
        await self.connection.execute(older, days)

    async def ids(self) -> list[int]:
        return [row[0] for row in await self.connection.fetch("SELECT id FROM changes ORDER BY id")]

    async def remove(self) -> int:
        return await retention.remove_old(self.database, DAYS)


async def test_what_could_be_read_for_so_many_days_goes_and_the_rest_stays(log: Log) -> None:
    first = await log.write(3)
    assert await log.remove() == 0
    await log.let_pass(DAYS - 1)
    second = await log.write(2)
    assert await log.remove() == 0
    await log.let_pass(2)
    third = await log.write()
    assert (await log.remove(), await log.ids()) == (3, [second - 1, second, third])
    assert (await retention.floor(log.database)).cursor == first
    await log.let_pass(DAYS - 1)
    # When the second transaction's changes were noted, the third's weren't there.
    assert (await log.remove(), await log.ids()) == (2, [third])
    assert await log.remove() == 0


async def test_trimming_touches_what_depends_on_it_and_nothing_else_does(log: Log) -> None:
    first = await log.write()
    await log.remove()
    assert (await tail.head(log.database)).touched == 0
    await log.let_pass(DAYS + 1)
    second = await log.write()
    await log.remove()
    head = await tail.head(log.database)
    [(place, tag)] = await tail.touches(log.database, first)
    assert (tag, place > second, head.cursor, head.touched) == ("trimmed", True, place, place)
    # It counts as no change: whoever follows them is ahead of nothing.
    assert await changes.last(log.database) == second
    await log.remove()
    assert await tail.head(log.database) == head


async def test_a_long_transaction_is_kept_from_its_commit_on(log: Log) -> None:
    async with log.database.transaction() as transaction:
        await retention.floor(transaction)
        await log.write()
        await log.remove()
        await log.let_pass(DAYS + 1)
        assert await log.remove() == 1
        last = await changes.record(transaction, [Change(NPI, "COMPANY_UPDATED", ())] * 2, AUTHOR)
    await log.connection.execute("UPDATE changes SET occurred_at = occurred_at - interval '1000 days'")
    assert await log.remove() == 0
    assert (await log.ids())[-1] == last


async def test_many_go_in_batches_by_several_processes(log: Log, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retention, "BATCH", 7)
    await log.write(60)
    await log.remove()
    await log.let_pass(DAYS + 1)
    assert sum(await asyncio.gather(*(log.remove() for _ in range(3)))) == 60


async def test_a_follower_is_told_where_the_log_begins(log: Log) -> None:
    first, second = await log.write(), await log.write()
    await log.remove()
    third = await log.write()
    await log.let_pass(DAYS + 1)
    # What is below the floor is seen by nobody, even before it is gone.
    async with log.connection.transaction():
        await log.connection.execute("SELECT FROM changes FOR UPDATE")
        assert await log.remove() == 0
    assert len(await log.ids()) == 3
    for cursor in (0, first):
        with pytest.raises(ExpiredError) as raised:
            await changes.page(log.database, cursor, 10, Filter())
        assert (type(raised.value), raised.value.oldest) == (ExpiredError, second)
    page = await changes.page(log.database, second, 10, Filter())
    assert [row["id"] for row in page.rows] == [third]
    histories = await changes.histories(log.database, [NPI], None, 10)
    assert [row["id"] for row in histories[NPI].rows] == [third]
    with pytest.raises(AheadError):
        await changes.page(log.database, third + 1, 10, Filter())


async def test_an_empty_log_goes_on_where_it_was(log: Log) -> None:
    last = await log.write()
    await log.remove()
    await log.let_pass(DAYS + 1)
    assert await log.remove() == 1
    assert await changes.last(log.database) == last
    page = await changes.page(log.database, last, 10, Filter())
    assert (page.rows, page.read_to, page.has_next) == ([], last, False)
    assert await log.write() > last
