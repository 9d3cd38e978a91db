"""A directory of invented companies: the same ones for the same seed and number, spread like the real ones."""

import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta

from db.npi import check_digit
from db.nppes import layout
from db.nppes.layout import FileKind
from db.nppes.places import Place, places
from db.nppes.sample_words import (
    COMPANY_FORMS,
    COMPANY_NAMES,
    COMPANY_TRADES,
    FIRST_NAMES,
    ISSUERS,
    LAST_NAMES,
    SECOND_LINES,
    STREET_KINDS,
    STREETS,
    TITLES,
)

Row = dict[str, str]

# CMS has issued no NPI that starts with 2, so no invented number can be a real one.
_FIRST_DIGIT = "2"
NUMBERS = 10**8

FIRST_DAY, LAST_DAY = date(2005, 5, 23), date(2025, 10, 12)

# The shares of real organisations, of a set of 1,779 (taxonomies) and 693,207 (secondary locations).
_TAXONOMY_COUNTS = ((1, 72), (2, 17), (3, 5), (4, 3), (5, 2), (8, 1))
_LOCATION_COUNTS = ((1, 1, 63), (2, 2, 20), (3, 3, 7), (4, 9, 8), (10, 25, 1.8), (26, 59, 0.2))
_TAXONOMIES = {
    "332B00000X": 131, "251E00000X": 130, "314000000X": 117, "3416L0300X": 75, "174400000X": 56,
    "251G00000X": 55, "333600000X": 48, "282N00000X": 46, "261QM1200X": 46, "261QA1903X": 46,
    "332BX2000X": 43, "207Q00000X": 39, "282NC0060X": 29, "291U00000X": 27, "225100000X": 26,
    "335E00000X": 20, "261QR0200X": 19, "341600000X": 19, "261QF0400X": 17, "313M00000X": 14,
    "332BP3500X": 12, "332BC3200X": 10, "1223G0001X": 14, "2085R0202X": 14, "251K00000X": 13,
}  # fmt: skip
_HAS_SECONDARY = 0.3
_HAS_SECOND_LINE = 0.27
_HAS_SECONDARY_FAX = 0.42
_HAS_FAX = 0.6
_IS_SUBPART = 110 / 1779
_HAS_IDENTIFIER = 0.76
_HAS_FURTHER_IDENTIFIER = 0.5
_HAS_OTHER_NAMES = 0.26
_IS_CERTIFIED = 0.26
_IS_ODD_PHONE = 0.001
_IS_DEACTIVATED = 0.015
_IS_REACTIVATED = 0.005
# Of individuals, so many that a registry of nine million rows has a quarter of a million of them.
_IS_GONE = 0.035


@dataclass
class Batch:
    """Rows of the three files, only the columns that have a value."""

    rows: dict[FileKind, list[Row]] = field(default_factory=lambda: {kind: [] for kind in FileKind})


