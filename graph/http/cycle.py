"""One request as uvicorn has it: from whom it is, answered past ASGI, or given up."""

import asyncio
from collections.abc import Mapping
from urllib.parse import unquote

from starlette.types import ASGIApp
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle

from graph.http.exchange import Exchange, exchange_of
from graph.http.reply import head_of, shared_lines


def believe_proxies(app: ASGIApp, trusted: str) -> ASGIApp:
    """Return an application that sees the clients that trusted proxies name (X-Forwarded-For)."""
    return ProxyHeadersMiddleware(app, trusted)  # type: ignore[arg-type, return-value]


def begin_cycle(connection: HttpToolsProtocol, method: str, version: str) -> RequestResponseCycle:
    """Return the request whose head is here, for uvicorn's `on_headers_complete`, which takes 1 us more."""
    scope = connection.scope
    target, _, query = connection.url.partition(b"?")
    path = target.decode("ascii")
    scope["method"], scope["http_version"] = method, version
    scope["path"] = unquote(path) if "%" in path else path
    scope["raw_path"], scope["query_string"] = target, query
    return RequestResponseCycle(
        scope,
        connection.transport,
        connection.flow,
        connection.logger,
        connection.access_logger,
        connection.access_log,
        connection.server_state.default_headers,
        asyncio.Event(),
        connection.expect_100_continue,
        version != "1.0" and connection.parser.should_keep_alive(),
        connection.on_response_complete,
    )


def abandon(cycle: RequestResponseCycle) -> None:
    """Tell the application that nobody waits for its answer."""
    cycle.disconnected = True
    exchange_of(cycle.scope).leave()


def give_short_ways(exchange: Exchange, cycle: RequestResponseCycle) -> None:
    """Have an exchange answered past ASGI where that can be."""
    exchange.cycle = cycle
    exchange.writer = write_whole
    exchange.chunk_writer = write_chunk


def write_chunk(cycle: RequestResponseCycle, chunk: bytes) -> bool:
    """Write a chunk of an answer under way at once; False if its client must be waited for, or is gone."""
    is_open = cycle.response_started and not (cycle.response_complete or cycle.disconnected)
    if not (is_open and cycle.chunked_encoding) or cycle.flow.write_paused:
        return False
    cycle.transport.write(b"%x\r\n%b\r\n" % (len(chunk), chunk))
    return True


def write_whole(
    cycle: RequestResponseCycle, status: int, content_type: bytes, content: bytes, headers: Mapping[str, str]
) -> bool:
    """Write an answer to a POST at once, past the two steps that ASGI takes for it, which cost 9 us of CPU.

    False where it must wait for what was written before.
    """
    if cycle.flow.write_paused or cycle.response_started:
        return False
    if cycle.disconnected:
        return True
    cycle.response_started = cycle.response_complete = True
    cycle.waiting_for_100_continue = False
    head = [head_of(status, content_type, "cache-control" in headers)]
    head.append(shared_lines.of(cycle.default_headers))
    lines = [f"{name}: {value}\r\n" for name, value in headers.items()]
    if not cycle.keep_alive:
        lines.append("connection: close\r\n")
    lines.append(f"content-length: {len(content)}\r\n\r\n")
    cycle.transport.write(b"".join([*head, "".join(lines).encode("ascii"), content]))
    cycle.message_event.set()
    if not cycle.keep_alive:
        cycle.transport.close()
    cycle.on_response()
    return True
