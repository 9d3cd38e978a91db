"""Companies by their keys; pages and filters have tests of their own."""

from datetime import date

import pytest

from db import companies
from db.engine import Database, connection_to
from db.reads import Read

ROWS = """
INSERT INTO companies (npi, name, npi_status, source, deactivated_on, reactivated_on) VALUES
  ('1000000001', 'One', 'ACTIVE', 'NPPES', '2020-01-01', '2020-02-01'),
  ('1000000002', 'Two', 'DEACTIVATED', 'NPPES', '2021-01-01', NULL),
  ('1000000005', 'Five', 'UNKNOWN', 'NPPES', NULL, NULL),
  ('1000000006', 'Six', 'UNKNOWN', 'MANUAL', NULL, NULL);
UPDATE companies SET replacement_npi = '1000000001' WHERE npi = '1000000002';
INSERT INTO deactivations (npi, deactivated_on, replacement_npi) VALUES ('1000000003', '2015-05-05', '1000000004');
"""


@pytest.fixture
async def filled(database: Database, database_url: str, reads: list[Read]) -> Database:
    async with connection_to(database_url) as connection:
        await connection.execute(ROWS)
    reads.clear()
    return database


async def test_companies_come_in_the_order_asked_for_with_none_for_the_unknown(filled: Database) -> None:
    found = await companies.by_npi(filled, ["1000000002", "1999999999", "1000000001", "1000000002"])
    assert [row and row["name"] for row in found] == ["Two", None, "One", "Two"]
    assert isinstance(found[0], companies.Company)


async def test_any_number_of_keys_is_one_statement(filled: Database, reads: list[Read]) -> None:
    await companies.by_npi(filled, [str(1_000_000_000 + number) for number in range(500)])
    await companies.standings(filled, [str(1_000_000_000 + number) for number in range(500)])
    assert len(reads) == 2


async def test_standings_know_numbers_that_were_only_seen_deactivated(filled: Database) -> None:
    found = await companies.standings(filled, ["1000000001", "1000000002", "1000000003", "1000000004"])
    assert {npi: tuple(row.values()) for npi, row in found.items()} == {
        "1000000001": ("1000000001", "One", "ACTIVE", date(2020, 1, 1), date(2020, 2, 1), None),
        "1000000002": ("1000000002", "Two", "DEACTIVATED", date(2021, 1, 1), None, "1000000001"),
        "1000000003": ("1000000003", None, "DEACTIVATED", date(2015, 5, 5), None, "1000000004"),
    }


async def test_a_company_whose_number_an_individual_has_by_now_is_not_known(filled: Database) -> None:
    found = await companies.known(filled, [f"100000000{digit}" for digit in range(1, 7)])
    assert {npi: row["name"] for npi, row in found.items()} == {
        "1000000001": "One", "1000000002": "Two", "1000000006": "Six",
    }  # fmt: skip


async def test_no_key_is_no_row(filled: Database) -> None:
    assert await companies.by_npi(filled, []) == []
    assert await companies.standings(filled, []) == {}


async def test_columns_that_only_searching_needs_stay_in_the_database(filled: Database) -> None:
    [row] = await companies.by_npi(filled, ["1000000001"])
    assert row is not None
    assert not {"words", "name_folded", "parent_name_folded", "taxonomy_codes"} & set(row.keys())
