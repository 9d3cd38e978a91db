"""Broadcasts: whoever joins, leaves and can't keep up, each has every event once and in order."""

import asyncio
import random
import struct
from collections.abc import AsyncGenerator

import pytest
from websockets.frames import Frame, Opcode

from graph.events.broadcast import Broadcast, Broadcasts
from graph.http.frames import head_of

Answer = str


class Log:
    """Events that come, and wake who waits for them."""

    def __init__(self) -> None:
        self.end = 0
        self.came = asyncio.Event()

    def grow(self, count: int) -> None:
        """Add events."""
        self.end += count
        self.came.set()
        self.came = asyncio.Event()


class Source:
    """What a broadcast reads: all events of a log, some of which have no answer for all."""

    def __init__(self, log: Log, position: int, own: frozenset[int]) -> None:
        self._log = log
        self._own = own
        self.position = position

    async def goes_on(self) -> bool:
        if self._log.end <= self.position:
            await self._log.came.wait()
        return True

    async def answered(self) -> AsyncGenerator[tuple[int, Answer | None]]:
        for cursor in range(self.position + 1, self._log.end + 1):
            await asyncio.sleep(0)
            yield cursor, None if cursor in self._own else f"answer {cursor}"
            self.position = cursor


class Client:
    """One that reads the log by itself when it isn't in the broadcast, and refuses some answers."""

    def __init__(self, log: Log, broadcasts: Broadcasts[Answer], draw: random.Random, own: frozenset[int]) -> None:
        self._log, self._broadcasts, self._draw, self._own = log, broadcasts, draw, own
        self.position = log.end
        self.heard: list[int] = []
        self.sent = 0
        self._released = asyncio.Event()

    def try_take(self, cursor: int, answer: Answer) -> bool:
        assert answer == f"answer {cursor}"
        if self._draw.random() < 0.2:
            return False
        self.position = cursor
        self.heard.append(cursor)
        self.sent += 1
        return True

    def release(self) -> None:
        self._released.set()

    async def live(self) -> None:
        """Read what there is, and join; again and again, now and then leaving for a while."""
        while True:
            # What it knows of the log is a little old by the time it has read that.
            end = self._log.end
            while self.position < end:
                await asyncio.sleep(0)
                self.position += 1
                self.heard.append(self.position)
            await asyncio.sleep(self._draw.choice((0, 0.001)))
            self._released = asyncio.Event()
            joined = self._broadcasts.try_join("all", self, lambda: Source(self._log, self.position, self._own))
            if joined is None:
                await asyncio.sleep(0)
                continue
            try:
                async with asyncio.timeout(self._draw.random() / 50):
                    await self._released.wait()
            except TimeoutError:
                joined.leave(self)


@pytest.mark.parametrize("seed", range(8))
async def test_each_has_every_event_once_and_in_order(seed: int) -> None:
    draw = random.Random(seed)  # noqa: S311 - no secret
    log, broadcasts = Log(), Broadcasts[Answer]()
    own = frozenset(draw.sample(range(1, 200), 20))
    clients: list[tuple[int, Client]] = []
    tasks: list[asyncio.Task[None]] = []
    while log.end < 200:
        if len(clients) < 150:
            clients.append((log.end, Client(log, broadcasts, draw, own)))
            tasks.append(asyncio.create_task(clients[-1][1].live()))
        log.grow(draw.randrange(4))
        await asyncio.sleep(draw.random() / 500)
    async with asyncio.timeout(10):
        while any(client.position < log.end for _, client in clients):  # noqa: ASYNC110 - each has its own
            await asyncio.sleep(0.01)
    assert all(client.heard == list(range(start + 1, log.end + 1)) for start, client in clients)
    assert any(client.sent for _, client in clients)
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


async def test_a_broadcast_ends_with_its_last_member() -> None:
    log, broadcasts = Log(), Broadcasts[Answer]()
    draw = random.Random(1)  # noqa: S311 - no secret
    one, other = (Client(log, broadcasts, draw, frozenset()) for _ in range(2))

    def join(client: Client) -> Broadcast[Answer]:
        joined = broadcasts.try_join("all", client, lambda: Source(log, client.position, frozenset()))
        assert joined is not None
        return joined

    first = join(one)
    assert join(other) is first
    first.leave(one)
    assert join(one) is first
    first.leave(one)
    first.leave(other)
    assert join(one) is not first


@pytest.mark.parametrize("size", [0, 1, 125, 126, 65535, 65536, 100_000])
def test_a_message_is_framed_as_by_a_library(size: int) -> None:
    text = b"x" * size
    assert head_of(size) + text == Frame(Opcode.TEXT, text).serialize(mask=False)
    assert struct.calcsize("!BBQ") == len(head_of(65536))
