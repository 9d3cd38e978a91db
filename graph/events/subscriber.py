"""Who listens to a subscription: it is answered for each event of its feed."""

import asyncio
from collections import deque
from collections.abc import AsyncGenerator
from contextlib import aclosing, suppress
from functools import partial
from typing import Final

from graphql import ExecutionResult

from db.failures import DatabaseUnavailableError
from db.reads import Reads
from graph.context import Context
from graph.events.listener import RETRY, Answer, Listener, Listening, Outcome, is_late, is_unreachable
from graph.execution.sources import Event, Feed

# Answers that are made at a time for one who has much to hear: what they look up is read together.
ABREAST: Final = 8


class Subscriber(Listener):
    """A subscription of one client to a feed."""

    ADVICE = "continue after this error's cursor"

    def __init__(self, listening: Listening, feed: Feed) -> None:
        super().__init__(listening)
        self.feed = feed
        self._taken = feed.cursor

    @property
    def cursor(self) -> str:
        """The cursor to continue after: all events up to it were read."""
        return self._taken

    def lag(self, newest: int) -> int:
        """How many changes there are after the last event that was read, up to the newest."""
        return max(newest - int(self.cursor), 0)

    async def told(self) -> AsyncGenerator[Answer | None]:
        """Yield the answer to each event, and None after a while without any."""
        under_way: deque[asyncio.Task[Answer]] = deque()
        try:
            async with aclosing(self.feed.events(self.listening.pause)) as events:
                async for event in events:
                    if event is None:
                        self._taken = self.feed.cursor
                        yield None
                        continue
                    under_way.append(asyncio.ensure_future(self.tell(event)))
                    while under_way and (len(under_way) == ABREAST or not event.has_next):
                        answer = await under_way.popleft()
                        yield answer
                        self._taken = answer.cursor or self._taken
        finally:
            for each in under_way:
                each.cancel()
            await asyncio.gather(*under_way, return_exceptions=True)

    async def tell(self, event: Event) -> Answer:
        """Return the answer to an event of the feed."""
        made = await self.answer(event.cursor, partial(self._run, event))
        return Answer(made.content, event.cursor, is_late(made.outcome.result))

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
