"""Files of taxonomy codes: of several makes, loaded in place of the one before, refused where they are wrong."""

from pathlib import Path
from typing import Any

import pytest

from db.nppes.errors import BrokenFileError, NotLoadableError
from db.nppes.taxonomies import load_taxonomies
from db.nppes.taxonomy_files import read_names
from tests.db.nppes.cms import Directory

HEADER = "Code,Grouping,Classification,Specialization,Definition,Notes,Display Name,Section"
SUPPLIES = '332B00000X,Suppliers,"Equipment, Durable",,"Sells it.\nRents it.",Ours,Equipment,Non-Individual'
OXYGEN = '332BX2000X,Suppliers,"Equipment, Durable",Oxygen,,,Oxygen,Non-Individual'
SEMICOLONS = """Section;Display Name;Specialization;Classification;Type;Code;More
;Equipment;;Equipment, Durable;Suppliers;332B00000X;
;Oxygen;Oxygen;Equipment, Durable;Suppliers;332BX2000X;x
"""
OLD = """Code,Type,Classification,Specialization
332B00000X,Suppliers,"Equipment, Durable",
332BX2000X,Suppliers," Equipment,  Durable",Oxygen"""
FILE = f"{HEADER}\n{SUPPLIES}\n{OXYGEN}\n"
NAMES = ("332B00000X", "Suppliers", "Equipment, Durable", None, "Equipment"), (
    "332BX2000X", "Suppliers", "Equipment, Durable", "Oxygen", "Oxygen",
)  # fmt: skip


def file(folder: Path, content: str | bytes) -> Path:
    path = folder / "nucc_taxonomy_251.csv"
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


async def stored(directory: Directory) -> list[tuple[Any, ...]]:
    rows = await directory.connection.fetch(
        'SELECT code, "grouping", classification, specialization, name FROM taxonomies ORDER BY code'
    )
    return [tuple(row) for row in rows]


@pytest.mark.parametrize(
    "content",
    [
        FILE,
        f"\ufeff{FILE}",
        FILE.replace("\n", "\r\n"),
        FILE.encode("utf-16"),
        f"{HEADER.lower().replace('display name', 'display_name')}\n\n{OXYGEN}\n{SUPPLIES}\n,,,,,,,\n",
        SEMICOLONS,
        OLD,
    ],
)
def test_a_file_of_any_make_says_the_same(tmp_path: Path, content: str | bytes) -> None:
    found = sorted(read_names(file(tmp_path, content)), key=lambda name: name.code)
    names = [(each.code, each.grouping, each.classification, each.specialization) for each in found]
    assert names == [each[:4] for each in NAMES]


def test_all_columns_are_read_and_letters_of_windows(tmp_path: Path) -> None:
    content = FILE.replace("Ours", "Émile").encode("cp1252")
    assert read_names(file(tmp_path, content))[0].row == (
        "332B00000X", "Suppliers", "Equipment, Durable", None, "Equipment", "Sells it. Rents it.", "Émile",
        "Non-Individual",
    )  # fmt: skip


def test_a_file_without_display_names_has_the_most_special_ones(tmp_path: Path) -> None:
    content = "Code,Grouping,Classification,Specialization\n332B00000X,S,C,\n332BX2000X,S,C,O\n"
    assert [each.name for each in read_names(file(tmp_path, content))] == ["C", "O"]


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ("", "no column is named code or grouping or classification or specialization"),
        ("NPI,Name\n1,2\n", "no column is named code or grouping"),
        (f"{HEADER}\n", "holds no taxonomy code"),
        (f"{FILE}332B,Suppliers,C,,,,,\n", "line 5: the code isn't ten letters and digits"),
        (f"{FILE}332B00000Y,,C,,,,,\n", "line 5: 332B00000Y has no grouping"),
        (f"{FILE}332B00000Y,S\n", "line 5: 332B00000Y has no classification"),
        (f"{FILE}{OXYGEN}\n", "line 5: 332BX2000X comes twice"),
        (f'{FILE}332B00000Y,"S,C,,,,,\n', "line 5: it is no CSV (unexpected end of data)"),
        (f"{FILE}\0", "it holds a NUL character"),
        (b"PK\x03\x04\0\0", "it holds a NUL character"),
    ],
)
async def test_what_cannot_be_right_is_refused_whole(
    directory: Directory, tmp_path: Path, content: str | bytes, told: str
) -> None:
    await load_taxonomies(directory.connection, file(tmp_path, FILE))
    with pytest.raises(BrokenFileError) as refused:
        await load_taxonomies(directory.connection, file(tmp_path, content))
    assert told in str(refused.value)
    assert await stored(directory) == list(NAMES)


async def test_an_absent_file_is_told(directory: Directory, tmp_path: Path) -> None:
    with pytest.raises(NotLoadableError, match="can't be read: No such file"):
        await load_taxonomies(directory.connection, tmp_path / "absent.csv")


async def test_a_file_takes_the_place_of_the_one_before_and_twice_is_once(
    directory: Directory, tmp_path: Path
) -> None:
    first = await load_taxonomies(directory.connection, file(tmp_path, FILE))
    again = await load_taxonomies(directory.connection, file(tmp_path, FILE))
    assert (first.read, first.changed, first.removed) == (2, 2, 0)
    assert (again.read, again.changed, again.removed) == (2, 0, 0)
    other = FILE.replace(OXYGEN, "335E00000X,Suppliers,Prostheses,,,,Prostheses,").replace(
        ",Equipment,", ",Stuff,"
    )
    third = await load_taxonomies(directory.connection, file(tmp_path, other))
    assert (third.read, third.changed, third.removed) == (2, 2, 1)
    assert [(row[0], row[4]) for row in await stored(directory)] == [
        ("332B00000X", "Stuff"), ("335E00000X", "Prostheses"),
    ]  # fmt: skip
    loads = await directory.connection.fetch("SELECT file_kind, file_name, counts FROM loads ORDER BY id")
    assert [(row["file_kind"], row["file_name"]) for row in loads] == [("TAXONOMIES", "nucc_taxonomy_251.csv")] * 3
    assert await directory.changes() == []
