"""Uses of the schema in the database: added up by day and client, told apart up to a number, and forgotten."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, date, datetime, timedelta

import asyncpg
import pytest

from db import usage
from db.engine import Database, connection_to
from db.usage import Count

NAME = "Company.name"
FAX = "Company.fax"
ARGUMENT = "Company.names(kind:)"


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    async with Database.open(database_url) as opened:
        yield opened


@pytest.fixture
async def connection(database_url: str) -> AsyncIterator[asyncpg.Connection]:
    async with connection_to(database_url) as opened:
        yield opened


def today() -> date:
    return datetime.now(UTC).date()


async def add(database: Database, *counts: Count, is_whole: bool = False) -> None:
    await usage.add(database, counts, is_whole=is_whole)


async def told(
    database: Database, coordinate: str | None = None, since: date | None = None
) -> list[tuple[object, ...]]:
    """Who used what, without when."""
    return [tuple(row.values())[:5] for row in await usage.read(database, coordinate, since)]


async def test_counts_add_up_by_client_and_coordinate(database: Database) -> None:
    before = datetime.now(UTC)
    await add(database, Count("NAMED", "app", "1", NAME, 2), Count("NAMED", "app", "2", NAME, 1))
    await add(
        database,
        Count("NAMED", "app", "1", NAME, 3),
        Count("ANONYMOUS", "", "", NAME, 9),
        Count("VIEWER", "ab12", "", FAX, 1),
    )
    assert await told(database) == [
        (FAX, "VIEWER", "ab12", "", 1),
        (NAME, "ANONYMOUS", "", "", 9),
        (NAME, "NAMED", "app", "1", 5),
        (NAME, "NAMED", "app", "2", 1),
    ]
    assert all(before <= row["last_used_at"] <= datetime.now(UTC) for row in await usage.read(database))


async def test_a_question_is_about_a_coordinate_or_a_type_and_since_a_day(
    database: Database, connection: asyncpg.Connection
) -> None:
    await add(database, Count("ANONYMOUS", "", "", NAME, 1), Count("ANONYMOUS", "", "", "CompanyName.kind", 1))
    await connection.execute("UPDATE field_usage SET day = day - 10")
    await add(database, Count("ANONYMOUS", "", "", NAME, 2), Count("ANONYMOUS", "", "", ARGUMENT, 4))
    assert await told(database, NAME) == [(NAME, "ANONYMOUS", "", "", 3)]
    assert await told(database, NAME, today()) == [(NAME, "ANONYMOUS", "", "", 2)]
    assert [each[0] for each in await told(database, "Company")] == [NAME, ARGUMENT]
    assert await told(database, "Company.na") == []


async def test_clients_of_a_kind_are_told_apart_up_to_a_number_a_day(
    database: Database, connection: asyncpg.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(usage, "MOST_CLIENTS", 3)
    await add(database, Count("CLAIMED", "first", "", NAME, 1))
    hostile = [Count("CLAIMED", f"made up {number}", "", NAME, number + 1) for number in range(50)]
    await add(database, *hostile, Count("NAMED", "partner", "1", NAME, 1))
    # Those who came most often; and one kind takes no place from another.
    expected = [
        (NAME, "CLAIMED", "", "", sum(range(1, 49))),
        (NAME, "CLAIMED", "made up 49", "", 50),
        (NAME, "CLAIMED", "made up 48", "", 49),
        (NAME, "CLAIMED", "first", "", 1),
        (NAME, "NAMED", "partner", "1", 1),
    ]
    assert await told(database) == expected
    await add(database, Count("CLAIMED", "first", "", FAX, 1), Count("CLAIMED", "late", "", FAX, 1))
    assert await told(database, FAX) == [(FAX, "CLAIMED", "", "", 1), (FAX, "CLAIMED", "first", "", 1)]
    # Tomorrow there is room again.
    await connection.execute("UPDATE field_usage SET day = day - 1")
    await add(database, Count("CLAIMED", "late", "", FAX, 1))
    assert (FAX, "CLAIMED", "late", "", 1) in await told(database, FAX)


async def test_several_processes_add_at_once(database: Database) -> None:
    counts = [
        Count("NAMED", f"app {number}", "", coordinate, 1) for number in range(20) for coordinate in (NAME, FAX)
    ]
    await asyncio.gather(*(add(database, *counts[turn:], *counts[:turn]) for turn in range(8)))
    assert {each[4] for each in await told(database)} == {8}
    assert len(await told(database)) == 40


async def test_it_is_known_since_when_what_is_counted(database: Database, connection: asyncpg.Connection) -> None:
    assert await usage.counted_since(database) == usage.CountedSince(None, None)
    await add(database, is_whole=True)
    await connection.execute("UPDATE field_usage_days SET day = day - 30")
    await add(database, is_whole=True)
    thirty_ago = today() - timedelta(30)
    assert await usage.counted_since(database) == usage.CountedSince(thirty_ago, thirty_ago)
    # One process counts less from today on.
    await add(database, is_whole=False)
    assert await usage.counted_since(database) == usage.CountedSince(thirty_ago, None)
    await add(database, is_whole=True)
    assert await usage.counted_since(database) == usage.CountedSince(thirty_ago, None)
    await connection.execute("UPDATE field_usage_days SET day = day - 5")
    await add(database, is_whole=True)
    assert await usage.counted_since(database) == usage.CountedSince(today() - timedelta(35), today())


async def test_what_is_old_is_forgotten(database: Database, connection: asyncpg.Connection) -> None:
    await add(database, Count("ANONYMOUS", "", "", NAME, 1))
    await connection.execute("UPDATE field_usage SET day = day - 41; UPDATE field_usage_days SET day = day - 41")
    await add(database, Count("ANONYMOUS", "", "", FAX, 1))
    await usage.forget_old(database, 40)
    assert [each[0] for each in await told(database)] == [FAX]
    assert (await usage.counted_since(database)).since == today()
