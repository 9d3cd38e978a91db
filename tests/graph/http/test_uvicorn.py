"""Slow, broken and vanishing clients, over raw sockets."""

import asyncio
import contextlib
import json
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager

import pytest
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp

from graph.app import create_app
from graph.http import uvicorn as connection
from graph.http.head import MAX_HEAD_BYTES
from graph.settings import Settings
from graph.telemetry import metrics
from tests.graph.conftest import Server

Serve = Callable[[ASGIApp], AbstractContextManager[Server]]

# What the tests wait for in place of PATIENCE.
SHORT = 0.4


async def large(_: Request) -> Response:
    return PlainTextResponse("x" * 8_000_000)


async def later(_: Request) -> Response:
    await asyncio.sleep(SHORT / 2)
    return PlainTextResponse("first")


async def whose(request: Request) -> Response:
    return PlainTextResponse(request.headers.get("authorization", "nobody"))


async def echo(request: Request) -> Response:
    return PlainTextResponse(str(len(await request.body())))


@pytest.fixture(scope="module")
def address(serve: Serve) -> Iterator[tuple[str, int]]:
    app = Starlette(
        routes=[
            Route("/large", large),
            Route("/later", later),
            Route("/echo", echo, methods=["POST"]),
            Route("/whose", whose),
        ]
    )
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(connection, "PATIENCE", SHORT)
        with serve(app) as running:
            yield running.client.base_url.host, running.client.base_url.port or 0


@contextmanager
def connected(address: tuple[str, int], receive_buffer: int | None = None) -> Iterator[socket.socket]:
    with socket.socket() as client:
        if receive_buffer:
            client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        client.settimeout(10)
        client.connect(address)
        yield client


def until_closed(client: socket.socket) -> bytes:
    found = b""
    try:
        while chunk := client.recv(65536):
            found += chunk
    except ConnectionResetError:
        pass
    return found


def error_of(answer: bytes) -> tuple[int, str]:
    head, _, body = answer.partition(b"\r\n\r\n")
    [error] = json.loads(body)["errors"]
    assert b"application/json" in head
    assert {"code", "status", "traceId", "timestamp", "help"} <= set(error["extensions"])
    return int(head.split()[1]), error["extensions"]["code"]


def counted(method: str, endpoint: str, status: str) -> float:
    return float(metrics.REQUESTS.labels(method, endpoint, status, "refused")._value.get())


def test_headers_that_never_end_are_cut_off(address: tuple[str, int]) -> None:
    # The server's clock runs from when it takes the connection, which is before the client hears of it.
    started = time.monotonic()
    with connected(address) as client:
        client.sendall(b"GET /large HTTP/1.1\r\nhost: x\r\n")
        assert error_of(until_closed(client)) == (408, "BAD_REQUEST")
        assert SHORT <= time.monotonic() - started < SHORT + 2


def test_headers_that_drip_are_cut_off_as_soon(address: tuple[str, int]) -> None:
    with connected(address) as client:
        started = time.monotonic()
        client.sendall(b"GET /large HTTP/1.1\r\n")
        client.settimeout(0.05)
        answer = b""
        while time.monotonic() - started < 5:
            try:
                client.sendall(b"x-a: 1\r\n")
                answer = client.recv(4096)
                break
            except TimeoutError:
                continue
        assert error_of(answer) == (408, "BAD_REQUEST")
        assert time.monotonic() - started < SHORT + 2


def test_a_connection_that_says_nothing_is_closed(address: tuple[str, int]) -> None:
    with connected(address) as client:
        assert until_closed(client) == b""


def test_a_body_that_never_comes_is_cut_off(address: tuple[str, int]) -> None:
    with connected(address) as client:
        client.sendall(b"POST /echo HTTP/1.1\r\nhost: x\r\ncontent-length: 100\r\n\r\nabc")
        assert error_of(until_closed(client)) == (408, "BAD_REQUEST")


def test_a_client_that_does_not_read_is_dropped(address: tuple[str, int]) -> None:
    with connected(address, receive_buffer=4096) as client:
        client.sendall(b"GET /large HTTP/1.1\r\nhost: x\r\n\r\n")
        time.sleep(SHORT + 0.8)
        assert len(until_closed(client)) < 8_000_000


def test_a_client_that_reads_slowly_but_reads_gets_it_all(address: tuple[str, int]) -> None:
    with connected(address) as client:
        client.sendall(b"GET /large HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n")
        assert len(until_closed(client)) > 8_000_000


@pytest.mark.slow
async def test_each_answer_on_one_connection_may_be_read_for_as_long(monkeypatch: pytest.MonkeyPatch) -> None:
    # So long that none is late on a loaded machine either.
    monkeypatch.setattr(connection, "PATIENCE", 5 * SHORT)
    config = uvicorn.Config(PlainTextResponse("x" * 60_000), lifespan="off", log_config=None)
    state = uvicorn.server.ServerState()
    with socket.socket() as listener:
        # What the kernel doesn't take stays with the connection, whose deadline is for that.
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4096)
        listener.bind(("127.0.0.1", 0))
        server = await asyncio.get_running_loop().create_server(
            lambda: connection.Connection(config, state, {}), sock=listener
        )
        async with server:
            took = await asyncio.to_thread(read_slowly, listener.getsockname(), answers=3, seconds=2 * SHORT)
    assert took > 5 * SHORT


def read_slowly(address: tuple[str, int], answers: int, seconds: float) -> float:
    """Ask for answers one after the other, each read in this time; return how long they took together."""
    started = time.monotonic()
    with connected(address, receive_buffer=4096) as client:
        for _ in range(answers):
            client.sendall(b"GET / HTTP/1.1\r\nhost: x\r\n\r\n")
            found = b""
            while len(found) < 60_000 or not found.endswith(b"x"):
                chunk = client.recv(3000)
                assert chunk, f"cut off after {len(found)} bytes"
                found += chunk
                time.sleep(seconds / 20)
    return time.monotonic() - started


