"""The HTTP server's own life: what it says when it serves, and that a signal ends it whenever it comes."""

import asyncio
import json
import signal
import socket
import subprocess
from collections.abc import Callable, Iterator

import httpx2
import pytest
import uvicorn
from starlette.types import Receive, Scope, Send

from graph.commands import listen
from graph.settings import Settings
from tests.graph.commands.conftest import Server

Command = Callable[..., subprocess.CompletedProcess[str]]


async def app(_scope: Scope, _receive: Receive, _send: Send) -> None:
    """Answer nothing."""


async def test_a_signal_that_came_while_the_server_was_set_up_ends_it() -> None:
    server = listen.Server(uvicorn.Config(app, port=0, lifespan="off", log_config=None))
    try:
        with pytest.raises(SystemExit):
            listen.end(signal.SIGTERM, None)
        await asyncio.wait_for(server.serve(), 5)
    finally:
        listen._asked.clear()
    assert server.should_exit


async def test_it_is_told_once_the_socket_listens() -> None:
    found: list[bool] = []
    with listen.listening(Settings(_env_file=None, port=0)) as listener:
        place = listener.getsockname()

        def tell() -> None:
            with socket.socket() as client:
                client.settimeout(5)
                found.append(client.connect_ex(place) == 0)
            server.should_exit = True

        server = listen.Server(uvicorn.Config(app, lifespan="off", log_config=None), tell)
        await asyncio.wait_for(server.serve(sockets=[listener]), 20)
    assert found == [True]


@pytest.mark.parametrize(
    ("host", "url"), [("::1", "[::1]"), ("127.0.0.1", "127.0.0.1"), ("localhost", "127.0.0.1")]
)
def test_the_address_that_is_really_bound_is_told_as_a_url(host: str, url: str) -> None:
    if host == "::1" and not has_ipv6():
        pytest.skip("this machine has no IPv6 loopback")
    with listen.listening(Settings(_env_file=None, host=host, port=0)) as listener:
        assert listen.url_of(listener) == f"http://{url}:{listener.getsockname()[1]}"


def has_ipv6() -> bool:
    try:
        with socket.socket(socket.AF_INET6) as probe:
            probe.bind(("::1", 0))
    except OSError:
        return False
    return True


@pytest.fixture
def taken() -> Iterator[int]:
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", 0))
        holder.listen()
        yield holder.getsockname()[1]


@pytest.mark.parametrize(
    ("host", "told"),
    [
        ("nobody.invalid", "nobody.invalid:8000 can't be served on ("),
        # Documentation's network, which no machine has.
        ("192.0.2.1", "192.0.2.1:8000 can't be served on (Cannot assign requested address); set HOST or PORT."),
        ("2001:db8::1", "[2001:db8::1]:8000 can't be served on ("),
    ],
)
def test_an_address_that_is_not_this_machines_is_one_sentence(command: Command, host: str, told: str) -> None:
    done = command("serve", HOST=host, PORT="8000")
    assert done.returncode == 1
    assert told in done.stderr
    assert "Traceback" not in done.stderr


def test_a_taken_port_is_one_sentence(command: Command, taken: int) -> None:
    done = command("serve", PORT=str(taken))
    assert done.returncode == 1
    assert f"127.0.0.1:{taken} can't be served on (Address already in use); set HOST or PORT." in done.stderr


def test_the_welcome_comes_when_requests_are_answered_and_a_line_when_it_stops(
    serve: Callable[..., Server], database_url: str
) -> None:
    server = serve(DATABASE_URL=database_url, HOST="0.0.0.0")  # noqa: S104 - every address is what is tested
    assert httpx2.get(f"{server.address}/livez").status_code == 200
    assert server.address.startswith("http://127.0.0.1:")
    assert "It serves on every address of this machine (0.0.0.0)." in server.output.read_text()
    assert server.end(signal.SIGTERM) == 0
    lines = [json.loads(line) for line in server.output.read_text().splitlines() if line.startswith("{")]
    assert lines[-1]["message"] == f"the server on {server.address} has stopped"
