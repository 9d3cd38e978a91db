"""Webhooks skip changes that aren't for them, by what is known without their subscription, and no others."""

import random
from collections.abc import Mapping
from uuid import UUID, uuid4

import asyncpg
import orjson
import pytest

from db import changes, webhook_skipping
from db.changes import Change, Filter
from db.engine import Database, connection_to
from tests.db.test_webhook_sending import AUTHOR, register

KINDS = ("COMPANY_UPDATED", "COMPANY_DEACTIVATED", "COMPANY_REACTIVATED", "COMPANY_REMOVED")
NPIS = tuple(f"1{number:09}" for number in range(6))
CHANCE = random.Random(21)  # noqa: S311 - the same in each run


async def skip(database: Database) -> None:
    async with database.transaction() as transaction:
        await webhook_skipping.skip(transaction)


async def write(database: Database, *made: tuple[str, str]) -> int:
    """Record a change of each kind and company; the last one's id."""
    async with database.transaction() as transaction:
        return await changes.record(transaction, [Change(npi, kind, ()) for kind, npi in made], AUTHOR) or 0


async def write_list(
    connection: asyncpg.Connection, *npis: str, filter_: Mapping[str, object] | None = None
) -> UUID:
    """Write a watch list of numbers, or with a filter."""
    id_ = uuid4()
    await connection.execute(
        "INSERT INTO watch_lists (id, issuer, subject, name, filter) VALUES ($1, '', 'partner', $2, $3)",
        id_, str(id_), None if filter_ is None else orjson.dumps(filter_).decode(),
    )  # fmt: skip
    await connection.executemany("INSERT INTO watch_list_members VALUES ($1, $2)", [(id_, npi) for npi in npis])
    return id_


async def cursors(connection: asyncpg.Connection) -> dict[UUID, int]:
    return {row["id"]: row["cursor"] for row in await connection.fetch("SELECT id, cursor FROM webhooks")}


def variables(**tests: object) -> str:
    return orjson.dumps({"filter": tests}).decode()


async def test_a_webhook_skips_what_its_filter_never_finds(database: Database, database_url: str) -> None:
    """As the page of the log has it that a turn would read."""
    async with connection_to(database_url) as connection:
        made = [(CHANCE.choice(KINDS), CHANCE.choice(NPIS)) for _ in range(12)]
        newest = await write(database, *made)
        lists = [None, *[await write_list(connection, *CHANCE.sample(NPIS, size)) for size in (0, 1, 2)]]
        begun: dict[UUID, tuple[int, Filter]] = {}
        for _ in range(300):
            topics, list_id = CHANCE.sample(KINDS, CHANCE.randint(1, 2)), CHANCE.choice(lists)
            npis = CHANCE.choice([None, [], CHANCE.sample(NPIS, 2)])
            cursor = CHANCE.randint(0, newest)
            given = variables(kinds=topics) if npis is None else variables(kinds=topics, npis=npis)
            id_ = await register(connection, cursor=cursor, topics=topics, variables=given, watch_list_id=list_id)
            begun[id_] = cursor, Filter(npis=npis, kinds=topics, watch_list=list_id)
        await skip(database)
        found = await cursors(connection)
        for id_, (cursor, only) in begun.items():
            rows = (await changes.page(database, cursor, 1, only)).rows
            assert found[id_] == (cursor if rows else newest)
        assert 50 < sum(found[id_] > cursor for id_, (cursor, _) in begun.items()) < 250


@pytest.mark.parametrize(
    "values",
    [
        {"topics": None},
        {"is_enabled": False},
        {"holder": "somebody"},
        {"topics": ["COMPANY_UPDATED"], "variables": variables(states=["TX"])},
        {"topics": ["COMPANY_UPDATED"], "watch_list_id": uuid4()},
    ],
    ids=["a subscription", "disabled", "under a lease", "what else a filter tests", "its list was deleted"],
)
async def test_no_other_skips_anything(database: Database, database_url: str, values: dict[str, object]) -> None:
    async with connection_to(database_url) as connection:
        given = {"topics": ["COMPANY_REMOVED"], **values}
        id_, other = await register(connection, **given), await register(connection, topics=["COMPANY_REMOVED"])
        newest = await write(database, ("COMPANY_UPDATED", NPIS[0]))
        await skip(database)
        assert await cursors(connection) == {id_: 0, other: newest}


async def test_a_list_with_a_filter_may_find_any_company(database: Database, database_url: str) -> None:
    async with connection_to(database_url) as connection:
        list_id = await write_list(connection, filter_={"states": ["TX"]})
        id_ = await register(connection, topics=["COMPANY_UPDATED"], watch_list_id=list_id)
        await write(database, ("COMPANY_UPDATED", NPIS[0]))
        await skip(database)
        assert await cursors(connection) == {id_: 0}


async def test_what_is_far_behind_or_lacks_changes_is_left_to_a_turn(
    database: Database, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(webhook_skipping, "FARTHEST", 3)
    async with connection_to(database_url) as connection:
        newest = await write(database, *[("COMPANY_UPDATED", npi) for npi in NPIS])
        far, near = [
            await register(connection, topics=["COMPANY_REMOVED"], cursor=newest - behind) for behind in (4, 3)
        ]
        await skip(database)
        assert await cursors(connection) == {far: newest - 4, near: newest}
        await connection.execute("UPDATE webhooks SET cursor = $1", newest - 2)
        await connection.execute("UPDATE change_marks SET cursor = $1", newest - 1)
        await skip(database)
        # Its subscription says that it can't be continued.
        assert await cursors(connection) == {far: newest - 2, near: newest - 2}
