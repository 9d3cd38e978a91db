"""Who hears of changes: a program of npm's by each protocol, a browser's page, and a queue's consumer."""

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

import aio_pika
import orjson
from aio_pika.abc import AbstractQueue
from aio_pika.exceptions import AMQPError
from playwright.async_api import Browser, Page

from tests.clients.workshop import PROGRAMS
from tests.ways.parts import EXCHANGE, Process

# A change as it was heard: its cursor and its company.
Heard = tuple[int, str]

# What a page of a site of one's own does; what it was told lies in `told`.
LISTEN = """
window.told = [];
let last = "%s";
function listen() {
  const query = "subscription($after: String) { changes(after: $after) { cursor npi } }";
  const asked = new URLSearchParams({ query, variables: JSON.stringify({ after: last }) });
  const source = new EventSource(`/graphql?${asked}`);
  const again = () => { source.close(); setTimeout(listen, 300); };
  source.addEventListener("next", (event) => {
    const { data, errors } = JSON.parse(event.data);
    if (errors) return again();
    last = event.lastEventId;
    told.push([Number(data.changes.cursor), data.changes.npi]);
  });
  source.addEventListener("complete", again);
  // It comes back by itself, except from an answer that is no stream.
  source.onerror = () => { if (source.readyState === EventSource.CLOSED) again(); };
}
listen();
"""


class Hearer(Protocol):
    """Somebody who hears of changes."""

    async def heard(self) -> list[Heard]:
        """What was heard so far, in this order."""
        ...


@dataclass
class Program:
    """A program that writes what it hears into a file, and begins behind it when it is started again."""

    process: Process
    file: Path

    @classmethod
    def of(cls, way: str, folder: Path, packages: Path, url: str, token: str, start: int) -> "Program":
        """Return one that listens by `ws` or `sse` behind a cursor; it isn't started."""
        home, file = folder / "programs", folder / f"heard-{way}"
        home.mkdir(exist_ok=True)
        with suppress(FileExistsError):
            (home / "node_modules").symlink_to(packages)
        (home / "follow.mjs").write_text((PROGRAMS / "follow.js").read_text("utf-8"), "utf-8")
        command = ["node", "follow.mjs", way, f"{url}/graphql", str(file), str(start)]
        return cls(Process(command, {"PATH": os.environ["PATH"], "TOKEN": token}, home, f"client-{way}"), file)

    async def heard(self) -> list[Heard]:
        if not self.file.exists():
            return []
        lines = map(orjson.loads, self.file.read_bytes().splitlines())
        return [(int(each["cursor"]), each["npi"]) for each in lines]


@dataclass
class Tab:
    """A page in a browser that listens by its EventSource."""

    page: Page

    async def heard(self) -> list[Heard]:
        return [(cursor, npi) for cursor, npi in await self.page.evaluate("told")]


@asynccontextmanager
async def tab(chromium: Browser, url: str, authorization: str, start: int) -> AsyncIterator[Tab]:
    """Have a page that listens for the life of the block."""
    context = await chromium.new_context()
    # A page can't give an EventSource a header; a site's own proxy would add it.
    await context.set_extra_http_headers({"authorization": authorization})
    page = await context.new_page()
    await page.goto(f"{url}/livez")
    await page.evaluate(LISTEN % start)
    yield Tab(page)
    await context.close()


@dataclass
class Consumer:
    """Takes events out of a queue, tells those behind a cursor, and connects again whenever it has to."""

    url: str
    start: int
    events: list[Heard] = field(default_factory=list)

    async def heard(self) -> list[Heard]:
        return [each for each in self.events if each[0] > self.start]

    async def consume(self) -> None:
        """Take events until cancelled."""
        while True:
            with suppress(OSError, AMQPError, TimeoutError, asyncio.InvalidStateError):
                await self._consume_once()
            await asyncio.sleep(0.3)

    async def _consume_once(self) -> None:
        async with await aio_pika.connect(f"{self.url}?heartbeat=2", timeout=5) as connection:
            channel = await connection.channel()
            await channel.set_qos(100)
            async with (await queue_in(channel)).iterator() as messages:
                async for message in messages:
                    event = orjson.loads(message.body)
                    self.events.append((int(event["id"]), event["subject"]))
                    await message.ack()


async def queue_in(channel: aio_pika.abc.AbstractChannel) -> AbstractQueue:
    """Return the queue of all events, of which one consumer at a time has any so that they keep their order."""
    exchange = await channel.declare_exchange(EXCHANGE, aio_pika.ExchangeType.TOPIC, durable=True)
    # With -1 a RabbitMQ before 4.0 drops whatever comes back from a consumer that was cut off.
    arguments = {"x-queue-type": "quorum", "x-single-active-consumer": True, "x-delivery-limit": 1000}
    queue = await channel.declare_queue("all", durable=True, arguments=arguments)  # type: ignore[arg-type]
    await queue.bind(exchange, "#")
    return queue


@asynccontextmanager
async def consuming(url: str, start: int) -> AsyncIterator[Consumer]:
    """Have a consumer for the life of the block, its queue being there from the beginning."""
    async with await aio_pika.connect(url) as connection:
        await queue_in(await connection.channel())
    consumer = Consumer(url, start)
    task = asyncio.create_task(consumer.consume())
    yield consumer
    assert not task.done(), task
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task
