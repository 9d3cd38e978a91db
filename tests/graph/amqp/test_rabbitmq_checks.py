"""Checks of RabbitMQ, on a real one: away, silent, closed to us, without the exchange, with changes that wait."""

import asyncio
from typing import Any

import pytest

from db import deliveries
from db.deliveries import Step
from db.engine import Database, connection_to
from graph.events.deliverer import AMQP
from tests.graph.amqp.conftest import Consumer, write
from tests.graph.doctor.conftest import NOWHERE, fails, found_by, is_absent, is_ok, is_prevented, warns
from tests.proxy import Proxy


@pytest.mark.parametrize("id_", ["queue-reachable", "queue-exchange", "queue-bindings", "queue-delivery"])
async def test_without_a_url_there_is_nothing_to_look_at(id_: str) -> None:
    is_absent(await found_by(id_), "AMQP_URL isn't set")
    if id_ in {"queue-bindings", "queue-delivery"}:
        away: dict[str, Any] = {"database_url": NOWHERE, "amqp_url": "amqp://127.0.0.1:1"}
        is_prevented(await found_by(id_, **away), "see database-reachable")
    elif id_ == "queue-exchange":
        is_prevented(await found_by(id_, amqp_url="amqp://127.0.0.1:1"), "onnect")


async def test_a_broker_that_answers_refuses_us_or_is_away(
    distant_amqp_url: str, amqp_url: str, broker_proxy: Proxy
) -> None:
    is_ok(await found_by("queue-reachable", amqp_url=distant_amqp_url), "takes a connection")
    other = amqp_url.replace("guest:guest", "guest:other")
    fails(await found_by("queue-reachable", amqp_url=other), "refuses the user or the password", "mend AMQP_URL")
    broker_proxy.refuse()
    fails(await found_by("queue-reachable", amqp_url=distant_amqp_url), "can't be reached", "Start it")


@pytest.mark.slow
async def test_a_broker_that_says_nothing_is_told_of_in_time(distant_amqp_url: str, broker_proxy: Proxy) -> None:
    broker_proxy.hold_back()
    async with asyncio.timeout(10):
        fails(await found_by("queue-reachable", amqp_url=distant_amqp_url), "RabbitMQ doesn't answer")


async def test_the_exchange(amqp_url: str, consumer: Consumer) -> None:
    is_ok(await found_by("queue-exchange", amqp_url=amqp_url, amqp_exchange=consumer.exchange), "is there")
    for _ in range(2):
        found = await found_by("queue-exchange", amqp_url=amqp_url, amqp_exchange="nobody-made-it")
        warns(found, "nobody-made-it isn't there yet", "docs/events.md")


async def test_changes_that_wait_and_events_without_a_queue(
    database: Database, database_url: str, amqp_url: str
) -> None:
    urls: dict[str, Any] = {"database_url": database_url, "amqp_url": amqp_url}
    [cursor] = await write(database, ["1234567893"])
    is_ok(await found_by("queue-delivery", **urls), "1 change waits")
    is_ok(await found_by("queue-bindings", **urls), "0 events found one")
    async with connection_to(database_url) as connection:
        await connection.execute("UPDATE changes SET occurred_at = occurred_at - interval '2 days'")
    warns(await found_by("queue-delivery", **urls), "nobody delivers", "ariesone events list")
    assert await deliveries.take(database, AMQP, "somebody", 30)
    assert await deliveries.advance(database, AMQP, "somebody", Step(cursor, unroutable=1))
    is_ok(await found_by("queue-delivery", **urls), "no change waits")
    warns(await found_by("queue-bindings", **urls), "1 events found no queue", "ariesone events replay")
