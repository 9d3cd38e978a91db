"""Who listens to a subscription: each event is run, paid for and reported like an operation."""

import asyncio
from collections.abc import AsyncGenerator, Callable, Hashable
from contextlib import aclosing
from functools import partial
from typing import Final, NamedTuple

from graphql import ExecutionResult

from db.engine import Database
from db.failures import DatabaseUnavailableError
from graph.cache.joint import Joint
from graph.cache.keys import written
from graph.context import Context
from graph.errors import LaggedError, ServiceUnavailableError, ThrottledError
from graph.execution.listen import values_below
from graph.execution.run import Prepared, Runner
from graph.execution.sources import Event, Feed
from graph.execution.tree import fields_in
from graph.http.account import Charge
from graph.http.exchange import Exchange
from graph.http.refusal import write_refusal
from graph.http.request import GraphQLRequest
from graph.http.results import write_result
from graph.telemetry.metrics import EVENTS

# Seconds between two attempts to answer an event while the database is away.
RETRY: Final = 1.0


class Answer(NamedTuple):
    """One answer as JSON, and the cursor to go on after it; None where nothing comes after it."""

    content: bytes
    cursor: str | None = None


class Answered(NamedTuple):
    """An answer without errors, and the result that it was written from."""

    content: bytes
    result: ExecutionResult


class Making(NamedTuple):
    """What the listeners of a process share: the turns that answers wait for, and those that are under way."""

    turns: asyncio.Semaphore
    under_way: Joint[Answered | None]


class Listener:
    """One who listens, and the answers to its subscription, made one after the other as they are taken.

    `pause` is the seconds after which it is told that there is nothing to tell.
    """

    def __init__(
        self,
        runner: Runner,
        database: Database,
        exchange: Exchange,
        asked: GraphQLRequest,
        prepared: Prepared,
        feed: Feed,
        *,
        making: Making,
        pause: float,
    ) -> None:
        self._runner = runner
        self._database = database
        self._exchange = exchange
        self._asked = asked
        self._prepared = prepared
        self._feed = feed
        self._making = making
        # What of a subscription tells its answers from those of others; None where they are its own.
        self._key = key_of(asked, prepared)
        self._pause = pause

    @property
    def cursor(self) -> str:
        """After what to go on: all before it was taken."""
        return self._feed.cursor

    async def answers(self) -> AsyncGenerator[Answer | None]:
        """Yield the answer to each event; None where there was none for a while."""
        try:
            async with aclosing(self._feed.events(self._pause)) as events:
                async for event in events:
                    yield None if event is None else await self._answer(event)
        except Exception as error:  # noqa: BLE001 - whatever it is, the listener is told and the log has it
            yield Answer(self.refuse(error))

    def refuse(self, error: Exception) -> bytes:
        """Return what is told in place of further answers."""
        return write_refusal(error, self._exchange).content

    def lagged(self) -> LaggedError:
        """Return what is told to who doesn't read as fast as events come."""
        return LaggedError("You read too slowly; go on after the cursor that stands here.", self.cursor)

    async def _answer(self, event: Event) -> Answer:
        charge = await self._pay()
        made = None
        if self._key is not None:
            key = (event.cursor, *self._key)
            made = await self._making.under_way.do(key, partial(self._make, event))
        if made is None:
            made = await self._make_own(event)
        if charge is not None and made.result.data is not None and charge.matters:
            charge.settle(self._runner.actual(self._prepared, made.result))
        EVENTS.inc()
        return Answer(made.content, event.cursor)

    async def _make(self, event: Event) -> Answered | None:
        """The answer to an event, for all who ask the same of it; None where it has errors, which have ids."""
        async with self._making.turns:
            result = await self._run(event)
        return None if result.errors else self._write(result)

    async def _make_own(self, event: Event) -> Answered:
        async with self._making.turns:
            result = await self._run(event)
        return self._write(result)

    def _write(self, result: ExecutionResult) -> Answered:
        reply = write_result(self._runner, self._exchange, self._asked, self._prepared, result)
        return Answered(reply.content, result)

    async def _run(self, event: Event) -> ExecutionResult:
        """Run the operation for an event, once the database is there."""
        while True:
            context = Context(self._database, event=event.root)
            result = await self._runner.run(self._prepared, context, _ignore)
            if not is_unreachable(result):
                return result
            await asyncio.sleep(RETRY)

    async def _pay(self) -> Charge | None:
        """Reserve what an answer may cost; a listener whose bucket is empty waits until it isn't."""
        account = self._exchange.account
        if account is None:
            return None
        account.turn_to(self._prepared.work)
        while True:
            try:
                return await account.reserve(self._prepared.cost, 0)
            except ThrottledError as error:
                await asyncio.sleep(error.retry_after)


def key_of(asked: GraphQLRequest, prepared: Prepared) -> tuple[Hashable, ...] | None:
    """Return what answers to an event depend on besides it; None where each listener has its own.

    So it is where they say what they cost, where something is the viewer's alone, and where something is refused.
    """
    operation = prepared.operation
    is_private = any(each.fact.is_private for each in fields_in(operation.root))
    if asked.extensions or is_private or prepared.refused:
        return None
    return (operation, written(values_below(prepared)), prepared.viewer.roles)


def is_unreachable(result: ExecutionResult) -> bool:
    """Return whether some of an answer is missing since the database is away."""
    causes = (error.original_error for error in result.errors or ())
    return any(isinstance(cause, DatabaseUnavailableError | ServiceUnavailableError) for cause in causes)


def _ignore(_: Callable[[], None]) -> None:
    """Leave it to the listener's own task to end."""
