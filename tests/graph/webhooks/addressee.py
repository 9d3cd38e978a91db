"""A server that webhooks are sent to: it notes what comes, and answers as it is told."""

import asyncio
import ssl
import time
from collections import defaultdict
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

import orjson

# What is answered: a status, and further headers; or all the bytes of an answer; None for no answer at all.
Reply = tuple[int, dict[str, str]] | bytes | None

TAKEN: Reply = (204, {})


@dataclass(frozen=True)
class Post:
    """What came: headers in lower case, the body, and when, by the monotonic clock."""

    path: str
    headers: dict[str, str]
    body: bytes
    at: float

    @property
    def json(self) -> Any:
        return orjson.loads(self.body)

    @property
    def cursor(self) -> int:
        return int(self.json["cursor"])

    @property
    def npi(self) -> str:
        return str(self.json["data"]["changes"]["npi"])


@dataclass
class Addressee:
    """What came to a server in this order, and what it took; `answer` says how each is answered."""

    port: int = 0
    answer: Callable[[Post], Reply] = lambda _: TAKEN
    # Seconds until it answers.
    delay: float = 0.0
    posts: list[Post] = field(default_factory=list)
    taken: list[Post] = field(default_factory=list)
    # Connections so far, and those of them that have ended.
    connections: int = 0
    ended: int = 0
    # The names that TLS was asked for.
    names: list[str | None] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/hook"

    @property
    def cursors(self) -> list[int]:
        """The changes whose events were taken, as they were."""
        return [each.cursor for each in self.taken]

    @property
    def first_cursors(self) -> dict[str, list[int]]:
        """Those of each company, by when they were first taken."""
        found: defaultdict[str, list[int]] = defaultdict(list)
        for each in self.taken:
            if each.cursor not in found[each.npi]:
                found[each.npi].append(each.cursor)
        return dict(found)

    async def until(self, number: int, seconds: float = 20) -> None:
        """Wait until so many different changes were taken."""
        async with asyncio.timeout(seconds):
            while len(set(self.cursors)) < number:  # noqa: ASYNC110 - it may be told by whoever answers
                await asyncio.sleep(0.01)

    async def until_asked(self, number: int, seconds: float = 20) -> None:
        """Wait until so many messages came, whatever was answered."""
        async with asyncio.timeout(seconds):
            while len(self.posts) < number:  # noqa: ASYNC110 - as above
                await asyncio.sleep(0.01)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer over one connection for as long as it is there."""
        self.connections += 1
        try:
            with suppress(OSError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
                while await self._exchange(reader, writer):
                    pass
        finally:
            self.ended += 1
            writer.close()

    async def _exchange(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
        headers = {name.lower(): value.strip() for name, _, value in (each.partition(":") for each in head[1:])}
        body = await reader.readexactly(int(headers["content-length"]))
        post = Post(head[0].split(" ")[1], headers, body, time.monotonic())
        self.posts.append(post)
        await asyncio.sleep(self.delay)
        reply = self.answer(post)
        if reply is None:
            await asyncio.sleep(3600)
            return False
        if isinstance(reply, bytes):
            writer.write(reply)
            await writer.drain()
            return False
        status, more = reply
        if 200 <= status <= 299:
            self.taken.append(post)
        lines = [
            f"HTTP/1.1 {status} x",
            *(f"{name}: {value}" for name, value in more.items()),
            "content-length: 0",
        ]
        writer.write("\r\n".join([*lines, "", ""]).encode())
        await writer.drain()
        return True


@asynccontextmanager
async def addressee(tls: ssl.SSLContext | None = None) -> AsyncIterator[Addressee]:
    """Have a server for the life of the block."""
    found = Addressee()
    tasks: set[asyncio.Task[None]] = set()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        tasks.add(task)
        with suppress(asyncio.CancelledError):
            await found.serve(reader, writer)
        tasks.discard(task)

    server = await asyncio.start_server(serve, "127.0.0.1", 0, ssl=tls)
    found.port = server.sockets[0].getsockname()[1]
    try:
        yield found
    finally:
        server.close()
        for task in list(tasks):
            task.cancel()
        if tasks:
            await asyncio.wait(tasks)
