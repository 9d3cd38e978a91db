"""Talks to a server over a WebSocket, message by message."""

import asyncio
import json
import socket
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from typing import Any

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed
from websockets.typing import Origin, Subprotocol

from tests.graph.conftest import Server

PROTOCOL = "graphql-transport-ws"


class Talk:
    """A client that sends and hears one message at a time."""

    def __init__(self, connection: ClientConnection) -> None:
        self.connection = connection

    async def say(self, type_: str, id_: str | None = None, payload: Any = None) -> None:
        """Send a message."""
        message = {"type": type_, "id": id_, "payload": payload}
        await self.connection.send(json.dumps({name: each for name, each in message.items() if each is not None}))

    async def hear(self) -> Any:
        """The next message."""
        async with asyncio.timeout(10):
            return json.loads(await self.connection.recv())

    async def is_silent(self, seconds: float = 0.3) -> bool:
        """Whether nothing is said for a while."""
        try:
            async with asyncio.timeout(seconds):
                await self.connection.recv()
        except TimeoutError:
            return True
        return False

    async def init(self, payload: Mapping[str, Any] | None = None) -> None:
        """Say who one is, and be taken."""
        await self.say("connection_init", payload=payload)
        assert await self.hear() == {"type": "connection_ack"}

    async def ask(self, query: str, variables: Any = None, id_: str = "1") -> None:
        """Ask for an operation."""
        await self.say("subscribe", id_, {"query": query, "variables": variables})

    async def change(self, id_: str = "1") -> Any:
        """The next change."""
        message = await self.hear()
        assert (message["type"], message["id"]) == ("next", id_), message
        assert "errors" not in message["payload"], message
        return message["payload"]["data"]["changes"]

    async def closed(self) -> tuple[int, str]:
        """With which code and reason the server closes; what it says before is passed over."""
        with suppress(ConnectionClosed):
            async with asyncio.timeout(10):
                async for _ in self.connection:
                    pass
        return self.connection.close_code or 0, self.connection.close_reason or ""


@asynccontextmanager
async def talking(
    server: Server,
    authorization: str | None = None,
    *,
    protocol: str | None = PROTOCOL,
    origin: str | None = None,
    is_begun: bool = True,
    receive_buffer: int | None = None,
) -> AsyncIterator[Talk]:
    """Open a socket, and unless told otherwise say who one is."""
    url = str(server.client.base_url.copy_with(scheme="ws", path="/graphql"))
    subprotocols = None if protocol is None else [Subprotocol(protocol)]
    named = None if origin is None else Origin(origin)
    address = (server.client.base_url.host, server.client.base_url.port or 0)
    with socket.socket() as plain:
        if receive_buffer is not None:
            plain.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        plain.settimeout(0)
        await asyncio.get_running_loop().sock_connect(plain, address)
        async with connect(
            url, sock=plain, subprotocols=subprotocols, origin=named, max_size=None, compression=None
        ) as found:
            talk = Talk(found)
            if is_begun:
                await talk.init(None if authorization is None else {"Authorization": authorization})
            yield talk
