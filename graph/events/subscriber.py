"""Who listens to a subscription: it is answered for each event of its feed."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing, suppress
from functools import partial

from graphql import ExecutionResult

from db.failures import DatabaseUnavailableError
from db.reads import Reads
from graph.context import Context
from graph.events.listener import RETRY, Answer, Listener, Listening, Outcome, is_unreachable
from graph.execution.sources import Event, Feed


class Subscriber(Listener):
    """One who listens to a feed."""

    ADVICE = "go on after the cursor that stands here"

    def __init__(self, listening: Listening, feed: Feed) -> None:
        super().__init__(listening)
        self.feed = feed

    @property
    def cursor(self) -> str:
        """After which event to go on: all before it were taken."""
        return self.feed.cursor

    def lag(self, newest: int) -> int:
        """How far the log has gone on since what was told last, up to its last change."""
        return max(newest - int(self.cursor), 0)

    async def told(self) -> AsyncGenerator[Answer | None]:
        """Yield the answer to each event; None where there was none for a while."""
        async with aclosing(self.feed.events(self.listening.pause)) as events:
            async for event in events:
                yield None if event is None else await self.tell(event)

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
