"""The statements by which owners register, change, replay and delete webhooks."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

import asyncpg
import orjson
from sqlalchemy import text

from db.changes import Author
from db.edits.turns import take_turn
from db.owned import IS_OWNERS, values_of
from db.statement import compiled
from db.transaction import Transaction
from db.webhook_disabling import disabling

# What an owner writes of a webhook.
EDITABLE = (
    "url", "topics", "document", "operation_name", "variables", "watch_list_id", "description",
)  # fmt: skip

# What events are made with, from the owner's token.
OF_OWNER = ("roles", "companies")

# What tells the turns of these from those of other kinds.
TURN = 8_243_052


class LockedWebhook(asyncpg.Record):
    """A webhook that nobody else can change until the transaction ends, secrets included."""


async def lock_owner(transaction: Transaction, owner: Author) -> int:
    """How many webhooks an owner has, to which nobody else can add until the transaction ends."""
    await take_turn(transaction, owner, TURN)
    [row] = await transaction.read(_COUNT, values_of(owner))
    return int(row["count"])


async def lock(transaction: Transaction, id_: UUID, owner: Author) -> LockedWebhook | None:
    """The owner's webhook with this id, locked; None where the owner has none."""
    rows = await transaction.read(_LOCK, {"id": id_, **values_of(owner)})
    return rows[0] if rows else None


async def find(transaction: Transaction, id_: UUID, owner: Author) -> LockedWebhook | None:
    """The same, for others to change meanwhile."""
    rows = await transaction.read(_FIND, {"id": id_, **values_of(owner)})
    return rows[0] if rows else None


async def create(transaction: Transaction, id_: UUID, owner: Author, values: Mapping[str, Any]) -> None:
    """Write a new webhook: EDITABLE, the owner's `roles` and `companies`, `secret` (encrypted) and `cursor`."""
    await transaction.write(_CREATE, {"id": id_, **values_of(owner), **_written(values)})


async def write(transaction: Transaction, id_: UUID, values: Mapping[str, Any]) -> None:
    """Write what an owner may change (EDITABLE, OF_OWNER), and make failed events due at once."""
    await transaction.write(_WRITE, {"id": id_, **_written(values)})
    await transaction.write(_TRY_WAITING, {"id": id_})


async def rotate(transaction: Transaction, id_: UUID, secret: bytes, hours: int) -> None:
    """Sign with a new secret (encrypted), and for so many hours also with the previous one."""
    await transaction.write(_ROTATE, {"id": id_, "secret": secret, "hours": hours})


async def disable(transaction: Transaction, id_: UUID, reason: str) -> None:
    """Disable a webhook."""
    await transaction.read(_DISABLE, {"id": id_, "reason": reason})


async def enable(transaction: Transaction, id_: UUID, owner: Mapping[str, Any]) -> None:
    """Enable a webhook, from its cursor on; `owner` has the owner's `roles` and `companies`."""
    await transaction.write(_ENABLE, {"id": id_, **owner})
    await transaction.write(_TRY_WAITING, {"id": id_})


async def go_to(transaction: Transaction, id_: UUID, cursor: int) -> None:
    """Send everything after a change, whether it was sent before, failed, or neither."""
    await transaction.write(_GO_TO, {"id": id_, "cursor": cursor})
    await transaction.write(_FORGET_WAITING, {"id": id_, "cursor": cursor})


async def begin_at(transaction: Transaction, id_: UUID, cursor: int) -> None:
    """Send everything after a change, and drop all waiting events, which may be long gone from the log."""
    await transaction.write(_GO_TO, {"id": id_, "cursor": cursor})
    await transaction.write(_FORGET_WAITING, {"id": id_, "cursor": 0})


async def place_of(transaction: Transaction, webhook: LockedWebhook) -> int:
    """The change up to which a webhook has accepted everything; its cursor may be later, with events waiting."""
    [row] = await transaction.read(_BEFORE_WAITING, {"id": webhook["id"]})
    return int(webhook["cursor"] if row["cursor"] is None else min(webhook["cursor"], row["cursor"]))


async def note_trial(transaction: Transaction, id_: UUID, values: Mapping[str, Any]) -> None:
    """Record a test of a webhook: `message_id`, `cursor`, `status` and `duration_ms` (whole milliseconds).

    Nothing if it was deleted meanwhile.
    """
    await transaction.write(_NOTE_TRIAL, {**values, "id": id_})


async def delete(transaction: Transaction, id_: UUID) -> None:
    """Delete a webhook with its deliveries."""
    await transaction.write(_DELETE, {"id": id_})


