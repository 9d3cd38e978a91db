"""Waits until something touches what an answer depends on, so that whoever shows it can be shown the next one.

Who waits isn't asked again and again: each look at the log wakes those that its changes concern, together.
"""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Collection
from dataclasses import dataclass
from typing import Final

from graph.cache.answers import Answer
from graph.cache.follower import INTERVAL, Follower, Stamp
from graph.cache.tags import Tags

# Those who wait in one process at a time.
MOST: Final = 10_000


class CrowdedError(Exception):
    """As many wait already as may."""


@dataclass(frozen=True, slots=True, eq=False)
class _Waiter:
    stamp: Stamp
    tags: Tags
    changed: asyncio.Future[None]


class Live:
    """Those who wait, by the tags that they wait for; while there are none the follower tells nobody anything."""

    def __init__(self, follower: Follower) -> None:
        self._follower = follower
        self._waiting: set[_Waiter] = set()
        self._by_tag: dict[str, set[_Waiter]] = {}

    async def changed(self, stamp: Stamp, tags: Tags) -> None:
        """Wait until what was read at a stamp and depends on these tags may be different; raises CrowdedError."""
        if self._follower.has_changed(stamp, tags):
            return
        if len(self._waiting) >= MOST:
            raise CrowdedError
        waiter = _Waiter(stamp, tags, asyncio.get_running_loop().create_future())
        self._add(waiter)
        try:
            await waiter.changed
        finally:
            self._remove(waiter)

    def _add(self, waiter: _Waiter) -> None:
        self._waiting.add(waiter)
        for tag in waiter.tags:
            self._by_tag.setdefault(tag, set()).add(waiter)
        self._follower.listener = self._tell

    def _remove(self, waiter: _Waiter) -> None:
        self._waiting.discard(waiter)
        for tag in waiter.tags:
            others = self._by_tag[tag]
            others.discard(waiter)
            if not others:
                del self._by_tag[tag]
        if not self._waiting:
            self._follower.listener = None

    def _tell(self, touched: Collection[str] | None) -> None:
        """Wake those whom touched tags concern; None stands for any."""
        concerned = self._waiting
        if touched is not None:
            concerned = set().union(*(self._by_tag.get(tag, ()) for tag in touched))
        for waiter in concerned:
            # What was committed here may have been seen before it was found in the log.
            if not waiter.changed.done() and self._follower.has_changed(waiter.stamp, waiter.tags):
                waiter.changed.set_result(None)


async def versions(
    live: Live, read: Callable[[], Awaitable[Answer]], given: str = ""
) -> AsyncGenerator[Answer, None]:
    """The answer that `read` makes, and each later one that differs, at most one in INTERVAL seconds.

    `given` is the ETag of the one that is known already. Raises what `read` raises, and CrowdedError.
    """
    loop = asyncio.get_running_loop()
    while True:
        due = loop.time() + INTERVAL
        answer = await read()
        if answer.etag != given:
            given = answer.etag
            yield answer
        await live.changed(answer.stamp, answer.tags)
        await asyncio.sleep(due - loop.time())
