"""Webhooks in the database: one process works at each, what it notes holds, and events of a company keep order."""

from uuid import UUID, uuid4

import asyncpg
import pytest

from db import changes, retention, webhook_sending
from db.changes import Author, Change
from db.edits import webhooks
from db.engine import Database, connection_to
from db.webhook_sending import Choice, SetBack, Status, Step, Taken, Tried

AUTHOR = Author("", "somebody")
NPI, OTHER = "1000000004", "1000000012"
MANY = 3
HELD = "This server can't decrypt its secret."


async def register(connection: asyncpg.Connection, **values: object) -> UUID:
    """Write a webhook that is at the beginning of the log."""
    given = {
        "id": uuid4(),
        "issuer": "",
        "subject": "partner",
        "roles": ["PARTNER"],
        "url": "https://partner.example/hook",
        "document": "subscription { changes { npi } }",
        "secret": b"sealed",
        "cursor": 0,
        **values,
    }
    places = ", ".join(f"${place}" for place in range(1, len(given) + 1))
    await connection.execute(f"INSERT INTO webhooks ({', '.join(given)}) VALUES ({places})", *given.values())  # noqa: S608
    return UUID(str(given["id"]))


async def write(database: Database, *npis: str) -> int:
    """Record a change of each company; the last one's id."""
    async with database.transaction() as transaction:
        made = [Change(each, "COMPANY_UPDATED", ()) for each in npis]
        return await changes.record(transaction, made, AUTHOR) or 0


async def take(database: Database, holder: str = "a", seconds: float = 60, most: int = 10) -> list[Taken]:
    return await webhook_sending.take(database, holder, seconds, MANY, Choice(most))


async def taken_ids(database: Database, holder: str = "a", seconds: float = 60, most: int = 10) -> list[UUID]:
    return [row["id"] for row in await take(database, holder, seconds, most)]


async def status(database: Database) -> Status:
    return await webhook_sending.status(database, MANY, [HELD])


async def row_of(connection: asyncpg.Connection, id_: UUID) -> asyncpg.Record:
    [row] = await connection.fetch("SELECT * FROM webhooks WHERE id = $1", id_)
    return row


async def waiting(connection: asyncpg.Connection, id_: UUID) -> list[tuple[int, int, bool | None]]:
    """The change, attempts, and whether it is due (None behind another) of each event that waits."""
    rows = await connection.fetch(
        "SELECT cursor, attempts, next_attempt_at <= now() AS is_due FROM webhook_waiting "
        "WHERE webhook_id = $1 ORDER BY cursor",
        id_,
    )
    return [tuple(row) for row in rows]


async def test_one_works_at_a_webhook_until_its_time_is_over_or_it_leaves(
    database: Database, database_url: str
) -> None:
    async with connection_to(database_url) as connection:
        id_ = await register(connection)
        # Nothing is to be sent.
        assert await taken_ids(database) == []
        last = await write(database, NPI)
        [row] = await take(database)
        assert (row["id"], row["cursor"], row["waiting"], row["has_old_secret"]) == (id_, 0, 0, False)
        assert await taken_ids(database, "b") == []
        await webhook_sending.release(database, "b", [id_])
        assert await taken_ids(database, "b") == []
        await webhook_sending.release(database, "a", [id_])
        assert await taken_ids(database, "b", 0) == [id_]
        # Its time is over.
        assert await taken_ids(database, "c") == [id_]
        assert not await webhook_sending.advance(database, id_, "b", Step(last))
        assert await webhook_sending.advance(database, id_, "c", Step(last))
        await webhook_sending.release(database, "c", None)
        assert await taken_ids(database) == []


