"""The leases that one process holds on webhooks, and what it records under them."""

import asyncio
import secrets
from collections.abc import Sequence
from typing import Final
from uuid import UUID

from db import webhook_sending
from db.engine import Database
from db.webhook_sending import Choice, Step, Taken
from graph.events.webhooks.retries import MANY

# Transactions at a time: mutations need the other connections.
ABREAST: Final = 3
# Seconds for which a webhook is left to the process that has taken it.
LEASE: Final = 60.0


class LeaseLostError(Exception):
    """Another process may work on the webhook by now, or its owner has moved its cursor."""


class Leases:
    """Takes leases on webhooks in the name of one process."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._holder = secrets.token_hex(8)
        self._turns = asyncio.Semaphore(ABREAST)

    async def take(self, choice: Choice) -> list[Taken]:
        """Take a lease on some webhooks that have something to send."""
        async with self._turns:
            return await webhook_sending.take(self._database, self._holder, LEASE, MANY, choice)

    async def advance(self, id_: UUID, step: Step) -> None:
        """Record the progress of a webhook; raises LeaseLostError."""
        async with self._turns:
            if not await webhook_sending.advance(self._database, id_, self._holder, step):
                raise LeaseLostError

    async def disable(self, id_: UUID, reason: str) -> None:
        """Disable a webhook, for a reason that its owner reads; raises LeaseLostError."""
        async with self._turns:
            if not await webhook_sending.disable(self._database, id_, self._holder, reason):
                raise LeaseLostError

    async def release(self, ids: Sequence[UUID] | None = None) -> None:
        """Give up the leases on these webhooks, or all that this process holds."""
        async with self._turns:
            await webhook_sending.release(self._database, self._holder, ids)
