"""A load and an edit at the same time: each takes its turn, and neither undoes what the other did."""

import asyncio
from collections.abc import AsyncIterator

import asyncpg
import pytest

from db.engine import connection_to
from tests.db.nppes.cms import WEEK_1, A, B, Directory, organisation

LOCK = "SELECT FROM companies WHERE npi = $1 FOR NO KEY UPDATE"


@pytest.fixture
async def editor(database_url: str) -> AsyncIterator[asyncpg.Connection]:
    async with connection_to(database_url) as connection:
        yield connection


def load_of_a_week(directory: Directory) -> asyncio.Task[int]:
    """A load that gives both companies another name; how many it changed."""
    rows = [organisation(A, "ACME AGAIN"), organisation(B, "BETA AGAIN")]

    async def load() -> int:
        return (await directory.companies(*rows, period=WEEK_1)).total("changed")

    return asyncio.create_task(load())


async def test_a_load_waits_for_its_turn_however_impatient_sessions_are(
    directory: Directory, editor: asyncpg.Connection
) -> None:
    await directory.companies(organisation(A), organisation(B))
    await directory.connection.execute("SET lock_timeout = 100")
    async with editor.transaction():
        await editor.execute("INSERT INTO changes (npi, kind) VALUES ($1, 'COMPANY_UPDATED')", A)
        loading = load_of_a_week(directory)
        await asyncio.sleep(0.6)
        assert not loading.done()
    assert await loading == 2


async def test_a_load_compares_with_what_an_edit_left(directory: Directory, editor: asyncpg.Connection) -> None:
    await directory.companies(organisation(A), organisation(B))
    async with editor.transaction():
        await editor.execute("UPDATE companies SET is_active = false, is_active_pinned = true WHERE npi = $1", A)
        loading = load_of_a_week(directory)
        await asyncio.sleep(0.6)
    assert await loading == 2
    assert [(await directory.company(npi))["is_active"] for npi in (A, B)] == [False, True]
    before = "SELECT facets_before @> ARRAY['inactive'] FROM changes WHERE npi = $1 ORDER BY id DESC LIMIT 1"
    assert [await directory.connection.fetchval(before, npi) for npi in (A, B)] == [True, False]


async def test_a_load_that_an_edit_waits_for_while_it_waits_for_that_merges_again(
    directory: Directory, editor: asyncpg.Connection
) -> None:
    await directory.companies(organisation(A), organisation(B))
    # The load finds out first, and is broken off.
    await editor.execute("SET deadlock_timeout = '1min'")
    async with editor.transaction():
        await editor.execute(LOCK, B)
        loading = load_of_a_week(directory)
        await asyncio.sleep(0.6)
        await editor.execute(LOCK, A)
        assert not loading.done()
    assert await loading == 2
    assert [(await directory.company(npi))["name"] for npi in (A, B)] == ["ACME AGAIN", "BETA AGAIN"]


async def test_a_load_takes_a_company_that_somebody_enters_at_the_same_time(
    directory: Directory, editor: asyncpg.Connection
) -> None:
    await directory.companies(organisation(B))
    async with editor.transaction():
        await editor.execute(
            "INSERT INTO companies (npi, name, npi_status, source, website)"
            " VALUES ($1, 'By hand', 'UNKNOWN', 'MANUAL', 'https://a.example')", A
        )  # fmt: skip
        loading = load_of_a_week(directory)
        await asyncio.sleep(0.6)
        assert not loading.done()
    assert await loading == 2
    row = await directory.company(A)
    assert (row["name"], row["source"], row["website"]) == ("ACME AGAIN", "NPPES", "https://a.example")
