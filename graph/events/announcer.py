"""Begins what is told of a subscription, whatever carries it."""

import asyncio
from typing import Final

from graphql import ExecutionResult

from db.engine import Database
from graph.cache.follower import Follower
from graph.cache.joint import Joint
from graph.cache.reading import Reading
from graph.context import Context
from graph.events.audience import Audience
from graph.events.listener import Answered, Listener, Making
from graph.execution.listen import listen
from graph.execution.run import Prepared, Runner
from graph.http.exchange import Exchange
from graph.http.reply import Whole
from graph.http.request import GraphQLRequest
from graph.http.results import write_result

# Answers to events that are made at a time: requests have their own places (graph/http/overload.py).
TURNS: Final = 8

# In what a browser says after which event it goes on.
LAST_EVENT_ID: Final = b"last-event-id"


class Announcer:
    """Begins to tell listeners; `pause` is the seconds after which one is told that there is nothing to tell."""

    def __init__(self, runner: Runner, log: Follower, audience: Audience, pause: float) -> None:
        self.runner = runner
        self.audience = audience
        self._log = Reading(log)
        self._making: Joint[Answered | None] = Joint()
        self._pause = pause
        self._turns = asyncio.Semaphore(TURNS)

    async def subscribe(
        self, exchange: Exchange, database: Database, asked: GraphQLRequest, prepared: Prepared
    ) -> Whole | Listener:
        """Begin to listen: return the answers that come, or the only one, where it can't be listened to."""
        came_to = exchange.headers.get(LAST_EVENT_ID)
        after = came_to.decode("latin-1") if came_to else None
        feed = await listen(prepared, Context(database, log=self._log), after)
        if isinstance(feed, ExecutionResult):
            return write_result(self.runner, exchange, asked, prepared, feed)
        making = Making(self._turns, self._making)
        return Listener(self.runner, database, exchange, asked, prepared, feed, making=making, pause=self._pause)
