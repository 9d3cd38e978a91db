"""A copy that follows the feed becomes the directory, whoever writes meanwhile and wherever it was stopped."""

import asyncio
import json
import random
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import asyncpg
import pytest
from strawberry.utils.str_converters import to_camel_case

from db.content import untold
from db.engine import Database
from db.tables import companies, licenses, locations
from graph.types.change import in_schema
from tests.graph.mutations.conftest import ADMIN, Mutate
from tests.graph.mutations.writers import Row, Scale, Writers

CHANGES = """
    query($after: String!, $first: Int!) {
      changes(after: $after, first: $first) {
        nodes { cursor kind npi version locationId licenseId fields { name old new isHidden } }
        pageInfo { endCursor hasNextPage }
      }
      dataset { cursor }
    }
"""
HISTORY = """
    query($npi: NPI!, $after: String) {
      company(npi: $npi) {
        history(first: 200, after: $after) {
          nodes { cursor kind npi version locationId licenseId fields { name old new isHidden } }
          pageInfo { endCursor hasNextPage }
        }
      }
    }
"""
TABLES = {"company": companies, "location": locations, "license": licenses}
COMES = {"COMPANY_CREATED", "LOCATION_ADDED", "LOCATION_RESTORED", "LICENSE_ADDED"}
GOES = {"COMPANY_REMOVED", "LOCATION_REMOVED", "LICENSE_REMOVED"}
# A value that is empty isn't told of a new row.
EMPTY: tuple[object, ...] = (None, [])


def kept(values: Row) -> Row:
    """Values by name, less those that are as good as none."""
    return {name: value for name, value in values.items() if value not in EMPTY}


class Copy:
    """What is known of the directory, by global id, and the version that each company had when it was learnt."""

    def __init__(self) -> None:
        self.rows: dict[str, Row] = {}
        self.versions: dict[str, int] = {}
        self.owners: dict[str, str] = {}
        self.cursor = 0

    def apply(self, change: Row, *, exactly: bool = False) -> None:
        """Do what a change says, unless it is from before what is known; `exactly`: it must fit what is known."""
        number, kind, version = change["npi"], change["kind"], change["version"]
        if exactly:
            assert version >= self.versions.get(number, 0), change
        if version < self.versions.get(number, 0):
            return
        id_ = change["locationId"] or change["licenseId"] or f"company:{number}"
        old, new = ({field["name"]: field[side] for field in change["fields"]} for side in ("old", "new"))
        if exactly:
            assert (id_ in self.rows) == (kind not in COMES), change
            known = self.rows.get(id_, {})
            assert {name: known.get(name) for name in kept(old)} == kept(old), change
        if kind in GOES:
            self.rows.pop(id_, None)
        else:
            self.rows[id_] = kept(new if kind in COMES else {**self.rows.get(id_, {}), **new})
        self.versions[number] = version
        if kind == "COMPANY_REMOVED":
            del self.versions[number]


async def read_directory(connection: Any, copy: Copy) -> None:
    """Learn the rows that there are, page by page, as whoever begins to follow: a moment for each page."""
    for noun, table in TABLES.items():
        key = "npi" if noun == "company" else "id"
        after: Any = ""
        statement = f"""
            SELECT {key}::text, npi, version, (to_jsonb(t) - $2::text[])::text FROM {table.name} t
            WHERE {key}::text > $1 ORDER BY {key}::text LIMIT 40
        """  # noqa: S608 - ours
        while page := await connection.fetch(statement, after, list(untold(table))):
            for id_, number, version, row in page:
                values = {"taxId" if name == "tax_id_last4" else to_camel_case(name): in_schema(name, value)
                          for name, value in json.loads(row).items()}  # fmt: skip
                copy.rows[f"{noun}:{id_}"], copy.owners[f"{noun}:{id_}"] = kept(values), number
                if noun == "company":
                    copy.versions[number] = version
                after = id_
            await asyncio.sleep(0)


