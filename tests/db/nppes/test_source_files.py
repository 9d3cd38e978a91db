"""Files as people have them: ZIPs of any make, the report of deactivations, CSV as spreadsheets save it."""

import zipfile
from collections.abc import Callable
from datetime import date, datetime
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from openpyxl import Workbook

from db.nppes import layout
from db.nppes.errors import BrokenFileError, LoadError
from db.nppes.layout import FileKind
from db.nppes.source import discover
from tests.db.nppes.cms import FULL, WEEK_1, A, B, C, D, Directory, organisation, other_name, secondary

REPORT = "NPPES Deactivated NPI Report 20250113.xlsx"


def packed(path: Path, entries: dict[str, bytes], **options: Any) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in entries.items():
            # zipfile would make slashes of backslashes on Windows alone.
            with archive.open(zipfile.ZipInfo(name), "w", **options) as entry:
                entry.write(content)
    return path


def report(*rows: tuple[object, object]) -> bytes:
    workbook = Workbook()
    sheet = workbook.active
    assert sheet is not None
    sheet.append(["NPPES Deactivated NPI Report"])
    sheet.append([])
    sheet.append(["NPI", "NPPES Deactivation Date"])
    for row in rows:
        sheet.append(list(row))
    buffer = BytesIO()
    workbook.save(buffer)
    return buffer.getvalue()


def entries(directory: Directory) -> tuple[bytes, bytes]:
    companies = directory.write(FileKind.COMPANIES, [organisation(A)])
    locations = directory.write(FileKind.LOCATIONS, [secondary(A)])
    contents = (companies.read_bytes(), locations.read_bytes())
    companies.unlink()
    locations.unlink()
    return contents


MAIN, PLACES = f"npidata_pfile_{FULL}.csv", f"pl_pfile_{FULL}.csv"


@pytest.mark.parametrize(
    "shape", ["backslashes", "folders", "macOS", "nested", "nested twice", "zip64", "upper case"]
)
async def test_zips_of_any_make(directory: Directory, shape: str) -> None:
    main, places = entries(directory)
    path = directory.folder / ("A.ZIP" if shape == "upper case" else "a.zip")
    both = {MAIN: main, PLACES: places, "readme.pdf": b"%PDF", f"endpoint_pfile_{FULL}.csv": b"no"}
    if shape == "backslashes":
        packed(path, {f"NPPES\\October\\{name}": content for name, content in both.items()})
    elif shape == "folders":
        packed(path, {"NPPES/": b"", **{f"NPPES/{name}": content for name, content in both.items()}})
    elif shape == "macOS":
        shadows = {f"__MACOSX/._{name}": b"\0\5\x16\7" for name in both} | {"__MACOSX/._a.zip": b"\0\5\x16\7"}
        packed(path, both | shadows)
    elif shape.startswith("nested"):
        inner = packed(directory.folder / "inner", both).read_bytes()
        packed(path, {"week\\inner.zip": inner if shape == "nested" else
                      packed(directory.folder / "outer", {"x.zip": inner}).read_bytes()})  # fmt: skip
    elif shape == "zip64":
        packed(path, both, force_zip64=True)
    else:
        packed(path, {name.upper(): content for name, content in both.items()})
    summary = await directory.load(path)
    assert [file.kind for file in summary.files] == [FileKind.COMPANIES, FileKind.LOCATIONS]
    assert len(await directory.places(A)) == 2


async def test_zips_that_cannot_be_read_say_why(directory: Directory) -> None:
    main, _ = entries(directory)
    path = packed(directory.folder / "a.zip", {MAIN: main})
    data = path.read_bytes()
    central = data.index(b"PK\1\2")
    # The method and the flags in the local header and in the directory.
    for offset, value, reason in ((8, 9, "Deflate64"), (6, 1, "encrypted")):
        changed = bytearray(data)
        changed[offset] = changed[central + offset + 2] = value
        path.write_bytes(changed)
        with pytest.raises(BrokenFileError, match=reason):
            discover([path])


