"""What a run found, on which machine, with which versions."""

import json
import os
import platform
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

from bench.rounds import Plan, Sample
from bench.warmup import WarmUp

_OWN = ("ariesone", "strawberry-graphql", "graphql-core", "asyncpg", "uvicorn")


@dataclass(frozen=True, slots=True)
class Results:
    """Everything that a run found."""

    date: str
    machine: Mapping[str, str | int]
    versions: Mapping[str, str]
    companies: int
    rounds: int
    seconds: float
    warm_up: float
    first_sight_ms: float
    warm_ups: Sequence[WarmUp]
    samples: Sequence[Sample]

    def best(self) -> dict[tuple[str, str], Sample]:
        """Return the round in which each server used the least CPU for each workload: noise only ever adds."""
        found: dict[tuple[str, str], Sample] = {}
        for sample in self.samples:
            key = sample.server, sample.workload
            if key not in found or sample.total < found[key].total:
                found[key] = sample
        return found

    def write(self, path: Path) -> None:
        """Write it as JSON."""
        path.write_text(json.dumps(asdict(self), indent=1) + "\n")


def results(
    warm_ups: Sequence[WarmUp],
    samples: Sequence[Sample],
    plan: Plan,
    companies: int,
    peers: Mapping[str, str],
    first_sight_ms: float,
) -> Results:
    """Return what was found with today's date, this machine, and the versions of all."""
    return Results(
        date=datetime.now(UTC).date().isoformat(),
        machine={"processor": _processor(), "cores": os.cpu_count() or 0, "system": platform.system()},
        versions={"python": platform.python_version(), **{name: version(name) for name in _OWN}, **peers},
        companies=companies,
        rounds=plan.rounds,
        seconds=plan.seconds,
        warm_up=plan.warm_up,
        first_sight_ms=first_sight_ms,
        warm_ups=warm_ups,
        samples=samples,
    )


def _processor() -> str:
    lines = Path("/proc/cpuinfo").read_text().splitlines()
    return next((line.partition(": ")[2] for line in lines if line.startswith("model name")), platform.machine())
