"""A listener: an operation that is run again and again, each time paid for and reported like any other."""

import asyncio
from abc import ABC, abstractmethod
from collections.abc import AsyncGenerator, Awaitable, Callable, Hashable
from contextlib import aclosing
from functools import partial
from typing import ClassVar, Final, NamedTuple

from graphql import ExecutionResult

from db.failures import DatabaseUnavailableError, StatementTimeoutError
from graph.cache.follower import Stamp
from graph.cache.keys import written
from graph.cache.single_flight import SingleFlight
from graph.cache.tags import Tags
from graph.context import Context
from graph.errors import LaggedError, OperationTimeoutError, ServiceUnavailableError, ThrottledError
from graph.events.broadcast import Broadcasts
from graph.execution.listen import values_below
from graph.execution.run import Prepared, Runner
from graph.execution.tree import fields_in
from graph.http.account import Charge
from graph.http.exchange import Exchange
from graph.http.refusal import write_refusal
from graph.http.request import GraphQLRequest
from graph.http.results import write_result
from graph.telemetry.metrics import EVENTS

# Seconds between two attempts to answer while the database can't be reached.
RETRY: Final = 1.0


class Answer(NamedTuple):
    """One answer as JSON, and the cursor to continue after it; None if it is the last one.

    If it `is_late`, a part of it is missing because it took too long.
    """

    content: bytes
    cursor: str | None = None
    is_late: bool = False


class Outcome(NamedTuple):
    """The result of an operation; of a live query also when it was read and what it depends on, if known."""

    result: ExecutionResult
    stamp: Stamp | None = None
    tags: Tags | None = None


class Answered(NamedTuple):
    """An outcome, and the answer that was written from it."""

    content: bytes
    outcome: Outcome


class Payment(NamedTuple):
    """What was reserved for an answer; None if nobody pays."""

    charge: Charge | None


class Making(NamedTuple):
    """What the listeners of a process share: the turns that answers wait for, those under way, and broadcasts."""

    turns: asyncio.Semaphore
    under_way: SingleFlight[Answered | None]
    broadcasts: Broadcasts[Answered]


class Listening(NamedTuple):
    """What a client listens to, and what answers it.

    `pause` is the seconds without an answer after which it is sent a sign of life.
    """

    runner: Runner
    exchange: Exchange
    asked: GraphQLRequest
    prepared: Prepared
    making: Making
    pause: float


