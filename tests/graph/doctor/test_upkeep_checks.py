"""Checks of indexes, tables, statements and disks: each is broken as it breaks in earnest."""

import shlex
from pathlib import Path

import asyncpg
import pytest

from db.embedded.postgresql import postgresql
from db.embedded.programs import Programs
from db.engine import connection_to
from db.oversight.indexes import OURS, creating
from graph.doctor import disks, indexes, tables
from graph.doctor.finding import Finding
from tests.graph.doctor.conftest import NOWHERE, Find, fails, is_absent, is_ok, is_prevented, warns
from tests.graph.doctor.test_database_checks import run

# A system's PostgreSQL, which brings its extensions along.
SYSTEMS = sorted(Path("/usr/lib/postgresql").glob("*/lib/pg_stat_statements.so"))


def statements_in(finding: Finding) -> list[str]:
    """The statements of the commands that a finding advises."""
    return [shlex.split(command)[-1] for command in finding.commands]


async def test_an_index_that_was_dropped(find: Find, database_url: str) -> None:
    is_ok(await find("database-missing-indexes", database_url=database_url), "are there")
    await run(database_url, "DROP INDEX locations_near")
    found = await find("database-missing-indexes", database_url=database_url)
    fails(found, "locations_near: not there", "Run what stands below")
    [command] = found.commands
    await run(database_url, *statements_in(found))
    assert command.startswith("ariesone db shell -c 'CREATE INDEX CONCURRENTLY locations_near ON locations")
    is_ok(await find("database-missing-indexes", database_url=database_url))


async def test_what_is_advised_creates_each_index_as_it_was(database_url: str) -> None:
    definitions = "SELECT indexname, indexdef FROM pg_indexes WHERE indexname = ANY($1) ORDER BY 1"
    async with connection_to(database_url) as connection:
        before = await connection.fetch(definitions, list(OURS))
        assert len(before) == len(OURS)
        for name, _ in before:
            if name.endswith("_pkey"):
                table = name.removesuffix("_pkey")
                await connection.execute(f"ALTER TABLE {table} DROP CONSTRAINT {name} CASCADE")
            else:
                await connection.execute(f"DROP INDEX {name}")
            await connection.execute(creating(name))
        assert await connection.fetch(definitions, list(OURS)) == before


async def test_an_index_that_was_left_half_made(find: Find, database_url: str) -> None:
    is_ok(await find("database-invalid-indexes", database_url=database_url), "all can be used")
    await run(database_url, "CREATE TABLE twice AS SELECT 1 AS number FROM generate_series(1, 2)")
    for name in ("broken", "broken_ccnew", '"Broken one_ccold1"'):
        with pytest.raises(asyncpg.UniqueViolationError):
            await run(database_url, f"CREATE UNIQUE INDEX CONCURRENTLY {name} ON twice (number)")
    found = await find("database-invalid-indexes", database_url=database_url)
    fails(found, "Broken one_ccold1, broken, broken_ccnew: left half made", "are dropped")
    assert found.commands == (
        "ariesone db shell -c 'DROP INDEX CONCURRENTLY \"Broken one_ccold1\";'",
        "ariesone db shell -c 'REINDEX INDEX CONCURRENTLY broken;'",
        "ariesone db shell -c 'DROP INDEX CONCURRENTLY broken_ccnew;'",
    )
    await run(database_url, "TRUNCATE twice", *statements_in(found))
    is_ok(await find("database-invalid-indexes", database_url=database_url), "all can be used")


async def test_an_index_that_repeats_one_of_ours(find: Find, database_url: str) -> None:
    is_ok(await find("database-double-indexes", database_url=database_url), "none repeats another")
    async with connection_to(database_url) as connection:
        made = await connection.fetchval("SELECT pg_get_indexdef('listings_facets'::regclass)")
    await run(
        database_url,
        made.replace(" listings_facets ", " listings_facets_ccnew "),
        # Neither is told of: one has other columns, one holds a constraint.
        "CREATE INDEX by_hand ON companies (website)",
        "ALTER TABLE companies ADD CONSTRAINT again UNIQUE (npi)",
    )
    found = await find("database-double-indexes", database_url=database_url)
    warns(found, "listings_facets_ccnew repeats listings_facets", "REINDEX CONCURRENTLY")
    assert found.commands == ("ariesone db shell -c 'DROP INDEX CONCURRENTLY listings_facets_ccnew;'",)
    await run(database_url, *statements_in(found))
    is_ok(await find("database-double-indexes", database_url=database_url))


