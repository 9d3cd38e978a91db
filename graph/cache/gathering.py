"""Keys that are looked for at one moment are one message to the shared cache, whoever looks for them."""

import asyncio
from collections.abc import Sequence
from typing import Final

from graph.cache.shared import SharedCache

# Keys of one message; more are another one.
MAX_KEYS: Final = 64

# A key, and who waits for what it has.
Wish = tuple[str, asyncio.Future[object]]


class Gathering:
    """Gathers keys until the event loop has run all that is ready; nothing is remembered after that."""

    def __init__(self, cache: SharedCache) -> None:
        self._cache = cache
        # By the server that has the key: each is asked for its own.
        self._open: dict[object, list[Wish]] = {}
        self._asking: set[asyncio.Task[None]] = set()

    def get(self, name: str) -> asyncio.Future[object]:
        """What a key has; None where it has nothing, or the cache fails."""
        loop = asyncio.get_running_loop()
        if not self._open:
            loop.call_soon(self._ask_all)
        future: asyncio.Future[object] = loop.create_future()
        self._open.setdefault(self._cache.owner_of(name), []).append((name, future))
        return future

    def _ask_all(self) -> None:
        gathered, self._open = self._open, {}
        for wishes in gathered.values():
            for start in range(0, len(wishes), MAX_KEYS):
                task = asyncio.ensure_future(self._ask(wishes[start : start + MAX_KEYS]))
                self._asking.add(task)
                task.add_done_callback(self._asking.discard)

    async def _ask(self, wishes: Sequence[Wish]) -> None:
        names = [name for name, _ in wishes]
        found = None
        try:
            found = await self._cache.get(names)
        finally:
            for (_, future), value in zip(wishes, found or [None] * len(wishes), strict=True):
                # Who was cancelled isn't told.
                if not future.done():
                    future.set_result(value)
