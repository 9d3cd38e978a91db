"""A time by which something must have come about: else something is done."""

import asyncio
from collections.abc import Callable


class Deadline:
    """One timer at a time on an event loop."""

    __slots__ = ("_act", "_loop", "_seconds", "timer")

    def __init__(self, loop: asyncio.AbstractEventLoop, act: Callable[[], object]) -> None:
        self._loop = loop
        self._act = act
        self._seconds = 0.0
        # None while nothing is waited for.
        self.timer: asyncio.TimerHandle | None = None

    def begin(self, seconds: float) -> None:
        """Act after so many seconds, unless it is lifted by then; one that has begun stands."""
        if self.timer is None:
            self._seconds = seconds
            self.timer = self._loop.call_later(seconds, self._pass)

    def renew(self) -> None:
        """Act as many seconds from now on as it had from its beginning, unless it has been lifted."""
        if self.timer is not None:
            self.timer.cancel()
            self.timer = self._loop.call_later(self._seconds, self._pass)

    def lift(self) -> None:
        """Do nothing then."""
        if self.timer is not None:
            self.timer.cancel()
            self.timer = None

    def _pass(self) -> None:
        self.timer = None
        self._act()