def _written(values: Mapping[str, Any]) -> dict[str, object]:
    """Values as statements take them: JSON as text."""
    return {**values, "variables": orjson.dumps(values["variables"]).decode()}


_COUNT = compiled(text(f"SELECT count(*) AS count FROM webhooks WHERE {IS_OWNERS}"))  # noqa: S608 - ours
_FIND = compiled(
    text(f"SELECT * FROM webhooks WHERE id = CAST(:id AS uuid) AND {IS_OWNERS}"),  # noqa: S608 - ours
    LockedWebhook,
)
_LOCK = compiled(
    text(f"SELECT * FROM webhooks WHERE id = CAST(:id AS uuid) AND {IS_OWNERS} FOR NO KEY UPDATE"),  # noqa: S608 - ours
    LockedWebhook,
)
_CREATE = compiled(
    text("""
    INSERT INTO webhooks (
      id, issuer, subject, roles, companies, url, topics, document, operation_name, variables, watch_list_id,
      description, secret, is_enabled, cursor
    )
    VALUES (
      CAST(:id AS uuid), :issuer, :subject, CAST(:roles AS text[]), CAST(:companies AS text[]), :url,
      CAST(:topics AS text[]), :document, :operation_name, CAST(CAST(:variables AS text) AS jsonb),
      CAST(:watch_list_id AS uuid), :description, CAST(:secret AS bytea), true, CAST(:cursor AS bigint)
    )
    """)
)
# Ends the lease: the process that sends what it was before can't record anything any more.
_WRITE = compiled(
    text("""
    UPDATE webhooks SET url = :url, topics = CAST(:topics AS text[]), document = :document,
      operation_name = :operation_name, variables = CAST(CAST(:variables AS text) AS jsonb),
      watch_list_id = CAST(:watch_list_id AS uuid), description = :description,
      roles = CAST(:roles AS text[]), companies = CAST(:companies AS text[]),
      holder = NULL, held_until = '-infinity', failures = 0, next_attempt_at = NULL, problem = NULL,
      version = version + 1, updated_at = now()
    WHERE id = CAST(:id AS uuid)
    """)
)
_ROTATE = compiled(
    text("""
    UPDATE webhooks SET old_secret = secret,
      old_secret_until = now() + make_interval(hours => CAST(:hours AS integer)),
      secret = CAST(:secret AS bytea), version = version + 1, updated_at = now()
    WHERE id = CAST(:id AS uuid)
    """)
)
_DISABLE = disabling("id = CAST(:id AS uuid)")
# It has as long as a new one before it is disabled for accepting nothing.
_ENABLE = compiled(
    text("""
    UPDATE webhooks SET is_enabled = true, disabled_reason = NULL, disabled_at = NULL, failures = 0,
      next_attempt_at = NULL, problem = NULL, delivered_at = now(), roles = CAST(:roles AS text[]),
      companies = CAST(:companies AS text[]), version = version + 1, updated_at = now()
    WHERE id = CAST(:id AS uuid) AND NOT is_enabled
    """)
)
# Those that aren't behind an earlier one of their company.
_TRY_WAITING = compiled(
    text("""
    UPDATE webhook_waiting SET attempts = 0, next_attempt_at = now()
    WHERE webhook_id = CAST(:id AS uuid) AND next_attempt_at IS NOT NULL
    """)
)
_GO_TO = compiled(
    text("""
    UPDATE webhooks SET cursor = CAST(:cursor AS bigint), holder = NULL, held_until = '-infinity', failures = 0,
      next_attempt_at = NULL, problem = NULL, version = version + 1, updated_at = now()
    WHERE id = CAST(:id AS uuid)
    """)
)
_FORGET_WAITING = compiled(
    text("DELETE FROM webhook_waiting WHERE webhook_id = CAST(:id AS uuid) AND cursor > CAST(:cursor AS bigint)")
)
_BEFORE_WAITING = compiled(
    text("SELECT min(cursor) - 1 AS cursor FROM webhook_waiting WHERE webhook_id = CAST(:id AS uuid)")
)
_NOTE_TRIAL = compiled(
    text("""
    INSERT INTO webhook_deliveries (
      webhook_id, cursor, message_id, type, attempt, status, outcome, duration_ms, attempted_at
    )
    SELECT id, CAST(:cursor AS bigint), CAST(:message_id AS text), 'TEST', 1, CAST(:status AS integer), 'TEST',
      CAST(:duration_ms AS integer), now()
    FROM webhooks WHERE id = CAST(:id AS uuid) FOR KEY SHARE
    """)
)
_DELETE = compiled(text("DELETE FROM webhooks WHERE id = CAST(:id AS uuid)"))
