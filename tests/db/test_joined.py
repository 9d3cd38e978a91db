"""Statements that are asked for at one moment: one of each text, whose parts keep their order and values."""

import asyncio
from typing import Any

import pytest
from sqlalchemy import Integer, bindparam, column, func, select

from db.engine import Database
from db.failures import DatabaseUnavailableError
from db.joined import PART, Joined, repeated
from db.reads import Read
from db.statement import Statement, compiled

NUMBERS = compiled(
    select(column("number")).select_from(
        func.generate_series(bindparam("first", type_=Integer), bindparam("last", type_=Integer)).alias("number")
    ).order_by(column("number").desc())
)  # fmt: skip
LETTERS = compiled(select(bindparam("letter").label("letter")))


def asked(joined: Joined, count: int) -> list[Any]:
    return [joined.read(NUMBERS, {"first": place, "last": 2 * place}) for place in range(count)]


@pytest.mark.parametrize(("count", "pieces"), [(1, 1), (2, 1), (7, 3), (8, 1), (50, 3)])
async def test_reads_of_one_moment_are_few_statements(
    database: Database, reads: list[Read], count: int, pieces: int
) -> None:
    found = await asyncio.gather(*asked(Joined(database), count))
    assert [[row["number"] for row in rows] for rows in found] == [
        list(range(2 * place, place - 1, -1)) for place in range(count)
    ]
    assert len(reads) == pieces


async def test_other_statements_and_other_moments_are_read_by_themselves(
    database: Database, reads: list[Read]
) -> None:
    joined = Joined(database)
    numbers, letters = await asyncio.gather(
        joined.read(NUMBERS, {"first": 1, "last": 1}), joined.read(LETTERS, {"letter": "a"})
    )
    assert (numbers[0]["number"], letters[0]["letter"]) == (1, "a")
    await joined.read(LETTERS, {"letter": "b"})
    assert len(reads) == 3


async def test_who_is_cancelled_leaves_the_others_their_rows(database: Database) -> None:
    reading = [asyncio.ensure_future(each) for each in asked(Joined(database), 3)]
    await asyncio.sleep(0)
    reading[1].cancel()
    found = await asyncio.gather(*reading, return_exceptions=True)
    assert isinstance(found[1], asyncio.CancelledError)
    assert [len(found[0]), len(found[2])] == [1, 3]  # type: ignore[arg-type]


async def test_what_fails_fails_for_all_who_asked() -> None:
    async with Database.open("postgresql://nobody@127.0.0.1:1/none") as away:
        found = await asyncio.gather(*asked(Joined(away), 3), return_exceptions=True)
    assert {type(each) for each in found} == {DatabaseUnavailableError}


async def test_who_ends_it_ends_those_who_wait(database: Database) -> None:
    joined = Joined(database)
    reading = [asyncio.ensure_future(each) for each in asked(joined, 3)]
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    joined.cancel()
    found = await asyncio.gather(*reading, return_exceptions=True)
    assert all(isinstance(each, asyncio.CancelledError) for each in found)


def test_values_are_numbered_on() -> None:
    statement = Statement("SELECT $1 + $2", ("one", "two"), NUMBERS.row)
    found = repeated(statement, 2)
    assert found.names == ("one 0", "two 0", "one 1", "two 1")
    parts = [f"SELECT each.*, {place} AS {PART} FROM " for place in range(2)]  # noqa: S608 - never run
    assert found.text == f"{parts[0]}(SELECT $1 + $2) AS each UNION ALL {parts[1]}(SELECT $3 + $4) AS each"
