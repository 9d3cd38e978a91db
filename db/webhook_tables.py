"""The tables of webhooks: their URLs and subscriptions, the events that wait, and the deliveries."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    DateTime,
    ForeignKey,
    Identity,
    Index,
    Integer,
    LargeBinary,
    Table,
    Text,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB, UUID

from db import delivery_tables
from db.column_types import Key, one_of

# Whole with what stands here.
metadata = delivery_tables.metadata

OUTCOMES = ("DELIVERED", "FAILED", "GIVEN_UP", "TEST")

webhooks = Table(
    "webhooks",
    metadata,
    Column("id", UUID, primary_key=True),
    # Its owner, as whom its events are made, from the token that registered it: `iss`, empty if it has none,
    # `sub`, the roles, and the NPIs of the companies that the token may change, null for all of them.
    Column("issuer", Key, nullable=False),
    Column("subject", Key, nullable=False),
    Column("roles", ARRAY(Text), nullable=False),
    Column("companies", ARRAY(Text)),
    Column("url", Text, nullable=False),
    # The topics that the document was made from; null if its owner gave a document.
    Column("topics", ARRAY(Text)),
    Column("document", Text, nullable=False),
    Column("operation_name", Text),
    Column("variables", JSONB, nullable=False, server_default=text("'{}'")),
    Column("watch_list_id", UUID),
    Column("description", Text),
    # What messages are signed with, encrypted; the previous secret also signs until its time is over.
    Column("secret", LargeBinary, nullable=False),
    Column("old_secret", LargeBinary),
    Column("old_secret_until", DateTime(timezone=True)),
    Column("is_enabled", Boolean, nullable=False, server_default=text("true")),
    Column("disabled_reason", Text),
    Column("disabled_at", DateTime(timezone=True)),
    # The last change that was processed: all up to it are delivered or wait (webhook_waiting).
    Column("cursor", BigInteger, nullable=False),
    # The process that has the lease, and until when; or when the last lease ended.
    Column("holder", Text),
    Column("held_until", DateTime(timezone=True), nullable=False, server_default=text("'-infinity'")),
    # Companies in a row whose events failed; when an event was last accepted.
    Column("failures", Integer, nullable=False, server_default=text("0")),
    Column("delivered_at", DateTime(timezone=True)),
    # The earliest time at which something is sent; null if it needn't wait.
    Column("next_attempt_at", DateTime(timezone=True)),
    # Why it makes no progress, in words without secrets.
    Column("problem", Text),
    Column("version", Integer, nullable=False, server_default=text("1")),
    Column("created_at", DateTime(timezone=True), nullable=False, server_default=text("now()")),
    Column("updated_at", DateTime(timezone=True), nullable=False, server_default=text("now()")),
)

Index("webhooks_owner", webhooks.c.issuer, webhooks.c.subject, webhooks.c.created_at, webhooks.c.id)

# Events that failed, and later ones of the same companies.
webhook_waiting = Table(
    "webhook_waiting",
    metadata,
    Column("webhook_id", UUID, ForeignKey("webhooks.id", ondelete="CASCADE"), primary_key=True),
    Column("cursor", BigInteger, primary_key=True, autoincrement=False),
    Column("npi", Key, nullable=False),
    Column("attempts", Integer, nullable=False, server_default=text("0")),
    # Null for one that waits behind an earlier one of its company.
    Column("next_attempt_at", DateTime(timezone=True)),
)

Index("webhook_waiting_company", webhook_waiting.c.webhook_id, webhook_waiting.c.npi, webhook_waiting.c.cursor)
Index(
    "webhook_waiting_due",
    webhook_waiting.c.next_attempt_at,
    webhook_waiting.c.webhook_id,
    postgresql_where=text("next_attempt_at IS NOT NULL"),
)

# Every attempt, for a month.
webhook_deliveries = Table(
    "webhook_deliveries",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("webhook_id", UUID, ForeignKey("webhooks.id", ondelete="CASCADE"), nullable=False),
    Column("cursor", BigInteger, nullable=False),
    Column("message_id", Text, nullable=False),
    Column("type", Text, nullable=False),
    Column("npi", Key),
    # From 1.
    Column("attempt", Integer, nullable=False),
    # What was answered; null where nothing was.
    Column("status", Integer),
    Column("outcome", Text, one_of("outcome", OUTCOMES), nullable=False),
    Column("duration_ms", Integer, nullable=False),
    Column("attempted_at", DateTime(timezone=True), nullable=False, server_default=text("now()")),
)

Index("webhook_deliveries_webhook", webhook_deliveries.c.webhook_id, webhook_deliveries.c.id)
Index("webhook_deliveries_attempted_at", webhook_deliveries.c.attempted_at)
