"""What bites in the files that CMS publishes, point by point."""

import json
from datetime import date

import pytest

from db.nppes import layout
from db.nppes.errors import BrokenFileError
from db.nppes.layout import HEADERS, RELEASE, FileKind
from db.nppes.source import discover
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
    mailing,
    organisation,
    other_name,
    person,
    secondary,
)  # fmt: skip

MAIN = HEADERS[FileKind.COMPANIES]


async def test_columns_are_found_by_name_in_any_order(directory: Directory) -> None:
    shuffled = [*reversed(MAIN)]
    path = directory.write(FileKind.COMPANIES, [organisation(A, "ACME OXYGEN LLC")], header=shuffled)
    await directory.load(path)
    row = await directory.company(A)
    assert (row["name"], row["enumerated_on"]) == ("ACME OXYGEN LLC", date(2005, 5, 23))


async def test_the_329_columns_of_2018_are_taken(directory: Directory) -> None:
    old = [column for column in MAIN if column != layout.CERTIFIED]
    old[old.index("Provider Sex Code")] = "Provider Gender Code"
    assert len(old) == 329
    await directory.load(directory.write(FileKind.COMPANIES, [organisation(A)], header=old))
    assert (await directory.company(A))["certified_on"] is None


async def test_the_columns_of_the_v3_draft_are_ignored(directory: Directory) -> None:
    added = ["npi_managed_by", "npi_activation_status", "npi_activation_change_reason_list"]
    added += ["npi_activation_future_change_date", "npi_fhir_url"]
    uuid = {"Employer Identification Number (EIN)": "0d7f0f5e-8a5c-4b0e-9b1a-2f1c3d4e5f60"}
    row = organisation(A) | uuid | dict.fromkeys(added, "x")
    await directory.load(directory.write(FileKind.COMPANIES, [row], header=[*MAIN, *added]))
    stored = await directory.company(A)
    assert stored["name"] == "ACME OXYGEN LLC"
    assert stored["tax_id_last4"] is None


async def test_names_of_columns_differ_in_blanks_and_case(directory: Directory) -> None:
    header = [column.upper().replace("- ", "-  ") for column in HEADERS[FileKind.LOCATIONS]]
    named = {header[HEADERS[FileKind.LOCATIONS].index(key)]: value for key, value in secondary(A).items()}
    await directory.companies(organisation(A))
    await directory.load(directory.write(FileKind.LOCATIONS, [named], header=header))
    assert [place["line1"] for place in await directory.places(A)] == ["1 MAIN ST", "9 ELM AVE"]


async def test_a_missing_column_is_named_before_anything_is_written(directory: Directory) -> None:
    before = await directory.contents()
    header = [column for column in MAIN if column != layout.LEGAL_NAME]
    path = directory.write(FileKind.COMPANIES, [organisation(A)], header=header)
    with pytest.raises(BrokenFileError, match=r"lacks the column .*Legal Business Name"):
        await directory.load(path)
    assert await directory.contents() == before


async def test_a_deactivated_row_changes_the_status_and_keeps_the_record(directory: Directory) -> None:
    await directory.companies(organisation(A, "ACME OXYGEN LLC"))
    before = await directory.company(A)
    summary = await directory.companies(deactivation(A), period=WEEK_1)
    after = await directory.company(A)
    assert (after["npi_status"], after["deactivated_on"]) == ("DEACTIVATED", date(2025, 1, 15))
    assert after["is_active"] is False
    assert (after["name"], after["nppes_updated_on"]) == (before["name"], before["nppes_updated_on"])
    assert after["version"] == before["version"] + 1
    assert [place["line1"] for place in await directory.places(A)] == ["1 MAIN ST"]
    assert summary.total("deactivated") == 1
    fields = ["npi_status", "deactivated_on", "is_active"]
    assert (await directory.changes())[-1] == (A, "COMPANY_DEACTIVATED", fields)


async def test_a_deactivated_number_never_seen_is_remembered_until_it_has_a_name(
    directory: Directory,
) -> None:
    await directory.companies(organisation(A), deactivation(B), deactivation(C))
    known = await directory.connection.fetch("SELECT npi, deactivated_on FROM deactivations ORDER BY npi")
    assert [tuple(row) for row in known] == [(B, date(2025, 1, 15)), (C, date(2025, 1, 15))]
    await directory.companies(organisation(B), person(C), period=WEEK_1)
    assert await directory.connection.fetchval("SELECT count(*) FROM deactivations") == 0
    assert (await directory.company(B))["npi_status"] == "ACTIVE"
    assert await directory.company(C) is None


