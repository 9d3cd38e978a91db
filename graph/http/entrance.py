"""The way in: GraphQL goes straight to its endpoint, everything else through Starlette's middleware and routes."""

from asyncio import Future
from collections.abc import Callable, Sequence
from functools import partial
from typing import Final

from starlette.applications import Starlette
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from graph.events.sockets import Sockets
from graph.http.cycle import believe_proxies
from graph.http.endpoint import GraphQLEndpoint
from graph.http.exchange import Exchange, begin_span, exchange_of
from graph.telemetry.operations import OTHER
from graph.telemetry.requests import record
from graph.telemetry.tracing import HERE, tracing

# What a request carries that came through a proxy, and what it carries that a page of another site may have sent.
FORWARDED: Final = frozenset({b"x-forwarded-for", b"x-forwarded-proto"})
FOREIGN: Final = frozenset({b"origin"})
INDIRECT: Final = FORWARDED | FOREIGN


class Entrance:
    """The whole server; pages of other sites (CORS) and people with a browser (GraphiQL) take the long way.

    `trusted` are the proxies that are believed, as uvicorn has them.
    """

    def __init__(
        self,
        graphql: GraphQLEndpoint,
        sockets: Sockets,
        others: Starlette,
        path: str,
        routes: Sequence[Route],
        trusted: str,
    ) -> None:
        self._graphql = graphql
        self._sockets = believe_proxies(sockets, trusted)
        self.others = others
        self._path = path
        self._routes = routes
        self._behind_proxy = believe_proxies(self._enter, trusted)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, and have it counted, timed and logged."""
        if scope["type"] != "http":
            is_socket = scope["type"] == "websocket" and scope["path"] == self._path
            await (self._sockets if is_socket else self.others)(scope, receive, send)
            return
        exchange = exchange_of(scope)
        if tracing.is_on:
            # The task is the request's own.
            begin_span(exchange)
        enter = self._enter if FORWARDED.isdisjoint(exchange.headers) else self._behind_proxy
        try:
            await enter(scope, receive, send)
        finally:
            record(exchange.ended(self._endpoint(exchange)))

    def answer_at_once(self, scope: Scope, body: bytes, begin_task: Callable[[], None]) -> bool:
        """Answer a request that is here as a whole from what is kept; False where its task has to do it.

        Where other processes are asked for the answer, the task begins once they have told that they have none.
        """
        exchange = exchange_of(scope)
        is_own = exchange.path == self._path and exchange.method == "POST"
        if not (is_own and INDIRECT.isdisjoint(exchange.headers)):
            return False
        before = begin_span(exchange) if tracing.is_on else None
        try:
            if self._graphql.answer_at_once(exchange, body, scope["state"]["database"]):
                record(exchange.ended(self._path))
                return True
            asked = self._graphql.ask_at_once(exchange, body)
            if asked is not None:
                asked.add_done_callback(partial(self._answer_with, exchange, begin_task))
            return asked is not None
        finally:
            if before is not None:
                HERE.reset(before)

    def _answer_with(self, exchange: Exchange, begin_task: Callable[[], None], told: Future[object]) -> None:
        """Answer with what other processes have told, or have the task do it."""
        if self._graphql.answer_with(exchange, told.result()):
            record(exchange.ended(self._path))
        else:
            begin_task()

    async def _enter(self, scope: Scope, receive: Receive, send: Send) -> None:
        exchange = exchange_of(scope)
        exchange.client = scope.get("client")
        if self._is_straight(exchange):
            await self._graphql(scope, receive, send)
        else:
            # CORS must see each answer that it adds to.
            exchange.writer = None
            await self.others(scope, receive, exchange.watch(send))

    def _is_straight(self, exchange: Exchange) -> bool:
        is_own = exchange.method == "POST" and FOREIGN.isdisjoint(exchange.headers)
        return is_own and exchange.path == self._path

    def _endpoint(self, exchange: Exchange) -> str:
        """Return the template of the route that a path takes."""
        if exchange.path == self._path:
            return self._path
        return next((route.path for route in self._routes if route.path_regex.match(exchange.path)), OTHER)
