"""Changes come to RabbitMQ: each at least once, a company's one after the other, whatever happens to whom."""

import asyncio
import time
from collections import Counter
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack

import orjson
import pytest

from db import deliveries
from db.engine import Database, connection_to
from graph.background import in_background
from graph.condition import degraded, healthy
from graph.events import broker as broker_module
from graph.events import deliverer as deliverer_module
from graph.events import window
from graph.events.broker import Broker, Fate
from graph.events.cloud_event import Event
from graph.events.deliverer import AMQP
from graph.events.status import condition_of
from tests.graph.amqp.conftest import CHANCE, NPIS, Consumer, consuming, deliverer_to, write
from tests.graph.amqp.rabbitmq import MAX_MESSAGE
from tests.proxy import Proxy

pytestmark = pytest.mark.slow

EVENT = Event(1, NPIS[0], "COMPANY_UPDATED", b"{}")


async def until(holds: Callable[[], Awaitable[bool]], seconds: float = 30) -> None:
    """Wait until something holds."""
    deadline = time.monotonic() + seconds
    while not await holds():
        assert time.monotonic() < deadline
        await asyncio.sleep(0.05)


async def all_delivered(database: Database) -> bool:
    return (await deliveries.status(database, AMQP)).pending == 0


async def test_every_change_comes_once_as_a_cloud_event_in_order(
    database: Database, amqp_url: str, consumer: Consumer
) -> None:
    written = await write(database, CHANCE.choices(NPIS, k=450))
    async with in_background(deliverer_to(database, amqp_url, consumer.exchange).run()):
        await until(lambda: all_delivered(database))
        written += await write(database, CHANCE.choices(NPIS, k=5))
        await until(lambda: all_delivered(database))
    await consumer.take_all()
    assert sorted(consumer.ids) == written
    assert all(ids == sorted(ids) for ids in consumer.first_ids.values())
    message = consumer.messages[0]
    event = orjson.loads(message.body)
    assert message.content_type == "application/cloudevents+json; charset=UTF-8"
    assert message.delivery_mode == 2
    assert message.routing_key == f"company.updated.{event['subject']}"
    assert message.message_id == event["id"]
    assert (event["specversion"], event["source"], event["type"]) == ("1.0", "/test", "COMPANY_UPDATED")
    status = await deliveries.status(database, AMQP)
    assert (status.delivered, status.unroutable, status.is_held) == (455, 0, False)