@pytest.mark.parametrize(
    ("deactivated", "reactivated", "status"),
    [
        ("", "", "ACTIVE"),
        ("01/01/2020", "", "DEACTIVATED"),
        ("01/01/2020", "12/31/2019", "DEACTIVATED"),
        ("01/01/2020", "01/01/2020", "ACTIVE"),
        ("01/01/2020", "01/02/2020", "ACTIVE"),
    ],
)
async def test_reactivated_rows_keep_both_dates(
    directory: Directory, deactivated: str, reactivated: str, status: str
) -> None:
    dates = {layout.DEACTIVATED: deactivated, layout.REACTIVATED: reactivated}
    await directory.companies(organisation(A) | dates)
    row = await directory.company(A)
    assert (row["npi_status"], row["is_active"]) == (status, status == "ACTIVE")
    assert (row["deactivated_on"] is not None, row["reactivated_on"] is not None) == (
        bool(deactivated),
        bool(reactivated),
    )


async def test_a_reactivation_brings_a_company_back(directory: Directory) -> None:
    await directory.companies(organisation(A))
    await directory.companies(deactivation(A), period=WEEK_1)
    both = {layout.DEACTIVATED: "01/15/2025", layout.REACTIVATED: "01/20/2025"}
    summary = await directory.companies(organisation(A) | both, period=WEEK_2)
    row = await directory.company(A)
    assert (row["npi_status"], row["is_active"]) == ("ACTIVE", True)
    assert summary.total("reactivated") == 1
    assert (await directory.changes())[-1][1] == "COMPANY_REACTIVATED"


@pytest.mark.parametrize("mask", ["<UNAVAIL>", "$$$$$$$$$", "*********", "=========", "", "  "])
async def test_masks_and_unavail_are_stored_as_nothing(directory: Directory, mask: str) -> None:
    row = organisation(A, line2=mask, fax=mask)
    row |= {layout.PARENT_NAME: mask, layout.OTHER_NAME: mask, layout.OTHER_NAME_TYPE: "6"}
    row |= {layout.IDENTIFIER["identifier"].format(1): mask, layout.OFFICIAL["last_name"]: mask}
    await directory.companies(row)
    stored = await directory.company(A)
    assert stored["parent_name"] is None
    assert stored["authorized_official"] is None
    assert (stored["identifiers"], stored["other_names"]) == ("[]", "[]")
    (place,) = await directory.places(A)
    assert (place["line2"], place["fax"]) == (None, None)


async def test_an_other_name_of_type_6_is_elsewhere_and_others_are_names(directory: Directory) -> None:
    six = {layout.OTHER_NAME: "<UNAVAIL>", layout.OTHER_NAME_TYPE: "6"}
    three = {layout.OTHER_NAME: "ACME DIRECT", layout.OTHER_NAME_TYPE: "3"}
    await directory.companies(organisation(A) | six, organisation(B) | three)
    await directory.names(other_name(A, "Acme of Austin"), other_name(A, "Old Acme", "4"))
    assert json.loads((await directory.company(B))["other_names"]) == [
        {"name": "ACME DIRECT", "kind": "DOING_BUSINESS_AS"}
    ]
    row = await directory.company(A)
    assert json.loads(row["further_names"]) == [
        {"name": "Acme of Austin", "kind": "DOING_BUSINESS_AS"},
        {"name": "Old Acme", "kind": "FORMER_LEGAL"},
    ]
    assert "'austin'" in row["words"]


