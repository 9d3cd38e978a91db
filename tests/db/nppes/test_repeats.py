"""Rows that say again what the last full file said aren't parsed, and no directory is another for it."""

from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings

from db.nppes import companies, layout
from db.nppes.layout import HEADERS, FileKind
from db.nppes.repeats import NO_REPEATS
from tests.db.nppes.cms import WEEK_1, A, B, C, Directory, deactivation, organisation, person, secondary
from tests.db.nppes.test_order import MONTH_2, TABLES, File, emptied, worlds, written

MONTH_3 = "20050523-20250309"
# What says when a row was written, and by which load.
TIMES = ("created_at", "updated_at", "occurred_at")
# All else: how often, and as of which file, among it.
ROWS = "SELECT to_jsonb(t) - $1::text[] AS row FROM {} t ORDER BY 1"


@pytest.fixture
def parsed(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The numbers of all rows that are parsed."""
    numbers: list[str] = []
    parse = companies.parse

    def watched(frame: pl.DataFrame) -> companies.Parsed:
        numbers.extend(frame[layout.NPI])
        return parse(frame)

    monkeypatch.setattr("db.nppes.companies.parse", watched)
    return numbers


async def test_what_the_last_full_file_said_is_not_parsed_again(directory: Directory, parsed: list[str]) -> None:
    first = await directory.companies(organisation(A), organisation(B), deactivation(C))
    assert parsed == [A, B, C]
    parsed.clear()
    month = [organisation(A), organisation(B, "BEE RENAMED LLC"), deactivation(C)]
    summary = await directory.companies(*month, period=MONTH_2)
    assert parsed == [B, C]
    assert summary.total("read") == first.total("read") == 3
    assert (summary.total("unchanged"), summary.total("changed")) == (1, 1)
    parsed.clear()
    # What has changed is known by its new line from then on.
    summary = await directory.companies(*month, period=MONTH_3)
    assert (parsed, summary.total("unchanged"), summary.total("changed")) == ([C], 2, 0)


async def test_what_was_written_since_is_read_again(directory: Directory, parsed: list[str]) -> None:
    rows = [organisation(A), organisation(B), organisation(C)]
    await directory.companies(*rows)
    await directory.companies(organisation(A, "ACME FOR A WEEK"), period=WEEK_1)
    await directory.connection.execute("UPDATE companies SET name = 'Edited by hand' WHERE npi = $1", B)
    parsed.clear()
    await directory.companies(*rows, period=MONTH_2)
    assert parsed == [A, B]
    assert {(await directory.company(number))["name"] for number in (A, B, C)} == {"ACME OXYGEN LLC"}


async def test_a_company_that_is_gone_comes_back(directory: Directory) -> None:
    await directory.companies(organisation(A), organisation(B))
    await directory.connection.execute("DELETE FROM companies WHERE npi = $1", A)
    summary = await directory.companies(organisation(A), organisation(B), period=MONTH_2)
    assert (summary.total("created"), summary.total("unchanged")) == (1, 1)
    assert [place["line1"] for place in await directory.places(A)] == ["1 MAIN ST"]


async def test_only_a_newest_full_file_leaves_rows_out(directory: Directory, parsed: list[str]) -> None:
    await directory.companies(organisation(A), organisation(B), period=MONTH_2)
    parsed.clear()
    await directory.companies(organisation(A), period=WEEK_1)
    older = await directory.companies(organisation(A), organisation(B))
    assert parsed == [A, A, B]
    assert older.total("older") == 2


async def test_what_other_columns_say_is_read_again(directory: Directory, parsed: list[str]) -> None:
    await directory.companies(organisation(A))
    parsed.clear()
    columns = HEADERS[FileKind.COMPANIES]
    # The line is the same: none of the columns has a value.
    places = [columns.index(f"Other Provider Identifier_{slot}") for slot in (49, 50)]
    swapped = list(columns)
    swapped[places[0]], swapped[places[1]] = columns[places[1]], columns[places[0]]
    await directory.load(directory.write(FileKind.COMPANIES, [organisation(A)], MONTH_2, swapped))
    assert parsed == [A]


async def test_what_is_told_of_a_row_is_told_each_time(directory: Directory) -> None:
    rows = [organisation(A, state="MA", postal_code="2115"), organisation(B)]
    for period in ("20050523-20250112", MONTH_2):
        summary = await directory.companies(*rows, period=period)
        assert summary.total("lost_zeros") == 1, period
    assert summary.total("unchanged") == 2


@pytest.mark.parametrize(
    "more",
    [
        [organisation(A)],
        [organisation(A, "ACME LATER", **{layout.UPDATED: "02/01/2025"})],
        [deactivation(A, "02/01/2025")],
        [person(A)],
    ],
    ids=["the same row", "a later row", "a deactivation", "an individual"],
)
async def test_of_a_number_twice_in_a_file_what_stands_is_as_ever(
    directory: Directory, monkeypatch: pytest.MonkeyPatch, more: list[dict[str, str]]
) -> None:
    paths = written(
        directory,
        [
            (FileKind.COMPANIES, "20050523-20250112", [organisation(A), organisation(B)]),
            (FileKind.COMPANIES, MONTH_2, [organisation(A), organisation(B), *more]),
            (FileKind.COMPANIES, MONTH_3, [organisation(A), organisation(B)]),
        ],
    )
    assert await outcome(directory, paths) == await outcome_without(directory, monkeypatch, paths)


async def test_who_is_not_named_is_known_from_the_file_before(directory: Directory) -> None:
    await directory.companies(organisation(A), organisation(B))
    await directory.companies(organisation(A), period=MONTH_2)
    days = [(await directory.company(number))["record_as_of"] for number in (A, B)]
    assert [day and f"{day:%Y%m%d}" for day in days] == [None, "20250112"]


async def test_a_first_file_with_a_number_twice_notes_it_for_none(directory: Directory, parsed: list[str]) -> None:
    rows = [organisation(A), deactivation(A, "02/01/2099"), organisation(B)]
    await directory.companies(*rows)
    parsed.clear()
    await directory.companies(*rows, period=MONTH_2)
    assert parsed == [A, A]
    assert (await directory.company(A))["npi_status"] == "DEACTIVATED"


async def test_locations_change_beside_rows_that_say_nothing_new(directory: Directory, parsed: list[str]) -> None:
    await directory.companies(organisation(A), organisation(B))
    await directory.locations(secondary(A))
    parsed.clear()
    await directory.companies(organisation(A), organisation(B), period=MONTH_2)
    # A place that comes counts the company's version.
    assert parsed == [A]
    assert [place["line1"] for place in await directory.places(A)] == ["1 MAIN ST", "9 ELM AVE"]


@pytest.mark.slow
@given(worlds())
@settings(max_examples=10)
async def test_any_files_make_the_same_directory(directory: Directory, files: list[File]) -> None:
    paths = sorted(written(directory, files), key=lambda path: path.name.rpartition("-")[2])
    found = await outcome(directory, paths)
    with pytest.MonkeyPatch.context() as patch:
        assert found == await outcome_without(directory, patch, paths)


async def outcome(directory: Directory, paths: list[Path]) -> dict[str, Any]:
    """What is in each table after files one by one, and what each was counted to have done."""
    await emptied(directory)
    counts = [(await directory.load(path)).files[0].counts() for path in paths]
    tables = {
        table: [row[0] for row in await directory.connection.fetch(ROWS.format(table), TIMES)] for table in TABLES
    }
    return tables | {"counts": counts, "changes": await directory.changes()}


async def outcome_without(directory: Directory, patch: pytest.MonkeyPatch, paths: list[Path]) -> dict[str, Any]:
    """The same where every row is parsed."""

    async def none(*_: object) -> object:
        return NO_REPEATS

    patch.setattr("db.nppes.repeats.known_rows", none)
    return await outcome(directory, paths)
