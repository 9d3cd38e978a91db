"""What was can be read back, after any series of edits and loads: every column, at every change."""

from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import date
from pathlib import Path
from typing import Any
from uuid import uuid4

import asyncpg
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from db import past
from db.changes import Author, Change, record
from db.edits import companies, licenses, locations, primaries, removals
from db.edits.edit import Edit
from db.engine import TURN_TO_THE_PAST, Database
from db.nppes import layout
from db.nppes.layout import FileKind
from db.nppes.sample_load import load_sample
from db.nppes.zips import load_zips
from db.tables import CHANGE_KINDS
from tests.db.history import Moment, moment, moment_as_of, replay, without_made_up
from tests.db.nppes.cms import (
    FULL,
    WEEK_1,
    WEEK_2,
    A,
    B,
    C,
    Directory,
    deactivation,
    organisation,
    other_name,
    person,
    secondary,
)

AUTHOR = Author("", "editor")
REPLACED = deactivation(A) | {layout.REPLACEMENT: C}
ZIPS = ("zip,lat,lng\n78701,30.27,-97.74\n75201,32.78,-96.79\n", "zip,lat,lng\n78701,30.28,-97.75\n")
TABLES = (
    "companies", "locations", "licenses", "changes", "loads", "zips", "deactivations", "removed_locations",
    "parked_locations", "parked_names",
)  # fmt: skip
PERIODS = (FULL, WEEK_1, WEEK_2)
numbers = st.sampled_from((A, B, C))


class Story:
    """A directory, what happens to it, and what it held after each step."""

    def __init__(self, directory: Directory, database: Database) -> None:
        self.directory = directory
        self.connection: Any = directory.connection
        self.database = database
        self.moments: list[Moment] = []

    async def begin(self) -> None:
        """Start with nothing."""
        await self.connection.execute(f"TRUNCATE {', '.join(TABLES)} CASCADE")
        self.moments = [await moment(self.connection)]

    async def tell(self, step: Callable[["Story"], Awaitable[None]]) -> None:
        """Have something happen, and remember what is there then."""
        await step(self)
        self.moments.append(await moment(self.connection))

    async def record(self, transaction: Any, changes: list[Change]) -> None:
        """Record changes made by hand."""
        await record(transaction, changes, AUTHOR)

    async def any_row(self, table: str, choice: int) -> Any:
        """The id of one of the rows of a table; None where it has none."""
        ids = [row["id"] for row in await self.connection.fetch(f"SELECT id FROM {table} ORDER BY id")]  # noqa: S608
        return ids[choice % len(ids)] if ids else None


@pytest.fixture
async def story(database_url: str, tmp_path: Path, database: Database) -> AsyncIterator[Story]:
    """A story in a database of the test's own."""
    connection = await asyncpg.connect(database_url)
    yield Story(Directory(connection, tmp_path), database)
    await connection.close()


Step = Callable[[Story], Awaitable[None]]


def loaded(kind: FileKind, period: str, rows: list[Any]) -> Step:
    """A file of CMS's."""

    async def step(story: Story) -> None:
        await story.directory.load(story.directory.write(kind, rows, period))

    return step


def zips(text: str) -> Step:
    """A file of ZIPs."""

    async def step(story: Story) -> None:
        path = story.directory.folder / "zips.csv"
        path.write_text(text, encoding="utf-8")
        await load_zips(story.connection, path)

    return step


async def sampled(story: Story) -> None:
    """A small sample in place of whatever sample there is; nothing where there are others."""
    if not await story.connection.fetchval("SELECT EXISTS (SELECT FROM companies WHERE source <> 'SAMPLE')"):
        await load_sample(story.connection, companies=3, seed=1)


def created(npi: str, name: str) -> Step:
    """A company entered by hand."""

    async def step(story: Story) -> None:
        async with story.database.transaction() as transaction:
            row = {**dict.fromkeys(companies.EDITABLE), "npi": npi, "name": name, "is_active": True}
            if await companies.create(transaction, [{**row, "is_active_pinned": False}]):
                await story.record(transaction, [Change(npi, "COMPANY_CREATED", ())])

    return step