async def test_the_primary_taxonomy_is_the_one_with_the_switch(directory: Directory) -> None:
    row = organisation(A)
    group = "193400000X SINGLE SPECIALTY  GROUP"
    for slot, code, switch in ((1, "251E00000X", "N"), (2, "332B00000X", "Y"), (15, "314000000X", "N")):
        row |= {layout.TAXONOMY["code"].format(slot): code, layout.TAXONOMY["switch"].format(slot): switch}
    row |= {
        layout.TAXONOMY["license_number"].format(2): "L-1",
        layout.TAXONOMY["license_state"].format(2): "TX",
    }
    row |= {layout.TAXONOMY["group"].format(2): group}
    await directory.companies(row)
    stored = await directory.company(A)
    assert stored["taxonomy_codes"] == ["251E00000X", "332B00000X", "314000000X"]
    taxonomies = json.loads(stored["taxonomies"])
    assert [taxonomy["is_primary"] for taxonomy in taxonomies] == [False, True, False]
    assert taxonomies[1] == {
        "code": "332B00000X", "is_primary": True, "license_number": "L-1", "license_state": "TX", "group": group,
    }  # fmt: skip


async def test_all_fifty_identifier_slots_are_read_in_order(directory: Directory) -> None:
    row = organisation(A)
    for slot in range(1, 51):
        row |= {layout.IDENTIFIER["identifier"].format(slot): f"ID{slot}"}
        row |= {
            layout.IDENTIFIER["type_code"].format(slot): "05",
            layout.IDENTIFIER["state"].format(slot): "TX",
        }
    await directory.companies(row)
    identifiers = json.loads((await directory.company(A))["identifiers"])
    assert [each["identifier"] for each in identifiers] == [f"ID{slot}" for slot in range(1, 51)]
    assert identifiers[0] == {"identifier": "ID1", "type_code": "05", "state": "TX", "issuer": None}


async def test_spellings_of_one_place_are_one_location(directory: Directory) -> None:
    await directory.companies(organisation(A))
    summary = await directory.locations(
        secondary(A, "500 N Lamar Blvd", "Ste 210"),
        secondary(A, "500 N LAMAR BLVD", "SUITE 210"),
        secondary(A, "500 North Lamar Boulevard, Suite #210"),
        secondary(A, "500 N. Lamar Blvd.", "Unit 210"),
        secondary(A, "500 N Lamar Blvd", "Ste 211"),
        secondary(A, "500 N Lamar Blvd", "Ste 210", postal_code="75202"),
    )
    places = await directory.places(A)
    assert [place["line2"] for place in places[1:]] == ["Ste 210", "Ste 211", "Ste 210"]
    assert summary.total("duplicates") == 3


async def test_a_new_phone_is_an_update_and_a_new_address_a_removal_and_an_addition(
    directory: Directory,
) -> None:
    await directory.companies(organisation(A))
    await directory.locations(secondary(A, "9 ELM AVE"), secondary(A, "8 OAK ST"))
    before = {place["line1"]: place["id"] for place in await directory.places(A)}
    moved = secondary(A, "7 ASH ST")
    summary = await directory.locations(secondary(A, "9 ELM AVE", phone="2145550199"), moved, period=WEEK_1)
    after = {place["line1"]: place["id"] for place in await directory.places(A)}
    assert after["9 ELM AVE"] == before["9 ELM AVE"]
    assert set(after) == {"1 MAIN ST", "9 ELM AVE", "7 ASH ST"}
    counts = {name: summary.total(f"locations_{name}") for name in ("added", "updated", "removed")}
    assert counts == {"added": 1, "updated": 1, "removed": 1}
    assert (A, "LOCATION_UPDATED", ["phone"]) in await directory.changes()


async def test_a_secondary_equal_to_the_primary_is_dropped(directory: Directory) -> None:
    await directory.companies(organisation(A, line1="1 MAIN ST", line2="SUITE 5"))
    again = secondary(A, "1 Main Street", "Ste 5", city="Austin", postal_code="787019999")
    await directory.locations(again, secondary(A))
    assert [place["line1"] for place in await directory.places(A)] == ["1 MAIN ST", "9 ELM AVE"]


async def test_a_primary_that_moves_onto_a_secondary_takes_its_place(directory: Directory) -> None:
    await directory.companies(organisation(A))
    await directory.locations(secondary(A, "9 Elm Avenue"), secondary(A, "8 OAK ST"))
    primary = (await directory.places(A))[0]["id"]
    moved = organisation(A, line1="9 ELM AVE", city="DALLAS", postal_code="75201")
    summary = await directory.companies(moved, period=WEEK_1)
    places = await directory.places(A)
    assert [(place["line1"], place["is_primary"]) for place in places] == [
        ("9 ELM AVE", True),
        ("8 OAK ST", False),
    ]
    assert places[0]["id"] == primary
    assert (summary.total("locations_updated"), summary.total("locations_removed")) == (1, 1)


