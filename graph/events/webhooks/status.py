"""The status of webhooks, for metrics and health checks, whichever processes send to them."""

from typing import Final

from db import webhook_sending
from db.engine import Database
from db.webhook_sending import Status
from graph.condition import Condition, degraded, healthy
from graph.events.webhooks.holds import PROBLEMS
from graph.events.webhooks.retries import MANY
from graph.telemetry.metrics import WEBHOOK_LAG, WEBHOOK_WAITING, WEBHOOKS

# Seconds for which a change may wait before somebody should find out why.
PATIENCE: Final = 60.0


async def look(database: Database) -> None:
    """Show the status of webhooks in the metrics."""
    show(await webhook_sending.status(database, MANY, PROBLEMS))


async def check(database: Database) -> Condition:
    """How it stands with webhooks."""
    return condition_of(await webhook_sending.status(database, MANY, PROBLEMS))


def condition_of(status: Status) -> Condition:
    """How it stands with webhooks: degraded if something has waited to be sent for long."""
    told = f"{status.enabled + status.slowed + status.held:,} enabled"
    if status.slowed:
        told += f", of which {status.slowed:,} accept nothing at the moment"
    if status.held:
        told += f"; this server holds {status.held:,} back, see `ariesone webhooks list`"
    if status.lag <= PATIENCE:
        return healthy(told)
    return degraded(f"{told}; something has waited to be sent for {status.lag:,.0f} s")


def show(status: Status) -> None:
    """Show the status of webhooks in the metrics."""
    WEBHOOKS["enabled"].set(status.enabled)
    WEBHOOKS["slowed"].set(status.slowed)
    WEBHOOKS["held"].set(status.held)
    WEBHOOKS["disabled"].set(status.disabled)
    WEBHOOK_LAG.set(status.lag)
    WEBHOOK_WAITING.set(status.waiting)
