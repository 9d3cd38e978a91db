"""Small files as CMS writes them, and a directory to load them into."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from db.npi import check_digit
from db.nppes import layout
from db.nppes.layout import FileKind
from db.nppes.load import load
from db.nppes.sample import Row
from db.nppes.source import discover
from db.nppes.summary import Summary
from db.nppes.writer import csv_bytes, file_name

FULL = "20050523-20250112"
WEEK_1 = "20250113-20250119"
WEEK_2 = "20250120-20250126"

TABLES = (
    "companies", "locations", "changes", "deactivations", "loads", "zips", "parked_locations", "parked_names",
)  # fmt: skip


def npi(number: int) -> str:
    """Return the NPI with this number in its middle."""
    nine = f"1{number:08d}"
    return nine + check_digit(nine)


A, B, C, D = (npi(number) for number in (11, 22, 33, 44))


def organisation(number: str, name: str = "ACME OXYGEN LLC", **more: str) -> Row:
    """Return a row of an organisation; `line1` to `fax` are of its practice location."""
    place = {"line1": "1 MAIN ST", "city": "AUSTIN", "state": "TX", "postal_code": "787010001"}
    place |= {"country": "US", "phone": "5125550100", "fax": "5125550101"}
    place |= {field: more.pop(field) for field in tuple(more) if field in layout.PRACTICE}
    row = {layout.NPI: number, layout.ENTITY_TYPE: "2", layout.LEGAL_NAME: name}
    row |= {layout.ENUMERATED: "05/23/2005", layout.UPDATED: "01/02/2020", layout.IS_SUBPART: "N"}
    row |= {layout.PRACTICE[field]: value for field, value in place.items()}
    return row | more


def mailing(**fields: str) -> Row:
    """Return the columns of a mailing address."""
    return {layout.MAILING[field]: value for field, value in fields.items()}


def person(number: str) -> Row:
    """Return a row of an individual."""
    return organisation(number) | {layout.ENTITY_TYPE: "1", layout.LEGAL_NAME: ""}


def deactivation(number: str, day: str = "01/15/2025") -> Row:
    """Return a row as CMS leaves it of a deactivated NPI: the number and the day."""
    return {layout.NPI: number, layout.DEACTIVATED: day}


def secondary(number: str, line1: str = "9 ELM AVE", line2: str = "", **more: str) -> Row:
    """Return a row of a secondary location."""
    place = {"line1": line1, "line2": line2, "city": "DALLAS", "state": "TX", "postal_code": "752010001"}
    place |= {"country": "US", "phone": "2145550100"} | more
    return {layout.NPI: number, **{layout.SECONDARY[field]: value for field, value in place.items()}}


def other_name(number: str, name: str, kind: str = "3") -> Row:
    """Return a row of the other-names file."""
    return {layout.NPI: number, layout.OTHER_NAME: name, layout.OTHER_NAME_TYPE: kind}


@dataclass
class Directory:
    """An empty database, a folder for files, and what tests ask of both."""

    connection: Any
    folder: Path

    def write(self, kind: FileKind, rows: list[Row], period: str = FULL, header: list[str] | None = None) -> Path:
        """Write a CMS file and return its path."""
        path = self.folder / file_name(kind, period)
        path.write_bytes(csv_bytes(kind, rows, header))
        return path

    async def load(self, *paths: Path, **options: Any) -> Summary:
        """Load files."""
        return await load(self.connection, discover(paths), **options)

    async def companies(self, *rows: Row, period: str = FULL, **options: Any) -> Summary:
        """Write and load a main file."""
        return await self.load(self.write(FileKind.COMPANIES, list(rows), period), **options)

    async def locations(self, *rows: Row, period: str = FULL) -> Summary:
        """Write and load a file of secondary locations."""
        return await self.load(self.write(FileKind.LOCATIONS, list(rows), period))

    async def names(self, *rows: Row, period: str = FULL) -> Summary:
        """Write and load a file of other names."""
        return await self.load(self.write(FileKind.NAMES, list(rows), period))

    async def company(self, number: str) -> Any:
        """Return a company's row, None where there is none."""
        return await self.connection.fetchrow("SELECT * FROM companies WHERE npi = $1", number)

    async def places(self, number: str) -> list[Any]:
        """Return a company's locations, the primary one first."""
        query = "SELECT * FROM locations WHERE npi = $1 ORDER BY rank, line1"
        return list(await self.connection.fetch(query, number))

    async def changes(self) -> list[tuple[str, str, list[str]]]:
        """Return what was recorded: NPI, kind, fields."""
        rows = await self.connection.fetch("SELECT npi, kind, fields FROM changes ORDER BY id")
        return [(row["npi"], row["kind"], row["fields"]) for row in rows]

    async def contents(self) -> dict[str, tuple[int, str | None]]:
        """Return each table's number of rows and a hash of all that is in it."""
        query = "SELECT count(*), md5(string_agg(t::text, '|' ORDER BY t::text)) FROM {} t"
        return {table: tuple(await self.connection.fetchrow(query.format(table))) for table in TABLES}
