"""How long operations may run: one timer for all of them, since all may run for as long."""

import asyncio
from typing import Any


class Run:
    """One operation under way in the task that began it."""

    __slots__ = ("_cancelling", "_task", "due", "has_left", "is_cancelled", "is_over")

    def __init__(self, task: asyncio.Task[Any], due: float) -> None:
        self._task = task
        # What others have asked of the task before is not for this run to take back.
        self._cancelling = task.cancelling()
        self.due = due
        self.is_over = False
        self.is_cancelled = False
        # Whether it was cancelled since nobody waits for it any more.
        self.has_left = False

    def abandon(self) -> None:
        """Cancel it, since its client left."""
        if not (self.is_over or self.is_cancelled):
            self.has_left = True
            self.cancel()

    def cancel(self) -> None:
        """Cancel it, and all that it waits for."""
        self.is_cancelled = True
        self._task.cancel()

    def takes_back_cancellation(self) -> bool:
        """Take back the cancellation of the task, if this run made it; return whether nobody else did, too."""
        return self.is_cancelled and self._task.uncancel() <= self._cancelling


class Deadlines:
    """Cancels what runs for longer than `seconds`."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        # In the order in which they are due.
        self._running: dict[Run, None] = {}
        self._timer: asyncio.TimerHandle | None = None

    def begin(self) -> Run:
        """Begin a run in the current task."""
        task = asyncio.current_task()
        if task is None:
            raise RuntimeError("an operation runs in a task")
        loop = task.get_loop()
        run = Run(task, loop.time() + self._seconds)
        self._running[run] = None
        if self._timer is None:
            self._timer = loop.call_at(run.due, self._end_overdue, loop)
        return run

    def end(self, run: Run) -> None:
        """Note that a run is over."""
        run.is_over = True
        self._running.pop(run, None)

    def _end_overdue(self, loop: asyncio.AbstractEventLoop) -> None:
        now = loop.time()
        self._timer = None
        for run in list(self._running):
            if run.due > now:
                self._timer = loop.call_at(run.due, self._end_overdue, loop)
                break
            del self._running[run]
            if not run.is_cancelled:
                run.cancel()
