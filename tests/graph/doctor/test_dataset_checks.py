"""Checks of what was loaded: old files, days that none covers, lists that nobody loaded."""

from datetime import UTC, date, datetime, timedelta

import pytest

from db.engine import connection_to
from graph.doctor.checks import CHECKS
from tests.graph.doctor.conftest import NOWHERE, Find, is_absent, is_ok, is_prevented, warns

OF_DATASET = [each.id for each in CHECKS if each.category == "dataset"]


def today() -> date:
    return datetime.now(UTC).date()


async def load(
    url: str, first: date | None, last: date | None, kind: str = "COMPANIES", source: str = "NPPES"
) -> None:
    """Note that a file was loaded; one that begins in 2005 is a full one."""
    async with connection_to(url) as connection:
        await connection.execute(
            "INSERT INTO loads (file_kind, file_name, source, period_start, period_end, is_full, counts) "
            "VALUES ($1, $2, $3, $4, $5, $6, '{}')",
            kind, f"file-{last}", source, first, last, first is None or first.year == 2005,
        )  # fmt: skip


@pytest.mark.parametrize("id_", OF_DATASET)
async def test_without_a_database_nothing_of_it_can_be_looked_at(find: Find, id_: str) -> None:
    is_prevented(await find(id_, database_url=NOWHERE), "The database can't be reached")


async def test_how_old_the_newest_file_is(find: Find, database_url: str) -> None:
    warns(await find("dataset-age", database_url=database_url), "nothing was ever loaded", "ariesone load nppes")
    await load(database_url, None, None, source="SAMPLE")
    is_ok(await find("dataset-age", database_url=database_url), "invented")
    production = {"database_url": database_url, "environment": "production"}
    warns(await find("dataset-age", **production), "invented", "ariesone load nppes")
    await load(database_url, date(2005, 5, 23), today() - timedelta(days=40))
    warns(await find("dataset-age", database_url=database_url), "40 days ago", "weekly files")
    await load(database_url, today() - timedelta(days=39), today() - timedelta(days=2))
    is_ok(await find("dataset-age", database_url=database_url), "2 days ago")


async def test_days_that_no_file_covers(find: Find, database_url: str) -> None:
    is_absent(await find("dataset-gaps", database_url=database_url), "no file of the registry")
    await load(database_url, date(2026, 1, 12), date(2026, 1, 18))
    warns(await find("dataset-gaps", database_url=database_url), "no monthly file was loaded")
    await load(database_url, date(2005, 5, 23), date(2026, 1, 11))
    await load(database_url, date(2026, 1, 19), date(2026, 1, 25))
    is_ok(await find("dataset-gaps", database_url=database_url), "up to 2026-01-25")
    await load(database_url, date(2026, 2, 2), date(2026, 2, 8))
    await load(database_url, date(2026, 2, 16), date(2026, 2, 22))
    found = await find("dataset-gaps", database_url=database_url)
    warns(found, "2026-01-26 to 2026-02-01, 2026-02-09 to 2026-02-15", "next monthly one")
    # Of whatever came before it a full file says all.
    await load(database_url, date(2005, 5, 23), date(2026, 2, 22))
    is_ok(await find("dataset-gaps", database_url=database_url), "up to 2026-02-22")


async def test_lists_that_nobody_loaded(find: Find, database_url: str) -> None:
    await load(database_url, None, None, "ZIPS", "MANUAL")
    warns(await find("dataset-lists", database_url=database_url), "never loaded: taxonomies", "docs/loading.md")
    await load(database_url, None, None, "TAXONOMIES", "MANUAL")
    is_ok(await find("dataset-lists", database_url=database_url))


async def test_the_sample_needs_no_lists(find: Find, directory_url: str, database_url: str) -> None:
    is_ok(await find("dataset-lists", database_url=directory_url), "the ZIPs of its places")
    await load(database_url, None, None, source="SAMPLE")
    is_ok(await find("dataset-lists", database_url=database_url))
    # Its few ZIPs aren't those of the registry's places.
    await load(database_url, date(2005, 5, 23), today())
    warns(await find("dataset-lists", database_url=database_url), "never loaded: ZIPs")
