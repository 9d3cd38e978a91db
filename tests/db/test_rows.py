"""Rows as bytes, and back; and rows of transactions, which are those of reads."""

from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

import asyncpg
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import text

from db import companies, locations
from db.companies import Company
from db.engine import Database
from db.filters import EVERYTHING
from db.pages import Window
from db.rows import KeptRow, kept_class, read_rows, write_rows
from db.statement import compiled

INSERT = """INSERT INTO companies (npi, name, npi_status, source, taxonomies)
    VALUES ('1000000001', 'a', 'ACTIVE', 'NPPES', '[{"code": "332B00000X"}]')"""

VALUES: dict[type, st.SearchStrategy[Any]] = {
    bool: st.booleans(),
    int: st.integers(-(2**53), 2**53),
    str: st.text().map(lambda value: value.encode(errors="ignore").decode()),
    date: st.dates(),
    datetime: st.datetimes(timezones=st.just(UTC)),
    UUID: st.uuids(),
    asyncpg.Point: st.builds(asyncpg.Point, st.floats(-180, 180), st.floats(-90, 90)),
    list: st.lists(st.dictionaries(st.sampled_from("ab"), st.text("xyz")), max_size=2),
}


@given(st.data())
def test_rows_are_the_same_after_bytes(data: st.DataObject) -> None:
    names = data.draw(st.lists(st.text("abcdef", min_size=1), min_size=1, max_size=5, unique=True))
    kinds = [data.draw(st.sampled_from(list(VALUES))) for _ in names]
    places = {name: place for place, name in enumerate(names)}
    rows = [
        KeptRow(places, [data.draw(st.none() | VALUES[kind]) for kind in kinds])
        for _ in range(data.draw(st.integers(0, 4)))
    ]
    found = read_rows(write_rows(rows), Company)
    assert [list(row) for row in found] == [list(row) for row in rows]
    for row, kept in zip(rows, found, strict=True):
        assert [kept[name] for name in names] == [kept[place] for place in range(len(names))] == list(row)
        assert [kept.get(name) for name in (*names, "other")] == [*row, None]
        assert list(kept.keys()) == names
        assert kept.noun == "company"
        assert kept.never_null == Company.never_null


async def test_real_rows_are_the_same_after_bytes(sample_url: str) -> None:
    async with Database.open(sample_url) as directory:
        page = await companies.page(directory, EVERYTHING, companies.BY_NAME, Window(50))
        near = await locations.page(directory, EVERYTHING, locations.BY_COMPANY, Window(50))
    for rows, kind in ((page.rows, Company), (near.rows, locations.Location)):
        assert len(rows) == 50
        kept = read_rows(write_rows(rows), kind)
        assert [dict(zip(row.keys(), row, strict=True)) for row in kept] == [dict(row) for row in rows]


def test_what_can_not_be_written_is_told() -> None:
    with pytest.raises(TypeError, match="set"):
        write_rows([KeptRow({"a": 0}, [{1}])])


def test_kept_rows_of_one_kind_are_of_one_class() -> None:
    assert kept_class(Company) is kept_class(Company)


async def test_a_transaction_reads_its_own_rows_and_they_are_those_of_reads(database: Database) -> None:
    statement = companies._by_npi_statement(None)
    async with database.transaction() as transaction:
        assert await transaction.read(statement, {"npis": ["1000000001"]}) == []
        await transaction.read(compiled(text(INSERT)))
        [row] = await transaction.read(statement, {"npis": ["1000000001"]})
        assert await companies.by_npi(database, ["1000000001"]) == [None]
    [read] = await companies.by_npi(database, ["1000000001"])
    assert type(row) is type(read) is Company
    assert row == read
    assert row["taxonomies"] == [{"code": "332B00000X"}]


async def test_what_a_transaction_read_first_is_rolled_back_with_it(database: Database) -> None:
    async def fail() -> None:
        async with database.transaction() as transaction:
            await transaction.read(companies._by_npi_statement(None), {"npis": []})
            await transaction.read(compiled(text(INSERT)))
            raise RuntimeError

    with pytest.raises(RuntimeError):
        await fail()
    assert await companies.by_npi(database, ["1000000001"]) == [None]