@pytest.mark.parametrize("is_zipped", [False, True])
async def test_the_report_of_deactivations(directory: Directory, *, is_zipped: bool) -> None:
    await directory.companies(organisation(A), organisation(B), organisation(D))
    await directory.companies(organisation(B, "BACK"), period=WEEK_1)
    rows = report((A, "01/10/2025"), (int(B), datetime(2025, 1, 9)), (float(C), "3/4/2019"))  # noqa: DTZ001
    path = directory.folder / REPORT
    path.write_bytes(rows)
    if is_zipped:
        path = packed(directory.folder / "NPPES_Deactivated_NPI_Report_011325.zip", {f"x\\{REPORT}": rows})
    summary = await directory.load(path)
    [file] = summary.files
    assert (file.kind, file.read, file.deactivated, file.older) == (FileKind.DEACTIVATIONS, 3, 1, 1)
    row = await directory.company(A)
    assert (row["npi_status"], row["deactivated_on"]) == ("DEACTIVATED", date(2025, 1, 10))
    assert [(await directory.company(number))["npi_status"] for number in (B, D)] == ["ACTIVE", "ACTIVE"]
    assert await directory.connection.fetchval("SELECT deactivated_on FROM deactivations") == date(2019, 3, 4)
    period = await directory.connection.fetchval(
        "SELECT max(period_end) FROM loads WHERE file_kind = 'DEACTIVATIONS'"
    )
    assert period == date(2025, 1, 13)


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ((1.23457e9, "01/10/2025"), "line 4: the NPI fails its check digit"),
        (("1.23457E+09", "01/10/2025"), "line 4: a spreadsheet has rounded the NPI"),
        ((A, "soon"), "line 4: an impossible date in NPPES Deactivation Date"),
        ((A, None), "line 4: no deactivation date"),
    ],
)
async def test_a_bad_row_of_the_report_is_named(
    directory: Directory, row: tuple[object, object], reason: str
) -> None:
    path = directory.folder / REPORT
    path.write_bytes(report(row))
    with pytest.raises(LoadError, match=reason):
        await directory.load(path)


async def test_workbooks_that_are_no_report(directory: Directory) -> None:
    path = directory.folder / "Deactivated.xlsx"
    path.write_bytes(b"no ZIP")
    with pytest.raises(BrokenFileError, match=r"Deactivated\.xlsx"):
        await directory.load(path)
    workbook = Workbook()
    workbook.save(path)
    with pytest.raises(BrokenFileError, match="no sheet has the columns NPI and NPPES Deactivation Date"):
        await directory.load(path)
    packed(path, {"xl/workbook.xml": b"<"})
    with pytest.raises(BrokenFileError, match="can't be read as a workbook of Excel"):
        await directory.load(path)