def batches(companies: int, seed: int, size: int = 5_000) -> Iterator[Batch]:
    """Yield the sample in batches of companies, sorted by NPI, each of which has `room` numbers to itself."""
    rng = random.Random(seed)  # noqa: S311 (nothing here is secret)
    step = room(companies)
    parents = [_name(rng, rng.choice(places())) for _ in range(max(1, companies // 200))]
    for start in range(0, companies, size):
        batch = Batch()
        for place in range(start, min(start + size, companies)):
            _add(batch, rng, npi(place * step + rng.randrange(step)), parents)
        yield batch


def room(companies: int) -> int:
    """Return how many numbers there are for each of so many companies."""
    return NUMBERS // companies


def npi(number: int) -> str:
    """Return the NPI of a number below NUMBERS."""
    nine = f"{_FIRST_DIGIT}{number:08d}"
    return nine + check_digit(nine)


def _add(batch: Batch, rng: random.Random, npi: str, parents: list[str]) -> None:
    home = rng.choice(places())
    row = {layout.NPI: npi, layout.ENTITY_TYPE: "2", "Employer Identification Number (EIN)": "<UNAVAIL>"}
    row[layout.LEGAL_NAME] = _name(rng, home)
    for columns in (layout.PRACTICE, layout.MAILING):
        row |= _named(columns, _address(rng, home))
    row |= _dates(rng) | _official(rng) | _taxonomies(rng) | _identifiers(rng, home) | _parent(rng, parents)
    other = _other_names(rng, home) if rng.random() < _HAS_OTHER_NAMES else []
    if other:
        row |= {layout.OTHER_NAME: "<UNAVAIL>", layout.OTHER_NAME_TYPE: "6"}
    batch.rows[FileKind.COMPANIES].append(row)
    batch.rows[FileKind.NAMES].extend({layout.NPI: npi, **name} for name in other)
    batch.rows[FileKind.LOCATIONS].extend({layout.NPI: npi, **each} for each in _secondaries(rng, home))


def _name(rng: random.Random, home: Place) -> str:
    first = rng.choice((*COMPANY_NAMES, home.city.upper(), rng.choice(LAST_NAMES)))
    return " ".join((first, rng.choice(COMPANY_TRADES), rng.choice(COMPANY_FORMS))).strip()


def _named(columns: dict[str, str], values: dict[str, str]) -> Row:
    return {columns[name]: value for name, value in values.items() if value}


def _address(rng: random.Random, place: Place) -> dict[str, str]:
    second = f"{rng.choice(SECOND_LINES)} {rng.randrange(1, 900)}" if rng.random() < _HAS_SECOND_LINE else ""
    return {
        "line1": f"{rng.randrange(1, 9900)} {rng.choice(STREETS)} {rng.choice(STREET_KINDS)}",
        "line2": second,
        "city": place.city.upper(),
        "state": place.state,
        "postal_code": f"{place.zip}{rng.randrange(1, 10_000):04d}" if rng.random() < 0.7 else place.zip,  # noqa: PLR2004 (a share)
        "country": "US",
        "phone": _phone(rng),
        "fax": _phone(rng) if rng.random() < _HAS_FAX else "",
    }


def _phone(rng: random.Random) -> str:
    # 555-0100 to 555-0199 are kept for fiction by the North American Numbering Plan.
    if rng.random() < _IS_ODD_PHONE:
        return "5550199"
    return f"{rng.randrange(2, 10)}{rng.randrange(10, 100)}55501{rng.randrange(100):02d}"


def _day(rng: random.Random, first: date = FIRST_DAY) -> date:
    return first + timedelta(rng.randrange((LAST_DAY - first).days + 1))


def _dates(rng: random.Random) -> Row:
    enumerated = _day(rng)
    updated = _day(rng, enumerated)
    days = {layout.ENUMERATED: enumerated, layout.UPDATED: updated}
    if rng.random() < _IS_CERTIFIED:
        days[layout.CERTIFIED] = updated
    chance = rng.random()
    if chance < _IS_DEACTIVATED:
        days[layout.DEACTIVATED] = _day(rng, enumerated)
        if chance < _IS_REACTIVATED:
            days[layout.REACTIVATED] = _day(rng, days[layout.DEACTIVATED])
    return {column: f"{day:%m/%d/%Y}" for column, day in days.items()}


def _official(rng: random.Random) -> Row:
    values = {"first_name": rng.choice(FIRST_NAMES), "last_name": rng.choice(LAST_NAMES)}
    values |= {"title": rng.choice(TITLES), "phone": _phone(rng)}
    return _named(layout.OFFICIAL, values)


def _taxonomies(rng: random.Random) -> Row:
    counts, weights = zip(*_TAXONOMY_COUNTS, strict=True)
    codes = rng.choices(tuple(_TAXONOMIES), tuple(_TAXONOMIES.values()), k=rng.choices(counts, weights)[0])
    codes = list(dict.fromkeys(codes))
    primary = rng.randrange(len(codes))
    row: Row = {}
    for place, code in enumerate(codes):
        switch = "Y" if place == primary else "N"
        row |= {layout.TAXONOMY[name].format(place + 1): v for name, v in (("code", code), ("switch", switch))}
    return row


def _identifiers(rng: random.Random, home: Place) -> Row:
    row: Row = {}
    share = _HAS_IDENTIFIER
    for slot in range(1, layout.IDENTIFIER_SLOTS + 1):
        if rng.random() >= share:
            break
        share = _HAS_FURTHER_IDENTIFIER
        kind = rng.choice(("05", "05", "01"))
        values = {"identifier": str(rng.randrange(10**6, 10**9)), "type_code": kind, "state": home.state}
        values["issuer"] = rng.choice(ISSUERS) if kind == "01" else ""
        row |= {layout.IDENTIFIER[name].format(slot): value for name, value in values.items() if value}
    return row


def _parent(rng: random.Random, parents: list[str]) -> Row:
    if rng.random() >= _IS_SUBPART:
        return {layout.IS_SUBPART: "N"}
    parent = {layout.PARENT_NAME: rng.choice(parents), "Parent Organization TIN": "<UNAVAIL>"}
    return {layout.IS_SUBPART: "Y", **parent}


def _other_names(rng: random.Random, home: Place) -> list[Row]:
    kinds = rng.choices(("3", "5", "4"), (89, 8, 3), k=2 if rng.random() < 0.15 else 1)  # noqa: PLR2004 (a share)
    return [{layout.OTHER_NAME: _name(rng, home).title(), layout.OTHER_NAME_TYPE: kind} for kind in kinds]


def _secondaries(rng: random.Random, home: Place) -> Iterator[Row]:
    if rng.random() >= _HAS_SECONDARY:
        return
    low, high, _ = rng.choices(_LOCATION_COUNTS, [weight for *_, weight in _LOCATION_COUNTS])[0]
    near = [place for place in places() if place.state == home.state]
    for _ in range(rng.randint(low, high)):
        values = _address(rng, rng.choice(near))
        values["fax"] = _phone(rng) if rng.random() < _HAS_SECONDARY_FAX else ""
        yield _named(
            layout.SECONDARY,
            {name: value.title() if name in {"line1", "city"} else value for name, value in values.items()},
        )


def person(rng: random.Random) -> Row:
    """Return an individual's row without its NPI; some have lost theirs, and have the day of that alone."""
    if rng.random() < _IS_GONE:
        return {layout.DEACTIVATED: f"{_day(rng):%m/%d/%Y}"}
    home = rng.choice(places())
    row = {
        layout.ENTITY_TYPE: "1",
        "Provider Last Name (Legal Name)": rng.choice(LAST_NAMES),
        "Provider First Name": rng.choice(FIRST_NAMES),
        "Provider Sex Code": rng.choice("FM"),
        "Is Sole Proprietor": rng.choice("NY"),
    }
    for columns in (layout.PRACTICE, layout.MAILING):
        row |= _named(columns, _address(rng, home))
    return row | _dates(rng) | _taxonomies(rng) | _identifiers(rng, home)