async def test_those_that_waited_longest_come_first_and_some_may_be_left_out(
    database: Database, database_url: str
) -> None:
    async with connection_to(database_url) as connection:
        ids = [await register(connection) for _ in range(3)]
        await write(database, NPI)
        order = [(await taken_ids(database, most=1))[0] for _ in range(3)]
        assert sorted(order) == sorted(ids)
        for each in reversed(order):
            await webhook_sending.release(database, "a", [each])
        assert await taken_ids(database, most=1) == [order[2]]
        for choice in (Choice(10, but=[order[0], order[1]]), Choice(10, only=[order[1]], but=[order[1]])):
            assert await webhook_sending.take(database, "a", 60, MANY, choice) == []
        found = await webhook_sending.take(database, "a", 60, MANY, Choice(10, only=[order[1]]))
        assert [row["id"] for row in found] == [order[1]]


async def test_what_is_disabled_rests_or_takes_nothing_is_left_alone(
    database: Database, database_url: str
) -> None:
    async with connection_to(database_url) as connection:
        id_ = await register(connection, is_enabled=False)
        last = await write(database, NPI)
        assert await taken_ids(database) == []
        await connection.execute("UPDATE webhooks SET is_enabled = true, failures = $1", MANY)
        assert await taken_ids(database) == []
        await connection.execute("UPDATE webhooks SET failures = 0")
        assert await taken_ids(database) == [id_]
        await webhook_sending.advance(database, id_, "a", Step(last - 1, problem="It answers 429.", rest=60))
        await webhook_sending.release(database, "a", None)
        assert await taken_ids(database) == []
        row = await row_of(connection, id_)
        assert row["problem"] == "It answers 429."
        await connection.execute("UPDATE webhooks SET next_attempt_at = now()")
        assert await taken_ids(database) == [id_]


async def test_an_old_secret_signs_until_its_time_is_over(database: Database, database_url: str) -> None:
    async with connection_to(database_url) as connection:
        await register(connection, old_secret=b"old")
        await write(database, NPI)
        for hours, has in ((1, True), (-1, False)):
            await connection.execute(
                "UPDATE webhooks SET old_secret_until = now() + make_interval(hours => $1)", hours
            )
            [row] = await take(database, seconds=0)
            assert (row["old_secret"], row["has_old_secret"]) == (b"old", has)


async def test_events_go_behind_an_earlier_one_of_their_company(database: Database, database_url: str) -> None:
    async with connection_to(database_url) as connection:
        id_ = await register(connection)
        last = await write(database, NPI, NPI, OTHER, NPI)
        await taken_ids(database)
        back = [SetBack(last - 3, NPI, 1, 300.0), SetBack(last - 2, NPI), SetBack(last, NPI)]
        step = Step(last, 1, has_taken=True, set_back=back, npis=[NPI])
        assert await webhook_sending.advance(database, id_, "a", step)
        assert await waiting(connection, id_) == [(last - 3, 1, False), (last - 2, 0, None), (last, 0, None)]
        assert await webhook_sending.due(database, id_, 10) == []
        assert await webhook_sending.waiting_npis(database, id_) == {NPI}
        await connection.execute("UPDATE webhook_waiting SET next_attempt_at = now() WHERE attempts > 0")
        [due] = await webhook_sending.due(database, id_, 10)
        assert (due["cursor"], due["npi"], due["attempts"]) == (last - 3, NPI, 1)
        # It is taken: the next one of its company is due, and no other.
        await webhook_sending.advance(database, id_, "a", Step(last, passed=[last - 3], npis=[NPI]))
        assert await waiting(connection, id_) == [(last - 2, 0, True), (last, 0, None)]
        # It isn't taken.
        await webhook_sending.advance(
            database, id_, "a", Step(last, set_back=[SetBack(last - 2, NPI, 1, 5.0)], npis=[NPI])
        )
        assert await waiting(connection, id_) == [(last - 2, 1, False), (last, 0, None)]


async def test_what_goes_behind_one_that_was_taken_meanwhile_is_due(database: Database, database_url: str) -> None:
    async with connection_to(database_url) as connection:
        id_ = await register(connection)
        last = await write(database, NPI, NPI)
        await taken_ids(database)
        back = [SetBack(last - 1, NPI), SetBack(last, NPI)]
        await webhook_sending.advance(database, id_, "a", Step(last, set_back=back, npis=[NPI]))
        assert await waiting(connection, id_) == [(last - 1, 0, True), (last, 0, None)]