DAMAGES: dict[str, Callable[[bytes], bytes]] = {
    "cut short": lambda sheet: sheet[: len(sheet) // 2],
    "no XML": lambda sheet: sheet[:-200] + b"<" + sheet[-199:],
    "a text that isn't there": lambda sheet: sheet.replace(b't="n"><v>', b't="s"><v>'),
    "no number": lambda sheet: sheet.replace(f"<v>{A}</v>".encode(), b"<v>abc</v>"),
    "a cell in no column": lambda sheet: sheet.replace(b'r="A4"', b'r="4"'),
}


@pytest.mark.parametrize("damage", DAMAGES)
async def test_a_damaged_workbook_is_told_wherever_it_is_damaged(directory: Directory, damage: str) -> None:
    path = directory.folder / REPORT
    path.write_bytes(report(*[(int(A), "01/10/2025")] * 3000))
    with zipfile.ZipFile(path) as archive:
        contents = {name: archive.read(name) for name in archive.namelist()}
    sheet = "xl/worksheets/sheet1.xml"
    damaged = DAMAGES[damage](contents[sheet])
    assert damaged != contents[sheet]
    packed(path, contents | {sheet: damaged})
    with pytest.raises(BrokenFileError, match="can't be read as a workbook of Excel"):
        await directory.load(path)


SPREADSHEETS = {
    "semicolons": (";", "utf-8-sig", "\r\n", False),
    "commas": (",", "utf-8-sig", "\r\n", False),
    "commas, in Windows-1252": (",", "cp1252", "\r\n", False),
    "Unicode text": ("\t", "utf-16", "\r\n", False),
    "quoted semicolons": (";", "utf-8", "\n", True),
}


@pytest.mark.parametrize("form", SPREADSHEETS)
async def test_files_that_a_spreadsheet_saved(directory: Directory, form: str) -> None:
    separator, encoding, end, is_quoted = SPREADSHEETS[form]
    path = directory.write(FileKind.COMPANIES, [organisation(A, "CAFÉ MUÑOZ LLC"), organisation(B, "PLAIN LLC")])
    text = path.read_bytes().decode("latin-1").replace('","', f'"{separator}"')
    # Spreadsheets write days without zeros.
    text = text.replace("05/23/2005", "5/23/2005").replace("\n", end)
    path.write_bytes((text if is_quoted else text.replace('"', "")).encode(encoding))
    summary = await directory.load(path)
    assert (summary.total("created"), summary.total("rejected")) == (2, 0)
    row = await directory.company(A)
    assert (row["name"], row["enumerated_on"]) == ("CAFÉ MUÑOZ LLC", date(2005, 5, 23))


async def test_rounded_numbers_are_told(directory: Directory) -> None:
    path = directory.write(FileKind.NAMES, [other_name(A, "x"), other_name("1.23457E+09", "y")])
    with pytest.raises(LoadError, match=r"line 3: a spreadsheet has rounded the NPI"):
        await directory.load(path)


@pytest.mark.parametrize(
    ("state", "code", "country", "stored"),
    [
        ("MA", "2115", "US", None),
        ("MA", "21151234", "", None),
        ("PR", "906", "US", None),
        ("MA", "02115", "US", "02115"),
        ("TX", "7870", "US", "7870"),
        ("MA", "2115", "NL", "2115"),
    ],
)
async def test_zips_that_lost_their_zeros_are_told_and_not_stored(
    directory: Directory, state: str, code: str, country: str, stored: str | None
) -> None:
    place = {"state": state, "postal_code": code, "country": country}
    first = await directory.companies(organisation(A, **place))
    second = await directory.locations(secondary(A, **place))
    assert [row["postal_code"] for row in await directory.places(A)] == [stored, stored]
    assert [first.total("lost_zeros"), second.total("lost_zeros")] == [int(stored is None)] * 2


@pytest.mark.parametrize(
    ("number", "country", "stored"),
    [
        ("5125550100", "US", "+15125550100"),
        ("5125550100", "", "+15125550100"),
        ("7875550100", "PR", "+17875550100"),
        ("4165550100", "ca", "+14165550100"),
        ("8183456789", "MX", "8183456789"),
        ("0753411000", "JP", "0753411000"),
        ("0000000000", "US", "0000000000"),
        ("1125550100", "US", "1125550100"),
        ("5121550100", "US", "5121550100"),
        ("512-555-0100", "US", "512-555-0100"),
    ],
)
async def test_a_number_is_in_e164_form_where_the_north_american_plan_has_it(
    directory: Directory, number: str, country: str, stored: str
) -> None:
    mail = {layout.MAILING[field]: value for field, value in (("phone", number), ("country", country))}
    official = {layout.OFFICIAL["last_name"]: "X", layout.OFFICIAL["phone"]: number}
    await directory.companies(organisation(A, phone=number, fax=number, country=country) | mail | official)
    await directory.locations(secondary(A, phone=number, fax=number, country=country))
    places = await directory.places(A)
    assert {row[field] for row in places for field in ("phone", "fax")} == {stored}
    row = await directory.company(A)
    assert row["phone"] == stored
    assert f'"phone": "{stored}"' in row["authorized_official"]
