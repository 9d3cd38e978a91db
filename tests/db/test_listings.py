"""Listings hold what the view `listed` tells, whatever is written to companies, locations and licenses."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from db import filters, listings, migrations, sought
from db.engine import connection_to
from db.filters import EVERYTHING, Group
from db.sought import Parts, Sought
from db.tables import RETIRED_INDEXES

MISLISTED = "(TABLE listings EXCEPT ALL TABLE listed) UNION ALL (TABLE listed EXCEPT ALL TABLE listings)"

OLD_INDEXES = "SELECT indexname FROM pg_indexes WHERE indexname = ANY ($1)"

# What triggers may be told of in one statement: one row, several, all, or none.
WRITES = (
    "UPDATE companies SET name = name || ' x' WHERE npi = $1",
    "UPDATE companies SET is_active = NOT is_active, taxonomy_codes = '{332B00000X,33}'",
    "UPDATE companies SET nppes_updated_on = '2026-01-01' WHERE npi >= $1",
    "UPDATE companies SET version = version + 1",
    "UPDATE companies SET parent_name = repeat('x', 1001) WHERE npi = $1",
    "UPDATE locations SET city = 'O''Fallon', is_primary = false WHERE npi = $1",
    "UPDATE locations SET state = 'IL', country = 'US' WHERE kind = 'OTHER'",
    "UPDATE locations SET phone = '1'",
    "UPDATE locations SET position = '(-97.7,30.2)', position_precision = 'ROOFTOP' WHERE npi = $1",
    "UPDATE locations SET position = NULL, position_precision = NULL",
    "UPDATE locations SET is_active = NOT is_active, kind = 'PRIMARY_PRACTICE'",
    "UPDATE locations SET kind = 'WAREHOUSE' WHERE is_primary",
    "UPDATE licenses SET expires_on = expires_on + 40 WHERE npi = $1",
    "UPDATE licenses SET expires_on = '9999-12-31', number = '2'",
    "UPDATE licenses SET expires_on = '0001-01-01', issued_on = NULL",
    "DELETE FROM licenses WHERE npi = $1",
    "DELETE FROM locations WHERE npi = $1",
    "DELETE FROM companies WHERE npi = $1",
    "DELETE FROM companies",
    ("INSERT INTO locations (id, npi, kind, city, source)"
    " SELECT gen_random_uuid(), npi, 'OTHER', 'b\\', 'MANUAL' FROM companies"),
    ("INSERT INTO licenses (id, npi, kind, number, expires_on, source)"
    " SELECT gen_random_uuid(), npi, 'PHARMACY', '3', '2030-02-28', 'MANUAL' FROM companies"),
)  # fmt: skip


@settings(max_examples=25)
@given(data=st.data(), writes=st.lists(st.sampled_from(WRITES), max_size=4))
async def test_whatever_is_written_is_listed(
    data: st.DataObject, writes: list[str], scratch: Any, random_directories: Any
) -> None:
    rows = data.draw(random_directories(max_companies=5, max_locations=3))
    await scratch.fill(rows)
    assert await scratch.writer.fetch(MISLISTED) == []
    npi = rows.companies[-1]["npi"] if rows.companies else "1000000000"
    for write in writes:
        await scratch.writer.execute(write, *([npi] if "$1" in write else []))
        assert await scratch.writer.fetch(MISLISTED) == []


async def test_companies_from_before_are_listed_beside_those_who_write(
    new_database_url: Callable[[], Awaitable[str]],
) -> None:
    url = await new_database_url()
    await asyncio.to_thread(migrations.downgrade, url, "0016")
    async with connection_to(url) as writer, connection_to(url) as editor:
        await writer.execute(
            "INSERT INTO companies (npi, name, npi_status, source)"
            " SELECT (1000000000 + number)::text, 'COMPANY ' || number, 'ACTIVE', 'NPPES'"
            " FROM generate_series(1, 5000) AS number"
        )
        migration = asyncio.ensure_future(asyncio.to_thread(migrations.upgrade, url))
        while not await writer.fetchval("SELECT EXISTS (SELECT FROM pg_class WHERE relname = 'listings')"):  # noqa: ASYNC110 - what is waited for is in the database
            await asyncio.sleep(0.01)
        async with editor.transaction():
            await editor.execute("UPDATE companies SET name = 'RENAMED' WHERE npi >= '1000004900'")
            await editor.execute("DELETE FROM companies WHERE npi < '1000000100'")
            assert not migration.done()
        await migration
        assert await writer.fetchval("SELECT count(*) FROM listings WHERE name_folded = 'renamed'") == 101
        assert await writer.fetch(MISLISTED) == []
        # Servers of the version before search by them.
        assert {row["indexname"] for row in await writer.fetch(OLD_INDEXES, [*RETIRED_INDEXES])} == RETIRED_INDEXES
    await asyncio.to_thread(migrations.check, url)


async def test_places_from_before_are_listed_by_their_cells_beside_those_who_write(
    new_database_url: Callable[[], Awaitable[str]],
) -> None:
    url = await new_database_url()
    await asyncio.to_thread(migrations.downgrade, url, "0018")
    async with connection_to(url) as writer, connection_to(url) as editor:
        await writer.execute(
            "INSERT INTO companies (npi, name, npi_status, source)"
            " SELECT (1000000000 + number)::text, 'COMPANY ' || number, 'ACTIVE', 'NPPES'"
            " FROM generate_series(1, 5000) AS number;"
            "INSERT INTO locations (id, npi, kind, position, position_precision, source)"
            " SELECT gen_random_uuid(), npi, 'OTHER', '(-97.7,30.2)', 'ROOFTOP', 'MANUAL' FROM companies"
        )
        async with editor.transaction():
            await editor.execute("SELECT FROM listings WHERE npi = '1000004900' FOR UPDATE")
            migration = asyncio.ensure_future(asyncio.to_thread(migrations.upgrade, url))
            while not await writer.fetchval("SELECT EXISTS (SELECT FROM pg_proc WHERE proname = 'list_after')"):  # noqa: ASYNC110 - what is waited for is in the database
                await asyncio.sleep(0.01)
            await editor.execute("UPDATE companies SET name = 'RENAMED' WHERE npi = '1000004900'")
            await editor.execute("UPDATE locations SET position = '(0,0)' WHERE npi = '1000004901'")
            await editor.execute("DELETE FROM companies WHERE npi > '1000004901'")
            assert not migration.done()
        await migration
        assert await writer.fetch(MISLISTED) == []
        assert await writer.fetchval("SELECT count(*) FROM listings WHERE facets @@ $$'cell=10280223'$$") == 4900
    await asyncio.to_thread(migrations.check, url)


async def test_who_has_what_is_rare_is_listed_again_beside_those_who_write(
    new_database_url: Callable[[], Awaitable[str]],
) -> None:
    url = await new_database_url()
    await asyncio.to_thread(migrations.downgrade, url, "0026")
    async with connection_to(url) as writer, connection_to(url) as editor:
        await writer.execute(
            "INSERT INTO companies (npi, name, npi_status, source)"
            " SELECT (1000000000 + number)::text, 'COMPANY ' || number, 'ACTIVE', 'NPPES'"
            " FROM generate_series(1, 3000) AS number;"
            "INSERT INTO locations (id, npi, kind, is_active, source)"
            " SELECT gen_random_uuid(), npi, 'OTHER', npi < '1000002501', 'MANUAL' FROM companies;"
            "INSERT INTO licenses (id, npi, kind, number, expires_on, source)"
            " SELECT gen_random_uuid(), npi, 'PHARMACY', '1', '2026-11-30', 'MANUAL' FROM companies"
        )
        async with editor.transaction():
            await editor.execute("SELECT FROM listings WHERE npi = '1000002900' FOR UPDATE")
            migration = asyncio.ensure_future(asyncio.to_thread(migrations.upgrade, url))
            while not await writer.fetchval("SELECT EXISTS (SELECT FROM pg_proc WHERE proname = 'list_again')"):  # noqa: ASYNC110 - what is waited for is in the database
                await asyncio.sleep(0.01)
            await editor.execute("UPDATE locations SET is_active = NOT is_active WHERE npi = '1000002900'")
            await editor.execute("UPDATE licenses SET expires_on = '2027-01-01' WHERE npi = '1000002901'")
            await editor.execute("DELETE FROM companies WHERE npi > '1000002901'")
            assert not migration.done()
        await migration
        assert await writer.fetch(MISLISTED) == []
        number = "SELECT count(*) FROM listings WHERE facets @@ $1::text::tsquery"
        assert await writer.fetchval(number, "idle") == 400
        assert await writer.fetchval(number, "'expires=2026-11'") == 2900
        await asyncio.to_thread(migrations.downgrade, url, "0026")
        assert await writer.fetch(MISLISTED) == []
    await asyncio.to_thread(migrations.upgrade, url)
    await asyncio.to_thread(migrations.check, url)


def such(name: str, *values: object) -> filters.Test:
    return filters.Test(name, values)


TEXAS = Group("locations", (Group("and", (such("primary"), such("state", ["TX"]))),))


def test_what_is_common_is_one_look_into_one_index() -> None:
    condition = Group("and", (such("active"), TEXAS, such("taxonomy", "'332B':*")))
    query = "('active') & (('home.state=TX' | 'home.state=tx')) & ('trade=332B')"
    whole = Parts(EVERYTHING, EVERYTHING, Group("and", (such("listed", query),)), EVERYTHING)
    assert sought.of_companies(condition) == Sought(whole, ())


@pytest.mark.parametrize("value", ["", "x" * 991])
def test_what_may_not_be_listed_is_looked_for_elsewhere(value: str) -> None:
    condition = Group("and", (such("parent_name", [value]),))
    assert sought.of_companies(condition).whole == Parts(EVERYTHING, EVERYTHING, EVERYTHING, condition)
    assert listings.listed(condition) == condition


def test_two_tests_of_one_place_are_looked_at_again() -> None:
    place = Group("locations", (Group("and", (such("state", ["TX"]), such("city", ["austin"]))),))
    own, rest = listings.divided(place)
    assert own == [such("listed", "('state=TX' | 'state=tx') & ('city=austin')"), Group("again", (place,))]
    assert rest == []


def test_what_no_listing_tells_of_a_place_is_looked_for_elsewhere() -> None:
    place = Group("locations", (Group("and", (such("state", ["TX"]), such("changed_since", "an hour ago"))),))
    own, rest = listings.divided(place)
    assert own == [such("listed", "('state=TX' | 'state=tx')")]
    assert rest == [place]
