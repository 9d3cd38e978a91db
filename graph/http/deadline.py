"""A time by which something must have come about: else something is done."""

import asyncio
import math
from collections.abc import Callable


class Deadline:
    """One time at a time on an event loop.

    Nearly all are lifted long before they pass, so one's timer is left to the next: setting one and taking it back
    takes longer than noting a time.
    """

    __slots__ = ("_act", "_due", "_loop", "_seconds", "_set_for", "_timer")

    def __init__(self, loop: asyncio.AbstractEventLoop, act: Callable[[], object]) -> None:
        self._loop = loop
        self._act = act
        self._seconds = 0.0
        # On the loop's clock; None while nothing is waited for.
        self._due: float | None = None
        self._timer: asyncio.TimerHandle | None = None
        # When that one looks whether the time has passed.
        self._set_for = math.inf

    @property
    def has_begun(self) -> bool:
        """Whether something is waited for."""
        return self._due is not None

    def begin(self, seconds: float) -> None:
        """Act after so many seconds, unless it is lifted by then; one that has begun stands."""
        if self._due is None:
            self._seconds = seconds
            self._due = self._loop.time() + seconds
            if self._due < self._set_for:
                self._set_timer(self._due)

    def renew(self) -> None:
        """Act as many seconds from now on as it had from its beginning, unless it has been lifted."""
        if self._due is not None:
            self._due = self._loop.time() + self._seconds

    def lift(self) -> None:
        """Do nothing then."""
        self._due = None

    def end(self) -> None:
        """Do nothing then, and let go of whoever would have acted."""
        self._due = None
        self._drop_timer()

    def _set_timer(self, due: float) -> None:
        self._drop_timer()
        self._set_for = due
        self._timer = self._loop.call_at(due, self._look)

    def _drop_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer, self._set_for = None, math.inf

    def _look(self) -> None:
        looked_for, due = self._set_for, self._due
        self._timer, self._set_for = None, math.inf
        if due is None:
            return
        if looked_for < due:
            self._set_timer(due)
        else:
            self._due = None
            self._act()
