"""Watches the event loop of a running process for some seconds: by its stacks, or call by call."""

import asyncio
import marshal
import pstats
import sys
import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from cProfile import Profile as CallCounter
from pathlib import Path
from typing import Final, Literal, get_args

from graph.errors import ServiceUnavailableError
from graph.telemetry.profiles import Box, Line, Profile, lines_of
from graph.telemetry.speedscope import write_speedscope
from graph.telemetry.stacks import Sampler, Stack, depth_of_loop

Kind = Literal["sampling", "calls"]
KINDS: Final[tuple[Kind, ...]] = get_args(Kind)


class Profiler:
    """What watches one process: one profile at a time, and nothing while there is none."""

    def __init__(self) -> None:
        self._ends_at: float | None = None

    async def watch(self, kind: Kind, seconds: float) -> Profile:
        """Return where the CPU time of the event loop that calls this went in the next seconds.

        Raises ServiceUnavailableError while it is watched already, or can't be.
        """
        if kind == "sampling" and threading.current_thread() is not threading.main_thread():
            message = "Stacks can be looked at in a process's main thread alone; `kind=calls` works in others too."
            raise ServiceUnavailableError(message, 60)
        with self._alone(seconds):
            return await (take_samples(seconds) if kind == "sampling" else count_calls(seconds))

    @contextmanager
    def _alone(self, seconds: float) -> Iterator[None]:
        now = time.monotonic()
        if self._ends_at is not None:
            left = max(1, round(self._ends_at - now))
            raise ServiceUnavailableError(f"This process is being profiled; retry after {left} s.", left)
        if is_watched():
            raise ServiceUnavailableError("This process runs under another profiler (`serve --profile`).", 60)
        self._ends_at = now + seconds
        try:
            yield
        finally:
            self._ends_at = None


def is_watched() -> bool:
    """Return whether any profiler of calls is at work in this process already; two would disturb each other."""
    if sys.version_info >= (3, 12):
        return sys.monitoring.get_tool(sys.monitoring.PROFILER_ID) is not None
    return sys.getprofile() is not None


async def take_samples(seconds: float) -> Profile:
    """Return a profile of stacks, which costs nearly nothing while it is taken."""
    depth = await depth_of_loop()
    sampler = Sampler()
    cpu, began = time.process_time(), time.perf_counter()
    sampler.start()
    try:
        await asyncio.sleep(seconds)
    finally:
        sampler.stop()
    watched, used = time.perf_counter() - began, time.process_time() - cpu
    each = used / max(sampler.seen.total(), 1)
    # From what the event loop calls to what is innermost.
    stacks = [(stack[::-1][depth:], count * each) for stack, count in sampler.seen.items()]
    boxes = boxes_of(stacks)
    return Profile("sampling", watched, used, lines_of(boxes), boxes, write_speedscope(boxes))


def boxes_of(stacks: Iterable[tuple[Stack, float]]) -> list[Box]:
    """Return the outermost functions of stacks, each with its seconds, as boxes of what is in them."""
    below: dict[object, list[tuple[Stack, float]]] = {}
    for stack, seconds in stacks:
        if stack:
            below.setdefault(stack[0], []).append((stack, seconds))
    boxes = []
    for each in below.values():
        code = each[0][0][0]
        inside = boxes_of((stack[1:], seconds) for stack, seconds in each)
        place = place_of(code.co_filename, code.co_firstlineno)
        boxes.append(Box(code.co_qualname, place, sum(seconds for _, seconds in each), inside))
    return sorted(boxes, key=lambda box: -box.seconds)


async def count_calls(seconds: float) -> Profile:
    """Return a profile of every call in this thread, which makes each of them slower."""
    counter = CallCounter()
    cpu, began = time.process_time(), time.perf_counter()
    counter.enable()
    try:
        await asyncio.sleep(seconds)
    finally:
        counter.disable()
    watched, used = time.perf_counter() - began, time.process_time() - cpu
    stats = vars(pstats.Stats(counter))["stats"]
    lines = [
        Line(name, place_of(file, number), calls, own, total)
        for (file, number, name), (_, calls, own, total, _) in stats.items()
    ]
    lines.sort(key=lambda line: -line.own_seconds)
    return Profile("calls", watched, used, lines, export=marshal.dumps(stats))


def place_of(file: str, number: int) -> str:
    """Return a file by its path below the nearest folder that modules are found in, and a line; "" for C."""
    if not file.startswith("/"):
        # cProfile has "~" for what is written in C.
        return "" if file == "~" else file
    below = [file.removeprefix(f"{folder}/") for folder in sys.path if folder and file.startswith(f"{folder}/")]
    return f"{min(below, key=len, default=Path(file).name)}:{number}"
