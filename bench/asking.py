"""What it costs to ask the shared cache for an answer, and to keep one there, in CPU microseconds.

    .venv/bin/python -m bench.asking [--rounds 20] [--questions 2000] [--bytes 1400]

The cache is an embedded Valkey over its Unix socket. What is printed is this process's own and Valkey's, for a
key that has nothing, one that has an answer, and one that is written, so many of them at a moment: the median of
the rounds, and Valkey's, which Linux counts in hundredths of a second, over all of them.
"""

import argparse
import asyncio
import os
import statistics
import tempfile
import time
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path

import uvloop

from bench.processes import cpu_seconds_of
from db.embedded.valkey import valkey
from db.tail import Head
from graph.cache import follower as following
from graph.cache.envelope import Envelope
from graph.cache.follower import Follower
from graph.cache.keys import digest_of, written
from graph.cache.shared import SharedCache
from graph.cache.store import WRITES, Store
from graph.cache.tags import EVERY
from graph.cache.worth import Worth

PROGRAM = "valkey-server"
SECONDS = 3600.0
TOGETHER = (1, 4, 16)
WARM_UP = 2

Act = Callable[[Sequence[int]], Awaitable[None]]


class Asking:
    """Answers that are looked for and kept as the server does it, each by a number."""

    def __init__(self, cache: SharedCache, size: int) -> None:
        self._follower = Follower()
        self._store = Store("answer", cache, self._follower, SECONDS)
        self._worth = Worth()
        self._content = b"x" * size

    def follow(self) -> None:
        """Be as sure of the log as if it had just been read."""
        self._follower.apply(Head(1, (0, 0, 0), following.today()), ())

    async def ask(self, numbers: Sequence[int]) -> None:
        """Ask for some at a moment."""
        asked = [(digest, self._store.ask(digest)) for digest in map(digest_for, numbers)]
        for digest, told in asked:
            self._store.take(digest, await told, self._worth)

    async def keep(self, numbers: Sequence[int]) -> None:
        """Keep some, and wait until they are."""
        stamp = self._follower.stamp()
        if stamp is None:
            raise RuntimeError("the machine is too busy")
        for number in numbers:
            self._store.keep(digest_for(number), Envelope(self._content, stamp, EVERY, time.time()))
        await asyncio.gather(*self._store._writing)  # noqa: SLF001 - nobody else waits for them


def digest_for(number: int) -> bytes:
    """What stands for a question, made as each is."""
    return digest_of(b"schema", b"operation", written({"npi": str(number), "locations": 8}), b"PARTNER", b"")


async def cost(act: Act, numbers: Sequence[int], together: int) -> tuple[float, float]:
    """What doing something with each takes of this process's CPU, and of Valkey's, in microseconds."""
    began, others = time.process_time(), cpu_seconds_of(os.getpid(), PROGRAM)
    for place in range(0, len(numbers), together):
        await act(numbers[place : place + together])
    own = time.process_time() - began
    return own / len(numbers) * 1e6, (cpu_seconds_of(os.getpid(), PROGRAM) - others) / len(numbers) * 1e6


async def measure(url: str, rounds: int, questions: int, size: int) -> None:
    """Print what each costs."""
    cache = SharedCache.at(url)
    asking = Asking(cache, size)
    found: dict[tuple[str, int], list[tuple[float, float]]] = {}
    for number in range(WARM_UP + rounds):
        for together in TOGETHER:
            numbers = range(number * questions, (number + 1) * questions)
            acts = {"nothing there": asking.ask, "kept": asking.keep, "found": asking.ask}
            for name, act in acts.items():
                asking.follow()
                taken = await cost(act, numbers, min(together, WRITES))
                if number >= WARM_UP:
                    found.setdefault((name, together), []).append(taken)
            await cache.ask(lambda redis: redis.flushall())
    for (name, together), costs in sorted(found.items()):
        own = statistics.median(here for here, _ in costs)
        others = statistics.fmean(there for _, there in costs)
        print(f"{name}, {together} at a moment: {own:.1f} us here, {others:.1f} there, {own + others:.1f} in all")
    await cache.aclose()


def main() -> None:
    """Measure."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=20)
    parser.add_argument("--questions", type=int, default=2000)
    parser.add_argument("--bytes", type=int, default=1400)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, valkey(Path(folder), transient=True) as url:
        if url is None:
            raise SystemExit("There is no Valkey for this machine.")
        # Rounds take longer than the log is believed for.
        following.BOUND = 3600.0  # type: ignore[misc]
        uvloop.run(measure(url, given.rounds, given.questions, given.bytes))


if __name__ == "__main__":
    main()
