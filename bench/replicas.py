"""What replicas cost an operation: the choice of one, and each statement, in CPU microseconds of this process.

    .venv/bin/python -m bench.replicas [--number 200000] [--rounds 9]

Nothing is sent: the databases answer at once, so that only what is done here is measured. The quickest round
counts.
"""

import argparse
import asyncio
import time
import timeit
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any, cast

from db.engine import Database
from db.replica import Replica, Sight
from db.tail import Head
from graph.cache.follower import Follower, Stamp, today
from graph.cache.replicas import Replicas
from graph.cache.standing import Mark, Standing
from graph.execution.document import Operation
from graph.http.exchange import Exchange
from graph.http.origin import origin_of

HEAD = Head(10, (1, 1, 0), today())


class Answering:
    """A database that has no rows, and says so at once."""

    async def read(self, *_: object) -> list[Any]:
        """No rows."""
        return []


def replicas_of(count: int) -> Replicas:
    """So many replicas, all of which have everything for the next hours."""
    follower = Follower()
    follower.apply(HEAD, ())
    found = Replicas(follower)
    named = [SimpleNamespace(name=f"replica{number}:5432", database=Answering()) for number in range(count)]
    found.standings = [Standing(cast("Replica", each), 0.0) for each in named]
    mark = Mark(time.monotonic() + 10_000, Stamp(HEAD.cursor, HEAD.epoch, HEAD.day))
    for each in found.standings:
        each.note(Sight(HEAD, is_replica=True, cluster=1), [mark], 1, time.monotonic())
    return found


def microseconds(what: Callable[[], object], number: int, rounds: int) -> float:
    """The CPU that a call takes, without that of calling nothing."""
    nothing, call = (
        min(timeit.repeat(each, timer=time.process_time, number=number, repeat=rounds))
        for each in (lambda: None, what)
    )
    return (call - nothing) / number * 1e6


async def of_statements(reads: Any, number: int, rounds: int) -> float:  # noqa: ANN401 - whatever reads
    """The CPU that a statement takes."""
    best = float("inf")
    for _ in range(rounds):
        began = time.process_time()
        for _ in range(number):
            await reads.read(None)
        best = min(best, time.process_time() - began)
    return best / number * 1e6


def measure(number: int, rounds: int) -> None:
    """Measure without replicas, and with two."""
    primary, operation = cast("Database", Answering()), cast("Operation", SimpleNamespace(may_lag=True))
    for count in (0, 2):
        replicas = replicas_of(count)
        flight = SimpleNamespace(audited=None, stamp=replicas._follower.stamp())  # noqa: SLF001 - as requests get it
        exchange = cast("Exchange", SimpleNamespace(flight=flight, headers={b"host": b"api.example"}))
        took = microseconds(lambda: origin_of(replicas, exchange, operation, primary), number, rounds)  # noqa: B023 - called at once
        print(f"with {count} replicas an operation: {took:.2f} us")
        origin = origin_of(replicas, exchange, operation, primary)
        print(f"with {count} replicas a statement: {asyncio.run(of_statements(origin, number, rounds)):.2f} us")


def main() -> None:
    """Measure."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--number", type=int, default=200_000)
    parser.add_argument("--rounds", type=int, default=9)
    given = parser.parse_args()
    measure(given.number, given.rounds)


if __name__ == "__main__":
    main()
