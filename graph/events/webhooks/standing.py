"""How webhooks stand, for metrics, in whichever process they are sent to."""

import asyncio
import logging
from typing import Final, NoReturn

from db import webhook_sending
from db.engine import Database
from db.failures import words_of
from db.webhook_sending import Standing
from graph.events.webhooks.retries import MANY
from graph.telemetry.metrics import WEBHOOK_LAG, WEBHOOK_WAITING, WEBHOOKS

# Seconds between two looks.
INTERVAL: Final = 5.0
# Seconds for which a change may wait before somebody should look why.
PATIENCE: Final = 60.0

log = logging.getLogger("ariesone.webhooks")


async def watch(database: Database) -> NoReturn:
    """Have the metrics say how webhooks stand, until cancelled."""
    while True:
        try:
            show(await webhook_sending.standing(database, MANY))
        except Exception as error:  # noqa: BLE001 - whatever it is, the next look must come
            log.debug("the status of webhooks can't be read: %s", words_of(error))
        await asyncio.sleep(INTERVAL)


async def check(database: Database) -> str:
    """The outcome of a look at the webhooks."""
    return outcome_of(await webhook_sending.standing(database, MANY))


def outcome_of(standing: Standing) -> str:
    """The outcome of a check: pass or warn, and what there is to know."""
    told = f"{standing.enabled + standing.slowed:,} enabled"
    if standing.slowed:
        told += f", of which {standing.slowed:,} accept nothing at the moment"
    if standing.lag <= PATIENCE:
        return f"pass: {told}"
    return f"warn: {told}; a change has waited to be sent for {standing.lag:,.0f} s"


def show(standing: Standing) -> None:
    """Have the metrics say how webhooks stand."""
    WEBHOOKS["enabled"].set(standing.enabled)
    WEBHOOKS["slowed"].set(standing.slowed)
    WEBHOOKS["disabled"].set(standing.disabled)
    WEBHOOK_LAG.set(standing.lag)
    WEBHOOK_WAITING.set(standing.waiting)
