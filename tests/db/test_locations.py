"""Locations by their keys and by their companies; pages, filters and distances have tests of their own."""

from uuid import UUID

import pytest

from db import locations
from db.engine import Database, connection_to
from db.filters import EVERYTHING
from db.pages import Window
from db.reads import Read

ROWS = """
INSERT INTO companies (npi, name, npi_status, source)
  SELECT '100000000' || number, 'a', 'ACTIVE', 'NPPES' FROM generate_series(1, 3) AS number;
INSERT INTO locations (id, npi, kind, is_primary, source) VALUES
  ('00000000-0000-0000-0000-000000000003', '1000000001', 'PRIMARY_PRACTICE', true, 'NPPES'),
  ('00000000-0000-0000-0000-000000000001', '1000000001', 'WAREHOUSE', false, 'MANUAL'),
  ('00000000-0000-0000-0000-000000000002', '1000000002', 'OTHER', false, 'MANUAL');
"""
NPIS = ["1000000002", "1000000001", "1000000003", "1000000001", "1999999999"]


@pytest.fixture
async def filled(database: Database, database_url: str, reads: list[Read]) -> Database:
    async with connection_to(database_url) as connection:
        await connection.execute(ROWS)
    reads.clear()
    return database


def numbers(rows: object) -> list[int | None]:
    return [row and row["id"].int for row in rows]  # type: ignore[attr-defined]


async def test_locations_come_in_the_order_asked_for_with_none_for_the_unknown(filled: Database) -> None:
    found = await locations.by_id(filled, [UUID(int=2), UUID(int=9), UUID(int=1), UUID(int=2)])
    assert numbers(found) == [2, None, 1, 2]
    assert isinstance(found[0], locations.Location)


async def test_each_company_has_its_primary_location_or_none(filled: Database) -> None:
    assert numbers(await locations.primary_by_company(filled, NPIS)) == [None, 3, None, 3, None]


async def test_a_page_and_a_count_for_each_company_even_twice_or_unknown(
    filled: Database, reads: list[Read]
) -> None:
    pages = await locations.page_by_company(filled, NPIS, EVERYTHING, locations.PRIMARY_FIRST, Window(5, None))
    assert [numbers(page.rows) for page in pages] == [[2], [3, 1], [], [3, 1], []]
    assert await locations.count_by_company(filled, NPIS, EVERYTHING) == [1, 2, 0, 2, 0]
    assert len(reads) == 2
