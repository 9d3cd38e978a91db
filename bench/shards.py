"""A simulation of more servers than one machine has, replicas and shards, from what one was measured to cost.

    .venv/bin/python -m bench.shards [--requests 40000] [--share 0.7]

Throughput is a sum on paper: what the busiest of the servers can bear. Times come from a simulation at a share of
that, in which requests queue for the CPUs of processes and database servers. All that is assumed is printed;
nothing here says what a real network, disk or planner would add.
"""

import argparse
import asyncio
import heapq
import math
import random
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from operator import itemgetter
from pathlib import Path

import asyncpg

from bench.queues import Clock, Station, percentile, varied
from bench.report import table
from db.embedded.postgresql import postgresql

# CPUs of each database server.
CPUS = 8
# Seconds to a server in another rack and back.
NETWORK = 0.0002
COUNTS = (1, 2, 4, 8)
PAGE = 20


@dataclass(frozen=True, slots=True)
class Cost:
    """What a question costs over the whole country, in microseconds of CPU.

    Of a process that serves; of PostgreSQL whatever the number of companies, and for those that it looks at: the
    second part is as many times smaller on a shard as there are shards. A page is asked of every shard in full.
    """

    process: float
    fixed: float
    growing: float = 0.0
    is_everywhere: bool = True


# docs/performance.md: "Serving" for 100,000 companies by process and PostgreSQL, "Growth" for what 1,900,000 add.
COSTS = {
    "point": Cost(102, 34, is_everywhere=False),
    "page 20": Cost(177, 362),
    "near 20": Cost(354, 322, 4_366),
    "search 20": Cost(596, 1_689, 41_000),
}
# How often each is asked; nothing is answered from what is kept.
MIX = {"point": 0.7, "page 20": 0.2, "near 20": 0.05, "search 20": 0.05}


@dataclass(frozen=True, slots=True)
class Layout:
    """So many database servers, each with all companies (replicas) or with a part of them (shards)."""

    kind: str
    count: int

    def asked(self, cost: Cost) -> int:
        """Return how many servers a question goes to."""
        return self.count if self.kind == "shards" and cost.is_everywhere else 1

    def database(self, cost: Cost) -> float:
        """Return the microseconds of a question at each server that it goes to."""
        return cost.fixed + cost.growing / self.asked(cost)

    def process(self, cost: Cost, merging: float) -> float:
        """Return the microseconds of a process, `merging` being those for each further server that it asks."""
        return cost.process + (self.asked(cost) - 1) * merging

    def capacity(self, merging: float) -> tuple[float, float]:
        """Return the requests a second that the database servers bear, and the processes that these keep busy."""
        database = sum(part * self.asked(COSTS[name]) * self.database(COSTS[name]) for name, part in MIX.items())
        process = sum(part * self.process(COSTS[name], merging) for name, part in MIX.items())
        most = self.count * CPUS / database * 1e6
        return most, most * process / 1e6


def simulate(layout: Layout, merging: float, share: float, requests: int, seed: int = 1) -> list[float]:
    """Return the seconds that requests took at a share of the most that the database servers bear."""
    chance = random.Random(seed)  # noqa: S311 - no secret
    most, busy = layout.capacity(merging)
    clock = Clock()
    servers = [Station(clock, CPUS) for _ in range(layout.count)]
    # Of one CPU each, as busy as the database servers.
    processes = [Station(clock, 1) for _ in range(math.ceil(busy))]
    times: list[float] = []
    moment = 0.0
    for _ in range(requests):
        moment += chance.expovariate(most * share)
        name = chance.choices(list(MIX), list(MIX.values()))[0]
        request = Request(clock, layout, COSTS[name], merging, chance, servers, chance.choice(processes), times)
        clock.at(moment, request.begin)
    clock.run()
    return times


