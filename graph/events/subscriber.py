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
from graph.events.listener import RETRY, Answer, Listener, Listening, Outcome, is_unreachable
from graph.execution.sources import Event, Feed

# Answers that are made at a time for one who has much to hear: what they look up is read together.
ABREAST: Final = 8


class Subscriber(Listener):
    """One who listens to a feed."""

    ADVICE = "go on after the cursor that stands here"

    def __init__(self, listening: Listening, feed: Feed) -> None:
        super().__init__(listening)
        self.feed = feed
        self._taken = feed.cursor

    @property
    def cursor(self) -> str:
        """After which event to go on: all before it were taken."""
        return self._taken

    def lag(self, newest: int) -> int:
        """How far the log has gone on since what was told last, up to its last change."""
        return max(newest - int(self.cursor), 0)

    async def told(self) -> AsyncGenerator[Answer | None]:
        """Yield the answer to each event; None where there was none for a while."""
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
        return Answer(made.content, event.cursor)

    async def _run(self, event: Event) -> Outcome:
        """Run the operation for an event, once the database is there; whoever waits for that takes no turn."""

        async def run(database: Reads) -> ExecutionResult:
            return await self.run(Context(database, event=event.root))

        while True:
            with suppress(DatabaseUnavailableError):
                result = await self.feed.answer(event, run)
                if not is_unreachable(result):
                    return Outcome(result)
            await asyncio.sleep(RETRY)
