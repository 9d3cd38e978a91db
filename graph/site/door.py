"""Which answer is for whom: a page for people with a browser, JSON for programs, at one and the same address."""

from collections.abc import Awaitable, Callable

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from graph.http.exchange import exchange_of
from graph.http.media import JSON, read_accept

Page = Callable[[Request], Awaitable[Response]]


class Door:
    """What stands at /graphql: a page for a browser that opens the address, the endpoint for all else.

    Where the page has no use for a query in the address (`shows_queries` is false), the endpoint answers that, for
    browsers too.
    """

    def __init__(self, endpoint: ASGIApp, page: Page, *, shows_queries: bool) -> None:
        self._endpoint = endpoint
        self._page = page
        self._shows_queries = shows_queries

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Show the page to a browser; pass everything else on."""
        is_page = scope["method"] == "GET" and prefers_html(scope)
        if is_page and (self._shows_queries or not scope["query_string"]):
            answer: ASGIApp = await self._page(Request(scope))
        else:
            answer = self._endpoint
        await answer(scope, receive, send)


def prefers_html(scope: Scope) -> bool:
    """Return whether a client would rather have a page than JSON."""
    return read_accept(exchange_of(scope).headers.get(b"accept", b"")).prefers_html


def asks_for_json(scope: Scope) -> bool:
    """Return whether a client names JSON, and would rather have it than a page: for what is a page otherwise."""
    accept = exchange_of(scope).headers.get(b"accept", b"")
    return JSON.encode() in accept.lower() and not read_accept(accept).prefers_html
