"""What graph/http/uvicorn.py relies on in uvicorn, name by name: where uvicorn changes it, its test fails here."""

import ast
import asyncio
import inspect
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import uvicorn
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle
from uvicorn.server import ServerState

from graph.http import uvicorn as bridge
from graph.http.reply import VARY

# What is called or overridden, by its parameters.
METHODS = {
    HttpToolsProtocol.__init__: "self config server_state app_state _loop",
    HttpToolsProtocol.connection_made: "self transport",
    HttpToolsProtocol.connection_lost: "self exc",
    HttpToolsProtocol.data_received: "self data",
    HttpToolsProtocol.on_message_begin: "self",
    HttpToolsProtocol.on_header: "self name value",
    HttpToolsProtocol.on_headers_complete: "self",
    HttpToolsProtocol.on_message_complete: "self",
    HttpToolsProtocol.on_response_complete: "self",
    HttpToolsProtocol.pause_writing: "self",
    HttpToolsProtocol.resume_writing: "self",
    HttpToolsProtocol.shutdown: "self",
    HttpToolsProtocol.send_400_response: "self msg",
    HttpToolsProtocol._unsupported_upgrade_warning: "self",
    HttpToolsProtocol._start_asgi_task: "self cycle app",
    RequestResponseCycle.send: "self message",
    RequestResponseCycle.receive: "self",
    ProxyHeadersMiddleware.__init__: "self app trusted_hosts",
    ProxyHeadersMiddleware.__call__: "self scope receive send",
    uvicorn.Server.startup: "self sockets",
}
# What is read or set.
OF_PROTOCOL = ("cycle", "headers", "loop", "pipeline", "scope", "transport")
OF_CYCLE = (
    "default_headers", "disconnected", "flow", "keep_alive", "message_event", "on_response", "response_complete",
    "response_started", "scope", "transport", "waiting_for_100_continue",
)  # fmt: skip

REQUEST = b"POST /a HTTP/1.1\r\nhost: x\r\ncontent-length: 1\r\n\r\nb"


class Transport(asyncio.Transport):
    """Takes what is written."""

    def __init__(self) -> None:
        super().__init__()
        self.written = b""

    def write(self, data: Any) -> None:
        self.written += data

    def get_write_buffer_size(self) -> int:
        return 0

    def is_closing(self) -> bool:
        return False

    def close(self) -> None:
        pass

    def pause_reading(self) -> None:
        pass

    def resume_reading(self) -> None:
        pass


class Protocol(HttpToolsProtocol):
    """Notes what is called."""

    called: list[Any]

    def _start_asgi_task(self, cycle: RequestResponseCycle, app: Any) -> None:  # noqa: ARG002 - nothing is run
        self.called.append(("start", cycle))

    def on_response_complete(self) -> None:
        self.called.append("complete")
        super().on_response_complete()

    def send_400_response(self, msg: str) -> None:  # noqa: ARG002 - its words are uvicorn's own
        self.called.append("400")

    def _unsupported_upgrade_warning(self) -> None:
        self.called.append("upgrade")


@pytest.fixture
async def protocol() -> Protocol:
    async def app(scope: Any, receive: Any, send: Any) -> None:
        """Is never run."""

    made = Protocol(uvicorn.Config(app, log_config=None, ws="none"), ServerState(), {"shared": 1})
    made.called = []
    made.connection_made(Transport())
    return made


@pytest.mark.parametrize("method", METHODS, ids=lambda method: method.__qualname__)
def test_a_method_takes_what_it_took(method: Any) -> None:
    assert list(inspect.signature(method).parameters) == METHODS[method].split()


@pytest.mark.parametrize("name", OF_PROTOCOL)
async def test_a_protocol_has(protocol: Protocol, name: str) -> None:
    protocol.data_received(REQUEST)
    assert getattr(protocol, name) is not None


@pytest.mark.parametrize("name", OF_CYCLE)
async def test_a_request_has(protocol: Protocol, name: str) -> None:
    protocol.data_received(REQUEST)
    assert hasattr(protocol.cycle, name)