async def test_a_weekly_set_replaces_the_old_one_and_leaves_others_alone(directory: Directory) -> None:
    await directory.companies(organisation(A), organisation(B))
    await directory.locations(secondary(A, "1 OLD RD"), secondary(A, "2 OLD RD"), secondary(B, "3 OLD RD"))
    await directory.names(other_name(A, "Old Name"), other_name(B, "Other Name"))
    await directory.locations(secondary(A, "2 OLD RD"), period=WEEK_1)
    await directory.names(other_name(A, "New Name"), period=WEEK_1)
    assert [place["line1"] for place in await directory.places(A)] == ["1 MAIN ST", "2 OLD RD"]
    assert [place["line1"] for place in await directory.places(B)] == ["1 MAIN ST", "3 OLD RD"]
    assert "New Name" in (await directory.company(A))["further_names"]
    assert "Other Name" in (await directory.company(B))["further_names"]


async def test_a_full_file_takes_away_what_it_does_not_name(directory: Directory) -> None:
    await directory.companies(organisation(A), organisation(B))
    await directory.locations(secondary(A), secondary(B))
    await directory.names(other_name(A, "Name A"), other_name(B, "Name B"))
    month = "20050523-20250209"
    await directory.locations(secondary(A), period=month)
    await directory.names(other_name(A, "Name A"), period=month)
    assert len(await directory.places(A)) == 2
    assert len(await directory.places(B)) == 1
    assert (await directory.company(B))["further_names"] == "[]"
    await directory.companies(organisation(A), period=month)
    assert await directory.company(B) is not None


async def test_the_same_files_twice_change_nothing(directory: Directory) -> None:
    paths = [
        directory.write(FileKind.COMPANIES, [organisation(A), organisation(B), deactivation(C), person(D)]),
        directory.write(FileKind.LOCATIONS, [secondary(A), secondary(A, "9 Elm Ave."), secondary(C)]),
        directory.write(FileKind.NAMES, [other_name(A, "Acme"), other_name(A, "Acme"), other_name(D, "No")]),
    ]
    await directory.load(*paths)
    before = await directory.contents()
    summary = await directory.load(*paths)
    after = await directory.contents()
    assert {table for table in before if before[table] != after[table]} == {"loads"}
    assert summary.total("unchanged") == 2


async def test_people_are_skipped_and_counted_and_not_stored(directory: Directory) -> None:
    summary = await directory.companies(organisation(A), person(B), person(C))
    assert (summary.total("read"), summary.total("individuals"), summary.total("created")) == (3, 2, 1)
    assert await directory.connection.fetchval("SELECT count(*) FROM companies") == 1


async def test_addresses_and_phones_that_are_not_as_in_the_us_keep_their_text(directory: Directory) -> None:
    foreign = {"city": "TORONTO", "state": "Ontario", "postal_code": "M5V 2T6", "country": "CA"}
    await directory.companies(
        organisation(A, phone="011 44 20 7946 0000", **foreign),
        organisation(B, state="ZZ", phone="5125550100"),
    )
    (place,) = await directory.places(A)
    stored = [place[field] for field in ("state", "postal_code", "plus4", "country", "phone")]
    assert stored == ["Ontario", "M5V 2T6", None, "CA", "011 44 20 7946 0000"]
    (place,) = await directory.places(B)
    stored = [place[field] for field in ("state", "postal_code", "plus4", "phone")]
    assert stored == ["ZZ", "78701", "0001", "+15125550100"]


async def test_mailing_is_an_address_of_the_company_and_never_a_location(directory: Directory) -> None:
    away = mailing(line1="PO BOX 1", city="RENO", state="NV", postal_code="895010001", phone="7755550100", fax="")
    await directory.companies(organisation(A) | away)
    row = await directory.company(A)
    assert json.loads(row["mailing_address"]) == {
        "line1": "PO BOX 1", "line2": None, "city": "RENO", "state": "NV", "postal_code": "89501",
        "plus4": "0001", "country": "US",
    }  # fmt: skip
    assert (row["phone"], row["fax"]) == ("+17755550100", None)
    assert [place["city"] for place in await directory.places(A)] == ["AUSTIN"]


