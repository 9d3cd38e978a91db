"""Webhooks are sent what their subscriptions tell: signed, in order, again where it wasn't taken, until it is."""

import asyncio
import time
from base64 import b64encode
from collections import Counter
from contextlib import AsyncExitStack
from functools import partial
from statistics import median
from typing import Any
from uuid import uuid4

import pytest
from standardwebhooks import Webhook

from db import changes, webhook_sending
from db.edits import webhooks
from db.engine import Database, connection_to
from db.webhook_sending import Taken
from graph.events.subscriber import Subscriber
from graph.events.webhooks import courier, retries, sender, turn
from graph.events.webhooks.addresses import is_public
from graph.events.webhooks.subscriptions import Subscriptions
from graph.http import usage as noting
from graph.settings import Settings
from graph.telemetry.pseudonyms import pseudonyms
from graph.telemetry.usage import Client, UsageCounts
from tests.graph.webhooks.addressee import TAKEN, Addressee, Post, Reply, addressee
from tests.graph.webhooks.conftest import CHANCE, HEARD, NPIS, OLD_SECRET, SECRET, Registry, sending, until, write


def verify(secret: bytes, post: Post) -> None:
    Webhook(f"whsec_{b64encode(secret).decode()}").verify(post.body, post.headers)


async def test_every_change_comes_once_signed_and_in_order(
    database: Database, settings: Settings, registry: Registry, receiver: Addressee
) -> None:
    id_ = await registry.register(receiver.url)
    written = await write(database, CHANCE.choices(NPIS, k=120))
    async with sending(settings, database):
        await receiver.until(120)
        written += await write(database, CHANCE.choices(NPIS, k=5))
        await receiver.until(125)
        row = await registry.until(id_, lambda row: row["cursor"] == written[-1] and row["holder"] is None)
    assert sorted(receiver.cursors) == written
    assert all(each == sorted(each) for each in receiver.first_cursors.values())
    for post in receiver.posts:
        verify(SECRET, post)
    assert receiver.posts[0].json == {
        "type": "company.updated",
        "timestamp": receiver.posts[0].json["timestamp"],
        "cursor": str(receiver.posts[0].cursor),
        "data": {
            "changes": {
                "cursor": str(receiver.posts[0].cursor),
                "kind": "COMPANY_UPDATED",
                "npi": receiver.posts[0].npi,
            }
        },
    }
    assert receiver.connections <= turn.ABREAST
    assert (row["failures"], row["problem"], row["next_attempt_at"]) == (0, None, None)
    assert row["delivered_at"] is not None
    deliveries = await registry.deliveries(id_)
    assert sorted(each[0] for each in deliveries) == written
    assert {each[1:] for each in deliveries} == {(1, 204, "DELIVERED")}


