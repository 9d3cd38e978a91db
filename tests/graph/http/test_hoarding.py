"""Clients that send for ever, or much at once: a connection holds little, and others are answered meanwhile."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Event, Thread
from typing import Any

import httpx2
import pytest
import uvicorn
from uvicorn.server import ServerState

from graph.http import uvicorn as bridge
from tests.graph.conftest import Server
from tests.graph.http.raw import BODY, TYPENAME, chunked, connected, post, sized
from tests.graph.http.test_uvicorn_contract import Transport

pytestmark = pytest.mark.slow

# A hundred megabytes, in pieces of 64 kB.
PIECES = 1_600
# Seconds for which others may wait on a loaded machine; without bounds it was more than five.
PATIENCE = 2.0

CHUNKS = post(b"Transfer-Encoding: chunked", body=b"")
BEHIND = CHUNKS + chunked(BODY).removesuffix(b"\r\n")
HEAD = b"GET /livez HTTP/1.1\r\nHost: localhost\r\n"
LIVEZ = HEAD + b"\r\n"

# What it begins with, and what comes again and again.
ENDLESS = {
    "the value of a trailer": (BEHIND + b"x-a: ", b"a"),
    "the name of a trailer": (BEHIND, b"a"),
    "trailers": (BEHIND, b"x-a: b\r\n"),
    "the name of a chunk's extension": (CHUNKS + b"1;", b"a"),
    "the value of a chunk's extension": (CHUNKS + b'1;a="', b"a"),
    "the size of a chunk": (CHUNKS, b"0"),
    "the value of a header": (HEAD + b"x-a: ", b"a"),
    "the blanks before a value": (HEAD + b"x-a:", b" "),
    "the name of a header": (HEAD, b"a"),
    "headers": (HEAD, b"x-a: b\r\n"),
    "the target": (b"GET /", b"a"),
}


@contextmanager
def others_asking(server: Server) -> Iterator[list[float]]:
    """Ask /livez again and again on another connection; yields how many seconds each answer took."""
    took: list[float] = []
    is_over = Event()

    def ask() -> None:
        with httpx2.Client(base_url=server.client.base_url, timeout=30) as client:
            while not took or not is_over.is_set():
                started = time.monotonic()
                assert client.get("/livez").status_code == 200
                took.append(time.monotonic() - started)

    thread = Thread(target=ask)
    thread.start()
    try:
        yield took
    finally:
        is_over.set()
        thread.join()


@pytest.mark.parametrize("name", ENDLESS)
def test_what_never_ends_is_refused_at_once_and_others_are_answered(server: Server, name: str) -> None:
    start, unit = ENDLESS[name]
    piece = unit * (65_536 // len(unit))
    sent = 0
    with others_asking(server) as took:
        for _ in range(3):
            with connected(server) as client:
                client.send(start)
                while sent < PIECES and client.send(piece):
                    sent += 1
                answer = client.answer()
                assert (answer.status, answer.code) == (431, "BAD_REQUEST")
                assert answer.headers["connection"] == "close"
                assert client.is_closed()
    # What the kernel takes for a server that doesn't read.
    assert sent < PIECES / 4
    assert max(took) < PATIENCE


def test_trailers_within_the_bound_are_taken(server: Server) -> None:
    trailers = b"x-a: " + b"b" * 30_000 + b"\r\n"
    with connected(server) as client:
        client.send(post(b"Transfer-Encoding: chunked", body=chunked(BODY, trailers=trailers * 2)))
        assert client.answer().json() == TYPENAME
        client.send(post(b"Transfer-Encoding: chunked", body=chunked(BODY, trailers=trailers * 3)))
        assert client.answer().status == 431
        assert client.is_closed()


def test_trailers_count_with_the_head(server: Server) -> None:
    trailers = b"x-a: " + b"b" * 30_000 + b"\r\n"
    with connected(server) as client:
        long = b"x-b: " + b"c" * 40_000
        client.send(post(b"Transfer-Encoding: chunked", long, body=chunked(BODY)))
        assert client.answer().json() == TYPENAME
        client.send(post(b"Transfer-Encoding: chunked", long, body=chunked(BODY, trailers=trailers)))
        assert client.answer().status == 431


def test_a_body_in_very_many_chunks_is_read(server: Server) -> None:
    body = BODY + b" " * 100_000
    with others_asking(server) as took, connected(server) as client:
        client.send(post(b"Transfer-Encoding: chunked", body=chunked(*(bytes([each]) for each in body))))
        assert client.answer().json() == TYPENAME
    assert max(took) < PATIENCE


def test_very_many_requests_in_one_write_are_answered_in_order_and_others_meanwhile(server: Server) -> None:
    asked = [b"GET /nothing HTTP/1.1\r\nHost: x\r\n\r\n" if number % 7 == 0 else LIVEZ for number in range(14_000)]
    with others_asking(server) as took, connected(server) as client:
        # Its answers fill what the kernel holds, so they are read while it is sent.
        sending = Thread(target=client.send, args=(b"".join(asked),))
        sending.start()
        statuses = [client.answer().status for _ in asked]
        sending.join()
    assert statuses == [404 if number % 7 == 0 else 200 for number in range(14_000)]
    assert max(took) < PATIENCE


class Paused(Transport):
    """Knows whether it is read from."""

    is_paused = False

    def pause_reading(self) -> None:
        self.is_paused = True

    def resume_reading(self) -> None:
        self.is_paused = False


class Idle(bridge.Connection):
    """Starts no application."""

    def _start_asgi_task(self, cycle: Any, app: Any) -> None:  # noqa: ARG002 - as uvicorn's
        self._running = cycle


@pytest.fixture
async def connection() -> Idle:
    async def app(scope: Any, receive: Any, send: Any) -> None:
        """Is never run."""

    made = Idle(uvicorn.Config(app, log_config=None, ws="none"), ServerState(), {})
    made.connection_made(Paused())
    return made


def is_paused(connection: Idle) -> bool:
    assert isinstance(connection.transport, Paused)
    return connection.transport.is_paused


def finish(connection: Idle) -> None:
    """Answer the request that is running."""
    running = connection._running
    assert running is not None
    running.response_started = running.response_complete = True
    running.on_response()


async def test_few_requests_wait_and_the_rest_is_parsed_when_they_are_answered(connection: Idle) -> None:
    request = b"GET / HTTP/1.1\r\nHost:\r\n\r\n"
    connection.data_received(request * 5_000)
    most, answered = 0, 0
    while connection._held or connection.pipeline:
        # An application that waits for a body doesn't have the connection read on.
        await connection._running.receive() if connection._running else None
        assert is_paused(connection) or not connection._held
        most = max(most, len(connection.pipeline))
        finish(connection)
        answered += 1
    finish(connection)
    assert answered + 1 == 5_000
    assert most <= bridge.PIECE / len(request) + 1
    assert not is_paused(connection)


async def test_a_body_that_waits_behind_another_request_is_not_collected(connection: Idle) -> None:
    connection.data_received(sized() + sized(body=b"x" * 400_000)[:200_000])
    assert is_paused(connection)
    assert len(connection._held) > 190_000
    assert sum(len(waiting.body) for waiting, _ in connection.pipeline) <= bridge.PIECE
    finish(connection)
    assert not connection._held
