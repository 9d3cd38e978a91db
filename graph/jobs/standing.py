"""How jobs stand, for health checks, whichever processes do them."""

from typing import Final

from db import jobs
from db.engine import Database
from db.jobs import Standing

# Seconds for which a job may wait while nobody works at any, before somebody should look why.
PATIENCE: Final = 60.0


async def check(database: Database) -> str:
    """The outcome of a look at jobs."""
    return outcome_of(await jobs.standing(database))


def outcome_of(standing: Standing) -> str:
    """The outcome of a check: a warning where jobs wait and nobody works at any."""
    told = f"{standing.running:,} under way, {standing.waiting:,} waiting"
    if standing.running or standing.seconds <= PATIENCE:
        return f"pass: {told}"
    return f"warn: {told}, the first for {standing.seconds:,.0f} s (no process does them)"