class Follower:
    """Follows the feed into a copy, and is killed now and then."""

    def __init__(self, mutate: Mutate, copy: Copy, writers: Writers, seed: int) -> None:
        self.mutate, self.copy, self.writers = mutate, copy, writers
        self.random = random.Random(seed)  # noqa: S311 - page sizes, no secrets
        self.cursors = [copy.cursor]
        self.seen = 0

    async def page(self, after: int) -> tuple[list[Row], bool]:
        """A page of changes, and whether there is nothing after it."""
        first = self.random.choice((1, 7, 50, 200, 200))
        answer = await self.mutate(CHANGES, {"after": str(after), "first": first}, ADMIN)
        assert "errors" not in answer, answer
        found = answer["data"]["changes"]
        cursors = [int(change["cursor"]) for change in found["nodes"]]
        assert cursors == sorted(set(cursors))
        assert not cursors or cursors[0] > after
        assert not any(field["isHidden"] for change in found["nodes"] for field in change["fields"])
        return found["nodes"], not found["pageInfo"]["hasNextPage"]

    async def follow_exactly(self) -> None:
        """Read each change once; now and then a page gets lost before it is kept, and is asked for again."""
        while True:
            are_done = self.writers.are_done
            changes, is_end = await self.page(self.copy.cursor)
            if changes and self.random.randrange(8) == 0:
                continue
            for change in changes:
                self.copy.apply(change, exactly=True)
            self.seen += len(changes)
            self.copy.cursor = int(changes[-1]["cursor"]) if changes else self.copy.cursor
            if is_end and are_done:
                return
            await asyncio.sleep(self.random.random() / 50 if is_end else 0)

    async def follow_anyhow(self) -> None:
        """Now and then go back to an earlier cursor: what is known already is passed over by its version."""
        while True:
            are_done = self.writers.are_done
            changes, is_end = await self.page(self.copy.cursor)
            for change in changes:
                self.copy.apply(change)
            if changes:
                self.copy.cursor = int(changes[-1]["cursor"])
                self.cursors = [*self.cursors[-20:], self.copy.cursor]
            if is_end and are_done:
                return
            if self.random.randrange(20) == 0:
                self.copy.cursor = self.random.choice(self.cursors)
            await asyncio.sleep(self.random.random() / 50 if is_end else 0)


@pytest.fixture
async def written(database_url: str) -> AsyncIterator[Database]:
    """An empty directory, in place of the one that other tests change."""
    async with Database.open(database_url) as database:
        yield database


@pytest.mark.parametrize(
    "scale",
    [
        pytest.param(Scale(companies=24, writers=4, edits=25, loads=6, rows=4), id="short"),
        pytest.param(
            Scale(companies=6000, writers=4, edits=1000, loads=135, rows=400), id="long", marks=pytest.mark.long
        ),
    ],
)
async def test_whoever_follows_has_the_directory(
    mutate: Mutate, database_url: str, tmp_path: Path, scale: Scale
) -> None:
    connection, watcher = [await asyncpg.connect(database_url) for _ in range(2)]
    writers = Writers(mutate, connection, tmp_path, scale, seed=11)
    await writers.begin()
    # From the beginning of the log; and from what is there, of which one cursor is noted before it is read.
    first = Follower(mutate, Copy(), writers, seed=12)
    from_now = Copy()
    from_now.cursor = int((await mutate("{ dataset { cursor } }", viewer=ADMIN))["data"]["dataset"]["cursor"])
    later = Follower(mutate, from_now, writers, seed=13)

    async def begin_later() -> None:
        await asyncio.sleep(0.2)
        await read_directory(watcher, later.copy)
        await later.follow_anyhow()

    async with asyncio.TaskGroup() as tasks:
        for task in (writers.all_at_once(), first.follow_exactly(), begin_later()):
            tasks.create_task(task)
    there = Copy()
    await read_directory(watcher, there)
    for copy in (first.copy, later.copy):
        assert copy.rows.keys() == there.rows.keys()
        assert {id_: row for id_, row in copy.rows.items() if row != there.rows[id_]} == {}
        assert copy.versions == there.versions
    recorded = await watcher.fetchval("SELECT count(*) FROM changes")
    assert first.seen == recorded
    print(f"{recorded} changes followed")  # noqa: T201 - the figure
    for number in random.Random(14).sample(sorted(there.versions), 5):  # noqa: S311 - which to look at
        held = {id_: row for id_, row in there.rows.items() if there.owners[id_] == number}
        assert await replayed(mutate, number) == held
    await connection.close()
    await watcher.close()


async def replayed(mutate: Mutate, number: str) -> dict[str, Row]:
    """What a company's history comes to, from its first change on."""
    changes: list[Row] = []
    after, has_more = None, True
    while has_more:
        answer = await mutate(HISTORY, {"npi": number, "after": after}, ADMIN)
        page = answer["data"]["company"]["history"]
        changes += page["nodes"]
        after, has_more = page["pageInfo"]["endCursor"], page["pageInfo"]["hasNextPage"]
    copy = Copy()
    for change in reversed(changes):
        copy.apply(change, exactly=True)
    return copy.rows