async def test_the_parent_is_a_text(directory: Directory) -> None:
    await directory.companies(organisation(A) | {layout.IS_SUBPART: "Y", layout.PARENT_NAME: "BIG HEALTH INC"})
    row = await directory.company(A)
    assert (row["is_subpart"], row["parent_name"]) == (True, "BIG HEALTH INC")


async def test_a_pinned_flag_stays_where_the_administrator_put_it(directory: Directory) -> None:
    await directory.companies(organisation(A), organisation(B))
    await directory.connection.execute("UPDATE companies SET is_active_pinned = true WHERE npi = $1", A)
    await directory.companies(deactivation(A), deactivation(B), period=WEEK_1)
    flags = [(await directory.company(number))["is_active"] for number in (A, B)]
    assert flags == [True, False]


async def test_what_people_own_survives_the_next_load(directory: Directory) -> None:
    await directory.companies(organisation(A))
    run = directory.connection.execute
    await run("UPDATE companies SET website = 'https://acme.example', tax_id_last4 = '1234'")
    await run("UPDATE locations SET name = 'Front desk', email = 'desk@acme.example', is_active = false")
    await run(
        "INSERT INTO locations (id, npi, kind, line1, source)"
        " VALUES (gen_random_uuid(), $1, 'WAREHOUSE', '5 DEPOT RD', 'MANUAL')", A,
    )  # fmt: skip
    await directory.companies(organisation(A, "ACME RENAMED LLC", phone="5125550177"), period=WEEK_1)
    await directory.locations(secondary(A), period="20050523-20250209")
    row = await directory.company(A)
    assert (row["name"], row["website"], row["tax_id_last4"]) == (
        "ACME RENAMED LLC", "https://acme.example", "1234",
    )  # fmt: skip
    places = {place["line1"]: place for place in await directory.places(A)}
    assert set(places) == {"1 MAIN ST", "5 DEPOT RD", "9 ELM AVE"}
    front = places["1 MAIN ST"]
    assert (front["name"], front["email"], front["is_active"]) == ("Front desk", "desk@acme.example", False)
    assert front["phone"] == "+15125550177"


async def test_a_hand_edit_of_an_nppes_field_is_overwritten_and_recorded(directory: Directory) -> None:
    await directory.companies(organisation(A, "ACME OXYGEN LLC"))
    await directory.connection.execute("UPDATE companies SET name = 'Edited by hand'")
    await directory.companies(organisation(A, "ACME OXYGEN LLC"), period=WEEK_1)
    assert (await directory.company(A))["name"] == "ACME OXYGEN LLC"
    assert (await directory.changes())[-1] == (A, "COMPANY_UPDATED", ["name"])


async def test_a_company_entered_by_hand_becomes_one_of_nppes(directory: Directory) -> None:
    run = directory.connection.execute
    await run("INSERT INTO companies (npi, name, npi_status, source) VALUES ($1, 'Hand', 'UNKNOWN', 'MANUAL')", A)
    await run(
        "INSERT INTO locations (id, npi, kind, is_primary, line1, source)"
        " VALUES (gen_random_uuid(), $1, 'PRIMARY_PRACTICE', true, '3 HAND ST', 'MANUAL')", A,
    )  # fmt: skip
    await directory.companies(organisation(A, "ACME OXYGEN LLC"))
    row = await directory.company(A)
    assert (row["name"], row["source"], row["npi_status"]) == ("ACME OXYGEN LLC", "NPPES", "ACTIVE")
    places = [(place["line1"], place["is_primary"], place["source"]) for place in await directory.places(A)]
    assert places == [("3 HAND ST", True, "MANUAL"), ("1 MAIN ST", False, "NPPES")]
    number, kind, fields = (await directory.changes())[0]
    assert (number, kind) == (A, "COMPANY_UPDATED")
    assert {"name", "source", "npi_status"} <= set(fields)


async def test_a_secondary_made_primary_by_hand_gives_way_when_nppes_drops_it(directory: Directory) -> None:
    await directory.companies(organisation(A))
    await directory.locations(secondary(A), secondary(A, "8 OAK ST"))
    await directory.connection.execute("UPDATE locations SET is_primary = false")
    await directory.connection.execute("UPDATE locations SET is_primary = true WHERE line1 = '9 ELM AVE'")
    await directory.companies(organisation(A, phone="5125550133"), period=WEEK_1)
    assert (await directory.places(A))[0]["line1"] == "9 ELM AVE"
    await directory.locations(secondary(A, "8 OAK ST"), period=WEEK_1)
    places = [(place["line1"], place["is_primary"]) for place in await directory.places(A)]
    assert places == [("1 MAIN ST", True), ("8 OAK ST", False)]


