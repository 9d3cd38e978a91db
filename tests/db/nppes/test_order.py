"""The order in which files are loaded makes no difference: a row keeps the word of the newest file."""

import json
from datetime import date
from itertools import chain, permutations
from pathlib import Path
from typing import Any

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from db.nppes import layout
from db.nppes.layout import FileKind
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
)  # fmt: skip

pytestmark = pytest.mark.slow

SHARED = [folder / "shared" / "nppes" for folder in Path(__file__).resolve().parents]
REAL = next((folder for folder in SHARED if folder.is_dir()), None)

# What says when and how often something was written, and by which file.
TIMES = ("created_at", "updated_at", "version", "as_of", "record_as_of", "status_as_of", "names_as_of",
         "locations_as_of")  # fmt: skip
ROWS = "SELECT to_jsonb(t) - $1::text[] AS row FROM {} t ORDER BY 1"
TABLES = ("companies", "locations", "deactivations", "parked_locations", "parked_names")

MONTH_2 = "20050523-20250209"
WEEK_3 = "20250210-20250216"
REACTIVATED = {layout.DEACTIVATED: "01/15/2025", layout.REACTIVATED: "01/22/2025"}

File = tuple[FileKind, str, list[dict[str, str]]]


async def contents(directory: Directory) -> dict[str, Any]:
    """All that the directory holds but for times, versions and stamps."""
    return {
        table: [json.loads(row[0]) for row in await directory.connection.fetch(ROWS.format(table), TIMES)]
        for table in TABLES
    }


async def emptied(directory: Directory) -> None:
    await directory.connection.execute(f"TRUNCATE {', '.join(TABLES)}, licenses, changes, loads")


async def loaded(directory: Directory, paths: list[Path]) -> dict[str, Any]:
    """The directory after files one by one, each by a load of its own."""
    await emptied(directory)
    for path in paths:
        await directory.load(path)
    return await contents(directory)


def written(directory: Directory, files: list[File]) -> list[Path]:
    return [directory.write(kind, rows, period) for kind, period, rows in files]


@pytest.mark.skipif(REAL is None, reason="no real CMS files beside this checkout")
async def test_every_order_of_real_files_makes_one_directory(directory: Directory) -> None:
    assert REAL is not None
    files = [path for path in sorted(REAL.glob("*_pfile_*.csv")) if "FileHeader" not in path.name]
    assert len(files) == 5
    expected: dict[str, Any] | None = None
    for order in permutations(files):
        found = await loaded(directory, list(order))
        row = await directory.company("1083617286")
        assert (row["npi_status"], row["deactivated_on"]) == ("DEACTIVATED", date(2025, 10, 13)), order
        expected = expected or found
        assert found == expected, order
    assert expected is not None
    await emptied(directory)
    await directory.load(REAL)
    assert await contents(directory) == expected


STORIES: dict[str, list[File]] = {
    "deactivated, and back again": [
        (FileKind.COMPANIES, FULL, [organisation(A), organisation(B)]),
        (FileKind.COMPANIES, WEEK_1, [deactivation(A), deactivation(C)]),
        (FileKind.COMPANIES, WEEK_2, [organisation(A, "ACME AGAIN") | REACTIVATED, person(C) | REACTIVATED]),
        (FileKind.COMPANIES, WEEK_3, [deactivation(A, "02/11/2025")]),
    ],
    "renamed, moved, and renamed again": [
        (FileKind.COMPANIES, FULL, [organisation(A, "FIRST", line1="1 FIRST ST")]),
        (FileKind.COMPANIES, WEEK_1, [organisation(A, "SECOND", line1="2 SECOND ST"), organisation(B)]),
        (FileKind.COMPANIES, WEEK_2, [organisation(A, "THIRD", line1="3 THIRD ST")]),
        (FileKind.COMPANIES, MONTH_2, [organisation(A, "FOURTH", line1="4 FOURTH ST"), deactivation(B)]),
    ],
    "locations open and close": [
        (FileKind.COMPANIES, FULL, [organisation(A), organisation(B)]),
        (FileKind.LOCATIONS, FULL, [secondary(A), secondary(A, "8 OAK ST"), secondary(B)]),
        (FileKind.LOCATIONS, WEEK_1, [secondary(A, "8 OAK ST", phone="2145550199"), secondary(C)]),
        (FileKind.COMPANIES, WEEK_1, [organisation(C)]),
    ],
    "a month of locations after a week": [
        (FileKind.COMPANIES, MONTH_2, [organisation(A), organisation(B)]),
        (FileKind.LOCATIONS, WEEK_1, [secondary(A, "8 OAK ST"), secondary(B)]),
        (FileKind.LOCATIONS, MONTH_2, [secondary(A, "7 ASH ST")]),
        (FileKind.LOCATIONS, WEEK_3, [secondary(A, "6 FIR ST")]),
    ],
    "a primary location moves onto a secondary one and away": [
        (FileKind.COMPANIES, FULL, [organisation(A)]),
        (FileKind.LOCATIONS, FULL, [secondary(A), secondary(A, "1 Main Street", city="AUSTIN",
                                                            postal_code="78701")]),
        (FileKind.COMPANIES, WEEK_1, [organisation(A, line1="9 ELM AVE", city="DALLAS", postal_code="75201")]),
        (FileKind.COMPANIES, WEEK_2, [organisation(A, line1="5 YEW RD", city="DALLAS", postal_code="75201")]),
    ],
    "names come and go": [
        (FileKind.COMPANIES, WEEK_1, [organisation(A), organisation(B), deactivation(D)]),
        (FileKind.NAMES, FULL, [other_name(A, "One"), other_name(B, "Two"), other_name(D, "Three")]),
        (FileKind.NAMES, WEEK_2, [other_name(A, "One more")]),
        (FileKind.COMPANIES, FULL, [organisation(D, "DEAD LLC"), organisation(A),
                                     organisation(B)]),
    ],
    "a month of names after a week": [
        (FileKind.COMPANIES, WEEK_1, [organisation(A), organisation(B)]),
        (FileKind.NAMES, WEEK_2, [other_name(A, "One more"), other_name(B, "Two")]),
        (FileKind.NAMES, MONTH_2, [other_name(A, "One at last"), other_name(C, "No company")]),
    ],
    "a report of deactivations": [
        (FileKind.COMPANIES, FULL, [organisation(A), organisation(B), organisation(C)]),
        (FileKind.DEACTIVATIONS, "20250113-20250113", [
            {layout.NPI: A, layout.REPORTED: "01/10/2025"}, {layout.NPI: D, layout.REPORTED: "03/04/2019"}]),
        (FileKind.COMPANIES, WEEK_1, [organisation(A) | REACTIVATED, deactivation(B)]),
        (FileKind.COMPANIES, MONTH_2, [organisation(A) | REACTIVATED, deactivation(B), organisation(C, "CEE")]),
    ],
}  # fmt: skip


