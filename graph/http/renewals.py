"""Answers whose time is over, made anew in the background while they are still given: each once at a time."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Final

from graph.cache.answers import Sent

# Answers that one process makes anew at a time: whoever asks for another one next has it begun then.
MOST: Final = 8


class Renewals:
    """Those that are under way, by what they answer."""

    def __init__(self) -> None:
        self._tasks: dict[Sent, asyncio.Task[None]] = {}

    def begin(self, sent: Sent, renew: Callable[[], Awaitable[None]]) -> None:
        """Have an answer made anew, unless it already is."""
        if sent not in self._tasks and len(self._tasks) < MOST:
            self._tasks[sent] = asyncio.create_task(self._run(sent, renew))

    async def end(self) -> None:
        """Cut off those that are under way, and return when they are: the database closes behind them."""
        tasks = list(self._tasks.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _run(self, sent: Sent, renew: Callable[[], Awaitable[None]]) -> None:
        # Whoever asks for it once it can no longer be given is told what is wrong.
        try:
            with suppress(Exception):
                await renew()
        finally:
            del self._tasks[sent]
