"""Look-ups of one moment are one statement, and each who asked gets what is its own."""

import asyncio
from collections.abc import Mapping
from typing import Any

import asyncpg
import pytest
from hypothesis import given
from hypothesis import strategies as st

from db import companies
from db.engine import Database
from db.lookups import MAX_KEYS, Lookup, Lookups
from db.reads import Read
from db.statement import Statement

LOOKUP = Lookup(Statement("SELECT", ("keys", "size"), asyncpg.Record), "keys", "key")


class Table:
    """Rows by number: the even ones are there. It remembers what it was asked for."""

    def __init__(self) -> None:
        self.asked: list[list[int]] = []
        self.cancelled = 0
        self.gate: asyncio.Event | None = None

    async def read(self, _: Statement, values: Mapping[str, object]) -> list[Any]:
        keys = values["keys"]
        assert isinstance(keys, list)
        self.asked.append(keys)
        try:
            await (self.gate.wait() if self.gate else asyncio.sleep(0))
        except asyncio.CancelledError:
            self.cancelled += 1
            raise
        if 13 in keys:
            raise OSError("unlucky")
        return [{"key": key, "size": values["size"]} for key in reversed(keys) if key % 2 == 0]


async def found(lookups: Lookups, table: Table, key: int, size: int = 1) -> Any:
    return await lookups.find(table.read, LOOKUP, key, {"size": size})


@given(st.lists(st.tuples(st.integers(0, 12), st.integers(1, 3), st.booleans()), max_size=30))
def test_each_gets_its_own_row_whoever_asks_beside_it(asked: list[tuple[int, int, bool]]) -> None:
    async def ask_all() -> None:
        lookups, table = Lookups(), Table()
        tasks = []
        for key, size, pauses in asked:
            tasks.append(asyncio.create_task(found(lookups, table, key, size)))
            if pauses:
                await asyncio.sleep(0)
        for (key, size, _), row in zip(asked, await asyncio.gather(*tasks), strict=True):
            assert row == (None if key % 2 else {"key": key, "size": size})
        assert all(len(keys) == len(set(keys)) for keys in table.asked)
        assert not lookups._open

    asyncio.run(ask_all())


async def test_those_of_one_moment_are_one_statement() -> None:
    lookups, table = Lookups(), Table()
    await asyncio.gather(*(found(lookups, table, key) for key in (2, 4, 2, 5)))
    assert table.asked == [[2, 4, 5]]
    await asyncio.gather(*(found(lookups, table, key, size) for key, size in ((2, 1), (2, 2))))
    assert table.asked[1:] == [[2], [2]]


async def test_a_statement_has_so_many_keys_and_no_more() -> None:
    lookups, table = Lookups(), Table()
    rows = await asyncio.gather(*(found(lookups, table, 2 * key) for key in range(MAX_KEYS + 5)))
    assert [row["key"] for row in rows] == [2 * key for key in range(MAX_KEYS + 5)]
    assert sorted(map(len, table.asked)) == [5, MAX_KEYS]


async def test_what_fails_fails_for_all_who_asked_and_for_nobody_else() -> None:
    lookups, table = Lookups(), Table()
    outcomes = await asyncio.gather(*(found(lookups, table, key) for key in (2, 13)), return_exceptions=True)
    assert [type(each) for each in outcomes] == [OSError, OSError]
    assert (await found(lookups, table, 2))["key"] == 2


async def test_who_leaves_takes_nothing_from_the_others() -> None:
    lookups, table = Lookups(), Table()
    table.gate = asyncio.Event()
    tasks: list[Any] = [asyncio.create_task(found(lookups, table, key)) for key in (2, 4, 6)]
    await asyncio.sleep(0.01)
    tasks[1].cancel()
    await asyncio.sleep(0.01)
    table.gate.set()
    outcomes: list[Any] = await asyncio.gather(*tasks, return_exceptions=True)
    assert [outcomes[0]["key"], type(outcomes[1]), outcomes[2]["key"]] == [2, asyncio.CancelledError, 6]
    assert table.cancelled == 0


async def test_when_all_have_left_the_statement_is_cancelled() -> None:
    lookups, table = Lookups(), Table()
    table.gate = asyncio.Event()
    tasks = [asyncio.create_task(found(lookups, table, key)) for key in (2, 4)]
    await asyncio.sleep(0.01)
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    await asyncio.sleep(0.01)
    assert table.cancelled == 1


async def test_a_read_that_is_cancelled_from_elsewhere_leaves_nobody_waiting() -> None:
    lookups, table = Lookups(), Table()
    table.gate = asyncio.Event()
    waiting = [asyncio.create_task(found(lookups, table, key)) for key in (2, 4)]
    await asyncio.sleep(0.01)
    [reading] = [each for each in asyncio.all_tasks() if "_Batch._run" in repr(each)]
    reading.cancel()
    outcomes = await asyncio.wait_for(asyncio.gather(*waiting, return_exceptions=True), 1)
    assert [type(each) for each in outcomes] == [asyncio.CancelledError, asyncio.CancelledError]


async def test_who_leaves_at_once_is_not_read_for() -> None:
    lookups, table = Lookups(), Table()
    task = asyncio.create_task(found(lookups, table, 2))
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await asyncio.sleep(0.01)
    assert table.asked == []


async def test_requests_side_by_side_are_one_statement_of_the_database(
    database: Database, reads: list[Read]
) -> None:
    before = len(reads)
    outcomes = await asyncio.gather(*(companies.by_npi(database, [npi]) for npi in ("1000000001", "1000000002")))
    assert outcomes == [[None], [None]]
    [read] = reads[before:]
    assert read.keys == 2
