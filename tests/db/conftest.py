"""Small random directories, written into one database of the test run and wiped for each example."""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import islice
from typing import Any

import asyncpg
import pytest
from hypothesis import strategies as st

from db.engine import Database, decode_json

Row = dict[str, Any]
Draw = Callable[[st.SearchStrategy[Any]], Any]

# Many ties, and whatever makes folding, sorting and searching hard.
NAMES = (
    "Acme Medical Supply", "ACME MEDICAL SUPPLY", "Ácme Médical", "O'Brien's Care", "OBriens care", "Zoë Ütrecht",
    "Łódź Ośrodek", "日本 Care", "a", "~tilde", "Medical", "Care 24/7", "100% \\ _Care_", "ß-Klinik", "😀 Smiles",
)  # fmt: skip
PARENTS = (None, None, "Acme Group", "ÁCME GROUP", "Other")
CODES = ("332B00000X", "332BX2000X", "251G00000X", "3336C0003X")
DAYS = (None, None, date(2020, 2, 29), date(2020, 3, 1), date(2024, 12, 31))
CITIES = (None, "Austin", "AUSTIN", "Coeur d'Alene", "Coeur dAlene", "Añasco")
STATES = (
    ("TX", "US"),
    ("FL", "US"),
    (None, "US"),
    ("BAVARIA", "DE"),
    ("Bávaria", "DE"),
    ("Qc", "CA"),
    ("tX", "CA"),
)
ZIPS = (None, "78701", "78702", "K1A 0B1")
# Round one place, the antimeridian and a pole; longitude and latitude.
POSITIONS = (
    None, (-97.7431, 30.2672), (-97.7431, 30.2672), (-97.7, 30.3), (-98.2, 30.1), (179.9, 51.5), (-179.9, 51.5),
    (180.0, 51.5), (-180.0, 51.4), (10.0, 89.9), (-170.0, 89.9), (42.0, 90.0),
)  # fmt: skip
KINDS = ("PRIMARY_PRACTICE", "SECONDARY_PRACTICE", "WAREHOUSE", "OTHER")
# Licenses expire about today.
DAYS_FROM_TODAY = st.sampled_from((-400, -1, 0, 1, 30))
NOON = datetime(2025, 1, 1, 12, tzinfo=UTC)


@dataclass
class Rows:
    """A directory: rows of companies, of locations and of licenses."""

    companies: list[Row]
    locations: list[Row]
    licenses: list[Row]


@st.composite
def directories(draw: Any, max_companies: int = 12, max_locations: int = 4) -> Rows:
    """Draw a directory; locations belong to its companies, at most one of each is primary."""
    found = Rows([], [], [])
    for number in range(draw(st.integers(0, max_companies))):
        npi = str(1_000_000_000 + draw(st.integers(0, 9)) * 1000 + number)
        found.companies.append(draw(company_row(npi)))
        for place in range(draw(st.integers(0, max_locations))):
            found.locations.append(draw(location_row(npi, is_first=place == 0)))
        found.licenses += draw(st.lists(license_row(npi), max_size=3))
    return found


@st.composite
def company_row(draw: Any, npi: str) -> Row:

    def pick(values: Sequence[Any]) -> Any:
        return draw(st.sampled_from(values))

    return {
        "npi": npi,
        "name": pick(NAMES),
        "other_names": [
            {"name": name, "kind": "OTHER"} for name in draw(st.lists(st.sampled_from(NAMES), max_size=2))
        ],
        "is_active": draw(st.booleans()),
        "npi_status": pick(("ACTIVE", "DEACTIVATED", "UNKNOWN")),
        "deactivated_on": pick(DAYS),
        "enumerated_on": pick(DAYS),
        "nppes_updated_on": pick(DAYS),
        "parent_name": pick(PARENTS),
        "taxonomy_codes": draw(st.lists(st.sampled_from(CODES), max_size=2)),
        "updated_at": NOON + timedelta(microseconds=draw(st.integers(0, 2))),
        "source": "NPPES",
    }


@st.composite
def location_row(draw: Any, npi: str, *, is_first: bool) -> Row:

    def pick(values: Sequence[Any]) -> Any:
        return draw(st.sampled_from(values))

    state, country = pick(STATES)
    position = pick(POSITIONS)
    is_primary = is_first and draw(st.booleans())
    return {
        "id": draw(st.uuids()),
        "npi": npi,
        # The registry's place isn't always the primary one.
        "kind": pick((*KINDS[:1] * 4, *KINDS)) if is_primary else pick(KINDS),
        "is_primary": is_primary,
        "is_active": draw(st.booleans()),
        "city": pick(CITIES),
        "state": state,
        "country": country,
        "postal_code": pick(ZIPS),
        "position": None if position is None else asyncpg.Point(*position),
        "position_precision": None if position is None else "ROOFTOP",
        "updated_at": NOON + timedelta(microseconds=draw(st.integers(0, 2))),
        "source": "NPPES",
    }


@st.composite
def license_row(draw: Any, npi: str) -> Row:
    first, last = sorted(draw(st.tuples(DAYS_FROM_TODAY, DAYS_FROM_TODAY)))
    return {
        "id": draw(st.uuids()),
        "npi": npi,
        "kind": draw(st.sampled_from(("MEDICAL_EQUIPMENT", "PHARMACY"))),
        "number": "1",
        "issued_on": draw(st.sampled_from((None, day_from_today(first)))),
        "expires_on": day_from_today(last),
        "source": "MANUAL",
    }


def day_from_today(number: int) -> date:
    """The day, in UTC, that is so many days from today."""
    return datetime.now(UTC).date() + timedelta(days=number)


class Scratch:
    """A database that an example fills."""

    def __init__(self, database: Database, writer: asyncpg.Connection) -> None:
        self.database = database
        self.writer = writer

    async def fill(self, rows: Rows) -> None:
        """Replace whatever is there."""
        await self.empty()
        await self.insert("companies", rows.companies)
        await self.insert("locations", rows.locations)
        await self.insert("licenses", rows.licenses)

    async def empty(self) -> None:
        """Remove whatever is there; of few rows in a tenth of the time that TRUNCATE takes for their indexes."""
        await self.writer.execute(
            "DELETE FROM licenses; DELETE FROM locations; DELETE FROM companies; DELETE FROM zips"
        )

    async def insert(self, table: str, rows: Sequence[Mapping[str, Any]]) -> None:
        """Insert rows that have the same columns, in one statement: each has its triggers run."""
        if not rows:
            return
        columns = list(rows[0])
        places = (f"${place}" for place in range(1, len(rows) * len(columns) + 1))
        values = ", ".join(f"({', '.join(islice(places, len(columns)))})" for _ in rows)
        statement = f"INSERT INTO {table} ({', '.join(columns)}) VALUES {values}"  # noqa: S608 - our own names
        await self.writer.execute(statement, *(row[column] for row in rows for column in columns))


@pytest.fixture(scope="session")
def random_directories() -> Callable[..., st.SearchStrategy[Rows]]:
    """Return the strategy that draws a directory."""
    return directories


@pytest.fixture(scope="module")
async def scratch(new_database_url: Callable[[], Awaitable[str]]) -> AsyncIterator[Scratch]:
    """A database for a module's examples."""
    url = await new_database_url()
    writer = await asyncpg.connect(url)
    await decode_json(writer)
    async with Database.open(url) as database:
        yield Scratch(database, writer)
    await writer.close()
