"""Looks at the stack of the event loop's thread whenever the process has used some more CPU."""

import asyncio
import signal
import sys
from collections import Counter
from types import CodeType, FrameType
from typing import Final

# Seconds of CPU from one look to the next; systems round up to their tick, of 1 to 10 ms.
INTERVAL: Final = 0.001

# What is running, the innermost first: code alone, without the values that it works on.
Stack = tuple[CodeType, ...]


class Sampler:
    """Counts how often each stack is seen, between `start` and `stop`.

    The system sends a signal (SIGPROF) after each interval of CPU, and Python runs its handler in the main thread,
    between two instructions: nothing is slower in between, and an idle process isn't looked at.
    """

    def __init__(self) -> None:
        self.seen: Counter[Stack] = Counter()

    def start(self) -> None:
        """Begin; raises ValueError in another thread than the main one."""
        signal.signal(signal.SIGPROF, self._look)
        signal.setitimer(signal.ITIMER_PROF, INTERVAL, INTERVAL)

    def stop(self) -> None:
        """End. A handler stays: a last signal that is on its way would end the process without one."""
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, ignore)

    def _look(self, _: int, frame: FrameType | None) -> None:
        self.seen[stack_of(frame)] += 1


def ignore(_number: int, _frame: FrameType | None) -> None:
    """Do nothing."""


def stack_of(frame: FrameType | None) -> Stack:
    """Return what a frame runs, and what called it."""
    found = []
    while frame is not None:
        found.append(frame.f_code)
        frame = frame.f_back
    return tuple(found)


async def depth_of_loop() -> int:
    """Return how many functions deep the event loop runs, which itself is in C: what it calls comes below."""
    depth: asyncio.Future[int] = asyncio.get_running_loop().create_future()

    def look() -> None:
        depth.set_result(len(stack_of(sys._getframe().f_back)))  # noqa: SLF001 - the one way to one's own frame

    asyncio.get_running_loop().call_soon(look)
    return await depth
