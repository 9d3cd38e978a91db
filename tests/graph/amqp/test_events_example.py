"""The consumer and the definitions in deploy/examples: a queue that is there, and each event kept once."""

import asyncio
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from contextlib import closing, suppress
from functools import partial
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
        found = [await channel.get_queue(name) for name in ("directory-copy", "directory-copy.poison")]
        yield found
        # With what a consumer that was killed hadn't confirmed.
        for each in found:
            await each.delete(if_unused=False, if_empty=False)


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
    await asyncio.to_thread(consume, command(amqp_url, file), len(written))
    assert kept(file) == written
    assert [await emptied(each) for each in queues] == [True, True]


async def test_of_several_consumers_one_reads_and_another_goes_on_where_it_ended(
    database: Database,
    server_of_events: RabbitMQ,
    amqp_url: str,
    queues: list[AbstractQueue],
    tmp_path: Path,
) -> None:
    files = [tmp_path / f"{number}.sqlite" for number in range(2)]
    consumers = [await asyncio.create_subprocess_exec(*command(amqp_url, each)) for each in files]
    written: list[int] = []
    readers: list[Path] = []
    try:
        async with in_background(deliverer_to(database, amqp_url, "ariesone.changes").run()):
            await until(partial(is_read_by, 2, server_of_events))
            for _ in files:
                written += await write(database, CHANCE.choices(NPIS, k=60))
                await until(partial(are_kept, written, files))
                # Whoever has read is gone, and the other one takes over.
                readers += [each for each in files if written[-1] in kept(each)]
                consumers[files.index(readers[-1])].kill()
    finally:
        for each in consumers:
            with suppress(ProcessLookupError):
                each.kill()
            await each.wait()
    first, second = map(kept, readers)
    assert first == written[:60]
    # What the first one hadn't confirmed comes again.
    assert len(second) >= 60
    assert second == written[-len(second) :]
    assert await emptied(queues[1])


async def is_read_by(consumers: int, server: RabbitMQ) -> bool:
    """Whether so many consumers read the queue, or stand by."""
    listed = await asyncio.to_thread(server.control, "--quiet", "list_consumers", "queue_name")
    return listed.splitlines().count("directory-copy") == consumers


async def are_kept(cursors: list[int], files: list[Path]) -> bool:
    """Whether each of these events is kept in some file."""
    return set(cursors) <= {cursor for file in files for cursor in kept(file)}


def command(amqp_url: str, file: Path) -> list[str]:
    """What starts the consumer."""
    return [sys.executable, str(EXAMPLES / "follow_events.py"), amqp_url, str(file)]


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
