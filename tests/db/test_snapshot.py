"""A snapshot: one moment as long as it lasts, rows in parts beside other reads, by the rules of PgBouncer too."""

import asyncio

import asyncpg
import pytest
from sqlalchemy import text

from db import companies, filters
from db.engine import Database, PoolOptions, connection_to
from db.failures import DatabaseUnavailableError
from db.filters import EVERYTHING
from db.reads import Read
from db.statement import compiled


@pytest.mark.parametrize("pgbouncer", [False, True], ids=["sessions", "PgBouncer"])
async def test_rows_come_in_parts_beside_other_reads_and_all_see_one_moment(
    database_url: str, *, pgbouncer: bool
) -> None:
    async with (
        connection_to(database_url) as connection,
        Database.open(database_url, PoolOptions(pgbouncer=pgbouncer)) as database,
    ):
        await connection.execute("""
            INSERT INTO companies (npi, name, npi_status, source)
            SELECT '10000000' || lpad(n::text, 2, '0'), 'A', 'ACTIVE', 'MANUAL' FROM generate_series(1, 25) AS n
        """)
        observed: list[Read] = []
        async with database.snapshot() as snapshot:
            assert await companies.count_all(snapshot, EVERYTHING) == 25
            await connection.execute("UPDATE companies SET name = 'B', is_active = false")
            found = []
            async for npis in companies.numbers(snapshot, filters.Test("active"), 10):
                rows = await asyncio.gather(
                    companies.known(snapshot.observed(observed.append), npis),
                    companies.by_npi(snapshot, npis[:1]),
                )
                assert {row["name"] for row in rows[0].values()} == {"A"}
                found.append(len(rows[0]))
            assert found == [10, 10, 5]
            assert [(read.keys, read.rows) for read in observed] == [(10, 10), (10, 10), (5, 5)]
        async with database.snapshot() as later:
            assert await companies.count_all(later, filters.Test("active")) == 0


async def test_a_read_that_is_cancelled_or_fails_leaves_the_moment_as_it_was(
    database: Database, database_url: str
) -> None:
    async with connection_to(database_url) as connection, database.snapshot() as snapshot:
        assert await companies.count_all(snapshot, EVERYTHING) == 0
        await connection.execute("""
            INSERT INTO companies (npi, name, npi_status, source) VALUES ('1000000004', 'A', 'ACTIVE', 'MANUAL')
        """)
        parts = snapshot.parts(compiled(text("SELECT n FROM generate_series(1, 3) AS n")), {}, 1)
        assert [row["n"] for row in await anext(parts)] == [1]
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.1):
                await snapshot.read(compiled(text("SELECT pg_sleep(60)")))
        with pytest.raises(asyncpg.DivisionByZeroError):
            await snapshot.read(compiled(text("SELECT 1 / 0")))
        assert [row["n"] async for rows in parts for row in rows] == [2, 3]
        assert await companies.count_all(snapshot, EVERYTHING) == 0


async def test_a_snapshot_that_is_lost_is_told_as_a_database_out_of_reach(
    database: Database, database_url: str
) -> None:
    async with database.snapshot() as snapshot, connection_to(database_url) as connection:
        await connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE state = 'idle in transaction' "
            "AND datname = current_database()"
        )
        with pytest.raises(DatabaseUnavailableError):
            await companies.count_all(snapshot, EVERYTHING)
