"""A RabbitMQ, a queue that is bound for all events, and a log of changes to deliver."""

import itertools
import os
import random
from collections import defaultdict
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from urllib.parse import urlsplit

import aio_pika
import orjson
import pytest
from aio_pika.abc import AbstractChannel, AbstractIncomingMessage, AbstractQueue

from db import changes
from db.changes import Author, Change
from db.engine import Database
from graph.events.broker import Broker
from graph.events.deliverer import Deliverer
from tests.graph.amqp.rabbitmq import RabbitMQ, rabbitmq, reason_to_skip
from tests.proxy import Proxy, proxying

_NUMBERS = itertools.count()

CHANCE = random.Random(11)  # noqa: S311 - the same in each run, as far as it goes
AUTHOR = Author("", "somebody")
NPIS = tuple(f"1{number:09}" for number in range(40))


@pytest.fixture(scope="session")
def server_of_events(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RabbitMQ]:
    """A RabbitMQ of these tests."""
    if reason := reason_to_skip():
        pytest.skip(reason)
    with rabbitmq(tmp_path_factory.mktemp("rabbitmq")) as running:
        yield running


@pytest.fixture(scope="session")
def amqp_url(server_of_events: RabbitMQ) -> str:
    """The URL of the RabbitMQ."""
    return f"amqp://guest:guest@127.0.0.1:{server_of_events.port}/"


@pytest.fixture
def broker_proxy(amqp_url: str) -> Iterator[Proxy]:
    """A proxy before the RabbitMQ."""
    with proxying(urlsplit(amqp_url).port or 5672) as proxy:
        yield proxy


@pytest.fixture
def distant_amqp_url(broker_proxy: Proxy) -> str:
    """The RabbitMQ's URL by way of the proxy."""
    return f"amqp://guest:guest@127.0.0.1:{broker_proxy.port}/"


@dataclass
class Consumer:
    """A queue, and what came out of it in this order."""

    exchange: str
    channel: AbstractChannel
    queue: AbstractQueue
    messages: list[AbstractIncomingMessage] = field(default_factory=list)

    @property
    def ids(self) -> list[int]:
        """The cursor of each event that came."""
        return [int(orjson.loads(each.body)["id"]) for each in self.messages]

    @property
    def first_ids(self) -> dict[str, list[int]]:
        """The cursors of each company's events by their first coming."""
        found: defaultdict[str, list[int]] = defaultdict(list)
        seen: set[int] = set()
        for each in self.messages:
            event = orjson.loads(each.body)
            if int(event["id"]) not in seen:
                seen.add(int(event["id"]))
                found[event["subject"]].append(int(event["id"]))
        return dict(found)

    async def take_all(self) -> None:
        """Take what is in the queue."""
        while (message := await self.queue.get(no_ack=True, fail=False, timeout=10)) is not None:
            self.messages.append(message)


@asynccontextmanager
async def consuming(url: str, *keys: str, **arguments: object) -> AsyncIterator[Consumer]:
    """Have a queue of an exchange of its own, bound for these keys."""
    name = f"test-{os.getpid()}-{next(_NUMBERS)}"
    connection = await aio_pika.connect(url)
    async with connection:
        channel = await connection.channel()
        exchange = await channel.declare_exchange(name, aio_pika.ExchangeType.TOPIC, durable=True)
        queue = await channel.declare_queue(
            name,
            durable=True,
            arguments={"x-queue-type": "quorum", **arguments},  # type: ignore[dict-item]
        )
        for key in keys:
            await queue.bind(exchange, key)
        yield Consumer(name, channel, queue)
        await queue.delete(if_unused=False, if_empty=False)
        await exchange.delete()


@pytest.fixture
async def consumer(amqp_url: str) -> AsyncIterator[Consumer]:
    """A quorum queue that is bound for all events."""
    async with consuming(amqp_url, "#") as found:
        yield found


def deliverer_to(database: Database, url: str, exchange: str, *, passes_unroutable: bool = False) -> Deliverer:
    """What delivers a database's log to an exchange."""
    return Deliverer(database, Broker(url, exchange), "/test", passes_unroutable=passes_unroutable)


async def write(database: Database, npis: Sequence[str], **values: object) -> list[int]:
    """Record a change of each company, a few in a transaction; their cursors."""
    written: list[int] = []
    left = list(npis)
    while left:
        size = CHANCE.randint(1, 5)
        now, left = left[:size], left[size:]
        made = [
            Change(npi, "COMPANY_UPDATED", (), old={"website": None}, new={"website": "a", **values})
            for npi in now
        ]
        async with database.transaction() as transaction:
            last = await changes.record(transaction, made, AUTHOR) or 0
        written += range(last - len(now) + 1, last + 1)
    return written
