"""What becomes of a number: named twice, given to an individual, or named before its company is."""

import pytest

from db.nppes import layout
from tests.db.nppes.cms import (
    FULL,
    WEEK_1,
    WEEK_2,
    A,
    B,
    C,
    D,
    Directory,
    deactivation,
    npi,
    organisation,
    other_name,
    person,
    secondary,
)


async def test_of_a_number_twice_in_a_file_the_row_updated_last_stands(directory: Directory) -> None:
    rows = [organisation(A, "FIRST"), organisation(B), organisation(A, "SECOND"), organisation(A, "THIRD")]
    rows[2] |= {layout.UPDATED: "01/03/2020"}
    rows[3] |= {layout.UPDATED: "12/31/2019"}
    await directory.companies(*rows)
    summary = await directory.companies(*rows)
    assert (await directory.company(A))["name"] == "SECOND"
    assert (summary.total("changed"), summary.total("unchanged"), summary.total("duplicates")) == (0, 2, 2)


async def test_of_equal_rows_in_different_blocks_the_first_stands(
    directory: Directory, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("db.nppes.blocks.BLOCK_BYTES", 5_000)
    rows = [
        organisation(A, "FIRST"),
        *(organisation(npi(n)) for n in range(100, 120)),
        organisation(A, "SECOND"),
    ]
    summary = await directory.companies(*rows)
    assert (await directory.company(A))["name"] == "FIRST"
    assert (summary.total("created"), summary.total("duplicates")) == (21, 1)
    assert len(await directory.places(A)) == 1


@pytest.mark.parametrize(("day", "status"), [("01/01/2020", "ACTIVE"), ("01/02/2020", "DEACTIVATED")])
async def test_of_a_record_and_a_deactivation_in_one_file_the_later_stands(
    directory: Directory, day: str, status: str
) -> None:
    for number, other in ((A, B), (C, D)):
        summary = await directory.companies(organisation(other), deactivation(number, day), organisation(number))
        assert (await directory.company(number))["npi_status"] == status
        assert summary.total("duplicates") == (status == "ACTIVE")


async def test_a_company_whose_number_goes_to_an_individual_is_one_no_longer(directory: Directory) -> None:
    await directory.companies(organisation(A, "ACME OXYGEN LLC"), organisation(B))
    summary = await directory.companies(person(A), person(C), period=WEEK_1)
    row = await directory.company(A)
    assert (row["npi_status"], row["is_active"], row["name"]) == ("UNKNOWN", False, "ACME OXYGEN LLC")
    assert (summary.total("became_individuals"), summary.total("individuals")) == (1, 2)
    assert (await directory.changes())[-1] == (A, "COMPANY_DEACTIVATED", ["npi_status", "is_active"])
    assert await directory.company(C) is None
    again = await directory.companies(person(A), person(C), period=WEEK_1)
    assert again.total("became_individuals") == 0
    await directory.companies(organisation(A, "ACME OXYGEN LLC"), organisation(C), period=WEEK_2)
    row = await directory.company(A)
    assert (row["npi_status"], row["is_active"]) == ("ACTIVE", True)
    assert (A, "COMPANY_REACTIVATED", ["npi_status", "is_active"]) in await directory.changes()
    assert (await directory.company(C))["npi_status"] == "ACTIVE"


async def test_an_individual_beside_an_organisation_of_the_same_number_does_not_count(
    directory: Directory,
) -> None:
    await directory.companies(organisation(A))
    await directory.companies(person(A), organisation(A), period=WEEK_1)
    assert (await directory.company(A))["npi_status"] == "ACTIVE"


@pytest.mark.parametrize("more", [{layout.DEACTIVATED: "01/15/2025"}, {}])
async def test_a_deactivated_individual_is_a_deactivated_number(
    directory: Directory, more: dict[str, str]
) -> None:
    await directory.companies(organisation(B), person(A) | more)
    assert await directory.connection.fetchval("SELECT count(*) FROM deactivations") == len(more)


async def test_rows_of_the_smaller_files_wait_for_their_company(directory: Directory) -> None:
    await directory.companies(organisation(A), period=FULL)
    waiting = await directory.locations(secondary(B), secondary(A), period=WEEK_1)
    await directory.names(other_name(B, "Bee"), period=WEEK_1)
    assert waiting.total("strangers") == 1
    summary = await directory.companies(organisation(B), period=WEEK_1)
    assert [place["line1"] for place in await directory.places(B)] == ["1 MAIN ST", "9 ELM AVE"]
    assert summary.total("locations_added") == 2
    row = await directory.company(B)
    assert "Bee" in row["further_names"]
    assert row["version"] == 1


async def test_nothing_is_kept_of_individuals(directory: Directory) -> None:
    await directory.locations(secondary(A), secondary(B))
    await directory.names(other_name(A, "Ay"), other_name(B, "Bee"))
    await directory.companies(organisation(A), person(B))
    counts = await directory.contents()
    assert {counts[table][0] for table in ("parked_locations", "parked_names", "deactivations")} == {0}
    await directory.locations(secondary(A), secondary(B))
    assert await directory.connection.fetchval("SELECT count(*) FROM parked_locations") == 0


@pytest.mark.parametrize(
    "rows",
    [[secondary(A, "8 OAK ST")], [secondary(A), secondary(A, "7 ASH ST")], [secondary(A, phone="2145550111")]],
)
async def test_a_secondary_location_that_changes_changes_its_company_once(
    directory: Directory, rows: list[dict[str, str]]
) -> None:
    await directory.companies(organisation(A), organisation(B))
    await directory.locations(secondary(A), secondary(A, "8 OAK ST"), secondary(B))
    before = {number: await directory.company(number) for number in (A, B)}
    await directory.locations(*rows, period=WEEK_1)
    after = await directory.company(A)
    assert after["version"] == before[A]["version"] + 1
    assert after["updated_at"] > before[A]["updated_at"]
    assert await directory.company(B) == before[B]
    await directory.locations(*rows, period=WEEK_1)
    assert await directory.company(A) == after


async def test_a_primary_location_that_changes_changes_its_company_once(directory: Directory) -> None:
    await directory.companies(organisation(A), organisation(B))
    await directory.companies(organisation(A, line1="2 MAIN ST"), organisation(B, "BEE"), period=WEEK_1)
    assert [(await directory.company(number))["version"] for number in (A, B)] == [2, 2]
