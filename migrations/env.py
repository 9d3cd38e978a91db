"""How Alembic reaches the database: one connection, short lock waits, one migrator at a time.

`ariesone db` gives the URL; by its own name, `alembic` works on the database that the settings name, or on the
embedded one.
"""

import asyncio
import time
from collections.abc import Sequence

from alembic import context
from alembic.operations.ops import MigrationScript
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from asyncpg import LockNotAvailableError
from sqlalchemy import Connection, pool, text
from sqlalchemy.dialects.postgresql.base import ischema_names
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import create_async_engine

from db.address import read_address
from db.column_types import Point, TransactionId
from db.embedded.errors import EmbeddedError
from db.engine import CONNECT_TIMEOUT, DRIVER
from db.failures import DatabaseUnavailableError, translating_driver_errors
from db.tables import RETIRED_INDEXES
from db.usage_tables import metadata
from graph.commands.configuration import read_settings
from graph.commands.consent import require_consent, warn_of_loss
from graph.commands.servers import database_url, running

# A migration that waits for a lock holds up every statement queued behind it, so it gives up early and is
# run again. Replicas that start together take turns through the advisory lock, whose number is arbitrary.
TIMEOUTS = {"lock_timeout": "5s", "statement_timeout": "15min"}
MIGRATOR_LOCK = 7_214_011
# What Alembic says, and what to do then.
BEHIND = "Target database is not up to date."
FIRST = "Run `alembic upgrade head` (or `ariesone db upgrade`) first: only then differences are those of the code."
# Seconds between two tries for the lock.
PAUSE = 0.2

ischema_names["point"] = Point
ischema_names["xid"] = TransactionId


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
        connection=connection,
        target_metadata=metadata,
        compare_type=True,
        transaction_per_migration=True,
        include_name=is_described,
        process_revision_directives=number,
    )
    try:
        with context.begin_transaction():
            context.run_migrations()
    except CommandError as error:
        if str(error) == BEHIND:
            raise CommandError(f"{BEHIND} {FIRST}") from error
        raise


def has_lock(connection: Connection) -> bool:
    """Return whether it is this migrator's turn.

    Who waited for the lock inside PostgreSQL would hold a snapshot, for whose end an index that is made concurrently
    waits in turn.
    """
    with connection.begin():
        return bool(connection.scalar(text("SELECT pg_try_advisory_lock(:key)"), {"key": MIGRATOR_LOCK}))


def is_described(name: str | None, type_: str, _parents: object) -> bool:
    """Return whether what is found in the database must be among the tables in code."""
    return type_ != "index" or name not in RETIRED_INDEXES


def number(_context: object, _revision: object, scripts: list[MigrationScript]) -> None:
    """Name a new revision by the number after the newest, and then do what the caller asks for."""
    heads: Sequence[str] = ScriptDirectory.from_config(context.config).get_heads()
    for script in scripts:
        if all(head.isdecimal() for head in heads) and not getattr(context.config.cmd_opts, "rev_id", None):
            script.rev_id = f"{max(map(int, heads), default=0) + 1:04}"


async def connect_and_migrate(url: str) -> None:
    """Open the one connection."""
    address = read_address(url)
    session = dict(address.session)
    arguments = {
        "dsn": address.dsn,
        "timeout": address.connect_timeout or CONNECT_TIMEOUT,
        "server_settings": session,
    }
    engine = create_async_engine(DRIVER, poolclass=pool.NullPool, connect_args=arguments)
    try:
        with translating_driver_errors():
            async with engine.connect() as connection:
                await connection.run_sync(migrate)
    except DBAPIError as error:
        if isinstance(getattr(error.orig, "__cause__", None), LockNotAvailableError):
            lock = TIMEOUTS["lock_timeout"]
            raise CommandError(
                f"A table is in use, and its lock was not free within {lock}; try again."
            ) from error
        raise
    finally:
        await engine.dispose()


def run_by_own_name() -> None:
    """Do what `alembic` was asked for, on the settings' database or on the embedded one."""
    command = getattr(context.config.cmd_opts, "cmd", None)
    try:
        with running(read_settings(), transient=True) as settings:
            url = database_url(settings)
            if command and command[0].__name__ == "downgrade":
                target = str(context.config.cmd_opts.revision)  # type: ignore[union-attr] # it is there with `cmd`
                warn_of_loss(url, target)
                require_consent(given="yes" in context.get_x_argument(), how="alembic -x yes downgrade ...")
            asyncio.run(connect_and_migrate(url))
    except (EmbeddedError, DatabaseUnavailableError) as error:
        raise CommandError(str(error)) from error


def print_sql() -> None:
    """Print the statements that would be run (--sql)."""
    context.configure(dialect_name="postgresql", literal_binds=True, target_metadata=metadata)
    with context.begin_transaction():
        context.run_migrations()


if context.is_offline_mode():
    print_sql()
elif "url" in context.config.attributes:
    asyncio.run(connect_and_migrate(context.config.attributes["url"]))
else:
    run_by_own_name()
