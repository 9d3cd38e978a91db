"""Checks of RabbitMQ, and of the delivery of changes to it."""

import time
from asyncio import timeout
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import aio_pika
from aio_pika.abc import AbstractConnection
from aio_pika.exceptions import ChannelNotFoundEntity

from db import deliveries
from db.failures import words_of
from graph.doctor.check import check
from graph.doctor.database import MIGRATED
from graph.doctor.finding import Finding, NotRunError, failed, of_condition, ok, warning
from graph.doctor.subject import Subject
from graph.events import status
from graph.events.broker import close, reason_of
from graph.events.deliverer import AMQP

REACHABLE = "queue-reachable"

# Seconds for a connection to come about.
CONNECTING = 4.0
NO_URL = "AMQP_URL isn't set"


@check(REACHABLE, "whether RabbitMQ takes a connection")
async def reachable(subject: Subject) -> Finding:
    """Connect as a delivery does."""
    began = time.perf_counter()
    try:
        async with connected(subject):
            seconds = time.perf_counter() - began
    except NotRunError:
        raise
    except Exception as error:  # noqa: BLE001 - the driver's and the network's are many
        return failed(
            f"{reason_of(error)} ({words_of(error)})",
            "Start it, or mend AMQP_URL, its user, password or virtual host; until then changes wait, and none is "
            "lost.",
        )
    return ok(f"it takes a connection in {seconds * 1000:,.0f} ms")


@check("queue-exchange", "whether the exchange is there that events are published to", needs=REACHABLE)
async def exchange(subject: Subject) -> Finding:
    """Look for the exchange, and make nothing."""
    name = subject.settings.amqp_exchange
    async with connected(subject) as connection:
        channel = await connection.channel()
        try:
            await channel.get_exchange(name, ensure=True)
        except ChannelNotFoundEntity:
            return warning(
                f"{name} isn't there yet: the first delivery makes it, and no queue is bound to it",
                "Bind a queue to it: docs/events.md has an example of definitions to import.",
            )
    return ok(f"{name} is there")


@check("queue-bindings", "whether each event finds a queue", needs=MIGRATED)
async def bindings(subject: Subject) -> Finding:
    """Look at what became of events: who publishes is told of those that no queue is bound for."""
    require_url(subject)
    found = await deliveries.status(subject.require_database(), AMQP)
    if found.unroutable:
        return warning(
            f"{found.unroutable:,} events found no queue, and were passed over (AMQP_UNROUTABLE=pass)",
            "Bind a queue for them (docs/events.md), then `ariesone events replay --after CURSOR`.",
        )
    return ok(f"{found.delivered:,} events found one")


@check("queue-delivery", "whether changes are delivered, and how many wait", needs=MIGRATED)
async def delivery(subject: Subject) -> Finding:
    """Look at how far the delivery has come, as /health does."""
    require_url(subject)
    return of_condition(
        await status.check(subject.require_database()),
        "`ariesone events list` says more; see queue-reachable, and that something delivers.",
    )


def require_url(subject: Subject) -> str:
    """Return the URL of the RabbitMQ; raises NotRunError where there is none."""
    if subject.settings.amqp_url is None:
        raise NotRunError(NO_URL)
    return subject.settings.amqp_url.get_secret_value()


@asynccontextmanager
async def connected(subject: Subject) -> AsyncIterator[AbstractConnection]:
    """Connect for the life of the block; raises NotRunError without a URL, or whatever connecting does."""
    url = require_url(subject)
    async with timeout(CONNECTING):
        connection = await aio_pika.connect(url, timeout=CONNECTING)
    try:
        yield connection
    finally:
        await close(connection)
