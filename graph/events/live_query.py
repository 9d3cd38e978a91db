"""A live query, which is answered again whenever something changes that its answer depends on."""

import asyncio
import time
from collections.abc import AsyncGenerator
from contextlib import aclosing
from functools import partial
from typing import Final, TypeVar

from db.engine import Database
from graph.cache import answers
from graph.cache.cache import Cache
from graph.cache.follower import Stamp
from graph.cache.live import CrowdedError, versions
from graph.cache.watch import Watch
from graph.context import Context
from graph.errors import BadUserInputError, ServiceUnavailableError
from graph.events.audience import LATER
from graph.events.listener import RETRY, Answer, Listener, Listening, Outcome, is_unreachable

UNKNOWN: Final = "Changes of this answer can't be detected, as with asOf: ask without @live."

T = TypeVar("T")


class OverError(Exception):
    """An answer that is nothing but errors: it is the last one."""

    def __init__(self, content: bytes) -> None:
        super().__init__("over")
        self.content = content


class LiveQuery(Listener):
    """A live query of one client; its cursor is the ETag of the answer that the client has."""

    ADVICE = "send the query again"

    def __init__(self, listening: Listening, database: Database, cache: Cache, has: str) -> None:
        super().__init__(listening)
        self._database = database
        self._cache = cache
        self._has = has

    @property
    def cursor(self) -> str:
        """The ETag of the last answer that was taken; empty where there was none."""
        return self._has

    async def told(self) -> AsyncGenerator[Answer | None]:
        """Yield the answer, and each later one that differs; None after a while without any."""
        found = versions(self._cache.live, self._read, self._has)
        try:
            async with aclosing(with_pauses(found, self.listening.pause)) as each_version:
                async for answer in each_version:
                    yield None if answer is None else Answer(answer.content, answer.etag)
                    self._has = self._has if answer is None else answer.etag
        except OverError as error:
            yield Answer(error.content)
        except CrowdedError:
            raise ServiceUnavailableError("This server has no room for more live queries.", LATER) from None

    async def _read(self) -> answers.Answer:
        """The answer as it is now; raises OverError if it has no data.

        Raises BadUserInputError if changes of it can't be detected.
        """
        stamp = await self._stamp()
        content, (result, read_at, tags) = await self.answer(stamp, partial(self._run, stamp))
        if result.data is None:
            raise OverError(content)
        if tags is None or read_at is None:
            raise BadUserInputError(UNKNOWN)
        return answers.Answer(content, None, 0, read_at, tags, time.time())

    async def _run(self, stamp: Stamp) -> Outcome:
        """Run the operation once the database can be reached; waiting for that takes no turn."""
        while True:
            watch = Watch()
            result = await self.run(Context(self._database, watch=watch))
            if not is_unreachable(result):
                return Outcome(result, stamp, watch.tags)
            await asyncio.sleep(RETRY)

    async def _stamp(self) -> Stamp:
        """The stamp of what is read from now on, once the log can be read."""
        follower = self._cache.follower
        while (stamp := follower.stamp()) is None:
            if not await follower.look_again():
                await asyncio.sleep(RETRY)
        return stamp


async def with_pauses(found: AsyncGenerator[T], pause: float) -> AsyncGenerator[T | None]:
    """Yield what an endless generator yields, and None whenever it yields nothing for so many seconds."""
    async with aclosing(found):
        following = asyncio.ensure_future(anext(found))
        try:
            while True:
                done, _ = await asyncio.wait({following}, timeout=pause)
                if not done:
                    yield None
                    continue
                yield following.result()
                following = asyncio.ensure_future(anext(found))
        finally:
            following.cancel()
            await asyncio.wait({following})
