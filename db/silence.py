"""Tells a server that is slow from one that says nothing any more: behind a broken network, or stopped itself."""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable
from typing import NoReturn

import asyncpg

from db.pool import Pool

# Seconds after which a statement, or a wait for a connection, is a reason to ask whether the server is there.
PATIENCE = 1.0
# Seconds that it has to answer: with both, who waits is told within five.
DEADLINE = 3.0
# Seconds between two looks at what is under way, and between two questions while something stays under way.
INTERVAL = 0.25
PAUSE = 1.0

log = logging.getLogger("ariesone.database")


class Silence:
    """Asks the server over a connection of its own when something takes long, and cuts what waits for nothing."""

    def __init__(
        self,
        pool: Pool,
        ask: Callable[[], Awaitable[object]],
        patience: float | None = None,
        deadline: float | None = None,
        name: str = "the database",
    ) -> None:
        self._pool = pool
        self._ask = ask
        self._name = name
        self._patience = patience or PATIENCE
        self._deadline = deadline or DEADLINE
        # What was waited for in vain; None while the server answers.
        self.reason: str | None = None

    async def watch(self) -> NoReturn:
        """Watch what is under way until cancelled."""
        while True:
            await asyncio.sleep(INTERVAL)
            oldest = self._pool.oldest()
            if self.reason is not None or (oldest is not None and time.monotonic() - oldest > self._patience):
                await self._look()
                await asyncio.sleep(PAUSE if self.reason is None else 0)

    async def _look(self) -> None:
        """Ask the server, and fail what it was asked before where nothing comes back."""
        began = time.monotonic()
        try:
            async with asyncio.timeout(self._deadline):
                await self._ask()
        except TimeoutError:
            self._pool.cut(began)
            self._note(f"no answer within {self._deadline:g} s")
        except asyncpg.PostgresError:
            # It answers, even if it refuses one more connection.
            self._note(None)
        except (OSError, asyncpg.InterfaceError):
            # It is gone, and says so; new connections are told the same.
            self._pool.cut(began)
            self._note(None)
        except Exception:
            # Whatever it is, the next look must come.
            log.exception("whether %s answers can't be told", self._name)
            self._note(None)
        else:
            self._note(None)

    def _note(self, reason: str | None) -> None:
        if reason is not None and self.reason is None:
            log.warning("%s says nothing any more (%s); it is asked until it does", self._name, reason)
        if reason is None and self.reason is not None:
            log.info("%s answers again", self._name)
        self.reason = reason