@pytest.mark.parametrize("story", STORIES)
async def test_every_order_of_a_story_makes_one_directory(directory: Directory, story: str) -> None:
    paths = written(directory, STORIES[story])
    expected = await loaded(directory, paths)
    for order in permutations(paths):
        assert await loaded(directory, list(order)) == expected, [path.name for path in order]
        # And at once, in which case the loader sorts them.
    await emptied(directory)
    await directory.load(*paths)
    assert await contents(directory) == expected
    await directory.load(*paths)
    assert await contents(directory) == expected


NUMBERS = tuple(npi(number) for number in range(200, 204))
STREETS = ("1 MAIN ST", "2 Main Street", "9 ELM AVE")


@st.composite
def worlds(draw: Any) -> list[File]:
    """Draw files as a registry writes them: weeks tell what changed, months all that is."""
    said: dict[FileKind, dict[str, list[dict[str, str]]]] = {kind: {} for kind in layout.RELEASE}
    files: list[File] = []
    for week in range(draw(st.integers(3, 4))):
        day = date(2025, 1, 5 + 7 * week)
        for kind in layout.RELEASE:
            # A registry speaks of a number's names and places no earlier than of the number.
            is_first = kind is FileKind.COMPANIES and not week
            numbers = NUMBERS if is_first else draw(st.sets(NUMBER))
            changed = {number: draw(ROW_SETS[kind])(number, day) for number in numbers}
            said[kind] |= changed
            is_full = is_first or draw(st.booleans())
            if is_full:
                files.append((kind, f"20050523-{day:%Y%m%d}", [*chain(*said[kind].values())]))
            elif changed:
                start = date(2025, 1, 5 + 7 * week - 4)
                files.append((kind, f"{start:%Y%m%d}-{day:%Y%m%d}", [*chain(*changed.values())]))
    order: list[File] = draw(st.permutations(files))
    return order


NUMBER = st.sampled_from(NUMBERS)
DEAD = {layout.DEACTIVATED: "01/01/2025"}
ROW_SETS: dict[FileKind, Any] = {
    FileKind.COMPANIES: st.one_of(
        st.builds(
            lambda street, name: lambda number, day: [organisation(number, f"{name} {day}", line1=street,
                                                                   city="DALLAS", postal_code="75201")],
            st.sampled_from(STREETS), st.sampled_from("XY"),
        ),
        st.just(lambda number, day: [deactivation(number, f"{day:%m/%d/%Y}")]),
    ),
    FileKind.LOCATIONS: st.builds(
        lambda streets: lambda number, _: [secondary(number, street) for street in streets],
        st.lists(st.sampled_from(STREETS), min_size=1, max_size=3, unique=True),
    ),
    FileKind.NAMES: st.builds(
        lambda names: lambda number, _: [other_name(number, name) for name in names],
        st.lists(st.sampled_from(("One", "Two", "Three")), min_size=1, max_size=2, unique=True),
    ),
}  # fmt: skip


@given(worlds())
@settings(max_examples=10, phases=(Phase.explicit, Phase.reuse, Phase.generate))
async def test_any_files_in_any_order_make_the_directory_of_the_true_order(
    directory: Directory, files: list[File]
) -> None:
    paths = written(directory, files)
    by_day = sorted(paths, key=lambda path: path.name.rpartition("-")[2])
    found, expected = await loaded(directory, paths), await loaded(directory, by_day)
    for table in TABLES:
        assert found[table] == expected[table], (table, [path.name for path in paths])
