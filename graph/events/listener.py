"""Who listens: what it asks for is run again and again, each time paid for and reported like an operation."""

import asyncio
from abc import ABC, abstractmethod
from collections.abc import AsyncGenerator, Awaitable, Callable, Hashable
from contextlib import aclosing
from functools import partial
from typing import ClassVar, Final, NamedTuple

from graphql import ExecutionResult

from db.failures import DatabaseUnavailableError
from graph.cache.follower import Stamp
from graph.cache.keys import written
from graph.cache.single_flight import SingleFlight
from graph.cache.tags import Tags
from graph.context import Context
from graph.errors import LaggedError, ServiceUnavailableError, ThrottledError
from graph.execution.listen import values_below
from graph.execution.run import Prepared, Runner
from graph.execution.tree import fields_in
from graph.http.account import Charge
from graph.http.exchange import Exchange
from graph.http.refusal import write_refusal
from graph.http.request import GraphQLRequest
from graph.http.results import write_result
from graph.telemetry.metrics import EVENTS

# Seconds between two attempts to answer while the database is away.
RETRY: Final = 1.0


class Answer(NamedTuple):
    """One answer as JSON, and the cursor to go on after it; None where nothing comes after it."""

    content: bytes
    cursor: str | None = None


class Outcome(NamedTuple):
    """What an operation came to; of a live one when it was read, and what it depends on, where anybody knows."""

    result: ExecutionResult
    stamp: Stamp | None = None
    tags: Tags | None = None


class Answered(NamedTuple):
    """An outcome, and the answer that was written from it."""

    content: bytes
    outcome: Outcome


class Making(NamedTuple):
    """What the listeners of a process share: the turns that answers wait for, and those that are under way."""

    turns: asyncio.Semaphore
    under_way: SingleFlight[Answered | None]


class Listening(NamedTuple):
    """What somebody asks to be told of, and what answers it.

    `pause` is the seconds after which they are told that there is nothing to tell.
    """

    runner: Runner
    exchange: Exchange
    asked: GraphQLRequest
    prepared: Prepared
    making: Making
    pause: float


class Listener(ABC):
    """One who listens, and the answers to its operation, made one after the other as they are taken."""

    # What whoever reads too slowly may do.
    ADVICE: ClassVar[str]

    def __init__(self, listening: Listening) -> None:
        self.listening = listening
        # What of an operation tells its answers from those of others; None where they are its own.
        self._key = key_of(listening.asked, listening.prepared)
        # Answers that are made at a time are paid for in turn.
        self._paying = asyncio.Lock()

    @property
    @abstractmethod
    def cursor(self) -> str:
        """After what to go on: all before it was taken."""

    @abstractmethod
    def told(self) -> AsyncGenerator[Answer | None]:
        """Yield each answer; None where there was none for a while."""

    async def answers(self) -> AsyncGenerator[Answer | None]:
        """Yield each answer, and at last why there are no more; None where there was none for a while."""
        try:
            async with aclosing(self.told()) as told:
                async for each in told:
                    yield each
        except Exception as error:  # noqa: BLE001 - whatever it is, the listener is told and the log has it
            yield Answer(self.refuse(error))

    def refuse(self, error: Exception) -> bytes:
        """Return what is told in place of further answers."""
        return write_refusal(error, self.listening.exchange).content

    def lagged(self) -> LaggedError:
        """Return what is told to who doesn't read as fast as there is something to tell."""
        return LaggedError(f"You read too slowly; {self.ADVICE}.", self.cursor)

    async def answer(self, moment: Hashable, run: Callable[[], Awaitable[Outcome]]) -> Answered:
        """Return the answer of a moment, paid for, and made together with all who ask the same of it."""
        runner, _, _, prepared, making, _ = self.listening
        charge = await self._pay()
        made = None
        if self._key is not None:
            made = await making.under_way.do((moment, *self._key), partial(self._make_for_all, run))
        made = made or self._write(await run())
        result = made.outcome.result
        if charge is not None and result.data is not None and charge.matters:
            charge.settle(runner.actual(prepared, result))
        EVENTS.inc()
        return made

    async def run(self, context: Context) -> ExecutionResult:
        """Run the operation once it is its turn; what it is told in ends it."""
        runner, prepared, making = self.listening.runner, self.listening.prepared, self.listening.making
        async with making.turns:
            return await runner.run(prepared, context)

    async def _make_for_all(self, run: Callable[[], Awaitable[Outcome]]) -> Answered | None:
        """The answer for all who ask the same; None where it has errors, which have ids."""
        outcome = await run()
        return None if outcome.result.errors else self._write(outcome)

    def _write(self, outcome: Outcome) -> Answered:
        runner, exchange, asked, prepared, _, _ = self.listening
        return Answered(write_result(runner, exchange, asked, prepared, outcome.result).content, outcome)

    async def _pay(self) -> Charge | None:
        """Reserve what an answer may cost; a listener whose bucket is empty waits until it isn't."""
        account, prepared = self.listening.exchange.account, self.listening.prepared
        if account is None:
            return None
        account.turn_to(prepared.work)
        async with self._paying:
            while True:
                try:
                    return await account.reserve(prepared.cost, 0)
                except ThrottledError as error:
                    await asyncio.sleep(error.retry_after)


def key_of(asked: GraphQLRequest, prepared: Prepared) -> tuple[Hashable, ...] | None:
    """Return what answers of a moment depend on besides it; None where each listener has its own.

    So it is where they say what they cost, where something is the viewer's alone, and where something is refused.
    """
    operation = prepared.operation
    is_private = any(each.fact.is_private for each in fields_in(operation.root))
    if asked.extensions or is_private or prepared.refused:
        return None
    values = values_below(prepared) if operation.is_subscription else prepared.values
    return (operation, written(values), prepared.viewer.roles, prepared.viewer.is_anonymous)


def is_unreachable(result: ExecutionResult) -> bool:
    """Return whether some of an answer is missing since the database is away."""
    causes = (error.original_error for error in result.errors or ())
    return any(isinstance(cause, DatabaseUnavailableError | ServiceUnavailableError) for cause in causes)
