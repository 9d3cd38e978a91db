"""The status of jobs, for metrics and health checks, whichever processes do them."""

from collections.abc import Mapping
from typing import Final

from db import jobs
from db.engine import Database
from db.jobs import Status
from graph.condition import Condition, degraded, healthy
from graph.jobs.kinds import KINDS
from graph.telemetry.metrics import JOBS_WAIT, show_jobs

# Seconds for which a job may wait while no process does any, before somebody should find out why.
PATIENCE: Final = 60.0


async def look(database: Database) -> None:
    """Show the status of jobs in the metrics."""
    show(await jobs.status(database))


def show(statuses: Mapping[str, Status]) -> None:
    """Show the status of the jobs of each kind in the metrics."""
    for kind in KINDS:
        status = statuses.get(kind, Status())
        show_jobs(kind, status.running, status.waiting)
    JOBS_WAIT.set(of_all(statuses).seconds)


async def check(database: Database) -> Condition:
    """How it stands with jobs."""
    return condition_of(of_all(await jobs.status(database)))


def of_all(statuses: Mapping[str, Status]) -> Status:
    """The status of the jobs of all kinds together."""
    found = statuses.values()
    longest = max((each.seconds for each in found), default=0.0)
    return Status(sum(each.running for each in found), sum(each.waiting for each in found), longest)


def condition_of(status: Status) -> Condition:
    """How it stands with jobs: degraded if some wait and no process does any."""
    told = f"{status.running:,} under way, {status.waiting:,} waiting"
    if status.running or status.seconds <= PATIENCE:
        return healthy(told)
    return degraded(f"{told}, the first for {status.seconds:,.0f} s (no process does them)")
