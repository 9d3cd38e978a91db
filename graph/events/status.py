"""The status of the delivery to RabbitMQ, for metrics and health checks, whichever process does it."""

from typing import Final

from db import deliveries
from db.deliveries import MOST_COUNTED, Status
from db.engine import Database
from graph.condition import Condition, degraded, healthy
from graph.events.deliverer import AMQP
from graph.telemetry.metrics import DELIVERY, DELIVERY_LAG, DELIVERY_LOOKED

# Seconds for which a change may wait before somebody should find out why.
PATIENCE: Final = 60.0


async def look(database: Database) -> None:
    """Show the status of the delivery in the metrics."""
    show(await deliveries.status(database, AMQP))


def show(status: Status) -> None:
    """Show the status of the delivery in the metrics."""
    DELIVERY["pending"].set(status.pending)
    DELIVERY["delivered"].set(status.delivered)
    DELIVERY["unroutable"].set(status.unroutable)
    DELIVERY["dead"].set(status.dead_letters)
    DELIVERY_LAG.set(status.waiting)
    DELIVERY_LOOKED.set_to_current_time()


async def check(database: Database) -> Condition:
    """How it stands with the delivery."""
    return condition_of(await deliveries.status(database, AMQP))


def condition_of(status: Status) -> Condition:
    """How it stands with the delivery: degraded if it doesn't get on, or has set something aside."""
    is_well = status.problem is None and status.waiting <= PATIENCE and not status.dead_letters
    return (healthy if is_well else degraded)(words_of_status(status))


def words_of_status(status: Status) -> str:
    """How many changes wait, for how long if that is too long, and why, and how many events were set aside."""
    told, reason = words_of_pending(status), status.problem
    if status.waiting > PATIENCE:
        told += f", the first for {status.waiting:,.0f} s"
        reason = reason or (None if status.is_held else "nobody delivers them")
    told += f" ({reason})" if reason else ""
    if status.dead_letters:
        told += f"; {status.dead_letters:,} set aside, see `ariesone events list`"
    return told


def words_of_pending(status: Status) -> str:
    """How many changes wait."""
    if not status.pending:
        return "no change waits"
    more = " or more" if status.pending == MOST_COUNTED else ""
    return f"{status.pending:,}{more} {'change waits' if status.pending == 1 else 'changes wait'}"
