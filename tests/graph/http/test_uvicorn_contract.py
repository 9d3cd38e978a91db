"""What the three files that touch uvicorn rely on in it, name by name: where it changes, its test fails here."""

import ast
import asyncio
import inspect
from collections.abc import Iterator
from typing import Any

import pytest
import uvicorn
from httptools import HttpParserError, HttpParserUpgrade, HttpRequestParser
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware
from uvicorn.protocols.http.flow_control import FlowControl
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from uvicorn.server import ServerState

from graph.http import cycle as request
from graph.http import flow
from graph.http import uvicorn as bridge
from graph.http.exchange import DEFAULTS
from graph.http.reply import VARY

# What is called or overridden, by its parameters.
METHODS = {
    HttpToolsProtocol.__init__: "self config server_state app_state _loop",
    HttpToolsProtocol.connection_made: "self transport",
    HttpToolsProtocol.connection_lost: "self exc",
    HttpToolsProtocol.data_received: "self data",
    HttpToolsProtocol.handle_websocket_upgrade: "self",
    HttpToolsProtocol.on_message_begin: "self",
    HttpToolsProtocol.on_header: "self name value",
    HttpToolsProtocol.on_headers_complete: "self",
    HttpToolsProtocol.on_body: "self body",
    HttpToolsProtocol.on_message_complete: "self",
    HttpToolsProtocol.on_response_complete: "self",
    HttpToolsProtocol.pause_writing: "self",
    HttpToolsProtocol.resume_writing: "self",
    HttpToolsProtocol.shutdown: "self",
    HttpToolsProtocol._should_upgrade: "self",
    HttpToolsProtocol._should_upgrade_to_ws: "self",
    HttpToolsProtocol._start_asgi_task: "self cycle app",
    FlowControl.__init__: "self transport",
    FlowControl.pause_reading: "self",
    FlowControl.resume_reading: "self",
    RequestResponseCycle.__init__: "self scope transport flow logger access_logger access_log default_headers"
    " message_event expect_100_continue keep_alive on_response",
    RequestResponseCycle.send: "self message",
    RequestResponseCycle.receive: "self",
    ProxyHeadersMiddleware.__init__: "self app trusted_hosts",
    ProxyHeadersMiddleware.__call__: "self scope receive send",
    WebSocketsSansIOProtocol.__init__: "self config server_state app_state _loop",
    WebSocketsSansIOProtocol.run_asgi: "self",
    WebSocketsSansIOProtocol.pause_writing: "self",
    WebSocketsSansIOProtocol.resume_writing: "self",
    WebSocketsSansIOProtocol.keepalive_timeout: "self",
    WebSocketsSansIOProtocol.connection_lost: "self exc",
    uvicorn.Server.startup: "self sockets",
}
# What is read or set.
OF_PROTOCOL = (
    "access_log", "access_logger", "app", "cycle", "expect_100_continue", "flow", "headers", "logger", "loop",
    "parser", "pipeline", "scope", "server_state", "timeout_keep_alive", "transport", "url",
)  # fmt: skip
OF_CYCLE = (
    "body", "chunked_encoding", "default_headers", "disconnected", "flow", "keep_alive", "message_event",
    "more_body", "on_response", "response_complete", "response_started", "scope", "transport",
    "waiting_for_100_continue",
)  # fmt: skip
OF_SOCKET = ("close_sent", "disconnected", "handshake_complete", "queue", "writable")

REQUEST = b"POST /a HTTP/1.1\r\nhost: x\r\ncontent-length: 1\r\n\r\nb"


class Transport(asyncio.Transport):
    """Takes what is written."""

    def __init__(self) -> None:
        super().__init__()
        self.written = b""
        self.protocol: Any = None

    def set_protocol(self, protocol: Any) -> None:
        self.protocol = protocol

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


@pytest.mark.parametrize("name", OF_SOCKET)
async def test_a_socket_has(name: str) -> None:
    config = uvicorn.Config(lambda: None, log_config=None)
    config.load()
    assert hasattr(WebSocketsSansIOProtocol(config, ServerState(), {}), name)


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


async def test_a_request_begins_as_with_uvicorn(protocol: Protocol) -> None:
    target = b"POST /a%20b?c=%20d HTTP/1.0"
    protocol.data_received(REQUEST.replace(b"POST /a HTTP/1.1", target))
    theirs = protocol.cycle
    protocol.scope = {}  # type: ignore[typeddict-item]
    ours = request.begin_cycle(protocol, "POST", "1.0")
    told = {"method", "http_version", "path", "raw_path", "query_string"}
    assert ours.scope == {name: value for name, value in theirs.scope.items() if name in told}
    same = set(vars(theirs)) - {"scope", "body", "more_body", "message_event", "on_response"}
    assert {name: getattr(ours, name) for name in same} == {name: getattr(theirs, name) for name in same}


async def test_a_request_behind_another_is_started_when_that_one_is_answered(protocol: Protocol) -> None:
    protocol.data_received(REQUEST + REQUEST)
    [(start, first)] = protocol.called
    [(second, _)] = protocol.pipeline
    first.response_complete = True
    first.on_response()
    assert protocol.called == [(start, first), "complete", (start, second)]
    assert not protocol.pipeline


class Callbacks:
    """What a parser calls, as it did."""

    def __init__(self, refusal: Exception | None = None) -> None:
        self.called: list[Any] = []
        self._refusal = refusal

    def on_headers_complete(self) -> None:
        if self._refusal is not None:
            raise self._refusal
        self.called.append("head")

    def on_body(self, body: bytes) -> None:
        self.called.append(body)

    def on_message_complete(self) -> None:
        self.called.append("end")


