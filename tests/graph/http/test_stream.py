"""Answers that go on, through real connections: sent as they come, ended by whoever leaves, in nobody's way."""

import asyncio
import socket
import time
from collections.abc import AsyncGenerator, Callable, Iterator
from contextlib import AbstractContextManager, contextmanager

import pytest
from starlette.types import ASGIApp, Receive, Scope, Send

from graph.http import uvicorn as connection
from graph.http.exchange import exchange_of
from graph.http.stream import Stream
from tests.graph.conftest import Server

Serve = Callable[[ASGIApp], AbstractContextManager[Server]]

# Seconds between two chunks.
PAUSE = 0.15


class Source:
    """Makes chunks, and knows how far it came and whether it was closed."""

    def __init__(self, chunks: int, size: int = 1, pause: float = PAUSE) -> None:
        self.chunks = chunks
        self.size = size
        self.pause = pause
        self.made = 0
        self.is_closed = False

    async def run(self) -> AsyncGenerator[bytes]:
        try:
            while self.made < self.chunks:
                self.made += 1
                yield b"%d" % (self.made % 10) * self.size
                await asyncio.sleep(self.pause)
        finally:
            self.is_closed = True

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG002 - as ASGI has it
        """Answer any request with the stream."""
        if scope["type"] == "http":
            exchange = exchange_of(scope)
            await Stream("text/event-stream", self.run()).send(exchange, send)


@contextmanager
def asking(server: Server, body: bytes = b"{}", receive_buffer: int | None = None) -> Iterator[socket.socket]:
    with socket.socket() as client:
        if receive_buffer:
            client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        client.settimeout(5)
        client.connect((server.client.base_url.host, server.client.base_url.port or 0))
        head = b"POST /graphql HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n"
        client.sendall(head % len(body) + body)
        yield client


def until(condition: Callable[[], bool], seconds: float = 5.0) -> float:
    started = time.monotonic()
    while not condition():
        assert time.monotonic() - started < seconds
        time.sleep(0.01)
    return time.monotonic() - started


def test_chunks_are_sent_as_they_come_and_the_connection_stays(serve: Serve) -> None:
    source = Source(3)
    with serve(source) as server:
        for _ in range(2):
            source.made = 0
            arrived = []
            with server.client.stream("POST", "/graphql") as answer:
                arrived = [(time.monotonic(), chunk) for chunk in answer.iter_raw()]
            assert [chunk for _, chunk in arrived] == [b"1", b"2", b"3"]
            assert arrived[-1][0] - arrived[0][0] >= PAUSE
            assert answer.headers["content-type"] == "text/event-stream"
            assert answer.headers["cache-control"] == "no-cache"
            assert answer.headers["x-accel-buffering"] == "no"
    assert source.is_closed


def test_a_client_that_leaves_ends_its_stream_at_once(serve: Serve) -> None:
    source = Source(1_000, pause=60)
    with serve(source) as server:
        with asking(server) as client:
            assert b"200 OK" in client.recv(4096)
            until(lambda: source.made == 1)
        until(lambda: source.is_closed)
    assert source.made == 1


def test_a_client_that_does_not_read_ends_its_stream(serve: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection, "PATIENCE", 0.4)
    source = Source(100_000, size=65_536, pause=0)
    with serve(source) as server, asking(server, receive_buffer=4096):
        until(lambda: source.is_closed)
    assert source.made < source.chunks


def test_what_goes_wrong_in_a_stream_closes_its_connection_and_not_the_server(serve: Serve) -> None:
    async def failing() -> AsyncGenerator[bytes]:
        yield b"1"
        raise RuntimeError("of this test")

    async def app(scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG001 - as ASGI has it
        if scope["type"] == "http":
            await Stream("text/event-stream", failing()).send(exchange_of(scope), send)

    with serve(app) as server:
        for _ in range(2):
            with asking(server) as client:
                found = b""
                while chunk := client.recv(4096):
                    found += chunk
                assert found.endswith(b"\r\n\r\n1\r\n1\r\n")
