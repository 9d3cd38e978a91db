"""Shows something in the metrics, again and again."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Final, NoReturn

from db.failures import words_of

# Seconds between two looks at what has to be read from the database.
INTERVAL: Final = 5.0

log = logging.getLogger("ariesone.metrics")


async def keep_showing(what: str, show: Callable[[], Awaitable[None]], seconds: float | None = None) -> NoReturn:
    """Show something every few seconds until cancelled; while it can't be read, the metrics keep what they had."""
    while True:
        try:
            await show()
        except Exception as error:  # noqa: BLE001 - whatever it is, the next look must come
            log.debug("%s can't be read: %s", what, words_of(error))
        await asyncio.sleep(INTERVAL if seconds is None else seconds)