def test_the_parser_says_where_another_protocol_would_begin() -> None:
    callbacks = Callbacks()
    parser = HttpRequestParser(callbacks)
    head = b"POST / HTTP/1.1\r\nconnection: upgrade\r\nupgrade: h2c\r\ncontent-length: 1\r\n\r\n"
    with pytest.raises(HttpParserUpgrade) as upgrade:
        parser.feed_data(memoryview(b"x" + head + b"b")[1:])
    assert upgrade.value.args == (len(head),)
    assert parser.should_upgrade()
    # This is what makes it parse the head twice: where the body is there, it can go.
    assert callbacks.called == ["head", "end"]


def test_what_a_callback_raises_ends_the_parser_and_is_the_context_of_its_error() -> None:
    refusal = ValueError()
    with pytest.raises(HttpParserError) as error:
        HttpRequestParser(Callbacks(refusal)).feed_data(b"GET / HTTP/1.1\r\n\r\n")
    assert error.value.__context__ is refusal


def test_the_parser_knows_the_version_once_the_line_names_one() -> None:
    for line, version in ((b"GET / HTTP/1.1\r\n", "1.1"), (b"GET /\r\n", "0.0"), (b"GET /\r\n\r\n", "0.9")):
        parser = HttpRequestParser(Callbacks())
        parser.feed_data(line)
        assert parser.get_http_version() == version


async def test_a_websocket_is_handed_over(protocol: Protocol) -> None:
    taken: list[Any] = []

    class WebSocket(asyncio.Protocol):
        """Takes the connection."""

        def __init__(self, config: Any, server_state: Any, app_state: Any) -> None:  # noqa: ARG002 - as uvicorn's
            taken.append(app_state)

        def connection_made(self, transport: Any) -> None:
            taken.append(transport)

        def data_received(self, data: bytes) -> None:
            taken.append(data)

    connection = bridge.Connection(protocol.config, protocol.server_state, {"shared": 1})
    connection.ws_protocol_class = WebSocket
    transport = Transport()
    connection.connection_made(transport)
    handshake = b"GET /graphql HTTP/1.1\r\nhost: x\r\nconnection: upgrade\r\nupgrade: websocket\r\n"
    handshake += b"sec-websocket-version: 13\r\nsec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
    connection.data_received(handshake)
    assert taken == [{"shared": 1}, transport, handshake]
    assert isinstance(transport.protocol, WebSocket)


async def test_what_is_written_at_once_is_what_asgi_would_have_written(protocol: Protocol) -> None:
    protocol.data_received(REQUEST)
    cycle, transport = protocol.cycle, protocol.transport
    assert isinstance(transport, Transport)
    assert request.write_whole(cycle, 429, b"application/json", b"{}", {"retry-after": "1"})
    at_once, transport.written = transport.written, b""
    assert (cycle.response_started, cycle.response_complete, protocol.called[-1]) == (True, True, "complete")
    protocol.data_received(REQUEST)
    head = [(b"content-type", b"application/json"), (b"vary", VARY), (b"retry-after", b"1"), *DEFAULTS.items()]
    head.append((b"content-length", b"2"))
    await protocol.cycle.send({"type": "http.response.start", "status": 429, "headers": head})
    await protocol.cycle.send({"type": "http.response.body", "body": b"{}"})
    assert sorted(at_once.split(b"\r\n")) == sorted(transport.written.split(b"\r\n"))


async def test_nothing_is_written_at_once_into_a_full_buffer_or_for_nobody(protocol: Protocol) -> None:
    protocol.data_received(REQUEST)
    cycle, transport = protocol.cycle, protocol.transport
    assert isinstance(transport, Transport)
    protocol.pause_writing()
    assert not request.write_whole(cycle, 200, b"application/json", b"{}", {})
    protocol.resume_writing()
    cycle.disconnected = True
    assert request.write_whole(cycle, 200, b"application/json", b"{}", {})
    assert transport.written == b""


def used() -> Iterator[tuple[str, str]]:
    """What they read, set or call: of whom, and its name."""
    for module in (bridge, request, flow):
        for node in ast.walk(ast.parse(inspect.getsource(module))):
            if isinstance(node, ast.Attribute):
                yield ast.unparse(node.value), node.attr


async def test_nothing_else_of_uvicorn_is_used(protocol: Protocol) -> None:
    connection = bridge.Connection(protocol.config, protocol.server_state, {})
    connection.connection_made(Transport())
    own = set(vars(bridge.Connection)) | (set(vars(connection)) - set(vars(protocol))) | set(vars(flow.Flow))
    classes = ("HttpToolsProtocol.", "FlowControl.")
    listed = {method.__name__ for method in METHODS if method.__qualname__.startswith(classes)}
    assert {name for of, name in used() if of in {"self", "connection"}} - own <= set(OF_PROTOCOL) | listed
    assert {name for of, name in used() if of == "super()"} <= listed
    requests = {"cycle", "own", "running", "self.cycle", "self._running"}
    assert {name for of, name in used() if of in requests} <= set(OF_CYCLE)
    overridden = {name for name in vars(bridge.Connection) if hasattr(HttpToolsProtocol, name)}
    assert {name for name in overridden if not name.startswith("__") or name == "__init__"} <= listed