async def test_one_that_is_slowed_down_rests_until_an_event_that_waits_is_due(
    database: Database, database_url: str
) -> None:
    async with connection_to(database_url) as connection:
        id_ = await register(connection)
        last = await write(database, NPI, OTHER)
        await taken_ids(database)
        back = [SetBack(last - 1, NPI, 1, 300.0), SetBack(last, OTHER, 1, 5.0)]
        step = Step(last, MANY, set_back=back, is_slowed=True, npis=[NPI, OTHER])
        await webhook_sending.advance(database, id_, "a", step)
        await webhook_sending.release(database, "a", None)
        row = await row_of(connection, id_)
        rests = await connection.fetchval("SELECT extract(epoch FROM $1 - now())", row["next_attempt_at"])
        assert 3 < rests <= 5
        await write(database, NPI)
        assert await taken_ids(database) == []
        await connection.execute("UPDATE webhook_waiting SET next_attempt_at = now() WHERE npi = $1", OTHER)
        await connection.execute("UPDATE webhooks SET next_attempt_at = now()")
        [row] = await take(database)
        assert (row["failures"], row["waiting"]) == (MANY, 2)
        # It takes something again: what waits is sent at once.
        await webhook_sending.advance(
            database, id_, "a", Step(last, has_taken=True, is_back=True, passed=[last], npis=[OTHER])
        )
        assert await waiting(connection, id_) == [(last - 1, 1, True)]
        row = await row_of(connection, id_)
        assert (row["failures"], row["next_attempt_at"], row["delivered_at"] is None) == (0, None, False)


