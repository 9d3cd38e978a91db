"""The loader on an excerpt of real CMS files, on machines that have one beside the checkout."""

from pathlib import Path

import pytest

from tests.db.nppes.cms import Directory

SHARED = (folder / "shared" / "nppes" for folder in Path(__file__).resolve().parents)
REAL = next((folder for folder in SHARED if folder.is_dir()), Path("none"))

pytestmark = pytest.mark.skipif(not REAL.is_dir(), reason="no real CMS files beside this checkout")


async def test_a_month_and_a_week_of_real_files(directory: Directory) -> None:
    month = await directory.load(*sorted(REAL.glob("*_20050523-*.csv")))
    assert await directory.connection.fetchval("SELECT count(*) FROM companies") == 1_427
    assert (month.total("individuals"), month.total("created")) == (150, 1_427)

    week = await directory.load(*sorted(REAL.glob("*_20251013-*.csv")))
    assert (week.total("created"), week.total("deactivated")) == (12, 8)
    gone = (
        "SELECT count(*) FROM companies c JOIN locations l USING (npi) WHERE c.npi_status = 'DEACTIVATED' AND {}"
    )
    kept = "l.is_primary AND c.name <> '' AND l.line1 IS NOT NULL AND NOT c.is_active"
    assert await directory.connection.fetchval(gone.format(kept)) == 8
    fields = [frozenset(changed) - {"nppes_updated_on"} for _, _, changed in await directory.changes()]
    assert fields.count(frozenset({"name"})) == 10
    assert fields.count(frozenset({"phone"})) == 25
    assert fields.count(frozenset({"line1"})) == 15


async def test_both_loads_again_change_nothing(directory: Directory) -> None:
    await directory.load(REAL)
    before = await directory.contents()
    await directory.load(*sorted(REAL.glob("*_20251013-*.csv")))
    await directory.load(REAL)
    after = await directory.contents()
    assert {table for table in before if before[table] != after[table]} == {"loads"}
