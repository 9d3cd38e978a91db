"""One hit in so many is asked of the database once more: what was kept must be what the database says."""

import asyncio
import logging
from typing import Final

from graph.cache.answers import Answer
from graph.cache.follower import Follower
from graph.telemetry.metrics import CACHE_AUDITED, CACHE_STALE

# An answer that says this may differ without a change: it comes from the planner's statistics.
_GUESSED: Final = b'"ESTIMATED"'
# Tags that one line of the log has.
_TOLD: Final = 10

log = logging.getLogger("ariesone.cache")


class Audit:
    """Chooses one hit in `every` (0 chooses none), and judges what was kept by what was read now."""

    def __init__(self, follower: Follower, every: int) -> None:
        self._follower = follower
        self._every = every
        self._hits = 0
        self._judging: set[asyncio.Task[None]] = set()

    def is_due(self) -> bool:
        """Whether this hit is to be asked again."""
        self._hits += 1
        return self._every > 0 and self._hits % self._every == 0

    def compare(self, kept: Answer, content: bytes) -> None:
        """Tell where what was kept isn't what the database says, unless a change since then explains it."""
        CACHE_AUDITED.inc()
        if content == kept.content or _GUESSED in content:
            return
        task = asyncio.ensure_future(self._judge(kept))
        self._judging.add(task)
        task.add_done_callback(self._judging.discard)

    async def _judge(self, kept: Answer) -> None:
        # What was committed before the database was asked is in the log by now.
        if not await self._follower.look_again() or not self._follower.holds(kept.stamp, kept.tags):
            return
        CACHE_STALE.inc()
        log.error(
            "a kept answer was wrong: operation %s, read at change %d, depends on %s",
            kept.operation and kept.operation.name,
            kept.stamp.cursor,
            ", ".join(sorted(kept.tags)[:_TOLD]),
        )