async def test_where_too_much_waits_no_more_is_read(
    database: Database, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(webhook_sending, "MOST_WAITING", 2)
    async with connection_to(database_url) as connection:
        id_ = await register(connection)
        last = await write(database, NPI, NPI, NPI)
        await taken_ids(database)
        back = [SetBack(last - 2, NPI, 1, 300.0), SetBack(last - 1, NPI)]
        await webhook_sending.advance(database, id_, "a", Step(last - 1, 1, set_back=back, npis=[NPI]))
        await webhook_sending.release(database, "a", None)
        assert await taken_ids(database) == []
        await connection.execute("UPDATE webhook_waiting SET next_attempt_at = now() WHERE attempts > 0")
        assert await taken_ids(database) == [id_]


async def test_disabling_is_a_change_that_its_owner_reads_and_what_waits_is_tried_anew(
    database: Database, database_url: str
) -> None:
    async with connection_to(database_url) as connection:
        id_ = await register(connection)
        last = await write(database, NPI, NPI)
        await taken_ids(database)
        back = [SetBack(last - 1, NPI, 10, 300.0), SetBack(last, NPI)]
        await webhook_sending.advance(database, id_, "a", Step(last, 1, set_back=back, npis=[NPI]))
        assert not await webhook_sending.disable(database, id_, "b", "It answered 410.")
        assert await webhook_sending.disable(database, id_, "a", "It answered 410.")
        row = await row_of(connection, id_)
        assert (row["is_enabled"], row["disabled_reason"], row["version"]) == (False, "It answered 410.", 2)
        assert row["disabled_at"] is not None
        # Nobody who is late may write over it.
        assert not await webhook_sending.disable(database, id_, "a", "another")
        async with database.transaction() as transaction:
            await webhooks.enable(transaction, id_, {"roles": ["PARTNER"], "companies": []})
        assert await waiting(connection, id_) == [(last - 1, 0, True), (last, 0, None)]


async def test_the_log_of_deliveries_is_kept_for_a_while(
    database: Database, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(webhook_sending, "BATCH", 2)
    async with connection_to(database_url) as connection:
        id_ = await register(connection)
        await write(database, NPI)
        await taken_ids(database)
        tried = [Tried(1, "1-a", "company.updated", NPI, number, 500, "FAILED", 12) for number in range(1, 6)]
        await webhook_sending.advance(database, id_, "a", Step(1, tried=tried))
        await connection.execute(
            "UPDATE webhook_deliveries SET attempted_at = now() - interval '31 days' WHERE attempt < 5"
        )
        await webhook_sending.forget_old(database, 30)
        rows = await connection.fetch("SELECT * FROM webhook_deliveries")
        assert [(row["attempt"], row["status"], row["outcome"], row["duration_ms"]) for row in rows] == [
            (5, 500, "FAILED", 12)
        ]


async def test_changes_are_kept_for_those_that_are_enabled(database: Database, database_url: str) -> None:
    async with connection_to(database_url) as connection:
        id_ = await register(connection)
        last = await write(database, NPI, NPI, NPI)

        async def age() -> None:
            await retention.remove_old(database, 30)
            await connection.execute("UPDATE change_marks SET reached_at = reached_at - interval '31 days'")

        await age()
        assert await retention.remove_old(database, 30) == 0
        assert await retention.held_back(database, 30) == retention.Holder(str(id_), 0, is_webhook=True)
        await taken_ids(database)
        # It has come to the end, but the second one is to be sent again.
        back = [SetBack(last - 1, NPI, 1, 300.0), SetBack(last, NPI)]
        await webhook_sending.advance(database, id_, "a", Step(last, 1, set_back=back, npis=[NPI]))
        assert await retention.held_back(database, 30) == retention.Holder(str(id_), last - 2, is_webhook=True)
        assert await retention.remove_old(database, 30) == 0
        await webhook_sending.disable(database, id_, "a", "It answered 410.")
        assert await retention.held_back(database, 30) is None
        assert await retention.remove_old(database, 30) == 3


async def test_how_webhooks_stand_is_told(database: Database, database_url: str) -> None:
    assert await status(database) == Status(0, 0, 0, 0, 0, 0)
    async with connection_to(database_url) as connection:
        last = await write(database, NPI, NPI)
        await connection.execute("UPDATE changes SET occurred_at = occurred_at - interval '90 s'")
        await register(connection, cursor=last - 1)
        await register(connection, cursor=last, failures=1)
        await register(connection, failures=MANY)
        await register(connection, is_enabled=False)
        found = await status(database)
        assert found == Status(2, 1, 0, 1, found.lag, 0)
        assert 90 <= found.lag < 120
        await connection.execute("UPDATE webhooks SET next_attempt_at = now() + interval '1 minute'")
        assert (await status(database)).lag == 0


async def test_one_that_this_server_holds_back_is_told_though_it_rests(
    database: Database, database_url: str
) -> None:
    async with connection_to(database_url) as connection:
        last = await write(database, NPI)
        await connection.execute("UPDATE changes SET occurred_at = occurred_at - interval '90 s'")
        for cursor, failures, problem in (
            (last - 1, 0, HELD),
            (last - 1, MANY, HELD),
            (last - 1, 0, "It answers 429."),
        ):
            await register(connection, cursor=cursor, failures=failures, problem=problem)
        await connection.execute("UPDATE webhooks SET next_attempt_at = now() + interval '1 minute'")
        found = await status(database)
        assert found == Status(1, 0, 2, 0, found.lag, 0)
        assert 90 <= found.lag < 120
        # What is yet to be sent is only what waits, and was due, or isn't.
        await connection.execute("UPDATE webhooks SET cursor = $1", last)
        assert (await status(database)).lag == 0
        await connection.execute(
            "INSERT INTO webhook_waiting (webhook_id, cursor, npi, attempts, next_attempt_at) "
            "SELECT id, $1, $2, 1, now() - interval '200 s' FROM webhooks WHERE problem = $3",
            last, NPI, HELD,
        )  # fmt: skip
        found = await status(database)
        assert (found.held, found.waiting) == (2, 2)
        assert 200 <= found.lag < 230
        await connection.execute("UPDATE webhook_waiting SET next_attempt_at = now() + interval '1 hour'")
        assert (await status(database)).lag == 0
