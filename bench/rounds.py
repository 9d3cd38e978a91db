"""The measuring: all servers are up and warm, and take turns in an order that rotates from round to round."""

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import partial
from itertools import product
from operator import sub
from pathlib import Path

from bench import processes, wrk
from bench.answers import Requests, check_alike, keys_of, requests
from bench.servers import Running, Server, ServerError, running, slug
from bench.warmup import WarmUp, warm
from bench.workloads import FRESH, Workload

# The shared cache that a server has embedded, as its process is called.
_CACHE = "valkey-server"


@dataclass(frozen=True, slots=True)
class Contestant:
    """A server over a database, and what it is asked."""

    server: Server
    database_url: str
    npis: Sequence[str]
    workloads: Sequence[Workload]


@dataclass(frozen=True, slots=True)
class Plan:
    """How long to warm and to measure, and where files of a run are put."""

    rounds: int
    seconds: float
    warm_up: float
    longest_warm_up: float
    folder: Path
    postmaster: int | None


@dataclass(frozen=True, slots=True)
class Sample:
    """What one server did with one workload: CPU in microseconds a request, latencies in milliseconds.

    `cache_cpu` is that of the shared cache which it has embedded.
    """

    server: str
    workload: str
    requests: int
    cpu: float
    database_cpu: float | None
    per_second: float
    p50: float
    p99: float
    memory_mb: float
    cache_cpu: float = 0.0

    @property
    def total(self) -> float:
        """Return the CPU of all."""
        return self.cpu + self.cache_cpu + (self.database_cpu or 0.0)


@dataclass(frozen=True, slots=True)
class Entrant:
    """A contestant that is up, with its requests by workload."""

    name: str
    up: Running
    asked: dict[str, Requests]


@contextmanager
def start_all(contestants: Sequence[Contestant], plan: Plan) -> Iterator[list[Entrant]]:
    """Start all contestants and yield them; raises ServerError unless all answer alike."""
    with ExitStack() as stack:
        found = []
        for contestant in contestants:
            print(f"Asking {contestant.server.name}.", flush=True)
            up = stack.enter_context(running(contestant.server, contestant.database_url, plan.folder))
            found.append(Entrant(contestant.server.name, up, _requests(up, contestant, plan.folder)))
        _check_alike(contestants, found)
        yield found


def _requests(up: Running, contestant: Contestant, folder: Path) -> dict[str, Requests]:
    needs_every = not set(FRESH.values()).isdisjoint(contestant.workloads)
    keys = keys_of(up, contestant.npis, needs_every=needs_every)
    name = slug(contestant.server.name)
    return {
        workload.name: requests(up, workload, keys, folder / f"{name}.{slug(workload.name)}.jsonl")
        for workload in contestant.workloads
    }


def _check_alike(contestants: Sequence[Contestant], found: Sequence[Entrant]) -> None:
    """Compare those that answer, over the same directory."""
    first = contestants[0].database_url
    check_alike(
        {
            entrant.name: {workload: each.answers for workload, each in entrant.asked.items()}
            for contestant, entrant in zip(contestants, found, strict=True)
            if contestant.server.answers and contestant.database_url == first
        }
    )


def warm_all(found: Sequence[Entrant], plan: Plan) -> Iterator[WarmUp]:
    """Warm one after the other, and yield how each was."""
    for entrant in found:
        asks = [partial(_total, entrant, workload, plan) for workload in entrant.asked]
        yield warm(entrant.name, asks, plan.longest_warm_up)


def measure(found: Sequence[Entrant], plan: Plan) -> Iterator[Sample]:
    """Yield a sample for each round, workload and entrant; raises ServerError for a bad answer.

    Those that are compared are measured one behind the other: an hour's drift of the machine is in none of them.
    """
    workloads = list(dict.fromkeys(workload for entrant in found for workload in entrant.asked))
    for number, workload in product(range(plan.rounds), workloads):
        start = number % len(found)
        for entrant in (*found[start:], *found[:start]):
            if workload in entrant.asked:
                # It has waited for its turn: connections and caches of the processor are cold again.
                wrk.put(entrant.up, entrant.asked[workload], plan.warm_up)
                yield _sample(entrant, workload, plan, plan.seconds)


def _total(entrant: Entrant, workload: str, plan: Plan) -> float:
    return _sample(entrant, workload, plan, plan.warm_up).total


def _sample(entrant: Entrant, workload: str, plan: Plan, seconds: float) -> Sample:
    up = entrant.up
    before = _seconds(up, plan)
    load = wrk.put(up, entrant.asked[workload], seconds)
    own, cache, database = map(sub, _seconds(up, plan), before)
    if load.refused or load.broken or load.wrong:
        counts = f"{load.refused} refused, {load.broken} broken, {load.wrong} with errors or too short"
        raise ServerError(f"{entrant.name}, {workload}: of {load.requests} answers {counts}.")
    return Sample(
        server=entrant.name,
        workload=workload,
        requests=load.requests,
        cpu=own / load.requests * 1e6,
        database_cpu=None if plan.postmaster is None else database / load.requests * 1e6,
        per_second=load.requests / load.seconds,
        p50=load.p50,
        p99=load.p99,
        memory_mb=processes.memory_mb(up.pid),
        cache_cpu=cache / load.requests * 1e6,
    )


def _seconds(up: Running, plan: Plan) -> tuple[float, float, float]:
    """Return the seconds of CPU used so far by a server, its shared cache, and PostgreSQL."""
    cache = processes.cpu_seconds_of(up.pid, _CACHE)
    database = 0.0 if plan.postmaster is None else processes.cpu_seconds(plan.postmaster)
    return processes.cpu_seconds(up.pid) - cache, cache, database
