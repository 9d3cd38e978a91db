"""The measuring: every server in turn, in an order that rotates from round to round."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from bench import processes, wrk
from bench.answers import Requests, check_alike, keys_of, requests
from bench.servers import Running, Server, ServerError, running
from bench.workloads import Workload


@dataclass(frozen=True, slots=True)
class Contestant:
    """A server over a database, by the name that results give it, and what it is asked."""

    name: str
    server: Server
    database_url: str
    npis: Sequence[str]
    workloads: Sequence[Workload]


@dataclass(frozen=True, slots=True)
class Plan:
    """How long to measure, and where files of a run are put."""

    rounds: int
    seconds: float
    warm_up: float
    folder: Path
    postmaster: int | None


@dataclass(frozen=True, slots=True)
class Sample:
    """What one server did with one workload: CPU in microseconds a request, latencies in milliseconds."""

    server: str
    workload: str
    requests: int
    cpu: float
    database_cpu: float | None
    per_second: float
    p50: float
    p99: float
    memory_mb: float

    @property
    def total(self) -> float:
        """Return the CPU of both."""
        return self.cpu + (self.database_cpu or 0.0)


Prepared = dict[tuple[str, str], Requests]


def prepared(contestants: Sequence[Contestant], plan: Plan) -> Prepared:
    """Return the requests of each contestant for each workload; raises ServerError unless all answer alike."""
    found: Prepared = {}
    for contestant in contestants:
        print(f"Asking {contestant.name}.", flush=True)
        with running(contestant.server, contestant.database_url, plan.folder) as up:
            keys = keys_of(up, contestant.npis)
            for workload in contestant.workloads:
                # Named by the contestant: one server may be there twice, with other requests.
                path = plan.folder / f"{contestant.name} {workload.name}.jsonl"
                found[contestant.name, workload.name] = requests(up, workload, keys, path)
    same = [
        each for each in contestants if each.server.answers and each.database_url == contestants[0].database_url
    ]
    check_alike({each.name: {w.name: found[each.name, w.name].answers for w in each.workloads} for each in same})
    return found


def measured(contestants: Sequence[Contestant], asked: Prepared, plan: Plan) -> Iterator[Sample]:
    """Yield a sample for each round, contestant and workload; raises ServerError for a bad answer."""
    for number in range(plan.rounds):
        start = number % len(contestants)
        for contestant in (*contestants[start:], *contestants[:start]):
            with running(contestant.server, contestant.database_url, plan.folder) as up:
                for workload in contestant.workloads:
                    own = asked[contestant.name, workload.name]
                    wrk.put(up, own, plan.warm_up)
                    yield _sample(contestant.name, workload.name, up, own, plan)


def _sample(name: str, workload: str, up: Running, asked: Requests, plan: Plan) -> Sample:
    own, database = processes.cpu_seconds(up.pid), _database_seconds(plan)
    load = wrk.put(up, asked, plan.seconds)
    own = processes.cpu_seconds(up.pid) - own
    database = _database_seconds(plan) - database
    if load.refused or load.broken or load.wrong:
        counts = f"{load.refused} refused, {load.broken} broken, {load.wrong} with errors or too short"
        raise ServerError(f"{name}, {workload}: of {load.requests} answers {counts}.")
    return Sample(
        server=name,
        workload=workload,
        requests=load.requests,
        cpu=own / load.requests * 1e6,
        database_cpu=None if plan.postmaster is None else database / load.requests * 1e6,
        per_second=load.requests / load.seconds,
        p50=load.p50,
        p99=load.p99,
        memory_mb=processes.memory_mb(up.pid),
    )


def _database_seconds(plan: Plan) -> float:
    return 0.0 if plan.postmaster is None else processes.cpu_seconds(plan.postmaster)