def test_endless_headers_are_refused(address: tuple[str, int]) -> None:
    with connected(address) as client:
        client.sendall(b"GET /large HTTP/1.1\r\nhost: x\r\nx-long: " + b"a" * (MAX_HEAD_BYTES + 1))
        assert error_of(until_closed(client)) == (431, "BAD_REQUEST")


def test_what_comes_behind_a_body_is_no_header(address: tuple[str, int]) -> None:
    with connected(address) as client:
        head = b"GET /whose HTTP/1.1\r\nhost: x\r\nconnection: close\r\ntransfer-encoding: chunked\r\n\r\n"
        client.sendall(head + b"1\r\nx\r\n0\r\nauthorization: somebody\r\n\r\n")
        assert until_closed(client).endswith(b"nobody")


def test_what_is_not_http_is_refused_in_json(address: tuple[str, int]) -> None:
    with connected(address) as client:
        client.sendall(b"\x16\x03\x01\x02\x00\x01\x00 hello\r\n\r\n")
        assert error_of(until_closed(client)) == (400, "BAD_REQUEST")


def test_a_refusal_is_counted_and_logged_in_its_callers_trace(
    address: tuple[str, int], caplog: pytest.LogCaptureFixture
) -> None:
    trace = "4bf92f3577b34da6a3ce929d0e0e4736"
    before = counted("other", "other", "408")
    with caplog.at_level("INFO", "ariesone.access"), connected(address) as client:
        client.sendall(
            f"GET /later HTTP/1.1\r\ntraceparent: 00-{trace}-00f067aa0ba902b7-01\r\nx-a: 1\r\nx-b".encode()
        )
        assert trace.encode() in until_closed(client)
    [record] = [record for record in caplog.records if record.name == "ariesone.access"]
    assert getattr(record, "trace.id") == trace
    assert getattr(record, "http.response.status_code") == 408
    assert counted("other", "other", "408") == before + 1


def test_a_body_that_never_comes_is_counted_once_by_what_was_answered(
    serve: Serve, settings_for: Callable[..., Settings], directory_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connection, "PATIENCE", SHORT)
    before = counted("POST", "/graphql", "408"), counted("POST", "/graphql", "400")
    with serve(create_app(settings_for(directory_url))) as server:
        address = (server.client.base_url.host, server.client.base_url.port or 0)
        with connected(address) as client:
            head = b"POST /graphql HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n"
            client.sendall(head + b"content-length: 99\r\n\r\n{")
            assert error_of(until_closed(client)) == (408, "BAD_REQUEST")
    assert (counted("POST", "/graphql", "408"), counted("POST", "/graphql", "400")) == (before[0] + 1, before[1])


FIRST = b"GET /later HTTP/1.1\r\nhost: x\r\n\r\n"


@pytest.mark.parametrize(
    ("second", "status"),
    [
        (b"nonsense\r\n\r\n", 400),
        (b"GET /later HTTP/1.1\r\nx-a: 1\r\n", 408),
        (b"POST /echo HTTP/1.1\r\nhost: x\r\ncontent-length: 9\r\n\r\nabc", 408),
        (b"GET /later HTTP/1.1\r\nhost: x\r\nx-long: " + b"a" * (6 * MAX_HEAD_BYTES), 431),
    ],
    ids=["nonsense", "head", "body", "long"],
)
@pytest.mark.parametrize("ahead", [1, 2])
def test_a_refusal_waits_for_the_answers_before_it(
    address: tuple[str, int], second: bytes, status: int, ahead: int
) -> None:
    with connected(address) as client:
        client.sendall(FIRST * ahead + second[:20])
        client.sendall(second[20:])
        answers = until_closed(client)
    assert answers.count(b"\r\n\r\nfirst") == ahead
    assert error_of(answers.rpartition(b"first")[2]) == (status, "BAD_REQUEST")


def test_requests_on_one_connection_do_not_share_a_deadline(address: tuple[str, int]) -> None:
    with connected(address) as client:
        for _ in range(4):
            client.sendall(b"POST /echo HTTP/1.1\r\nhost: x\r\ncontent-length: 3\r\n\r\nabc")
            assert client.recv(4096).endswith(b"\r\n\r\n3")
            time.sleep(SHORT / 2)


def test_the_answer_to_head_comes_at_once(address: tuple[str, int]) -> None:
    # And not when the connection is closed, on which the second one would find nobody.
    with connected(address) as client:
        for _ in range(2):
            client.sendall(b"HEAD /large HTTP/1.1\r\nhost: x\r\n\r\n")
            answer = client.recv(4096)
            assert b"\r\ncontent-length: 8000000\r\n" in answer
            assert answer.endswith(b"\r\n\r\n")


def test_an_empty_line_does_not_switch_the_deadline_off(address: tuple[str, int]) -> None:
    with connected(address) as client:
        started = time.monotonic()
        client.sendall(b"\r\n")
        until_closed(client)
        assert time.monotonic() - started < SHORT + 2


def test_bodies_that_are_still_arriving_take_nobodys_place(
    serve: Serve, settings_for: Callable[..., Settings], directory_url: str
) -> None:
    with serve(create_app(settings_for(directory_url, max_requests=2))) as server:
        address = (server.client.base_url.host, server.client.base_url.port or 0)
        head = (
            b"POST /graphql HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 99\r\n\r\n{"
        )
        with contextlib.ExitStack() as stack:
            for _ in range(8):
                stack.enter_context(connected(address)).sendall(head)
            time.sleep(0.1)
            assert server.post("{ __typename }").status_code == 200