def edited(npi: str, values: dict[str, Any]) -> Step:
    """A company changed by hand."""

    async def step(story: Story) -> None:
        async with story.database.transaction() as transaction:
            rows = await companies.lock(transaction, [npi], None)
            edits = [Edit(row, values) for row in rows.values()]
            await story.record(transaction, await companies.write(transaction, edits))

    return step


def placed(npi: str, line1: str, zip5: str) -> Step:
    """A place entered by hand."""

    async def step(story: Story) -> None:
        async with story.database.transaction() as transaction:
            if not await companies.lock(transaction, [npi], None):
                return
            id_ = uuid4()
            row = {**dict.fromkeys(locations.EDITABLE), "id": id_, "npi": npi, "kind": "OTHER", "is_active": True}
            row |= {"line1": line1, "city": "AUSTIN", "state": "TX", "postal_code": zip5, "country": "US"}
            await locations.add(transaction, [row])
            await story.record(transaction, [Change(npi, "LOCATION_ADDED", (), id_)])

    return step


def moved(choice: int, zip5: str) -> Step:
    """A place changed by hand."""

    async def step(story: Story) -> None:
        id_ = await story.any_row("locations", choice)
        async with story.database.transaction() as transaction:
            rows = await locations.lock(transaction, [id_] if id_ else [], None)
            edits = [Edit(row, {"postal_code": zip5, "email": None, "name": zip5}) for row in rows.values()]
            await story.record(transaction, await locations.write(transaction, edits))

    return step


def chosen(choice: int) -> Step:
    """Another primary place."""

    async def step(story: Story) -> None:
        id_ = await story.any_row("locations", choice)
        async with story.database.transaction() as transaction:
            rows = await locations.lock(transaction, [id_] if id_ else [], None)
            await story.record(transaction, await primaries.make_primary(transaction, list(rows.values())))

    return step


def removed(choice: int) -> Step:
    """A place removed by hand."""

    async def step(story: Story) -> None:
        id_ = await story.any_row("locations", choice)
        async with story.database.transaction() as transaction:
            rows = await locations.lock(transaction, [id_] if id_ else [], None)
            by_hand = [row for row in rows.values() if row["source"] == "MANUAL"]
            await story.record(transaction, await removals.remove(transaction, by_hand))

    return step


def restored(choice: int) -> Step:
    """A place brought back by hand."""

    async def step(story: Story) -> None:
        id_ = await story.any_row("removed_locations", choice)
        async with story.database.transaction() as transaction:
            rows = await removals.lock(transaction, [id_] if id_ else [], None)
            await story.record(transaction, await removals.restore(transaction, list(rows.values())))

    return step


def licensed(npi: str, number: str) -> Step:
    """A license entered by hand."""

    async def step(story: Story) -> None:
        async with story.database.transaction() as transaction:
            if not await companies.lock(transaction, [npi], None):
                return
            id_ = uuid4()
            row = {**dict.fromkeys(licenses.ENTERED), "id": id_, "npi": npi, "kind": "PHARMACY"}
            row |= {"number": number, "expires_on": "2027-01-31", "source": "MANUAL"}
            await licenses.add(transaction, [row])
            await story.record(transaction, [Change(npi, "LICENSE_ADDED", (), license_id=id_)])

    return step


def relicensed(choice: int, *, is_gone: bool) -> Step:
    """A license renewed or removed by hand."""

    async def step(story: Story) -> None:
        id_ = await story.any_row("licenses", choice)
        async with story.database.transaction() as transaction:
            rows = list((await licenses.lock(transaction, [id_] if id_ else [], None)).values())
            edits = [Edit(row, {"expires_on": date(2030, 1, 31)}) for row in rows]
            changing = licenses.remove(transaction, rows) if is_gone else licenses.renew(transaction, edits)
            await story.record(transaction, await changing)

    return step


