"""The statements that read webhooks for their owners: the webhooks, their lag, and their deliveries."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

import asyncpg
from sqlalchemy import text

from db.columns import never_null
from db.lag import number_after, seconds_after
from db.owned import Owned
from db.pages import Page, SortKey
from db.reads import Reads
from db.statement import compiled
from db.webhook_tables import webhook_deliveries, webhooks

# The most changes that are counted of those that a webhook hasn't reached.
MOST_COUNTED = 1_000

# What is nobody's to read.
_UNREAD = {
    "roles",
    "companies",
    "secret",
    "old_secret",
    "holder",
    "held_until",
    "delivered_at",
}


class Webhook(asyncpg.Record):
    """A row of webhooks without its secrets."""

    never_null = never_null(webhooks)


# The first that was made comes first.
OWNED = Owned(
    webhooks,
    Webhook,
    (("CREATED_AT", False),),
    (SortKey(webhooks.c.created_at, datetime), SortKey(webhooks.c.id, UUID)),
    _UNREAD,
)


class Delivery(asyncpg.Record):
    """A row of webhook_deliveries."""

    never_null = never_null(webhook_deliveries)


class Lag(asyncpg.Record):
    """How many changes a webhook hasn't reached, up to MOST_COUNTED, and seconds that the first has waited."""

    never_null = frozenset({"changes", "seconds"})


async def lags(database: Reads, ids: Sequence[UUID]) -> Mapping[UUID, Lag]:
    """Return how far each webhook is behind the log."""
    rows = await database.read(_LAGS, {"ids": list(ids), "most": MOST_COUNTED})
    return {row["id"]: row for row in rows}


async def deliveries(database: Reads, ids: Sequence[UUID], before: int | None, size: int) -> Mapping[UUID, Page]:
    """Return a page of each webhook's deliveries, the latest first, before the one with an id."""
    found: dict[UUID, list[Delivery]] = {id_: [] for id_ in ids}
    for row in await database.read(_DELIVERIES, {"ids": list(ids), "before": before, "limit": size + 1}):
        found[row["webhook_id"]].append(row)
    return {id_: Page(rows[:size], len(rows) > size, before is not None) for id_, rows in found.items()}


_LAGS = compiled(
    text(f"""
    SELECT w.id, {number_after("w.cursor")} AS changes, {seconds_after("w.cursor")} AS seconds
    FROM webhooks w WHERE w.id = ANY (CAST(:ids AS uuid[]))
    """),  # noqa: S608 - ours
    Lag,
    plans_once=True,
)

_DELIVERIES = compiled(
    text("""
    SELECT found.* FROM unnest(CAST(:ids AS uuid[])) AS asked (id)
    CROSS JOIN LATERAL (
      SELECT d.* FROM webhook_deliveries d
      WHERE d.webhook_id = asked.id AND d.id < coalesce(CAST(:before AS bigint), 9223372036854775807)
      ORDER BY d.id DESC LIMIT :limit
    ) AS found
    """),
    Delivery,
    plans_once=True,
)
