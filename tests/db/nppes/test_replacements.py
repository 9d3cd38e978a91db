"""The number that a file names in place of another: taken in, told as a change, kept until a newer one differs."""

from typing import Any

import pytest

from db.nppes import layout
from db.nppes.layout import FileKind
from tests.db.nppes.cms import FULL, WEEK_1, WEEK_2, A, B, C, D, Directory, deactivation, organisation, person

REPLACED_BY_B = {layout.REPLACEMENT: B}
REPORT = "20250126"


async def remembered(directory: Directory, number: str) -> str | None:
    found: str | None = await directory.connection.fetchval(
        "SELECT replacement_npi FROM deactivations WHERE npi = $1", number
    )
    return found


async def replacement(directory: Directory, number: str) -> Any:
    return (await directory.company(number))["replacement_npi"]


async def test_a_replacement_comes_with_an_organisation_and_is_a_change(directory: Directory) -> None:
    await directory.companies(organisation(A), organisation(B))
    assert await replacement(directory, A) is None
    await directory.companies(organisation(A) | REPLACED_BY_B, period=WEEK_1)
    assert await replacement(directory, A) == B
    assert (await directory.changes())[-1] == (A, "COMPANY_UPDATED", ["replacement_npi"])
    await directory.companies(organisation(A), period=WEEK_2)
    assert await replacement(directory, A) is None


async def test_a_first_release_has_replacements(directory: Directory) -> None:
    await directory.companies(
        organisation(A) | REPLACED_BY_B, organisation(B), deactivation(C) | REPLACED_BY_B, deactivation(D)
    )
    assert await replacement(directory, A) == B
    assert [await remembered(directory, number) for number in (C, D)] == [B, None]


async def test_a_row_of_a_number_and_a_date_may_name_one_and_the_report_takes_none_away(
    directory: Directory,
) -> None:
    await directory.companies(organisation(A), organisation(B))
    await directory.companies(deactivation(A) | REPLACED_BY_B, deactivation(C) | REPLACED_BY_B, period=WEEK_1)
    fields = ["npi_status", "deactivated_on", "replacement_npi", "is_active"]
    assert (await directory.changes())[-1] == (A, "COMPANY_DEACTIVATED", fields)
    path = directory.folder / f"NPPES Deactivated NPI Report {REPORT}.csv"
    path.write_text(f"NPI,{layout.REPORTED}\n{A},01/16/2025\n{C},01/16/2025\n")
    await directory.load(path)
    assert (await directory.changes())[-1] == (A, "COMPANY_UPDATED", ["deactivated_on"])
    assert (await replacement(directory, A), await remembered(directory, C)) == (B, B)


async def test_a_replacement_that_is_told_later_is_a_change(directory: Directory) -> None:
    await directory.companies(organisation(A), organisation(B), deactivation(C))
    await directory.companies(deactivation(A), period=WEEK_1)
    await directory.companies(deactivation(A) | REPLACED_BY_B, deactivation(C) | REPLACED_BY_B, period=WEEK_2)
    assert (await directory.changes())[-1] == (A, "COMPANY_UPDATED", ["replacement_npi"])
    assert (await replacement(directory, A), await remembered(directory, C)) == (B, B)


async def test_an_older_record_keeps_the_newer_words_on_its_status(directory: Directory) -> None:
    await directory.companies(organisation(B), period=FULL)
    await directory.companies(deactivation(A) | REPLACED_BY_B, period=WEEK_2)
    await directory.companies(organisation(A), period=WEEK_1)
    found = await directory.company(A)
    assert (found["npi_status"], found["replacement_npi"]) == ("DEACTIVATED", B)


async def test_an_individual_s_reactivated_number_has_none(directory: Directory) -> None:
    await directory.companies(organisation(B), deactivation(C) | REPLACED_BY_B)
    again = person(C) | {layout.DEACTIVATED: "01/15/2025", layout.REACTIVATED: "01/16/2025"}
    await directory.companies(again, period=WEEK_1)
    assert await remembered(directory, C) is None


async def test_a_company_that_became_an_individual_has_none(directory: Directory) -> None:
    await directory.companies(organisation(A), organisation(B))
    await directory.companies(deactivation(A) | REPLACED_BY_B, period=WEEK_1)
    again = person(A) | {layout.DEACTIVATED: "01/15/2025", layout.REACTIVATED: "01/20/2025"}
    await directory.companies(again, period=WEEK_2)
    found = await directory.company(A)
    assert (found["npi_status"], found["replacement_npi"]) == ("UNKNOWN", None)
    assert "replacement_npi" in (await directory.changes())[-1][2]


@pytest.mark.parametrize("text", ["12345", "1234567890", "3234567893", "NONE", "<UNAVAIL>", " "])
async def test_what_cannot_be_an_npi_is_no_replacement(directory: Directory, text: str) -> None:
    await directory.companies(organisation(A) | {layout.REPLACEMENT: text}, organisation(B))
    assert await replacement(directory, A) is None


async def test_a_file_without_the_column_is_still_good(directory: Directory) -> None:
    header = [name for name in layout.HEADERS[FileKind.COMPANIES] if name != layout.REPLACEMENT]
    await directory.load(directory.write(FileKind.COMPANIES, [organisation(A)], header=header))
    assert await replacement(directory, A) is None