@dataclass(slots=True)
class Request:
    """One request on its way: a process, the servers that it asks, the same process again."""

    clock: Clock
    layout: Layout
    cost: Cost
    merging: float
    chance: random.Random
    servers: Sequence[Station]
    process: Station
    times: list[float]
    began: float = 0.0
    open: int = 0

    def begin(self, now: float) -> None:
        """Read it, which is half of what a process does for it."""
        self.began = now
        self.process.serve(now, self._half(), self._ask)

    def _ask(self, now: float) -> None:
        self.open = self.layout.asked(self.cost)
        asked = self.servers if self.open == len(self.servers) else [self.chance.choice(self.servers)]
        for server in asked:
            seconds = varied(self.layout.database(self.cost) / 1e6, self.chance)
            self.clock.at(now + NETWORK / 2, partial(server.serve, seconds=seconds, then=self._answer))

    def _answer(self, now: float) -> None:
        self.clock.at(now + NETWORK / 2, self._hear)

    def _hear(self, now: float) -> None:
        self.open -= 1
        if not self.open:
            self.process.serve(now, self._half(), self._end)

    def _end(self, now: float) -> None:
        self.times.append(now - self.began)

    def _half(self) -> float:
        return varied(self.layout.process(self.cost, self.merging) / 2e6, self.chance)


async def cost_of_one_more(url: str, rounds: int = 400, most: int = 4) -> float:
    """Return the microseconds that a process takes for each further server: a statement, rows, merging."""
    statement = f"SELECT 'a' || number, repeat('x', 600) FROM generate_series(1, {PAGE + 1}) AS number"
    connections = [await asyncpg.connect(url) for _ in range(most)]
    taken = []
    for count in (1, most):
        began = time.process_time()
        for _ in range(rounds):
            lists = await asyncio.gather(*(each.fetch(statement) for each in connections[:count]))
            [*heapq.merge(*lists, key=itemgetter(0))][: PAGE + 1]
        taken.append((time.process_time() - began) / rounds)
    for each in connections:
        await each.close()
    return (taken[1] - taken[0]) / (most - 1) * 1e6


def layouts() -> Iterator[Layout]:
    """Yield one server, then more of each kind."""
    for kind in ("replicas", "shards"):
        for count in COUNTS:
            if count > 1 or kind == "replicas":
                yield Layout(kind, count)


def main() -> None:
    """Measure what can be, simulate the rest, and tell both."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--requests", type=int, default=40_000, help="of each simulation")
    parser.add_argument("--share", type=float, default=0.7, help="of the most that the database servers bear")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="ariesone-") as folder, postgresql(Path(folder)) as url:
        merging = asyncio.run(cost_of_one_more(url))
    print(*assumptions(merging, given.share), sep="\n")
    rows = []
    for layout in layouts():
        most, busy = layout.capacity(merging)
        times = simulate(layout, merging, given.share, given.requests)
        figures = (f"{percentile(times, part) * 1e3:,.1f}" for part in (0.5, 0.99))
        name = f"{layout.count} {layout.kind}" if layout.count > 1 else "1"
        rows.append([name, f"{most:,.0f}", f"{math.ceil(busy)}", *figures])
    head = ("database servers", "requests/s at most", "processes", f"p50 ms at {given.share:.0%}", "p99 ms")
    print(table(head, rows))


def assumptions(merging: float, share: float) -> Iterator[str]:
    """Yield what goes into the simulation, a sentence each."""
    asked = ", ".join(f"{part:.0%} {name}" for name, part in MIX.items())
    yield f"- Asked: {asked}, of 1,900,000 companies; no answer is kept. Costs are those of docs/performance.md."
    yield f"- A database server has {CPUS} CPUs, a process one; no disk is waited for."
    yield f"- The network takes {NETWORK * 1e3:g} ms there and back."
    yield f"- A process takes {merging:.0f} us for each further server that a page is merged from (measured now)."
    yield "- A shard makes a whole page for each page, and looks at its own part of the companies for a search."
    yield "- Times vary lognormally, with a standard deviation like their mean; requests come by chance (Poisson),"
    yield f"  {share:.0%} of the most that the database servers bear, and reach processes and replicas by chance."
    yield "- Nothing is written. A replica writes all that the primary does; the log of changes is one for all."


if __name__ == "__main__":
    main()
