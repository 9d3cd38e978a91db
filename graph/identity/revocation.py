"""Which tokens are revoked, as this process knows it: read anew every few seconds."""

import asyncio
import logging
from typing import NoReturn

from db import revocations
from db.engine import Database
from db.failures import words_of
from graph.errors import ServiceUnavailableError

# Seconds between two looks: with a look that fails, a revocation is still known within five.
INTERVAL = 1.5
# Seconds that a look may take, and that the first token waits for the first one.
PATIENCE = 3.0

log = logging.getLogger("ariesone.tokens")


class Revocations:
    """The revoked tokens by issuer and id; while the database is away the last known ones stand."""

    def __init__(self) -> None:
        self.revoked: frozenset[tuple[str, str] | None] = frozenset()
        self._is_known = asyncio.Event()
        self._is_failing = False

    async def has(self, identity: tuple[str, str] | None) -> bool:
        """Return whether a token is revoked; raises ServiceUnavailableError where nobody can tell yet."""
        if not self._is_known.is_set():
            try:
                async with asyncio.timeout(PATIENCE):
                    await self._is_known.wait()
            except TimeoutError:
                raise ServiceUnavailableError("Whether tokens are revoked can't be told right now.") from None
        return identity in self.revoked

    def know(self, revoked: frozenset[tuple[str, str] | None]) -> None:
        """Take a list as the current one."""
        self.revoked = revoked
        self._is_known.set()

    async def watch(self, database: Database) -> NoReturn:
        """Keep the list up to date until cancelled."""
        while True:
            try:
                async with asyncio.timeout(PATIENCE):
                    self.know(await revocations.current(database))
                self._is_failing = False
            except Exception as error:  # noqa: BLE001 - whatever it is, the next look must come
                if not self._is_failing:
                    log.warning("revoked tokens can't be read: %s", words_of(error))
                self._is_failing = True
            await asyncio.sleep(INTERVAL)
