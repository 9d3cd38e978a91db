"""Listens to a server's event streams."""

import asyncio
import json
from collections.abc import AsyncGenerator, AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

import httpx2

from tests.graph.conftest import Server

Block = dict[str, str]

HEARD = "subscription($after: String) { changes(after: $after) { cursor kind npi company { website } } }"


class Listener:
    """An answer that goes on, block by block."""

    def __init__(self, answer: httpx2.Response) -> None:
        self.answer = answer
        self._blocks = self._read()

    async def block(self) -> Block:
        """The next block: its lines by name, that of a comment being empty; {} at the end."""
        async with asyncio.timeout(10):
            return await anext(self._blocks, {})

    async def event(self) -> Block:
        """The next event, past signs of life; {} at the end."""
        while (found := await self.block()) and "event" not in found:
            pass
        return found

    async def data(self) -> Any:
        """What the next event says."""
        event = await self.event()
        assert event["event"] == "next", event
        return json.loads(event["data"])

    async def change(self) -> Any:
        """The next change."""
        data = await self.data()
        assert "errors" not in data, data
        return data["data"]["changes"]

    async def _read(self) -> AsyncGenerator[Block]:
        block: Block = {}
        async for line in self.answer.aiter_lines():
            if line:
                name, _, value = line.partition(":")
                block[name] = value.removeprefix(" ")
            elif block:
                yield block
                block = {}


@asynccontextmanager
async def listening(
    server: Server, query: str, variables: Mapping[str, Any] | None = None, **headers: str
) -> AsyncIterator[Listener]:
    """Subscribe by a POST."""
    sent = {"accept": "text/event-stream", **{name.replace("_", "-"): value for name, value in headers.items()}}
    async with (
        httpx2.AsyncClient(base_url=server.client.base_url, timeout=20) as client,
        client.stream("POST", "/graphql", json={"query": query, "variables": variables}, headers=sent) as answer,
    ):
        yield Listener(answer)
