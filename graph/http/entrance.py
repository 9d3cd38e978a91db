"""The way in: GraphQL goes straight to its endpoint, everything else through Starlette's middleware and routes."""

from starlette.applications import Starlette
from starlette.types import ASGIApp, Receive, Scope, Send
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

from graph.http.request import HEADERS, headers_of
from graph.http.whole import STRAIGHT

# What a request carries that came through a proxy, and what it carries that a page of another site may have sent.
FORWARDED = frozenset({b"x-forwarded-for", b"x-forwarded-proto"})
FOREIGN = frozenset({b"origin"})


class Entrance:
    """The whole server; pages of other sites (CORS) and people with a browser (GraphiQL) take the long way.

    `trusted` are the proxies that are believed, as uvicorn has them.
    """

    def __init__(self, graphql: ASGIApp, others: Starlette, path: str, trusted: str) -> None:
        self._graphql = graphql
        self.others = others
        self._path = path
        self._behind_proxy = ProxyHeadersMiddleware(self._enter, trusted)  # type: ignore[arg-type]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            await self.others(scope, receive, send)
            return
        scope[HEADERS] = headers = headers_of(scope)
        enter = self._enter if FORWARDED.isdisjoint(headers) else self._behind_proxy
        await enter(scope, receive, send)  # type: ignore[arg-type]

    async def _enter(self, scope: Scope, receive: Receive, send: Send) -> None:
        is_graphql = scope["path"] == self._path and scope["method"] == "POST"
        scope[STRAIGHT] = is_straight = is_graphql and FOREIGN.isdisjoint(scope[HEADERS])
        await (self._graphql if is_straight else self.others)(scope, receive, send)
