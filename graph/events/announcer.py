"""Starts subscriptions and live queries, whatever protocol carries their answers."""

import asyncio
from typing import Final, NoReturn
from weakref import WeakSet

from graphql import ExecutionResult, GraphQLError

from db.engine import Database
from graph.cache.cache import Cache
from graph.cache.reading import Reading
from graph.cache.single_flight import SingleFlight
from graph.context import Context
from graph.errors import BadUserInputError
from graph.events.audience import Audience
from graph.events.broadcast import Broadcasts
from graph.events.listener import Answered, Listener, Listening, Making
from graph.events.live_query import LiveQuery
from graph.events.subscriber import Subscriber
from graph.execution.listen import listen
from graph.execution.run import Prepared, Runner
from graph.execution.sharing import unkept_in
from graph.http.exchange import Exchange
from graph.http.reply import Whole
from graph.http.request import GraphQLRequest
from graph.http.results import write_result
from graph.telemetry.metrics import FEED_LAG

# Answers that are made at a time for listeners: requests have their own places (graph/http/overload.py).
TURNS: Final = 8

# Seconds between two looks at how far behind listeners are.
INTERVAL: Final = 1.0

# The header by which a browser says which event it read last.
LAST_EVENT_ID: Final = b"last-event-id"


class Announcer:
    """Starts listeners; `pause` is the seconds without an answer after which one is sent a sign of life."""

    def __init__(self, runner: Runner, cache: Cache, audience: Audience, pause: float) -> None:
        self.runner = runner
        self.audience = audience
        self._cache = cache
        self._log = Reading(cache.follower)
        self._under_way: SingleFlight[Answered | None] = SingleFlight()
        self._broadcasts: Broadcasts[Answered] = Broadcasts()
        self._pause = pause
        self._turns = asyncio.Semaphore(TURNS)
        self._subscribers: WeakSet[Subscriber] = WeakSet()

    async def begin(
        self, exchange: Exchange, database: Database, asked: GraphQLRequest, prepared: Prepared
    ) -> Whole | Listener:
        """Return a listener for an operation, or a single answer with the errors if there can't be one."""
        came_to = exchange.headers.get(LAST_EVENT_ID)
        after = came_to.decode("latin-1") if came_to else None
        if prepared.operation.is_live:
            if unkept := unkept_in(prepared.operation.root):
                error = BadUserInputError(
                    f"@live: changes of {unkept} can't be detected; ask for it in a query of its own."
                )
                result = ExecutionResult(None, [GraphQLError(error.message, original_error=error)])
                return write_result(self.runner, exchange, asked, prepared, result)
            return LiveQuery(self._listening(exchange, asked, prepared), database, self._cache, after or "")
        found = await self.follow(exchange, database, asked, prepared, after)
        if isinstance(found, ExecutionResult):
            return write_result(self.runner, exchange, asked, prepared, found)
        self._subscribers.add(found)
        return found

    async def follow(
        self, exchange: Exchange, database: Database, asked: GraphQLRequest, prepared: Prepared, after: str | None
    ) -> ExecutionResult | Subscriber:
        """Start a subscription after a change, or where the operation says; the errors if it can't start."""
        feed = await listen(prepared, Context(database, log=self._log), after)
        if isinstance(feed, ExecutionResult):
            return feed
        return Subscriber(self._listening(exchange, asked, prepared), feed)

    def _listening(self, exchange: Exchange, asked: GraphQLRequest, prepared: Prepared) -> Listening:
        making = Making(self._turns, self._under_way, self._broadcasts)
        return Listening(self.runner, exchange, asked, prepared, making, self._pause)

    async def watch(self) -> NoReturn:
        """Show in the metrics how far behind the slowest listener is, until cancelled."""
        while True:
            await asyncio.sleep(INTERVAL)
            known = self._cache.follower.known
            FEED_LAG.set(max((each.lag(known) for each in self._subscribers), default=0))