async def test_a_new_request_is_in_its_first_state(protocol: Protocol) -> None:
    before: Any = protocol.cycle
    assert before is None
    protocol.data_received(REQUEST)
    cycle = protocol.cycle
    assert (cycle.disconnected, cycle.keep_alive, cycle.response_started, cycle.response_complete) == (
        False,
        True,
        False,
        False,
    )
    assert cycle.flow.write_paused is False
    assert cycle.scope is protocol.scope
    assert cycle.scope["state"] == {"shared": 1}
    assert protocol.headers == [(b"host", b"x"), (b"content-length", b"1")]


async def test_a_request_behind_another_is_started_when_that_one_is_answered(protocol: Protocol) -> None:
    protocol.data_received(REQUEST + REQUEST)
    [(start, first)] = protocol.called
    [(second, _)] = protocol.pipeline
    first.response_complete = True
    first.on_response()
    assert protocol.called == [(start, first), "complete", (start, second)]
    assert not protocol.pipeline


async def test_what_is_not_http_and_what_wants_another_protocol_is_told(protocol: Protocol) -> None:
    protocol.data_received(b"GET / HTTP/1.1\r\nhost: x\r\nconnection: upgrade\r\nupgrade: h2c\r\n\r\n")
    protocol.data_received(b"nonsense\r\n\r\n")
    assert protocol.called[-2:] == ["upgrade", "400"]


async def test_what_is_written_at_once_is_what_asgi_would_have_written(protocol: Protocol) -> None:
    protocol.data_received(REQUEST)
    cycle, transport = protocol.cycle, protocol.transport
    assert isinstance(transport, Transport)
    assert bridge.write_whole(cycle, 429, b"application/json", b"{}", {"retry-after": "1"})
    at_once, transport.written = transport.written, b""
    assert (cycle.response_started, cycle.response_complete, protocol.called[-1]) == (True, True, "complete")
    protocol.data_received(REQUEST)
    head = [(b"content-type", b"application/json"), (b"vary", VARY), (b"retry-after", b"1")]
    head.append((b"content-length", b"2"))
    await protocol.cycle.send({"type": "http.response.start", "status": 429, "headers": head})
    await protocol.cycle.send({"type": "http.response.body", "body": b"{}"})
    assert sorted(at_once.split(b"\r\n")) == sorted(transport.written.split(b"\r\n"))


async def test_nothing_is_written_at_once_into_a_full_buffer_or_for_nobody(protocol: Protocol) -> None:
    protocol.data_received(REQUEST)
    cycle, transport = protocol.cycle, protocol.transport
    assert isinstance(transport, Transport)
    protocol.pause_writing()
    assert not bridge.write_whole(cycle, 200, b"application/json", b"{}", {})
    protocol.resume_writing()
    cycle.disconnected = True
    assert bridge.write_whole(cycle, 200, b"application/json", b"{}", {})
    assert transport.written == b""


def used() -> Iterator[tuple[str, str]]:
    """What graph/http/uvicorn.py reads, sets or calls: of whom, and its name."""
    tree = ast.parse(Path(bridge.__file__).read_text(encoding="utf-8"))
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute):
            yield ast.unparse(node.value), node.attr


async def test_nothing_else_of_uvicorn_is_used(protocol: Protocol) -> None:
    connection = bridge.Connection(protocol.config, protocol.server_state, {})
    own = set(vars(bridge.Connection)) | (set(vars(connection)) - set(vars(protocol)))
    listed = {method.__name__ for method in METHODS if method.__qualname__.startswith("HttpToolsProtocol.")}
    assert {name for of, name in used() if of == "self"} - own <= set(OF_PROTOCOL)
    assert {name for of, name in used() if of == "super()"} <= listed
    requests = {"cycle", "own", "running", "self.cycle", "self._running"}
    assert {name for of, name in used() if of in requests} <= set(OF_CYCLE)
    overridden = {name for name in vars(bridge.Connection) if hasattr(HttpToolsProtocol, name)}
    assert {name for name in overridden if not name.startswith("__") or name == "__init__"} <= listed
