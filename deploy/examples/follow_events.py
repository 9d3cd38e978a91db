"""Keep what the events of AriesOne say in a SQLite file: each once, whatever comes twice.

pip install aio-pika
python follow_events.py amqp://user:password@host/ events.sqlite
"""

import asyncio
import json
import sqlite3
import sys
from typing import Any

import aio_pika

QUEUE = "directory-copy"

TABLES = """
CREATE TABLE IF NOT EXISTS events (source TEXT, id INTEGER, type TEXT, data TEXT, PRIMARY KEY (source, id));
CREATE TABLE IF NOT EXISTS companies (npi TEXT PRIMARY KEY, last_id INTEGER, version INTEGER);
"""
# An event that comes again is one that is there.
KEEP = "INSERT OR IGNORE INTO events VALUES (?, ?, ?, ?)"
# One that comes after a later one of its company, as when it is sent again by hand, changes nothing.
NOTE = """
INSERT INTO companies VALUES (?, ?, ?) ON CONFLICT (npi) DO UPDATE
SET last_id = excluded.last_id, version = excluded.version WHERE excluded.last_id > last_id
"""


async def follow(url: str, file: str) -> None:
    """Keep events until stopped."""
    copy = sqlite3.connect(file)
    copy.executescript(TABLES)
    connection = await aio_pika.connect_robust(url)
    async with connection:
        channel = await connection.channel()
        await channel.set_qos(prefetch_count=100)
        # It was made beforehand, as rabbitmq-definitions.json has it.
        queue = await channel.get_queue(QUEUE)
        async with queue.iterator() as messages:
            async for message in messages:
                # Told to RabbitMQ once it is kept; what fails comes again, and after twenty times lies apart.
                async with message.process(requeue=True):
                    event = json.loads(message.body)
                    with copy:
                        keep(copy, event)


def keep(copy: sqlite3.Connection, event: dict[str, Any]) -> None:
    """Keep an event, and note the newest of its company."""
    cursor, data = int(event["id"]), event["data"]
    copy.execute(KEEP, (event["source"], cursor, event["type"], json.dumps(data)))
    copy.execute(NOTE, (event["subject"], cursor, data["version"]))


if __name__ == "__main__":
    asyncio.run(follow(*sys.argv[1:]))
