"""A replica of the database: a pool for reads, and how far it has come."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, replace
from typing import Any, Self

import asyncpg
from sqlalchemy import text

from db.address import read_address
from db.engine import Database, PoolOptions
from db.failures import translating_driver_errors
from db.statement import compiled
from db.tail import HEAD, Head, head_of

# Seconds that a replica may take to open a connection, that a statement may take before it is asked whether it is
# there, and that it has to answer: there is another server to read from.
OPENING = 1.0
PATIENCE = 0.25
DEADLINE = 0.75


@dataclass(frozen=True, slots=True)
class Sight:
    """Where a server's log of changes ends, and whether it is a replica: it takes no changes but its primary's.

    `cluster` tells the servers that have one origin from others; None where it may not be asked for.
    """

    head: Head
    is_replica: bool
    cluster: int | None


class Replica:
    """One replica, which is looked at over a connection of its own."""

    def __init__(self, url: str, database: Database, options: PoolOptions) -> None:
        # Its host and port.
        self.name = read_address(url).place
        self.database = database
        self._url = url
        self._options = options
        self._connection: asyncpg.Connection | None = None
        self._cluster: int | None = None

    @classmethod
    @asynccontextmanager
    async def open(cls, url: str, options: PoolOptions) -> AsyncIterator[Self]:
        """Open its pool for the life of the block; no connection is made before it is needed."""
        options = replace(
            options,
            connect_timeout=OPENING,
            patience=PATIENCE,
            deadline=DEADLINE,
            name=f"the replica {read_address(url).place}",
            pgbouncer=options.pgbouncer or read_address(url).is_pgbouncer,
        )
        async with Database.open(url, options) as database:
            replica = cls(url, database, options)
            try:
                yield replica
            finally:
                replica._hang_up()

    async def look(self, seconds: float) -> Sight:
        """How far it has come. Raises DatabaseUnavailableError where that isn't told within so many seconds."""
        with translating_driver_errors():
            try:
                async with asyncio.timeout(seconds):
                    connection = self._connection or await self._connect()
                    row: Any = await connection.fetchrow(_SIGHT.text)
            except BaseException:
                self._hang_up()
                raise
        return Sight(head_of(row), row["is_replica"], self._cluster)

    async def _connect(self) -> asyncpg.Connection:
        address = read_address(self._url)
        self._connection = await asyncpg.connect(
            address.dsn,
            server_settings=dict(address.session),
            statement_cache_size=0 if self._options.pgbouncer else 2,
        )
        with suppress(asyncpg.InsufficientPrivilegeError):
            self._cluster = await self._connection.fetchval(_CLUSTER.text)
        return self._connection

    def _hang_up(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.terminate()


async def cluster_of(database: Database) -> int | None:
    """What tells the servers that have one origin from others; None where it may not be asked for."""
    try:
        [row] = await database.read(_CLUSTER)
    except asyncpg.InsufficientPrivilegeError:
        return None
    return int(row["cluster"])


async def replay_is_paused(replica: Database) -> bool:
    """Whether somebody has a replica wait before it takes over more changes."""
    [row] = await replica.read(_PAUSED)
    return bool(row["is_paused"])


# What is no replica can't be asked.
_PAUSED = compiled(
    text("""
    SELECT CASE WHEN pg_is_in_recovery() THEN pg_get_wal_replay_pause_state() <> 'not paused' ELSE false END
      AS is_paused
    """)
)
_CLUSTER = compiled(text("SELECT system_identifier AS cluster FROM pg_control_system()"))
_SIGHT = compiled(text(f"SELECT head.*, pg_is_in_recovery() AS is_replica FROM ({HEAD}) AS head"))  # noqa: S608 - ours
