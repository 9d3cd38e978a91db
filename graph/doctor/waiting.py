"""Waits until what is to be looked at answers, as where a whole system is being started."""

import asyncio
import time

from db.engine import ask_server
from graph.doctor.asking import ask
from graph.doctor.subject import database_url
from graph.settings import Settings

# Seconds between two attempts, and for each.
PAUSE = 0.25
ATTEMPT = 3.0


async def wait_for(settings: Settings, server: str | None, seconds: float) -> bool:
    """Return whether the database answers by then, and a server if one is named; raises nothing."""
    until = time.monotonic() + seconds
    while not (await database_answers(settings) and await server_answers(server)):
        if time.monotonic() + PAUSE > until:
            return False
        await asyncio.sleep(PAUSE)
    return True


async def database_answers(settings: Settings) -> bool:
    """Return whether the database answers now; a `serve` that is being started has none yet."""
    url = database_url(settings)
    if url is None:
        return False
    try:
        async with asyncio.timeout(ATTEMPT):
            await ask_server(url)
    except Exception:  # noqa: BLE001 - whatever it is, the check of the database tells it
        return False
    return True


async def server_answers(server: str | None) -> bool:
    """Return whether a server can answer requests now, if one is named."""
    if server is None:
        return True
    try:
        return (await ask(f"{server}/readyz")).status == 200  # noqa: PLR2004 - OK
    except Exception:  # noqa: BLE001 - whatever it is, the check of the server tells it
        return False
