"""What one process takes of webhooks, and notes of them: a few at a time, since others write too."""

import asyncio
import secrets
from collections.abc import Sequence
from typing import Final
from uuid import UUID

from db import webhook_sending
from db.engine import Database
from db.webhook_sending import Choice, Step, Taken
from graph.events.webhooks.retries import MANY

# Transactions at a time: others are for those who change something.
ABREAST: Final = 3
# Seconds for which others leave a webhook to the process that works at it.
LEASE: Final = 60.0


class LeaseLostError(Exception):
    """Another process may work at the webhook by now, or its owner has it begin elsewhere."""


class Notes:
    """The webhooks of a database, as one process works at them."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._holder = secrets.token_hex(8)
        self._turns = asyncio.Semaphore(ABREAST)

    async def take(self, choice: Choice) -> list[Taken]:
        """Work at some webhooks that have something to be sent, for the length of a lease."""
        async with self._turns:
            return await webhook_sending.take(self._database, self._holder, LEASE, MANY, choice)

    async def advance(self, id_: UUID, step: Step) -> None:
        """Note how far a webhook has come; raises LeaseLostError."""
        async with self._turns:
            if not await webhook_sending.advance(self._database, id_, self._holder, step):
                raise LeaseLostError

    async def disable(self, id_: UUID, reason: str) -> None:
        """Send a webhook nothing more, for a reason that its owner reads; raises LeaseLostError."""
        async with self._turns:
            if not await webhook_sending.disable(self._database, id_, self._holder, reason):
                raise LeaseLostError

    async def leave(self, ids: Sequence[UUID] | None = None) -> None:
        """Let others work at webhooks; at all of this process's where none are named."""
        async with self._turns:
            await webhook_sending.release(self._database, self._holder, ids)
