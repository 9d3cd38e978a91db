"""Checks of webhooks, jobs and the log of changes, each stuck as it sticks in earnest."""

from uuid import uuid4

import pytest

from db.engine import Database, connection_to
from graph.doctor.checks import CHECKS
from tests.graph.amqp.conftest import write
from tests.graph.doctor.conftest import NOWHERE, Find, is_absent, is_ok, is_prevented, warns

OF_EVENTS = [each.id for each in CHECKS if each.category == "events" and each.id != "events-feed"]


@pytest.mark.parametrize("id_", OF_EVENTS)
async def test_without_a_database_nothing_of_it_can_be_looked_at(find: Find, id_: str) -> None:
    found = await find(id_, database_url=NOWHERE, changes_kept_days=1)
    is_prevented(found, "The database can't be reached")
    assert found.seen.endswith("; see database-reachable")


async def register(url: str) -> None:
    """Write a webhook that is at the beginning of the log, and to which nobody sends."""
    async with connection_to(url) as connection:
        await connection.execute(
            "INSERT INTO webhooks (id, issuer, subject, roles, url, document, secret, cursor) "
            "VALUES ($1, '', 'partner', '{PARTNER}', 'https://a.example', '', '', 0)",
            uuid4(),
        )


async def age(url: str, table: str, column: str) -> None:
    """Have all that a table has be two days old."""
    async with connection_to(url) as connection:
        await connection.execute(f"UPDATE {table} SET {column} = {column} - interval '2 days'")  # noqa: S608 - ours


async def test_webhooks_that_nobody_sends_to(find: Find, database: Database, database_url: str) -> None:
    is_ok(await find("events-webhooks", database_url=database_url), "0 enabled")
    await register(database_url)
    await write(database, ["1234567893"])
    is_ok(await find("events-webhooks", database_url=database_url), "1 enabled")
    await age(database_url, "changes", "occurred_at")
    warns(await find("events-webhooks", database_url=database_url), "172,8", "WEBHOOK_KEY")


async def test_jobs_that_nobody_does(find: Find, database_url: str) -> None:
    is_ok(await find("events-jobs", database_url=database_url), "0 waiting")
    async with connection_to(database_url) as connection:
        await connection.execute(
            "INSERT INTO jobs (id, issuer, subject, roles, companies, kind, arguments, key) "
            "VALUES ($1, '', 'partner', '{PARTNER}', '{}', 'EXPORT_COMPANIES', '{}', '')",
            uuid4(),
        )
    is_ok(await find("events-jobs", database_url=database_url), "1 waiting")
    await age(database_url, "jobs", "created_at")
    warns(await find("events-jobs", database_url=database_url), "172,8", "ariesone work")


async def test_changes_that_are_kept_for_a_webhook(find: Find, database: Database, database_url: str) -> None:
    is_absent(await find("events-log", database_url=database_url), "all are kept")
    settings = {"database_url": database_url, "changes_kept_days": 1}
    is_ok(await find("events-log", **settings), "none is kept for more than 1 days")
    await register(database_url)
    await write(database, ["1234567893"])
    async with connection_to(database_url) as connection:
        await connection.execute("INSERT INTO change_marks (cursor) SELECT max(id) FROM changes")
    for table, column in (("changes", "occurred_at"), ("change_marks", "reached_at")):
        await age(database_url, table, column)
    warns(await find("events-log", **settings), "are kept for webhook", "ariesone webhooks disable")