async def test_an_index_that_nobody_uses(find: Find, database_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    is_absent(await find("database-unused-indexes", database_url=database_url), "it takes 7")
    monkeypatch.setattr(indexes, "DAYS", 0)
    is_ok(await find("database-unused-indexes", database_url=database_url), "each large one was used")
    monkeypatch.setattr(indexes, "LEAST", 0)
    is_ok(await find("database-unused-indexes", database_url=database_url), "they belong here")
    await run(database_url, "CREATE INDEX by_hand ON companies (website)")
    warns(await find("database-unused-indexes", database_url=database_url), "by_hand", "ask who did")


async def test_an_index_that_has_grown(find: Find, database_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(indexes, "LEAST", 100_000)
    await run(
        database_url,
        "CREATE TABLE grown (number integer PRIMARY KEY)",
        "INSERT INTO grown SELECT generate_series(1, 30000)",
        "VACUUM ANALYZE grown",
    )
    is_ok(await find("database-bloat", database_url=database_url))
    await run(database_url, "DELETE FROM grown WHERE number % 10 > 0", "VACUUM ANALYZE grown")
    found = await find("database-bloat", database_url=database_url)
    warns(found, "grown_pkey")
    assert found.commands == ("ariesone db shell -c 'REINDEX INDEX CONCURRENTLY grown_pkey;'",)


async def test_a_table_that_the_planner_does_not_know(
    find: Find, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tables, "LEAST", 100)
    is_ok(await find("database-statistics", database_url=database_url))
    is_ok(await find("database-vacuum", database_url=database_url))
    await run(
        database_url,
        "CREATE TABLE busy WITH (autovacuum_enabled = off) AS SELECT generate_series(1, 1000) AS number",
        "DELETE FROM busy WHERE number > 100",
        "SELECT pg_stat_force_next_flush()",
    )
    warns(await find("database-statistics", database_url=database_url), "busy (", "ANALYZE busy")
    warns(
        await find("database-vacuum", database_url=database_url), "busy (900 dead of 100)", "VACUUM ANALYZE busy"
    )


async def test_transaction_numbers_that_run_out(
    find: Find, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What they are counted by is real; so many as matter take days to use up."""
    monkeypatch.setattr(tables, "USED", 0.0)
    warns(await find("database-vacuum", database_url=database_url), "of the transaction numbers are used up")
    monkeypatch.setattr(tables, "NEARLY_ALL", 0.0)
    fails(await find("database-vacuum", database_url=database_url), "takes no more changes", "VACUUM")


async def test_without_the_extension_no_statement_is_known(find: Find, database_url: str) -> None:
    is_absent(await find("database-statements", database_url=database_url), "pg_stat_statements isn't there")


@pytest.mark.slow
@pytest.mark.skipif(not SYSTEMS, reason="no PostgreSQL with pg_stat_statements is installed here")
async def test_statements_that_are_slow(find: Find, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tables, "SLOW", 20.0)
    folder = SYSTEMS[-1].parents[1]
    with postgresql(tmp_path / "system", durable=False, using=Programs(folder / "bin", int(folder.name))) as url:
        await run(url, "CREATE EXTENSION pg_stat_statements")
        is_prevented(await find("database-statements", database_url=url), "shared_preload_libraries")
        await run(url, "ALTER SYSTEM SET shared_preload_libraries = 'pg_stat_statements'")
    with postgresql(tmp_path / "system", durable=False, using=Programs(folder / "bin", int(folder.name))) as url:
        is_ok(await find("database-statements", database_url=url))
        async with connection_to(url) as connection:
            for _ in range(tables.CALLS):
                await connection.execute("SELECT pg_sleep(0.03)")
        found = await find("database-statements", database_url=url)
        warns(found, "1 take 20 ms or more", "under the queryid ")


async def test_a_disk_that_is_nearly_full(
    find: Find, database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The real disk, held against more than it has."""
    monkeypatch.setattr(disks, "NOTHING", 0.0)
    monkeypatch.setattr(disks, "LITTLE", 0.0)
    is_ok(await find("database-disk", database_url=database_url), "PostgreSQL's data is")
    is_absent(await find("database-disk", database_url="postgresql://a@192.0.2.1/a?connect_timeout=1"), "another")
    (tmp_path / ".ariesone").mkdir()
    # One that it has ended answers nothing.
    is_ok(await find("database-disk", database_url=NOWHERE), "DATA_DIR is")
    monkeypatch.setattr(disks, "LITTLE", 1.0)
    warns(await find("database-disk", database_url=NOWHERE), "is free where DATA_DIR is", "CHANGES_KEPT_DAYS")
    monkeypatch.setattr(disks, "NOTHING", 1.0)
    fails(await find("database-disk", database_url=NOWHERE), "is free where", "Free some")
