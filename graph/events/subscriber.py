"""Who listens to a subscription: it is answered for each event of its feed."""

import asyncio
from collections import deque
from collections.abc import AsyncGenerator, Callable, Coroutine
from contextlib import aclosing, suppress
from functools import partial
from typing import Any, Final, Protocol, TypeVar

from graphql import ExecutionResult

from db.failures import DatabaseUnavailableError
from db.reads import Reads
from graph.context import Context
from graph.events.broadcast import Broadcast
from graph.events.listener import (
    RETRY,
    Answer,
    Answered,
    Listener,
    Listening,
    Outcome,
    is_late,
    is_unreachable,
)
from graph.execution.sources import Event, Feed

# Answers that are made at a time for one who has much to hear: what they look up is read together.
ABREAST: Final = 8

T = TypeVar("T")


class Taker(Protocol):
    """A client that is sent answers without waiting."""

    def __call__(self, answer: Answer) -> bool:
        """Send an answer; False if that can't be done at once."""


class Subscriber(Listener):
    """A subscription of one client to a feed.

    A `taker` is sent answers together with others that have the same (Broadcast) while it takes each at once. The
    rest is yielded.
    """

    ADVICE = "continue after this error's cursor"

    def __init__(self, listening: Listening, feed: Feed) -> None:
        super().__init__(listening)
        self.feed = feed
        self._taken = feed.cursor
        self.taker: Taker | None = None
        self._broadcast: Broadcast[Answered] | None = None
        self._released = asyncio.Event()
        self._is_waiting = False

    @property
    def cursor(self) -> str:
        """The cursor to continue after: all events up to it were read."""
        return self._taken

    @property
    def position(self) -> int:
        """The same as a number."""
        return int(self._taken)

    def lag(self, newest: int) -> int:
        """How many changes there are after the last event that was read, up to the newest."""
        return max(newest - self.position, 0)

    async def told(self) -> AsyncGenerator[Answer | None]:
        """Yield the answer to each event, and None after a while without any."""
        try:
            while True:
                async with aclosing(in_order(self.feed, self.tell)) as answers:
                    async for answer in answers:
                        yield answer
                        if answer is not None:
                            self._taken = answer.cursor or self._taken
                self._taken = self.feed.cursor
                while not await self.goes_on():
                    yield None
        finally:
            if self._broadcast is not None:
                self._broadcast.leave(self)

    async def tell(self, event: Event) -> Answer:
        """Return the answer to an event of the feed."""
        made = await self.answer(event.cursor, partial(self._run, event))
        return Answer(made.content, event.cursor, is_late(made.outcome.result))

    # As a member of a broadcast.

    async def goes_on(self) -> bool:
        """Whether there is more to read; waits for that for a while, unless it is sent what comes."""
        if self.taker is None or not self._is_member():
            return await self.feed.goes_on(self.listening.pause)
        if await self._is_released_soon():
            return True
        if self._broadcast is not None:
            # What it was sent nothing of isn't wanted.
            self._taken = str(max(self.position, self._broadcast.settled))
        return False

    async def _is_released_soon(self) -> bool:
        """Whether it has to go on by itself before the pause is over; until then it is sent what comes."""
        self._is_waiting = True
        try:
            async with asyncio.timeout(self.listening.pause):
                return await self._released.wait()
        except TimeoutError:
            return False
        finally:
            self._is_waiting = False

    def try_take(self, cursor: int, answer: Answered) -> bool:
        """Send the answer to an event, paid for, if both can be done at once.

        Not while what was yielded last is being sent: a sign of life with an older cursor would come behind it.
        """
        if self.taker is None or not self._is_waiting or (payment := self.try_pay()) is None:
            return False
        if not self.taker(Answer(answer.content, str(cursor))):
            self.give_back(payment)
            return False
        self._taken = str(cursor)
        self.settle(payment, answer)
        return True

    def release(self) -> None:
        """Continue from where it is."""
        self._broadcast = None
        self.feed.move_to(self._taken)
        self._released.set()

    def _is_member(self) -> bool:
        """Whether it is in a broadcast; joins one if it can."""
        if self._broadcast is None and self._key is not None and self.feed.key is not None:
            self._released.clear()
            key = (self._key, self.feed.key)
            self._broadcast = self.listening.making.broadcasts.try_join(key, self, self._alike)
        return self._broadcast is not None

    # As the source of one.

    def _alike(self) -> "Subscriber":
        """A subscription for all that have the same, from where this one is."""
        return Subscriber(self.listening, self.feed.copy())

    async def answered(self) -> AsyncGenerator[tuple[int, Answered | None]]:
        """Yield the cursor of each event there is by now, with the answer for all; None if it isn't the same."""
        async with aclosing(in_order(self.feed, self._tell_all)) as answers:
            async for each in answers:
                if each is not None:
                    yield each
        self._taken = self.feed.cursor

    async def _tell_all(self, event: Event) -> tuple[int, Answered | None]:
        return int(event.cursor), await self.answer_for_all(event.cursor, partial(self._run, event))

    async def _run(self, event: Event) -> Outcome:
        """Run the operation for an event, once the database can be reached; waiting for that takes no turn."""

        async def run(database: Reads) -> ExecutionResult:
            return await self.run(Context(database, event=event.root))

        while True:
            with suppress(DatabaseUnavailableError):
                result = await self.feed.answer(event, run)
                if not is_unreachable(result):
                    return Outcome(result)
            await asyncio.sleep(RETRY)


async def in_order(feed: Feed, work: Callable[[Event], Coroutine[Any, Any, T]]) -> AsyncGenerator[T | None]:
    """Yield what comes of each event that a feed has by now, some being worked on ahead; None as the feed does."""
    under_way: deque[asyncio.Task[T]] = deque()
    try:
        async with aclosing(feed.read()) as events:
            async for event in events:
                if event is None:
                    yield None
                    continue
                under_way.append(asyncio.ensure_future(work(event)))
                while under_way and (len(under_way) == ABREAST or not event.has_next):
                    yield await under_way.popleft()
    finally:
        for each in under_way:
            each.cancel()
        await asyncio.gather(*under_way, return_exceptions=True)
