"""What was loaded, and how much there is."""

# ruff: noqa: E501 - tables keep a case on a line

from datetime import date

from db import loads
from db.engine import Database, connection_to

LOAD = "INSERT INTO loads (file_kind, file_name, source, period_end, is_full, counts) VALUES ($1, $2, $3, $4, $5, '{\"read\": 1}')"


async def test_an_empty_directory_has_no_newest_load(database: Database) -> None:
    assert await loads.newest(database) is None


async def test_the_newest_load_is_the_last_file_of_companies(database: Database, database_url: str) -> None:
    async with connection_to(database_url) as connection:
        await connection.execute(LOAD, "COMPANIES", "monthly.csv", "NPPES", date(2025, 10, 12), True)  # noqa: FBT003
        await connection.execute(LOAD, "COMPANIES", "weekly.csv", "NPPES", date(2025, 10, 19), False)  # noqa: FBT003
        await connection.execute(LOAD, "NAMES", "names.csv", "NPPES", date(2025, 10, 26), False)  # noqa: FBT003
    newest = await loads.newest(database)
    assert newest is not None
    assert (newest["file_name"], newest["period_end"], newest["is_full"]) == (
        "weekly.csv",
        date(2025, 10, 19),
        False,
    )


async def test_the_newest_of_each_kind_is_told_whatever_the_order_of_loading(
    database: Database, database_url: str
) -> None:
    full, week = date(2025, 10, 12), date(2025, 10, 19)
    async with connection_to(database_url) as connection:
        await connection.execute(LOAD, "LOCATIONS", "sample.csv", "SAMPLE", week, True)  # noqa: FBT003
        assert [row["file_name"] for row in await loads.newest_of_each_kind(database)] == ["sample.csv"]
        await connection.execute(LOAD, "COMPANIES", "week.csv", "NPPES", week, False)  # noqa: FBT003
        await connection.execute(LOAD, "COMPANIES", "month.csv", "NPPES", full, True)  # noqa: FBT003
        await connection.execute(LOAD, "NAMES", "names of a week.csv", "NPPES", full, False)  # noqa: FBT003
        await connection.execute(LOAD, "NAMES", "names of a month.csv", "NPPES", full, True)  # noqa: FBT003
        await connection.execute(LOAD, "ZIPS", "zips.csv", "MANUAL", None, True)  # noqa: FBT003
        await connection.execute(LOAD, "TAXONOMIES", "nucc.csv", "MANUAL", None, True)  # noqa: FBT003
    found = {row["file_kind"]: row["file_name"] for row in await loads.newest_of_each_kind(database)}
    assert found == {
        "COMPANIES": "week.csv", "NAMES": "names of a month.csv", "ZIPS": "zips.csv", "TAXONOMIES": "nucc.csv",
    }  # fmt: skip
    newest = await loads.newest(database)
    assert newest is not None
    assert newest["file_name"] == "week.csv"


async def test_estimates_come_from_the_statistics(database: Database, database_url: str) -> None:
    async with connection_to(database_url) as connection:
        await connection.execute(
            "INSERT INTO companies (npi, name, npi_status, source)"
            " SELECT (1000000000 + number)::text, 'a', 'ACTIVE', 'NPPES' FROM generate_series(1, 50) AS number"
        )
        await connection.execute("ANALYZE")
    assert await loads.estimates(database) == {"companies": 50, "locations": 0}