class Listener(ABC):
    """The answers to one operation of a client, made one after the other as the client reads them."""

    # What a client that reads too slowly should do.
    ADVICE: ClassVar[str]

    def __init__(self, listening: Listening) -> None:
        self.listening = listening
        # What distinguishes its answers from those of other listeners; None if it shares none.
        self._key = key_of(listening.asked, listening.prepared)
        # Answers that are made at the same time are paid for one after the other.
        self._paying = asyncio.Lock()

    @property
    @abstractmethod
    def cursor(self) -> str:
        """The cursor to continue after: everything up to it was read."""

    @abstractmethod
    def told(self) -> AsyncGenerator[Answer | None]:
        """Yield each answer, and None after a while without any."""

    async def answers(self) -> AsyncGenerator[Answer | None]:
        """Yield each answer, None after a while without any, and in the end why there are no more."""
        try:
            async with aclosing(self.told()) as told:
                async for each in told:
                    yield each
        except Exception as error:  # noqa: BLE001 - whatever it is, the client gets it and the log has it
            yield Answer(self.refuse(error))

    def refuse(self, error: Exception) -> bytes:
        """Return what is sent in place of further answers."""
        return write_refusal(error, self.listening.exchange).content

    def lagged(self) -> LaggedError:
        """Return the error for a client that reads more slowly than answers come."""
        return LaggedError(f"You read too slowly; {self.ADVICE}.", self.cursor)

    async def answer(self, moment: Hashable, run: Callable[[], Awaitable[Outcome]]) -> Answered:
        """Return the answer of a moment, paid for, and made once for all listeners that ask for the same."""
        payment = await self._pay()
        made = await self.answer_for_all(moment, run) or self._write(await run())
        self.settle(payment, made)
        return made

    async def answer_for_all(self, moment: Hashable, run: Callable[[], Awaitable[Outcome]]) -> Answered | None:
        """Return the answer for all listeners that ask for the same; None if there is no such one."""
        if self._key is None:
            return None
        return await self.listening.making.under_way.do((moment, *self._key), partial(self._make_for_all, run))

    def try_pay(self) -> Payment | None:
        """Reserve what an answer may cost; None if that has to be waited for."""
        account, prepared = self.listening.exchange.account, self.listening.prepared
        if account is None:
            return Payment(None)
        account.turn_to(prepared.work)
        charge = None if self._paying.locked() else account.try_reserve(prepared.cost)
        return None if charge is None else Payment(charge)

    def settle(self, payment: Payment, made: Answered) -> None:
        """Count an answer, and give back what it didn't cost."""
        runner, prepared, result = self.listening.runner, self.listening.prepared, made.outcome.result
        charge = payment.charge
        if charge is not None and result.data is not None and charge.matters:
            charge.settle(runner.actual(prepared, result))
        EVENTS.inc()

    def give_back(self, payment: Payment) -> None:
        """Give back what was reserved for an answer that wasn't sent."""
        if payment.charge is not None:
            payment.charge.settle(0)

    async def run(self, context: Context) -> ExecutionResult:
        """Run the operation once it is its turn; it is cancelled with the task that it runs in."""
        runner, prepared, making = self.listening.runner, self.listening.prepared, self.listening.making
        async with making.turns:
            return await runner.run(prepared, context)

    async def _make_for_all(self, run: Callable[[], Awaitable[Outcome]]) -> Answered | None:
        """The answer for all who ask for the same; None if it has errors, since these have ids."""
        outcome = await run()
        return None if outcome.result.errors else self._write(outcome)

    def _write(self, outcome: Outcome) -> Answered:
        runner, exchange, asked, prepared, _, _ = self.listening
        return Answered(write_result(runner, exchange, asked, prepared, outcome.result).content, outcome)

    async def _pay(self) -> Payment:
        """Reserve what an answer may cost; while the bucket is empty, the listener waits."""
        if (paid := self.try_pay()) is not None:
            return paid
        account, prepared = self.listening.exchange.account, self.listening.prepared
        async with self._paying:
            while account is not None:
                try:
                    return Payment(await account.reserve(prepared.cost, 0))
                except ThrottledError as error:
                    await asyncio.sleep(error.retry_after)
        return Payment(None)


def key_of(asked: GraphQLRequest, prepared: Prepared) -> tuple[Hashable, ...] | None:
    """Return what answers depend on besides the moment; None if each listener has its own.

    It has its own if the answers show their cost, contain anything private, or lack a refused field.
    """
    operation = prepared.operation
    is_private = any(each.fact.is_private for each in fields_in(operation.root))
    if asked.extensions or is_private or prepared.refused:
        return None
    values = values_below(prepared) if operation.is_subscription else prepared.values
    return (operation, written(values), prepared.viewer.roles, prepared.viewer.is_anonymous)


def is_unreachable(result: ExecutionResult) -> bool:
    """Return whether a part of an answer is missing because the database can't be reached."""
    return has_failed_with(result, DatabaseUnavailableError, ServiceUnavailableError)


def is_late(result: ExecutionResult) -> bool:
    """Return whether a part of an answer is missing because it took too long."""
    return has_failed_with(result, OperationTimeoutError, StatementTimeoutError)


def has_failed_with(result: ExecutionResult, *kinds: type[Exception]) -> bool:
    """Return whether an answer has an error of one of these kinds."""
    return any(isinstance(error.original_error, kinds) for error in result.errors or ())
