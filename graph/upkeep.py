"""What is removed in the background once nobody needs it any more."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from functools import partial
from typing import NoReturn

from db import idempotency, jobs, retention, uploads, usage, webhook_sending
from db.engine import Database
from db.failures import words_of
from graph.files import Files

# Seconds between two looks.
INTERVAL = 600
# Days for which partners can read what was sent to their webhooks.
DELIVERIES_KEPT_DAYS = 30

# What to do when changes pile up for a delivery.
LOOK = "`ariesone events list` says why, `ariesone events stop` ends the delivery"

log = logging.getLogger("ariesone.upkeep")


async def watch(database: Database, changes_kept_days: int, usage_kept_days: int, files: Files) -> NoReturn:
    """Remove what is old until cancelled: idempotency keys, jobs, files, uses of fields, changes unless that is 0.

    Of several processes any may.
    """
    removals: dict[str, Callable[[Database], Awaitable[object]]] = {
        "expired idempotency keys": idempotency.forget_expired,
        "old deliveries of webhooks": partial(webhook_sending.forget_old, days=DELIVERIES_KEPT_DAYS),
        "old jobs": jobs.forget_old,
        "old uploads": partial(remove_uploads, files=files),
        "old files": partial(remove_files, files=files),
        "old uses of fields": partial(usage.forget_old, days=usage_kept_days),
    }
    if changes_kept_days:
        removals["old changes"] = partial(remove_old, days=changes_kept_days)
    while True:
        for what, remove in removals.items():
            try:
                await remove(database)
            except Exception as error:  # noqa: BLE001 - whatever it is, the next look must come
                log.warning("%s can't be removed: %s", what, words_of(error))
        await asyncio.sleep(INTERVAL)


async def remove_uploads(database: Database, files: Files) -> None:
    """Remove old uploads with their files."""
    for name in await uploads.forget_old(database):
        await asyncio.to_thread(files.remove, name)


async def remove_files(_: Database, files: Files) -> None:
    """Remove the files of jobs that have been deleted."""
    await asyncio.to_thread(files.remove_old, jobs.KEPT_DAYS)


async def remove_old(database: Database, days: int) -> None:
    """Remove the changes that everybody could read for so many days, and tell of those that are kept longer."""
    await retention.remove_old(database, days)
    if (holder := await retention.held_back(database, days)) is not None:
        advice = "its owner, or `ariesone webhooks disable`, can disable it" if holder.is_webhook else LOOK
        told = "changes older than %d days are kept, since those after %d aren't delivered yet (%s %s): %s"
        log.warning(told, days, holder.cursor, "webhook" if holder.is_webhook else "to", holder.name, advice)
