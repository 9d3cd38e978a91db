"""The tables of what is sent on to others: how far each delivery has come, and what it couldn't deliver."""

from sqlalchemy import BigInteger, Column, DateTime, Table, Text, text

from db import viewer_tables
from db.column_types import Key

# Whole with what stands here.
metadata = viewer_tables.metadata

# Each way in which all changes are sent on, such as "amqp".
deliveries = Table(
    "deliveries",
    metadata,
    Column("name", Key, primary_key=True),
    # The last change up to which all are delivered, or set aside.
    Column("cursor", BigInteger, nullable=False),
    # Counted since the first: those that were taken, and those that nobody wanted.
    Column("delivered", BigInteger, nullable=False, server_default=text("0")),
    Column("unroutable", BigInteger, nullable=False, server_default=text("0")),
    # Which process delivers, and until when others leave it to that.
    Column("holder", Text),
    Column("held_until", DateTime(timezone=True), nullable=False, server_default=text("'-infinity'")),
    # Why it doesn't get on, in words that hold no secret.
    Column("problem", Text),
)

# Events that were refused again and again, as they were sent.
dead_letters = Table(
    "dead_letters",
    metadata,
    Column("delivery", Key, primary_key=True),
    Column("cursor", BigInteger, primary_key=True, autoincrement=False),
    Column("event", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("set_aside_at", DateTime(timezone=True), nullable=False, server_default=text("now()")),
)
