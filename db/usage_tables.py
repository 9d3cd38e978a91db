"""The tables of who used which part of the schema, by day."""

from sqlalchemy import BigInteger, Boolean, Column, Date, DateTime, Table

from db import webhook_tables
from db.column_types import Key, one_of

# Whole with what stands here.
metadata = webhook_tables.metadata

# What a client is known by: its name, with a token beside it or without; its token's subject; nothing.
KINDS = ("NAMED", "CLAIMED", "VIEWER", "ANONYMOUS")

field_usage = Table(
    "field_usage",
    metadata,
    # In UTC.
    Column("day", Date, primary_key=True),
    Column("kind", Key, one_of("kind", KINDS), primary_key=True),
    # Both are empty for the anonymous, and for all those of a kind who were one too many.
    Column("client", Key, primary_key=True),
    Column("version", Key, primary_key=True),
    Column("coordinate", Key, primary_key=True),
    Column("uses", BigInteger, nullable=False),
    Column("last_used_at", DateTime(timezone=True), nullable=False),
)

# Days on which uses were counted, and whether every process counted those of the whole schema.
field_usage_days = Table(
    "field_usage_days",
    metadata,
    Column("day", Date, primary_key=True),
    Column("is_whole", Boolean, nullable=False),
)
