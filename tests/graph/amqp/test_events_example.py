"""The consumer and the definitions in deploy/examples: a queue that is there, and each event kept once."""

import asyncio
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from contextlib import closing
from pathlib import Path

import aio_pika
import pytest
from aio_pika.abc import AbstractQueue

from db import deliveries
from db.engine import Database
from graph.background import in_background
from graph.events.deliverer import AMQP
from tests.graph.amqp.conftest import CHANCE, NPIS, deliverer_to, write
from tests.graph.amqp.rabbitmq import RabbitMQ
from tests.graph.amqp.test_deliverer import all_delivered, until

pytestmark = pytest.mark.slow

EXAMPLES = Path(__file__).resolve().parents[3] / "deploy" / "examples"


@pytest.fixture
async def queues(server_of_events: RabbitMQ, amqp_url: str) -> AsyncIterator[list[AbstractQueue]]:
    """The two queues of the definitions."""
    definitions = EXAMPLES / "rabbitmq-definitions.json"
    await asyncio.to_thread(server_of_events.control, "import_definitions", definitions)
    connection = await aio_pika.connect(amqp_url)
    async with connection:
        channel = await connection.channel()
        yield [await channel.get_queue(name) for name in ("directory-copy", "directory-copy.poison")]


def kept(file: Path) -> list[int]:
    """The cursors of the events that the consumer has kept."""
    if not file.exists():
        return []
    with closing(sqlite3.connect(file)) as copy:
        return [row[0] for row in copy.execute("SELECT id FROM events ORDER BY id")]


async def test_each_event_is_kept_once_whatever_comes_twice(
    database: Database, amqp_url: str, queues: list[AbstractQueue], tmp_path: Path
) -> None:
    written = await write(database, CHANCE.choices(NPIS, k=60))
    async with in_background(deliverer_to(database, amqp_url, "ariesone.changes").run()):
        await until(lambda: all_delivered(database))
        assert await deliveries.go_back(database, AMQP, written[29])
        await until(lambda: all_delivered(database))
    file = tmp_path / "events.sqlite"
    await asyncio.to_thread(
        consume, [sys.executable, str(EXAMPLES / "follow_events.py"), amqp_url, str(file)], len(written)
    )
    assert kept(file) == written
    assert [await emptied(each) for each in queues] == [True, True]


def consume(command: list[str], count: int) -> None:
    """Run the consumer until it has kept so many events, and confirmed what it read."""
    consumer = subprocess.Popen(command)
    deadline = time.monotonic() + 60
    while len(kept(Path(command[-1]))) < count:
        assert consumer.poll() is None
        assert time.monotonic() < deadline
        time.sleep(0.2)
    time.sleep(1)
    consumer.send_signal(signal.SIGTERM)
    consumer.wait(20)


async def emptied(queue: AbstractQueue) -> bool:
    return (await queue.declare()).message_count == 0
