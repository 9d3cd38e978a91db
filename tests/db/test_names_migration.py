"""Migration 0003 beside running servers: what they read and load meanwhile, and what is in the rows at the end."""

# ruff: noqa: RUF001 - apostrophes that look alike are what is tested

import asyncio
import importlib
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import asyncpg
import pytest

from db import migrations
from db.engine import connection_to

pytestmark = pytest.mark.slow

STALE = importlib.import_module("migrations.versions.0003_names").STALE

INSERT = "INSERT INTO companies (npi, name, other_names, parent_name, npi_status, source) VALUES"
ROWS = (
    r"""('1000000004', 'St. Mary’s', '[{"name": "SUN\tVALLEY"}]', 'Łódź', 'ACTIVE', 'NPPES')""",
    "('1000000012', 'Smile L.L.C.', '[]', NULL, 'ACTIVE', 'NPPES')",
    "('1000000020', 'Plain', '[]', NULL, 'ACTIVE', 'NPPES')",
)
LOCATION = """
    INSERT INTO locations (id, npi, kind, city, source)
    VALUES (gen_random_uuid(), '1000000004', 'OTHER', 'Coeur d’Alene', 'NPPES')
"""
FOLDED = "SELECT npi, name_folded, parent_name_folded, words::text FROM companies ORDER BY npi"
CITY = "SELECT city_folded FROM locations"


@pytest.fixture
async def old(database_url: str) -> AsyncIterator[asyncpg.Connection]:
    """A connection to a database at revision 0002, with rows as it made them."""
    await asyncio.to_thread(migrations.downgrade, database_url, "0002")
    async with connection_to(database_url) as connection:
        await connection.execute(f"{INSERT} {', '.join(ROWS)}; {LOCATION}")
        yield connection


@asynccontextmanager
async def migrating(url: str) -> AsyncIterator[asyncio.Future[None]]:
    """Migrate while the block runs; the migration ends after it."""
    task = asyncio.ensure_future(asyncio.to_thread(migrations.upgrade, url, "0003"))
    try:
        yield task
    finally:
        async with asyncio.timeout(60):
            await task


async def until(is_so: Callable[[], Any]) -> None:
    async with asyncio.timeout(60):
        while not await is_so():  # noqa: ASYNC110 - what is waited for is in the database
            await asyncio.sleep(0.05)


async def stale(connection: asyncpg.Connection) -> list[Any]:
    """Return the keys of rows that aren't as the functions would make them now."""
    return [
        row[0]
        for rows in STALE
        for row in await connection.fetch(f"SELECT {rows.key} FROM {rows.table} WHERE {rows.stale} ORDER BY 1")  # noqa: S608
    ]


async def is_new(connection: asyncpg.Connection) -> bool:
    return bool(await connection.fetchval("SELECT fold('Ł') = 'l'"))


async def test_rows_are_rebuilt_and_nothing_else_of_them_changes(
    old: asyncpg.Connection, database_url: str
) -> None:
    before, city = await old.fetch(FOLDED), await old.fetchval(CITY)
    kept = "SELECT npi, name, other_names, version, updated_at FROM companies ORDER BY npi"
    rows = await old.fetch(kept)
    await asyncio.to_thread(migrations.upgrade, database_url, "0003")
    assert [tuple(row) for row in await old.fetch(FOLDED)] == [
        ("1000000004", "st. marys", "lodz", "'1000000004' 'marys' 'st' 'sun' 'valley'"),
        ("1000000012", "smile l.l.c.", None, "'1000000012' 'c' 'l' 'lc' 'llc' 'smile'"),
        ("1000000020", "plain", None, "'1000000020' 'plain'"),
    ]
    assert await old.fetchval(CITY) == "coeur dalene"
    assert await old.fetch(kept) == rows
    await asyncio.to_thread(migrations.downgrade, database_url, "0002")
    assert (await old.fetch(FOLDED), await old.fetchval(CITY)) == (before, city)


async def test_readers_and_loaders_go_on_meanwhile(old: asyncpg.Connection, database_url: str) -> None:
    async with connection_to(database_url) as loader, connection_to(database_url) as later:
        loading = loader.transaction()
        await loading.start()
        # Made by the functions before, and seen by nobody else before the migration looks for such rows.
        await loader.execute(f"{INSERT} ('1000000038', 'O’Neil P.A.', '[]', NULL, 'ACTIVE', 'NPPES')")
        async with migrating(database_url) as migration:
            await until(lambda: is_new(old))
            async with later.transaction():
                await later.execute("SELECT FROM companies WHERE npi = '1000000012' FOR UPDATE")
                # A migration that waited behind a lock would hold up these.
                await old.execute("SET statement_timeout = '30s'")
                assert len(await old.fetch("SELECT FROM companies JOIN locations USING (npi)")) == 1
                await old.execute(f"{INSERT} ('1000000046', 'B.B.', '[]', NULL, 'ACTIVE', 'NPPES')")
                assert not migration.done()
                assert "1000000004" in await stale(old)
                await loading.commit()

                # All the companies but the one that is held; after it comes the location.
                async def is_one_left() -> bool:
                    return (await stale(old))[:-1] == ["1000000012"]

                await until(is_one_left)
                assert not migration.done()
    assert await stale(old) == []
    assert await old.fetchval("SELECT name_folded FROM companies WHERE npi = '1000000038'") == "oneil p.a."


MANY = """
    INSERT INTO companies (npi, name, npi_status, source)
    SELECT (1100000000 + number)::text, 'SMILE ' || number || ', L.L.C.', 'ACTIVE', 'NPPES'
    FROM generate_series(1, 4000) AS number
"""
MERGED = "UPDATE companies SET name = name || '’s P.A.', version = version + 1 WHERE npi::bigint % 20 = $1"


async def test_a_load_runs_beside_it(old: asyncpg.Connection, database_url: str) -> None:
    await old.execute(MANY)
    async with connection_to(database_url) as loader, migrating(database_url):
        for part in range(20):
            async with loader.transaction():
                await loader.execute(MERGED, part)
                await loader.execute(f"{INSERT} ('12000000{part:02}', 'NEW M.D.', '[]', NULL, 'ACTIVE', 'NPPES')")
    assert await stale(old) == []
    assert await old.fetchval("SELECT count(*) FROM companies WHERE version = 2") == 4000 + len(ROWS)


async def test_a_migration_that_was_cut_off_is_run_again(old: asyncpg.Connection, database_url: str) -> None:
    await asyncio.to_thread(migrations.upgrade, database_url, "0003")
    await old.execute("UPDATE alembic_version SET version_num = '0002'")
    await asyncio.to_thread(migrations.upgrade, database_url, "0003")
    assert await stale(old) == []
    assert await old.fetchval("SELECT version_num FROM alembic_version") == "0003"
