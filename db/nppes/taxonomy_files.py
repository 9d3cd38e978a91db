"""The NUCC's file of taxonomy codes, as it is published or as a spreadsheet saved it."""

import csv
import re
from dataclasses import astuple, dataclass
from io import StringIO
from pathlib import Path

from db.nppes.blocks import text_of
from db.nppes.errors import BrokenFileError, NotLoadableError
from db.nppes.table import values_of

# What columns are called in the header, in versions of the file since 2007; those that must be there.
_NAMES = {
    "code": ("code",),
    "grouping": ("grouping", "type"),
    "classification": ("classification",),
    "specialization": ("specialization",),
    "name": ("display name",),
    "definition": ("definition",),
    "notes": ("notes",),
    "section": ("section",),
}
_REQUIRED = ("code", "grouping", "classification", "specialization")
_CODE = re.compile(r"[0-9A-Z]{10}")
# The NUCC's has half a megabyte.
_MOST_BYTES = 20_000_000


@dataclass(frozen=True)
class Name:
    """What a code stands for; in the order of the columns of the table."""

    code: str
    grouping: str
    classification: str
    specialization: str | None
    name: str
    definition: str | None
    notes: str | None
    section: str | None

    @property
    def row(self) -> tuple[str | None, ...]:
        """Return its values in that order."""
        return astuple(self)


def read_names(path: Path) -> list[Name]:
    """Return what a file says, each code once. Raises LoadError where any of it can't be right."""
    text = _read(path)
    first = text.partition("\n")[0]
    # A semicolon is what spreadsheets write where commas are decimal points.
    separator = max((",", ";", "\t"), key=lambda each: len(_columns(first, each)))
    columns = _columns(first, separator)
    if missing := [name for name in _REQUIRED if name not in columns]:
        raise BrokenFileError(
            f"{path.name} is no file of the NUCC's taxonomy codes: no column is named {' or '.join(missing)}. It "
            "must be the CSV file of nucc.org, whose first line names Code, Grouping, Classification and "
            "Specialization."
        )
    found: dict[str, Name] = {}
    # A definition may have several lines.
    reader = csv.reader(StringIO(text, newline=""), strict=True, delimiter=separator)
    try:
        next(reader)
        line = reader.line_num + 1
        for values in reader:
            if any(value.strip() for value in values):
                name = _name(values, columns, f"{path.name}, line {line:,}")
                if name.code in found:
                    raise BrokenFileError(f"{path.name}, line {line:,}: {name.code} comes twice.")
                found[name.code] = name
            line = reader.line_num + 1
    except csv.Error as error:
        raise BrokenFileError(f"{path.name}, line {line:,}: it is no CSV ({error}).") from error
    if not found:
        raise BrokenFileError(f"{path.name} holds no taxonomy code.")
    return list(found.values())


def _read(path: Path) -> str:
    try:
        if path.stat().st_size > _MOST_BYTES:
            raise BrokenFileError(f"{path.name} has more than {_MOST_BYTES:,} bytes.")
        text = text_of(path.read_bytes())
    except OSError as error:
        raise NotLoadableError(f"{path} can't be read: {error.strerror or error}.") from error
    if "\0" in text:
        raise BrokenFileError(
            f"{path.name} is no text: it holds a NUL character. A workbook must be saved as CSV."
        )
    return text


def _columns(header: str, separator: str) -> dict[str, int]:
    """Return the places of the columns that a header names."""
    values = values_of(header.rstrip("\r"), separator)
    if isinstance(values, str):
        return {}
    present = [" ".join(re.split(r"[\s_]+", value.strip().casefold())) for value in values]
    places = {
        name: next((present.index(each) for each in called if each in present), -1)
        for name, called in _NAMES.items()
    }
    return {name: place for name, place in places.items() if place >= 0}


def _name(values: list[str], columns: dict[str, int], where: str) -> Name:
    given = {
        name: " ".join(values[place].split()) or None if place < len(values) else None
        for name, place in columns.items()
    }
    code, grouping, classification = (given[name] or "" for name in _REQUIRED[:3])
    if not _CODE.fullmatch(code):
        raise BrokenFileError(f"{where}: the code isn't ten letters and digits, as 332B00000X is.")
    if not grouping or not classification:
        raise BrokenFileError(f"{where}: {code} has no {'classification' if grouping else 'grouping'}.")
    specialization = given["specialization"]
    return Name(
        code, grouping, classification, specialization, given.get("name") or specialization or classification,
        given.get("definition"), given.get("notes"), given.get("section"),
    )  # fmt: skip
