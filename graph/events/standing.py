"""How the delivery to RabbitMQ stands, for metrics and for health checks, in whichever process it is done."""

import asyncio
import logging
from typing import Final, NoReturn

from db import deliveries
from db.deliveries import MOST_COUNTED, Standing
from db.engine import Database
from db.failures import words_of
from graph.events.deliverer import AMQP
from graph.telemetry.metrics import DELIVERY, DELIVERY_LAG, DELIVERY_LOOKED

# Seconds between two looks.
INTERVAL: Final = 5.0
# Seconds for which a change may wait before somebody should look why.
PATIENCE: Final = 60.0

log = logging.getLogger("ariesone.events")


async def watch(database: Database) -> NoReturn:
    """Have the metrics say how the delivery stands, until cancelled."""
    while True:
        try:
            show(await deliveries.standing(database, AMQP))
        except Exception as error:  # noqa: BLE001 - whatever it is, the next look must come
            log.debug("the status of the delivery can't be read: %s", words_of(error))
        await asyncio.sleep(INTERVAL)


def show(standing: Standing) -> None:
    """Have the metrics say how the delivery stands."""
    DELIVERY["pending"].set(standing.pending)
    DELIVERY["delivered"].set(standing.delivered)
    DELIVERY["unroutable"].set(standing.unroutable)
    DELIVERY["dead"].set(standing.dead_letters)
    DELIVERY_LAG.set(standing.waiting)
    DELIVERY_LOOKED.set_to_current_time()


async def check(database: Database) -> str:
    """The outcome of a look at the delivery."""
    return outcome_of(await deliveries.standing(database, AMQP))


def outcome_of(standing: Standing) -> str:
    """The outcome of a check: pass or warn, and what there is to know."""
    is_well = standing.waiting <= PATIENCE and not standing.dead_letters
    return f"{'pass' if is_well else 'warn'}: {words_of_standing(standing)}"


def words_of_standing(standing: Standing) -> str:
    """How many changes wait, and where it is too long since when and why; how many events were set aside."""
    told = words_of_pending(standing)
    if standing.waiting > PATIENCE:
        told += f", the first for {standing.waiting:,.0f} s"
        reason = standing.problem or (None if standing.is_held else "nobody delivers them")
        told += f" ({reason})" if reason else ""
    if standing.dead_letters:
        told += f"; {standing.dead_letters:,} set aside, see `ariesone events list`"
    return told


def words_of_pending(standing: Standing) -> str:
    """How many changes wait."""
    if not standing.pending:
        return "no change waits"
    more = " or more" if standing.pending == MOST_COUNTED else ""
    return f"{standing.pending:,}{more} {'change waits' if standing.pending == 1 else 'changes wait'}"
