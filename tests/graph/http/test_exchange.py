"""One request's exchange: what it says from the start, who is told that the client left, and where it travels."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

import pytest
from starlette.types import ASGIApp, Receive, Scope, Send

from graph.app import create_app
from graph.http.exchange import KEY, Exchange, exchange_of
from graph.settings import Settings
from tests.graph.conftest import Server

TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"

# What ASGI, uvicorn and Starlette put into a scope themselves.
OTHERS = {
    "type", "asgi", "http_version", "server", "client", "scheme", "root_path", "headers", "state", "method",
    "path", "raw_path", "query_string", "app", "router", "route", "endpoint", "path_params",
    "starlette.exception_handlers",
}  # fmt: skip


def scope_with(*headers: tuple[bytes, bytes]) -> Scope:
    return {"type": "http", "method": "POST", "path": "/graphql", "query_string": b"", "headers": list(headers)}


def test_a_header_in_several_lines_is_one_list() -> None:
    exchange = Exchange(scope_with((b"a", b"1"), (b"b", b"2"), (b"a", b"3, 4"), (b"a", b"")))
    assert exchange.headers == {b"a": b"1, 3, 4, ", b"b": b"2"}
    assert len(exchange.header_list) == 4


@pytest.mark.parametrize(
    ("traceparent", "expected"),
    [
        (f"00-{TRACE}-00f067aa0ba902b7-01", TRACE),
        (f"00-{TRACE}-00f067aa0ba902b7-01-more", None),
        (f"00-{TRACE.upper()}-00f067aa0ba902b7-01", None),
        ("", None),
    ],
)
def test_a_request_belongs_to_its_callers_trace_or_to_a_new_one(traceparent: str, expected: str | None) -> None:
    exchange = Exchange(scope_with((b"traceparent", traceparent.encode())))
    assert len(exchange.trace_id) == 32
    assert (exchange.trace_id == TRACE) is (expected is not None)


def test_an_exchange_is_begun_once() -> None:
    scope = scope_with()
    assert exchange_of(scope) is exchange_of(scope) is scope[KEY]


def test_whoever_waits_for_a_client_to_leave_is_told_once_and_at_once_if_it_has_left() -> None:
    exchange, told = Exchange(scope_with()), []
    exchange.on_leave(lambda: told.append("first"))
    assert not told
    exchange.leave()
    exchange.leave()
    assert told == ["first"]
    exchange.on_leave(lambda: told.append("late"))
    assert told == ["first", "late"]


def test_who_was_answered_leaves_unnoticed() -> None:
    exchange, told = Exchange(scope_with()), []
    exchange.on_leave(lambda: told.append(1))
    exchange.forget()
    exchange.leave()
    assert not told


@pytest.mark.parametrize("header", [{}, {"origin": "https://a.example"}, {"x-forwarded-for": "192.0.2.1"}])
def test_it_is_the_only_thing_of_ours_in_a_scope(
    serve: Callable[[ASGIApp], AbstractContextManager[Server]],
    settings_for: Callable[..., Settings],
    directory_url: str,
    header: dict[str, str],
) -> None:
    app = create_app(settings_for(directory_url))
    found: list[Any] = []

    async def observed(scope: Scope, receive: Receive, send: Send) -> None:
        await app(scope, receive, send)
        if scope["type"] == "http":
            found.append(set(scope))

    with serve(observed) as server:
        assert server.post("{ __typename }", None, **header).status_code == 200
        assert server.client.get("/readyz").status_code == 200
        assert server.client.get("/nothing").status_code == 404
    assert [keys - OTHERS for keys in found] == [{KEY}] * 3