@pytest.fixture
def hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have it wait for less than in earnest, but not so little that a loaded broker seems silent."""
    monkeypatch.setattr(broker_module, "DEADLINE", 2.0)
    monkeypatch.setattr(broker_module, "CLOSING", 0.1)
    monkeypatch.setattr(deliverer_module, "FIRST_PAUSE", 0.05)
    monkeypatch.setattr(deliverer_module, "LONGEST_PAUSE", 0.5)
    monkeypatch.setattr(deliverer_module, "STANDBY", 0.1)
    monkeypatch.setattr(deliverer_module, "LEASE", 3.0)


@pytest.mark.usefixtures("hasty")
async def test_an_event_that_no_queue_is_bound_for_holds_back_what_comes_later(
    database: Database, amqp_url: str
) -> None:
    first, second = await write(database, NPIS[:2])
    async with consuming(amqp_url, f"*.*.{NPIS[1]}") as found:
        async with in_background(deliverer_to(database, amqp_url, found.exchange).run()):

            async def told() -> bool:
                problem = (await deliveries.status(database, AMQP)).problem
                return problem == f"no queue is bound for company.updated.{NPIS[0]}"

            await until(told)
            status = await deliveries.status(database, AMQP)
            assert (status.pending, status.delivered, status.unroutable) == (2, 0, 0)
            assert (await deliveries.status(database, AMQP)).cursor < first
            await found.queue.bind(found.exchange, f"company.#.{NPIS[0]}")
            await until(lambda: all_delivered(database))
        await found.take_all()
        # The later one, of another company, was taken at once, and isn't sent again.
        assert found.ids == [second, first]
        status = await deliveries.status(database, AMQP)
        assert (status.problem, status.delivered) == (None, 2)


async def test_events_that_nobody_wants_are_counted_where_that_is_said(database: Database, amqp_url: str) -> None:
    _, second, _, fourth = await write(database, [*NPIS[:2], *NPIS[:2]])
    async with consuming(amqp_url, f"*.*.{NPIS[1]}") as found:
        async with in_background(deliverer_to(database, amqp_url, found.exchange, passes_unroutable=True).run()):
            await until(lambda: all_delivered(database))
        await found.take_all()
        assert found.ids == [second, fourth]
    status = await deliveries.status(database, AMQP)
    assert (status.delivered, status.unroutable) == (2, 2)


@pytest.mark.usefixtures("hasty")
async def test_an_event_that_is_refused_again_and_again_is_set_aside_and_no_other(
    database: Database, amqp_url: str, consumer: Consumer
) -> None:
    before = await write(database, NPIS)
    [large] = await write(database, NPIS[:1], website="a" * MAX_MESSAGE)
    async with in_background(deliverer_to(database, amqp_url, consumer.exchange).run()):

        async def is_refused() -> bool:
            problem = (await deliveries.status(database, AMQP)).problem
            return problem == f"RabbitMQ refuses the event of change {large}"

        await until(is_refused)
        await asyncio.sleep(window.MOST_REFUSALS * 0.5)
        # As long as nothing else comes, it might be that RabbitMQ takes nothing.
        assert (await deliveries.status(database, AMQP)).dead_letters == 0
        after = await write(database, [*NPIS, *NPIS])
        await until(lambda: all_delivered(database))
    await consumer.take_all()
    assert sorted(consumer.ids) == [*before, *after]
    assert all(ids == sorted(ids) for ids in consumer.first_ids.values())
    [letter] = await deliveries.dead_letters(database, AMQP, 0, 10)
    assert (letter["cursor"], letter["reason"]) == (large, "RabbitMQ refused it 8 times")
    assert orjson.loads(letter["event"])["data"]["fields"][0]["new"] == "a" * MAX_MESSAGE
    status = await deliveries.status(database, AMQP)
    assert (status.delivered, status.dead_letters) == (len(before) + len(after), 1)
    assert condition_of(status) == degraded("no change waits; 1 set aside, see `ariesone events list`")


@pytest.mark.usefixtures("hasty")
async def test_a_full_queue_is_waited_for_and_nothing_set_aside(database: Database, amqp_url: str) -> None:
    written = await write(database, NPIS)
    full = {"x-max-length": 3, "x-overflow": "reject-publish", "x-queue-type": "classic"}
    async with consuming(amqp_url, "#", **full) as found:
        async with in_background(deliverer_to(database, amqp_url, found.exchange).run()):

            async def is_told() -> bool:
                return "takes nothing more" in ((await deliveries.status(database, AMQP)).problem or "")

            async def is_emptied() -> bool:
                await found.take_all()
                return await all_delivered(database)

            await until(is_told)
            await until(is_emptied)
            await found.take_all()
        assert sorted(found.ids) == written
        assert await deliveries.dead_letters(database, AMQP, 0, 10) == []


@pytest.mark.parametrize("fault", ["hold_back", "reset", "refuse", "swallow", "cut"])
@pytest.mark.usefixtures("hasty")
async def test_whatever_becomes_of_the_connection_nothing_is_lost(
    fault: str, database: Database, distant_amqp_url: str, consumer: Consumer, broker_proxy: Proxy
) -> None:
    written = await write(database, CHANCE.choices(NPIS, k=100))
    async with in_background(deliverer_to(database, distant_amqp_url, consumer.exchange).run()):
        for _ in range(5):
            writing = asyncio.create_task(write(database, CHANCE.choices(NPIS, k=150)))
            await asyncio.sleep(CHANCE.uniform(0, 0.2))
            make = getattr(broker_proxy, fault)
            await asyncio.to_thread(make, *([CHANCE.randint(1, 3000)] if fault == "cut" else []))
            written += await writing
            await asyncio.sleep(CHANCE.uniform(0, 1.0))
            await asyncio.to_thread(broker_proxy.heal)
            await asyncio.sleep(CHANCE.uniform(0, 0.5))
        await until(lambda: all_delivered(database))
    await consumer.take_all()
    assert sorted(set(consumer.ids)) == sorted(written)
    assert all(ids == sorted(ids) for ids in consumer.first_ids.values())


async def test_a_black_hole_is_waited_for_no_longer_than_its_deadline(
    distant_amqp_url: str, consumer: Consumer, broker_proxy: Proxy
) -> None:
    await asyncio.to_thread(broker_proxy.hold_back)
    found = Broker(distant_amqp_url, consumer.exchange)
    began = time.monotonic()
    with pytest.raises(broker_module.BrokerError, match="RabbitMQ doesn't answer"):
        await found.publish([EVENT])
    assert time.monotonic() - began < broker_module.DEADLINE + broker_module.CLOSING + 0.5
    before = len(asyncio.all_tasks())
    await asyncio.to_thread(broker_proxy.heal)
    assert await found.publish([EVENT]) == [Fate.TAKEN]
    await found.close()
    await asyncio.sleep(0.1)
    assert len(asyncio.all_tasks()) <= before


@pytest.mark.usefixtures("hasty")
async def test_of_several_one_delivers_and_another_goes_on_where_it_ends(
    database: Database, amqp_url: str, consumer: Consumer
) -> None:
    several = [deliverer_to(database, amqp_url, consumer.exchange) for _ in range(3)]
    async with AsyncExitStack() as stack:
        for each in several[1:]:
            await stack.enter_async_context(in_background(each.run()))
        async with in_background(several[0].run()):
            written = await write(database, CHANCE.choices(NPIS, k=300))
            await until(lambda: all_delivered(database))
            assert sum(each._cursor is not None for each in several) == 1
        written += await write(database, CHANCE.choices(NPIS, k=300))
        await until(lambda: all_delivered(database))
    await consumer.take_all()
    assert sorted(consumer.ids) == written
    assert all(ids == sorted(ids) for ids in consumer.first_ids.values())


@pytest.mark.usefixtures("hasty")
async def test_somebody_may_have_everything_sent_again(
    database: Database, amqp_url: str, consumer: Consumer
) -> None:
    written = await write(database, CHANCE.choices(NPIS, k=50))
    async with in_background(deliverer_to(database, amqp_url, consumer.exchange).run()):
        await until(lambda: all_delivered(database))
        assert not await deliveries.go_back(database, AMQP, written[-1] + 1)
        assert await deliveries.go_back(database, AMQP, written[9])
        await until(lambda: all_delivered(database))
    await consumer.take_all()
    times = Counter(consumer.ids)
    assert set(times) == set(written)
    # What isn't confirmed in time comes once more.
    assert all(times[each] >= 2 for each in written[10:])


@pytest.mark.usefixtures("hasty")
async def test_a_log_that_was_trimmed_or_is_older_is_told_of_and_gone_on_with(
    database: Database, database_url: str, amqp_url: str, consumer: Consumer, caplog: pytest.LogCaptureFixture
) -> None:
    written = await write(database, NPIS[:10])
    assert await deliveries.take(database, AMQP, "somebody", 0) == (0, False)
    async with connection_to(database_url) as connection:
        # As a server of the version before does, which knows of no delivery.
        await connection.execute("UPDATE change_marks SET cursor = $1", written[4])
        async with in_background(deliverer_to(database, amqp_url, consumer.exchange).run()):
            await until(lambda: all_delivered(database))
            await connection.execute("UPDATE deliveries SET cursor = $1, holder = NULL", written[-1] + 100)
            await until(lambda: holds_in(caplog, "the log ends at"))
            more = await write(database, NPIS[:3])
            await until(lambda: all_delivered(database))
    await consumer.take_all()
    assert consumer.ids == [*written[5:], *more]
    assert f"the changes after 0 up to {written[4]} were removed before they were delivered" in caplog.text


async def holds_in(caplog: pytest.LogCaptureFixture, words: str) -> bool:
    return words in caplog.text


@pytest.mark.usefixtures("hasty")
async def test_a_broker_that_nothing_is_sent_to_is_asked_whether_it_is_there(
    database: Database,
    distant_amqp_url: str,
    consumer: Consumer,
    broker_proxy: Proxy,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(deliverer_module, "QUIET", 0.1)
    await write(database, NPIS[:1])

    async def says(problem: str | None) -> bool:
        status = await deliveries.status(database, AMQP)
        return (status.pending, status.problem) == (0, problem)

    async with in_background(deliverer_to(database, distant_amqp_url, consumer.exchange).run()):
        await until(lambda: says(None))
        for fail, problem in (
            (broker_proxy.refuse, "RabbitMQ can't be reached"),
            (broker_proxy.hold_back, "RabbitMQ doesn't answer"),
            (lambda: broker_proxy.heal(latency=0.6), "RabbitMQ takes more than 1 s to answer"),
        ):
            fail()
            await until(lambda problem=problem: says(problem))  # type: ignore[misc]
            broker_proxy.heal()
            await until(lambda: says(None))
    assert condition_of(await deliveries.status(database, AMQP)) == healthy("no change waits")


async def test_what_another_process_found_is_no_longer_said_once_the_broker_answers(
    database: Database, amqp_url: str, consumer: Consumer
) -> None:
    assert await deliveries.take(database, AMQP, "another", 0) is not None
    await deliveries.hinder(database, AMQP, "another", "RabbitMQ can't be reached")

    async def is_well() -> bool:
        return condition_of(await deliveries.status(database, AMQP)).is_well

    assert not await is_well()
    async with in_background(deliverer_to(database, amqp_url, consumer.exchange).run()):
        await until(is_well)