NAMES = st.sampled_from(("ACME", "BETA", "Ácme"))
STREETS = st.sampled_from(("1 MAIN ST", "9 ELM AVE", "8 OAK ST"))
REPLACEMENTS = st.sampled_from(({}, {layout.REPLACEMENT: B}, {layout.REPLACEMENT: C}))
ZIP5 = st.sampled_from(("78701", "75201", "00000"))
choices = st.integers(0, 5)
periods = st.sampled_from(PERIODS)
phones = st.sampled_from(("5125550100", "5125550111"))


@st.composite
def main_files(draw: Any) -> Step:
    """A main file of some of the numbers."""
    rows = []
    for number in draw(st.sets(numbers, min_size=1)):
        what = draw(st.sampled_from(("organisation", "organisation", "organisation", "deactivation", "person")))
        if what == "organisation":
            place = {"line1": draw(STREETS), "postal_code": draw(ZIP5), "phone": draw(phones)}
            rows.append(organisation(number, draw(NAMES), **place) | draw(REPLACEMENTS))
        else:
            rows.append(deactivation(number) | draw(REPLACEMENTS) if what == "deactivation" else person(number))
    return loaded(FileKind.COMPANIES, draw(periods), rows)


def small_files(kind: FileKind, row: st.SearchStrategy[Any]) -> st.SearchStrategy[Step]:
    """A file of one of the other kinds."""
    return st.builds(loaded, st.just(kind), periods, st.lists(row, min_size=1, max_size=3))


STEPS = st.one_of(
    main_files(),
    main_files(),
    small_files(FileKind.LOCATIONS, st.builds(secondary, numbers, STREETS, phone=phones)),
    small_files(FileKind.NAMES, st.builds(other_name, numbers, NAMES)),
    st.builds(zips, st.sampled_from(ZIPS)),
    st.just(sampled),
    st.builds(created, numbers, NAMES),
    st.builds(edited, numbers, st.fixed_dictionaries({"website": NAMES, "is_active": st.booleans()})),
    st.builds(placed, numbers, STREETS, ZIP5),
    st.builds(moved, choices, ZIP5),
    st.builds(chosen, choices),
    st.builds(removed, choices),
    st.builds(restored, choices),
    st.builds(licensed, numbers, NAMES),
    st.builds(relicensed, choices, is_gone=st.booleans()),
)


async def read_back(story: Story) -> None:
    """Hold each moment against what is read of it later, and against what a follower makes of the changes."""
    for held in story.moments:
        assert await moment_as_of(story.connection, held.cursor) == held
    last = story.moments[-1]
    for held in story.moments:
        made = await replay(story.connection, story.database, held, last.cursor)
        assert made == without_made_up(last)
    times = await story.connection.fetch("SELECT id, occurred_at FROM changes ORDER BY id")
    assert [time for _, time in times] == sorted(time for _, time in times)
    by_time = {time: id_ for id_, time in times}
    for time, id_ in by_time.items():
        assert await past.cursor_at(story.database, time) == id_


@settings(max_examples=20)
@given(steps=st.lists(STEPS, min_size=3, max_size=9))
async def test_what_was_is_read_back(story: Story, steps: list[Step]) -> None:
    await story.begin()
    for step in steps:
        await story.tell(step)
    await read_back(story)


async def test_where_older_changes_are_gone_what_is_kept_is_enough(story: Story) -> None:
    await story.begin()
    for step in (
        created(A, "First"),
        placed(A, "1 MAIN ST", "78701"),
        edited(A, {"name": "Second"}),
        moved(0, "75201"),
    ):
        await story.tell(step)
    _, _, floor, *after = story.moments
    await story.connection.execute("DELETE FROM changes WHERE id <= $1", floor.cursor)
    await story.connection.execute("INSERT INTO change_marks (cursor) VALUES ($1)", floor.cursor)
    await story.connection.execute("DELETE FROM change_marks WHERE cursor < $1", floor.cursor)
    assert await past.bounds(story.database) == (floor.cursor, after[-1].cursor)
    for held in after:
        assert await moment_as_of(story.connection, held.cursor) == held
    # The change that says when it was that is no longer there.
    found = await moment_as_of(story.connection, floor.cursor)
    for moment_ in (found, floor):
        for rows in moment_.rows.values():
            for row in rows.values():
                assert row.pop("updated_at") >= row["created_at"]
    assert found == floor


