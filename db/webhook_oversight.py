"""The statements that list and disable webhooks for whoever runs the server."""

from collections.abc import AsyncIterator, Sequence
from uuid import UUID

import asyncpg
from sqlalchemy import text

from db.engine import Database
from db.reads import Reads
from db.statement import compiled
from db.webhook_disabling import disabling

# Webhooks that are read at a time.
PAGE = 500


class Seen(asyncpg.Record):
    """A row of webhooks: id, issuer, subject, url, is_enabled, cursor, and `problem`, or why it is disabled."""


async def every(database: Reads) -> AsyncIterator[Seen]:
    """Yield all webhooks, by their ids."""
    after = UUID(int=0)
    while page := await database.read(_PAGE, {"after": after, "size": PAGE}):
        for row in page:
            yield row
        after = page[-1]["id"]


async def disable(database: Database, ids: Sequence[UUID], subject: str | None, reason: str) -> list[UUID]:
    """Disable the webhooks with these ids, or those of a subject of any issuer; return which were disabled.

    The owner reads the reason.
    """
    values = {"ids": list(ids), "subject": subject, "reason": reason}
    async with database.transaction() as transaction:
        return [row["id"] for row in await transaction.read(_DISABLE, values)]


_PAGE = compiled(
    text("""
    SELECT id, issuer, subject, url, is_enabled, cursor, coalesce(disabled_reason, problem) AS problem
    FROM webhooks WHERE id > CAST(:after AS uuid) ORDER BY id LIMIT CAST(:size AS bigint)
    """),
    Seen,
)
_DISABLE = disabling("id = ANY (CAST(:ids AS uuid[])) OR subject = CAST(:subject AS text)")