async def test_each_turn_counts_what_its_subscription_uses_for_its_owner(
    database: Database,
    settings: Settings,
    registry: Registry,
    receiver: Addressee,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    counts = UsageCounts()
    monkeypatch.setattr(noting, "usage_counts", counts)
    await registry.register(receiver.url)
    await write(database, NPIS[:1])
    async with sending(settings.model_copy(update={"usage_fields": "all"}), database):
        await receiver.until(1)
    [(client, coordinates)] = counts._counts
    assert client == Client("VIEWER", pseudonyms.of("partner", ""))
    assert coordinates == {"Subscription.changes", "Change.cursor", "Change.kind", "Change.npi"}


async def test_a_new_change_comes_at_once(
    database: Database, settings: Settings, registry: Registry, receiver: Addressee
) -> None:
    await registry.register(receiver.url)
    async with sending(settings, database):
        await write(database, NPIS[:1])
        await receiver.until(1)
        began = time.monotonic()
        await write(database, NPIS[:1])
        await receiver.until(2)
        assert time.monotonic() - began < 5


async def test_only_a_webhook_that_a_change_may_be_for_has_a_turn(
    database: Database,
    settings: Settings,
    registry: Registry,
    receiver: Addressee,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    begun, begin = set(), Subscriptions.begin

    async def note(subscriptions: Subscriptions, webhook: Taken, after: int) -> Subscriber:
        begun.add(webhook["id"])
        return await begin(subscriptions, webhook, after)

    monkeypatch.setattr(Subscriptions, "begin", note)
    ids = [
        await registry.register(receiver.url, topics=[kind], variables={"filter": {"kinds": [kind]}})
        for kind in ["COMPANY_REMOVED"] * 5 + ["COMPANY_UPDATED"]
    ]
    async with sending(settings, database):
        for number in (1, 2):
            [newest] = await write(database, NPIS[:1])
            await receiver.until(number)
            for id_ in ids:
                await until(partial(registry.is_done, id_, newest))
    assert begun == {ids[-1]}


async def test_only_what_is_listened_to_is_sent_and_the_rest_is_passed_over(
    database: Database, settings: Settings, registry: Registry, receiver: Addressee
) -> None:
    document = "subscription($npis: [NPI!]) { changes(filter: {npis: $npis}) { npi cursor } }"
    id_ = await registry.register(receiver.url, document, variables={"npis": ["1000000004"]})
    written = await write(database, [*NPIS[:3], "1000000004", *NPIS[:3]])
    async with sending(settings, database):
        await registry.until(id_, lambda row: row["cursor"] == written[-1])
    assert receiver.cursors == [written[3]]


async def test_answers_are_made_for_whoever_registered_it(
    database: Database, settings: Settings, registry: Registry, receiver: Addressee
) -> None:
    document = "subscription { changes { npi author { subject } } }"
    await registry.register(receiver.url, document, roles=["PARTNER"])
    await registry.register(receiver.url, document, roles=["PARTNER", "ADMIN"])
    await write(database, NPIS[:1])
    async with sending(settings, database):
        await receiver.until_asked(2)
    found = {"errors" in each.json: each.json["data"]["changes"]["author"] for each in receiver.posts}
    assert found == {True: None, False: {"subject": "somebody"}}


@pytest.mark.slow
async def test_two_secrets_sign_for_a_while(
    database: Database, settings: Settings, registry: Registry, receiver: Addressee
) -> None:
    id_ = await registry.register(receiver.url, old_secret=registry.sealed(OLD_SECRET))
    until = "UPDATE webhooks SET old_secret_until = now() + make_interval(hours => $1)"
    await registry.connection.execute(until, 1)
    async with sending(settings, database):
        [first] = await write(database, NPIS[:1])
        await registry.until(id_, lambda row: row["cursor"] == first)
        await registry.connection.execute(until, -1)
        [second] = await write(database, NPIS[:1])
        await registry.until(id_, lambda row: row["cursor"] == second)
    for secret in (SECRET, OLD_SECRET):
        verify(secret, receiver.posts[0])
    assert len(receiver.posts[0].headers["webhook-signature"].split()) == 2
    assert len(receiver.posts[1].headers["webhook-signature"].split()) == 1
    verify(SECRET, receiver.posts[1])


# What isn't taken.


@pytest.mark.slow
async def test_it_is_sent_again_by_the_table_with_the_same_id_and_given_up_after_the_last(
    database: Database,
    settings: Settings,
    registry: Registry,
    receiver: Addressee,
    caplog: pytest.LogCaptureFixture,
) -> None:
    id_ = await registry.register(receiver.url)
    receiver.answer = lambda post: (500, {}) if post.npi == NPIS[0] else TAKEN
    failing, behind, other = await write(database, [NPIS[0], NPIS[0], NPIS[1]])
    pauses = []
    async with sending(settings, database):
        await receiver.until(1)
        for attempt in range(1, len(retries.PAUSES) + 1):
            await registry.until(id_, lambda row: row["holder"] is None and row["cursor"] == other)
            await registry.until_waiting(id_, (failing, attempt), (behind, 0))
            pauses.append(
                await registry.connection.fetchval(
                    "SELECT extract(epoch FROM w.next_attempt_at - d.attempted_at)::float FROM webhook_waiting w, "
                    "webhook_deliveries d WHERE w.cursor = $1 AND d.cursor = $1 AND d.attempt = $2",
                    failing,
                    attempt,
                )
            )
            await registry.hurry()
        # It is given up, and the one behind it begins.
        await registry.until_waiting(id_, (behind, 1))
        row = await registry.row(id_)
    assert all(pause <= found <= pause * 1.1 + 1 for pause, found in zip(retries.PAUSES, pauses, strict=True))
    sent = [post for post in receiver.posts if post.cursor == failing]
    assert len(sent) == 10
    assert len({post.headers["webhook-id"] for post in sent}) == 1
    for post in sent:
        verify(SECRET, post)
    of_failing = [each[1:] for each in await registry.deliveries(id_) if each[0] == failing]
    assert of_failing == [*((number, 500, "FAILED") for number in range(1, 10)), (10, 500, "GIVEN_UP")]
    assert receiver.cursors == [other]
    assert row["is_enabled"]
    assert f"the event of change {failing} is given up after 10 attempts: It answers 500." in caplog.text
    assert receiver.url not in caplog.text


async def test_an_event_waits_for_an_earlier_one_of_its_company_and_for_no_other(
    database: Database, settings: Settings, registry: Registry, receiver: Addressee
) -> None:
    id_ = await registry.register(receiver.url)
    is_broken = True
    receiver.answer = lambda post: (500, {}) if post.npi == NPIS[0] and is_broken else TAKEN
    first = await write(database, [NPIS[0], NPIS[1], NPIS[0], NPIS[1], NPIS[2]])
    async with sending(settings, database):
        await receiver.until(3)
        second = await write(database, [NPIS[0], NPIS[1]])
        await receiver.until(4)
        await registry.until(id_, lambda row: row["cursor"] == second[-1])
        assert [cursor for cursor, _ in await registry.waiting(id_)] == [first[0], first[2], second[0]]
        is_broken = False
        await registry.hurry()
        await receiver.until(7)
        await registry.until_waiting(id_)
    assert receiver.first_cursors[NPIS[0]] == [first[0], first[2], second[0]]
    # Those behind weren't even tried before.
    assert Counter(each.cursor for each in receiver.posts)[first[2]] == 1
    assert len(receiver.cursors) == 7


async def test_one_that_takes_nothing_is_slowed_down_whole_and_gets_all_once_it_is_back(
    database: Database, settings: Settings, registry: Registry, receiver: Addressee
) -> None:
    id_ = await registry.register(receiver.url)
    receiver.answer = lambda _: (503, {})
    written = await write(database, [*NPIS, *NPIS])
    async with sending(settings, database):
        row = await registry.until(id_, lambda row: row["failures"] >= retries.MANY and row["holder"] is None)
        assert row["problem"] == "It answers 503."
        # It stands where it is: nothing piles up.
        assert row["cursor"] < written[turn.ABREAST]
        assert len(await registry.waiting(id_)) <= turn.ABREAST
        sent = len(receiver.posts)
        await asyncio.sleep(0.5)
        assert len(receiver.posts) == sent
        rests = await registry.connection.fetchval(
            "SELECT extract(epoch FROM next_attempt_at - now())::float FROM webhooks"
        )
        assert 0 < rests <= 5.5
        receiver.answer = lambda _: TAKEN
        await registry.hurry()
        await receiver.until(len(written))
        row = await registry.until(id_, lambda row: row["cursor"] == written[-1] and row["holder"] is None)
    assert (row["failures"], row["problem"], row["next_attempt_at"]) == (0, None, None)
    assert sorted(receiver.cursors) == written
    assert all(each == sorted(each) for each in receiver.first_cursors.values())


@pytest.mark.slow
async def test_one_that_took_nothing_for_days_is_disabled_in_place_of_losing_an_event(
    database: Database,
    settings: Settings,
    registry: Registry,
    receiver: Addressee,
    caplog: pytest.LogCaptureFixture,
) -> None:
    id_ = await registry.register(receiver.url)
    receiver.answer = lambda _: (500, {})
    [written] = await write(database, NPIS[:1])
    async with sending(settings, database):
        await registry.until_waiting(id_, (written, 1))
        await registry.connection.execute("UPDATE webhooks SET created_at = now() - interval '73 hours'")
        await registry.connection.execute("UPDATE webhook_waiting SET attempts = 9")
        await registry.hurry()
        row = await registry.until(id_, lambda row: not row["is_enabled"])
        assert row["disabled_reason"] == (
            "It has accepted nothing for 3 days, though events were retried. The last problem: It answers 500."
        )
        assert row["version"] == 2
        assert f"webhook {id_} is disabled: It has accepted nothing" in caplog.text
        assert await registry.waiting(id_) == [(written, 10)]
        # Its owner enables it again.
        receiver.answer = lambda _: TAKEN
        async with database.transaction() as transaction:
            await webhooks.enable(transaction, id_, {"roles": ["PARTNER"], "companies": []})
        await receiver.until(1)
    assert receiver.cursors == [written]


async def test_410_disables_at_once(
    database: Database, settings: Settings, registry: Registry, receiver: Addressee
) -> None:
    id_ = await registry.register(receiver.url)
    receiver.answer = lambda _: (410, {})
    [written] = await write(database, NPIS[:1])
    async with sending(settings, database):
        row = await registry.until(id_, lambda row: not row["is_enabled"])
    assert row["disabled_reason"] == "It answered 410 (Gone): it doesn't want events any more."
    assert await registry.deliveries(id_) == [(written, 1, 410, "FAILED")]
    assert await registry.waiting(id_) == [(written, 1)]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("reply", "seconds"),
    [
        ((429, {}), 30),
        ((502, {}), 30),
        ((504, {}), 30),
        ((429, {"retry-after": "120"}), 120),
        ((503, {"retry-after": "90"}), 90),
        ((503, {"retry-after": "999999"}), 3600),
        ((301, {"location": "https://elsewhere.example/"}), 0),
        ((500, {}), 0),
    ],
)
async def test_an_answer_may_slow_down_all_that_is_sent(
    reply: Reply,
    seconds: float,
    database: Database,
    settings: Settings,
    registry: Registry,
    receiver: Addressee,
) -> None:
    id_ = await registry.register(receiver.url)
    receiver.answer = lambda _: reply
    [written] = await write(database, NPIS[:1])
    async with sending(settings, database):
        await registry.until(id_, lambda row: row["cursor"] == written and row["holder"] is None)
        rests = await registry.connection.fetchval(
            "SELECT extract(epoch FROM next_attempt_at - now())::float FROM webhooks"
        )
        receiver.answer = lambda _: TAKEN
        await write(database, NPIS[1:2])
        if not seconds:
            await receiver.until(1)
            assert rests is None
        else:
            assert seconds - 5 < rests <= seconds
            await asyncio.sleep(0.4)
            assert len(receiver.posts) == 1


@pytest.mark.slow
async def test_what_waits_is_bounded(
    database: Database,
    settings: Settings,
    registry: Registry,
    receiver: Addressee,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(turn, "MOST_WAITING", 20)
    monkeypatch.setattr(webhook_sending, "MOST_WAITING", 20)
    monkeypatch.setattr(turn, "NOTED", 10)
    id_ = await registry.register(receiver.url)
    receiver.answer = lambda post: (500, {}) if post.npi == NPIS[0] else TAKEN
    written = await write(database, [NPIS[0]] * 100 + [NPIS[1]])
    async with sending(settings, database):
        await registry.until(id_, lambda row: row["cursor"] >= written[19] and row["holder"] is None)
        await asyncio.sleep(0.5)
        row = await registry.row(id_)
        assert row["cursor"] <= written[30]
        assert 20 <= len(await registry.waiting(id_)) <= 31
        receiver.answer = lambda _: TAKEN
        await registry.hurry()
        await receiver.until(101)
    assert receiver.first_cursors[NPIS[0]] == written[:-1]


# What can't be run, or not now.


@pytest.mark.slow
@pytest.mark.parametrize(
    ("timeout", "making"), [(1.0, 10.0), (20.0, 1.0)], ids=["by the operation's time-out", "by its own"]
)
async def test_an_event_whose_answer_takes_too_long_counts_as_one_that_wasnt_taken(
    timeout: float,  # noqa: ASYNC109 - the operation's
    making: float,
    database: Database,
    database_url: str,
    settings: Settings,
    registry: Registry,
    receiver: Addressee,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(turn, "MAKING", making)
    hasty = settings.model_copy(update={"operation_timeout": timeout})
    id_ = await registry.register(receiver.url, "subscription { changes { cursor npi company { name } } }")
    late, other = await write(database, NPIS[:2])
    async with sending(hasty, database):
        async with connection_to(database_url) as connection, connection.transaction():
            await connection.execute("LOCK TABLE companies IN ACCESS EXCLUSIVE MODE")
            await registry.until_waiting(id_, (late, 1), (other, 1))
            row = await registry.row(id_)
            assert (row["cursor"], row["failures"], row["problem"]) == (other, 2, turn.TOO_LONG)
            await registry.connection.execute("UPDATE webhook_waiting SET attempts = 9 WHERE cursor = $1", late)
            await registry.hurry()
            await registry.until_waiting(id_, (other, 2))
        assert receiver.posts == []
        monkeypatch.setattr(turn, "MAKING", 10.0)
        await registry.hurry()
        await receiver.until(1)
    assert receiver.cursors == [other]
    outcomes = {(cursor, attempt): outcome for cursor, attempt, _, outcome in await registry.deliveries(id_)}
    assert outcomes == {
        (late, 1): "FAILED", (late, 10): "GIVEN_UP",
        (other, 1): "FAILED", (other, 2): "FAILED", (other, 3): "DELIVERED",
    }  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize(
    ("document", "reason"),
    [
        ("subscription { changes { nothing } }", "Cannot query field 'nothing' on type 'Change'."),
        ("{ dataset { cursor } }", "It isn't a subscription."),
        ("subscription { changes(filter: {npis: []}) { npi } } query A { dataset { cursor } }", "operation"),
    ],
)
async def test_what_can_never_be_run_is_disabled_with_its_reason(
    document: str, reason: str, database: Database, settings: Settings, registry: Registry, receiver: Addressee
) -> None:
    id_ = await registry.register(receiver.url, document)
    await write(database, NPIS[:1])
    async with sending(settings, database):
        row = await registry.until(id_, lambda row: not row["is_enabled"])
    assert reason in row["disabled_reason"]
    assert receiver.posts == []


@pytest.mark.slow
async def test_who_is_not_allowed_to_listen_any_more_is_told(
    database: Database, settings: Settings, registry: Registry, receiver: Addressee
) -> None:
    id_ = await registry.register(receiver.url, roles=[])
    await write(database, NPIS[:1])
    async with sending(settings, database):
        row = await registry.until(id_, lambda row: not row["is_enabled"])
    assert "PARTNER" in row["disabled_reason"]


async def test_a_watch_list_that_is_gone_ends_what_listened_to_it(
    database: Database, settings: Settings, registry: Registry, receiver: Addressee
) -> None:
    gone = f"watch-list:{uuid4()}"
    document = "subscription($list: ID) { companyChanged(watchList: $list) { cursor npi } }"
    id_ = await registry.register(receiver.url, document, variables={"list": gone})
    await write(database, NPIS[:1])
    async with sending(settings, database):
        row = await registry.until(id_, lambda row: not row["is_enabled"])
    assert row["disabled_reason"] == "There is no watch list with this id."


async def test_an_event_that_is_listened_to_no_more_is_not_sent_again(
    database: Database, settings: Settings, registry: Registry, receiver: Addressee
) -> None:
    document = "subscription($npis: [NPI!]) { changes(filter: {npis: $npis}) { npi cursor } }"
    id_ = await registry.register(receiver.url, document, variables={"npis": ["1000000004"]})
    receiver.answer = lambda _: (500, {})
    first, second = await write(database, ["1000000004", "1000000004"])
    async with sending(settings, database):
        await registry.until_waiting(id_, (first, 1), (second, 0))
        await registry.connection.execute("UPDATE webhooks SET variables = $1", {"npis": ["1000000012"]})
        receiver.answer = lambda _: TAKEN
        await registry.hurry()
        await registry.until_waiting(id_)
    assert receiver.cursors == []
    assert await registry.deliveries(id_) == [(first, 1, 500, "FAILED")]


async def test_one_that_waited_is_looked_for_where_it_is_alone(
    database: Database,
    settings: Settings,
    registry: Registry,
    receiver: Addressee,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """And not in all of the log after it, which may be long."""
    id_ = await registry.register(receiver.url)
    receiver.answer = lambda _: (500, {})
    [first] = await write(database, NPIS[:1])
    async with sending(settings, database):
        await registry.until_waiting(id_, (first, 1))
    others = await write(database, NPIS[1:] * 2)
    document = "subscription { changes(filter: {kinds: [COMPANY_DEACTIVATED]}) { npi } }"
    await registry.connection.execute("UPDATE webhooks SET document = $1, cursor = $2", document, others[-1])
    read, page = [], changes.page

    async def noted(database: Database, after: int, *others: Any) -> Any:
        read.append(after)
        return await page(database, after, *others)

    monkeypatch.setattr(changes, "MOST_SCANNED", 2)
    monkeypatch.setattr(changes, "page", noted)
    await registry.hurry()
    async with sending(settings, database):
        await registry.until_waiting(id_)
    assert {each for each in read if each < others[-1]} == {first - 1}


async def test_changes_that_are_no_longer_kept_are_told_of(
    database: Database, settings: Settings, registry: Registry, receiver: Addressee
) -> None:
    id_ = await registry.register(receiver.url)
    written = await write(database, NPIS[:3])
    await registry.connection.execute("UPDATE change_marks SET cursor = $1", written[1])
    async with sending(settings, database):
        row = await registry.until(id_, lambda row: not row["is_enabled"])
    assert "no longer kept" in row["disabled_reason"]


async def test_a_company_as_of_a_change_that_cannot_be_read_back_ends_what_asks_for_it(
    database: Database, settings: Settings, registry: Registry, receiver: Addressee
) -> None:
    """Such as one that was made before changes had versions."""
    id_ = await registry.register(receiver.url, "subscription { companyChanged { cursor company { name } } }")
    written = await write(database, [NPIS[0], NPIS[1], NPIS[0]])
    await registry.connection.execute("UPDATE changes SET version = NULL WHERE id = $1", written[1])
    async with sending(settings, database):
        row = await registry.until(id_, lambda row: not row["is_enabled"], 5)
    assert "no longer kept" in row["disabled_reason"]
    assert receiver.posts == []


@pytest.mark.slow
async def test_a_secret_whose_key_is_gone_sends_nothing_unsigned(
    database: Database,
    settings: Settings,
    registry: Registry,
    receiver: Addressee,
    caplog: pytest.LogCaptureFixture,
) -> None:
    id_ = await registry.register(receiver.url, secret=b"sealed by another key")
    await write(database, NPIS[:1])
    async with sending(settings, database):
        row = await registry.until(id_, lambda row: row["problem"] is not None)
    assert (row["is_enabled"], row["cursor"]) == (True, 0)
    assert row["next_attempt_at"] is not None
    assert "no key in WEBHOOK_KEY decrypts its secret" in caplog.text
    assert receiver.posts == []


@pytest.mark.slow
async def test_in_production_nothing_is_sent_to_this_machine(
    database: Database, settings: Settings, registry: Registry, receiver: Addressee
) -> None:
    assert not is_public("127.0.0.1")
    id_ = await registry.register(receiver.url)
    await write(database, NPIS[:1])
    closed = settings.model_copy(update={"environment": "production"})
    async with sending(closed, database):
        row = await registry.until(id_, lambda row: row["problem"] is not None)
    assert row["problem"] == "Its name resolves to an address outside the public internet."
    assert receiver.connections == 0


# Several.


@pytest.mark.slow
async def test_slow_ones_are_in_no_others_way(
    database: Database, settings: Settings, registry: Registry, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sender, "TURNS", 4)
    monkeypatch.setattr(sender, "SLOW_TURNS", 2)
    monkeypatch.setattr(sender, "SLOW", 0.2)
    async with addressee() as slow, addressee() as quick:
        slow.delay = 0.4
        ids = [await registry.register(slow.url) for _ in range(6)]
        await registry.register(quick.url)
        written = await write(database, NPIS[:2])
        async with sending(settings, database):
            for id_ in ids:
                await registry.until(id_, lambda row: row["cursor"] == written[-1] and row["holder"] is None)
            await quick.until(2)
            took = []
            for number in range(3, 9):
                await write(database, NPIS[:1])
                began = time.monotonic()
                await quick.until(number)
                took.append(time.monotonic() - began)
        # With six that take 0.4 s each and four places, it would wait for its turn.
        assert median(took) < 0.4, took


@pytest.mark.slow
async def test_several_processes_share_webhooks_and_nothing_comes_twice(
    database: Database, settings: Settings, registry: Registry, receiver: Addressee
) -> None:
    ids = [await registry.register(receiver.url) for _ in range(6)]
    async with AsyncExitStack() as stack:
        for _ in range(3):
            await stack.enter_async_context(sending(settings, database))
        written = await write(database, CHANCE.choices(NPIS, k=40))
        for id_ in ids:
            await registry.until(id_, lambda row: row["cursor"] == written[-1])
    times = Counter(each.headers["webhook-id"] for each in receiver.posts)
    assert len(times) == 6 * 40
    assert set(times.values()) == {1}


@pytest.mark.slow
async def test_a_replay_begins_elsewhere_though_somebody_works_at_it(
    database: Database, settings: Settings, registry: Registry, receiver: Addressee
) -> None:
    id_ = await registry.register(receiver.url)
    receiver.delay = 0.05
    written = await write(database, CHANCE.choices(NPIS, k=30))
    async with sending(settings, database):
        await receiver.until(10)
        await registry.connection.execute(
            "UPDATE webhooks SET cursor = 0, holder = NULL, held_until = '-infinity' WHERE id = $1", id_
        )
        await registry.until(id_, lambda row: row["cursor"] == written[-1])
    assert set(receiver.cursors) == set(written)
    assert Counter(receiver.cursors)[written[0]] == 2
    assert all(each == sorted(each) for each in receiver.first_cursors.values())


@pytest.mark.slow
async def test_it_ends_with_what_is_under_way(
    database: Database, settings: Settings, registry: Registry, receiver: Addressee
) -> None:
    id_ = await registry.register(receiver.url)
    receiver.delay = 0.3
    written = await write(database, NPIS)
    async with sending(settings, database):
        await receiver.until_asked(1)
    # What was sent was heard of, noted, and nothing more was begun.
    row = await registry.row(id_)
    assert row["holder"] is None
    assert row["cursor"] == max(receiver.cursors) == written[turn.ABREAST - 1]
    assert len(receiver.posts) == len(receiver.taken) == turn.ABREAST


@pytest.mark.slow
async def test_nothing_of_a_url_or_a_secret_is_logged(
    database: Database,
    settings: Settings,
    registry: Registry,
    receiver: Addressee,
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level("DEBUG", "ariesone")
    receiver.answer = lambda _: b"no HTTP"
    await registry.register(receiver.url + "?token=hidden")
    id_ = await registry.register("http://nobody-there.invalid/?token=hidden")
    await write(database, NPIS[:1])
    async with sending(settings, database):
        await registry.until(id_, lambda row: row["problem"] is not None)
    for hidden in ("token", "hidden", "nobody-there", b64encode(SECRET).decode()):
        assert hidden not in caplog.text
    assert courier.DEADLINE == 20
    assert HEARD not in caplog.text