async def test_rows_of_an_older_file_are_counted_and_not_taken(directory: Directory) -> None:
    await directory.companies(organisation(A, "NEW NAME"), period=WEEK_2)
    summary = await directory.companies(organisation(A, "OLD NAME"), organisation(B), period=WEEK_1)
    assert (summary.total("older"), summary.total("created"), summary.total("unchanged")) == (1, 1, 0)
    assert (await directory.company(A))["name"] == "NEW NAME"
    again = await directory.companies(organisation(A, "OLD NAME"), organisation(B), period=WEEK_1)
    assert again.files[0].skipped is not None
    assert "newer ones since" in again.files[0].skipped
    other = await directory.companies(organisation(A, "ANOTHER OLD NAME"), organisation(B), period=WEEK_1)
    assert other.files[0].skipped is None


async def test_a_folder_is_loaded_release_by_release(directory: Directory) -> None:
    for period in (WEEK_1, FULL):
        for kind in RELEASE:
            directory.write(kind, [], period)
    (directory.folder / "npidata_pfile_20050523-20250112_FileHeader.csv").write_text("no")
    (directory.folder / "endpoint_pfile_20050523-20250112.csv").write_text("no")
    names = [source.name for source in discover([directory.folder])]
    assert names == [f"{kind.value}_pfile_{period}.csv" for period in (FULL, WEEK_1) for kind in RELEASE]


async def test_each_line_is_read_in_its_own_encoding(directory: Directory) -> None:
    names = {A: ("PEÑA", "utf-8"), B: ("MUÑOZ", "latin-1"), C: ("D\u2019ARCY", "cp1252"), D: ("X\x81", "latin-1")}
    lines = directory.write(FileKind.COMPANIES, [organisation(each, "N A M E") for each in names]).read_bytes()
    header, *rows = lines.splitlines(keepends=True)
    coded = [
        row.replace(b"N A M E", name.encode(how)) for row, (name, how) in zip(rows, names.values(), strict=True)
    ]
    path = directory.folder / "npidata_pfile_20050523-20250112.csv"
    path.write_bytes(b"".join([header, *coded]))
    summary = await directory.load(path)
    stored = [(await directory.company(number))["name"] for number in names]
    assert stored == [name for name, _ in names.values()]
    assert summary.total("recoded") == 3


@pytest.mark.parametrize("encoding", ["latin-1", "utf-8"])
async def test_latin_1_and_utf_8_are_both_read(directory: Directory, encoding: str) -> None:
    path = directory.write(FileKind.COMPANIES, [organisation(A, "FARMACIA MUÑOZ"), organisation(B, "CAFÉ Ã©")])
    path.write_bytes(path.read_bytes().decode("latin-1").encode(encoding))
    await directory.load(path)
    names = [(await directory.company(number))["name"] for number in (A, B)]
    assert names == ["FARMACIA MUÑOZ", "CAFÉ Ã©"]


async def test_files_without_quotes_or_with_other_line_ends_are_read(directory: Directory) -> None:
    path = directory.write(FileKind.NAMES, [])
    path.write_bytes(path.read_bytes().replace(b'"', b"").replace(b"\n", b"\r\n"))
    with path.open("ab") as file:
        file.write(f'{A},Plain,3\r\n\r\n{A},"With, ""quotes""",5\r\n"{A}","Quoted","4"'.encode())
    await directory.companies(organisation(A))
    await directory.load(path)
    names = [each["name"] for each in json.loads((await directory.company(A))["further_names"])]
    assert names == ["Plain", 'With, "quotes"', "Quoted"]


async def test_a_full_file_after_a_newer_increment_is_still_loaded(directory: Directory) -> None:
    await directory.companies(organisation(A), period=WEEK_1)
    summary = await directory.companies(organisation(A), organisation(B), period=FULL)
    assert summary.total("created") == 1
    again = await directory.companies(organisation(A), organisation(B), period=FULL)
    assert again.total("created") == again.total("changed") == 0
    assert again.files[0].skipped is not None
