"""How Alembic reaches the database: one connection, short lock waits, one migrator at a time."""

import asyncio
import time

from alembic import context
from sqlalchemy import Connection, pool, text
from sqlalchemy.dialects.postgresql.base import ischema_names
from sqlalchemy.ext.asyncio import create_async_engine

from db.address import read_address
from db.engine import DRIVER
from db.tables import Point, metadata

# A migration that waits for a lock holds up every statement queued behind it, so it gives up early and is
# run again. Replicas that start together take turns through the advisory lock, whose number is arbitrary.
TIMEOUTS = {"lock_timeout": "5s", "statement_timeout": "15min"}
MIGRATOR_LOCK = 7_214_011
# Seconds between two tries for the lock.
PAUSE = 0.2

ischema_names["point"] = Point


def migrate(connection: Connection) -> None:
    """Run the migrations that Alembic has chosen, each in a transaction of its own or, where it says so, in several.

    The lock and the timeouts are the session's, which ends with the migrations.
    """
    while not has_lock(connection):
        time.sleep(PAUSE)
    with connection.begin():
        for name, value in TIMEOUTS.items():
            connection.execute(text(f"SET {name} = '{value}'"))
    context.configure(
        connection=connection, target_metadata=metadata, compare_type=True, transaction_per_migration=True
    )
    with context.begin_transaction():
        context.run_migrations()


def has_lock(connection: Connection) -> bool:
    """Return whether it is this migrator's turn.

    Who waited for the lock inside PostgreSQL would hold a snapshot, for whose end an index that is made concurrently
    waits in turn.
    """
    with connection.begin():
        return bool(connection.scalar(text("SELECT pg_try_advisory_lock(:key)"), {"key": MIGRATOR_LOCK}))


async def connect_and_migrate() -> None:
    """Open the one connection."""
    address = read_address(context.config.attributes["url"])
    arguments = {"dsn": address.dsn, "server_settings": dict(address.session)}
    engine = create_async_engine(DRIVER, poolclass=pool.NullPool, connect_args=arguments)
    async with engine.connect() as connection:
        await connection.run_sync(migrate)
    await engine.dispose()


asyncio.run(connect_and_migrate())
