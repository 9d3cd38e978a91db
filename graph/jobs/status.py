"""The status of jobs, for health checks, whichever processes do them."""

from typing import Final

from db import jobs
from db.engine import Database
from db.jobs import Status

# Seconds for which a job may wait while no process does any, before somebody should find out why.
PATIENCE: Final = 60.0


async def check(database: Database) -> str:
    """The outcome of a check of jobs."""
    return outcome_of(await jobs.status(database))


def outcome_of(status: Status) -> str:
    """The outcome of a check: a warning if jobs wait and no process does any."""
    told = f"{status.running:,} under way, {status.waiting:,} waiting"
    if status.running or status.seconds <= PATIENCE:
        return f"pass: {told}"
    return f"warn: {told}, the first for {status.seconds:,.0f} s (no process does them)"