VIEWS = """
    SELECT c.table_name, c.column_name, c.udt_name, c.collation_name FROM information_schema.columns c
    JOIN information_schema.views v ON v.table_schema = 'past' AND v.table_name = c.table_name
    WHERE c.table_schema = $1 ORDER BY 1, 2
"""


async def test_views_of_the_past_have_the_columns_of_their_tables(story: Story) -> None:
    columns = [await story.connection.fetch(VIEWS, schema) for schema in ("past", "public")]
    assert {row["table_name"] for row in columns[0]} == {"companies", "locations", "licenses", "changes"}
    assert [tuple(row) for row in columns[0]] == [tuple(row) for row in columns[1]]


FOUND = [
    "companies WHERE npi = ANY('{1000000111,1000000228}')",
    "locations WHERE npi = '1000000111' ORDER BY rank, id LIMIT 9",
    "locations WHERE id = ANY('{00000000-0000-4000-8000-000000000001}')",
    "licenses WHERE npi = '1000000111'",
    "changes WHERE npi = '1000000111' ORDER BY id DESC LIMIT 9",
]


@pytest.mark.parametrize("condition", FOUND)
async def test_what_was_is_found_by_indexes(story: Story, condition: str) -> None:
    async with story.connection.transaction():
        await story.connection.execute(TURN_TO_THE_PAST.format(as_of=1))
        # What is left of them then has no index.
        await story.connection.execute("SET LOCAL enable_seqscan = off")
        rows = await story.connection.fetch(f"EXPLAIN SELECT * FROM {condition}")  # noqa: S608 - ours, see above
    plan = "\n".join(row[0] for row in rows)
    assert "Index" in plan
    assert "Seq Scan" not in plan


async def test_all_that_can_happen_is_read_back(story: Story) -> None:
    await story.begin()
    steps = [
        sampled,
        loaded(FileKind.COMPANIES, FULL, [organisation(A), organisation(B), deactivation(C)]),
        zips(ZIPS[0]),
        loaded(FileKind.LOCATIONS, FULL, [secondary(A), secondary(A, "8 OAK ST"), secondary(B)]),
        loaded(FileKind.NAMES, FULL, [other_name(A, "ACME AGAIN")]),
        created(C, "Entered"),
        edited(C, {"website": "https://c.example", "mailing_address": {"line1": "1", "country": "US"}}),
        placed(C, "1 MAIN ST", "78701"),
        placed(C, "9 ELM AVE", "75201"),
        licensed(C, "1"),
        licensed(A, "2"),
        relicensed(0, is_gone=False),
        relicensed(0, is_gone=True),
        *(chosen(choice) for choice in range(6)),
        *(moved(choice, "00000") for choice in range(6)),
        *(removed(choice) for choice in range(6)),
        restored(0),
        restored(0),
        loaded(FileKind.COMPANIES, WEEK_1, [organisation(C, "REGISTERED"), REPLACED, person(B)]),
        loaded(FileKind.LOCATIONS, WEEK_1, [secondary(A, "7 ASH ST")]),
        zips(ZIPS[1]),
        loaded(FileKind.COMPANIES, WEEK_2, [organisation(A, line1="7 ASH ST", postal_code="75201")]),
    ]
    for step in steps:
        await story.tell(step)
    kinds = {row["kind"] for row in await story.connection.fetch("SELECT DISTINCT kind FROM changes")}
    assert kinds == set(CHANGE_KINDS)
    await read_back(story)
    assert story.moments[0].rows == {"companies": {}, "locations": {}, "licenses": {}}
