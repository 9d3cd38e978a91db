"""Statements about the server itself: its version and settings, and how many connections it takes."""

import time
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import text

from db.engine import CONNECT_TIMEOUT, connection_to
from db.failures import translating_driver_errors
from db.reads import Reads
from db.statement import compiled

# The oldest version that this code runs on.
OLDEST = 150000


@dataclass(frozen=True, slots=True)
class Version:
    """A server's version, as a number and in words, whether it is a standby, and what its clock says."""

    number: int
    words: str
    is_standby: bool
    now: datetime


@dataclass(frozen=True, slots=True)
class Limit:
    """How many connections there are of something, and how many there may be."""

    what: str
    used: int
    most: int


async def reach(url: str, *, pgbouncer: bool) -> tuple[str, float]:
    """Connect, and return the version in words, and the seconds that a statement takes there and back.

    Raises DatabaseUnavailableError where the server can't be reached, or says nothing.
    """
    async with connection_to(url, pgbouncer=pgbouncer) as connection:
        began = time.perf_counter()
        with translating_driver_errors():
            [found] = await connection.fetch(_VERSION.text, timeout=CONNECT_TIMEOUT)
        return found["words"], time.perf_counter() - began


async def version(database: Reads) -> Version:
    """Return the server's version."""
    [row] = await database.read(_VERSION)
    return Version(**dict(row))


async def limits(database: Reads) -> list[Limit]:
    """Return the connections of the server, the database and the role, for each that has a limit."""
    return [Limit(**dict(row)) for row in await database.read(_LIMITS)]


async def settings(database: Reads, *names: str) -> dict[str, str]:
    """Return settings as a session of ours has them, without those that it may not see; times in milliseconds."""
    return {row["name"]: row["setting"] for row in await database.read(_SETTINGS, {"names": list(names)})}


_VERSION = compiled(
    text("""
    SELECT current_setting('server_version_num')::integer AS number, current_setting('server_version') AS words,
      pg_is_in_recovery() AS is_standby, clock_timestamp() AS now
    """)
)

# numbackends is seen by every role, whoever the sessions are of.
_LIMITS = compiled(
    text("""
    SELECT 'the server' AS what, (SELECT sum(numbackends) FROM pg_stat_database)::integer AS used,
      current_setting('max_connections')::integer - current_setting('superuser_reserved_connections')::integer
        - coalesce(current_setting('reserved_connections', true), '0')::integer AS most
    UNION ALL
    SELECT 'the database', s.numbackends, d.datconnlimit FROM pg_database AS d
    JOIN pg_stat_database AS s ON s.datid = d.oid
    WHERE d.datname = current_database() AND d.datconnlimit >= 0
    UNION ALL
    SELECT 'the role', (SELECT count(*) FROM pg_stat_activity AS a WHERE a.usesysid = r.oid)::integer,
      r.rolconnlimit
    FROM pg_roles AS r WHERE r.rolname = current_user AND r.rolconnlimit >= 0
    """)
)

_SETTINGS = compiled(text("SELECT name, setting FROM pg_settings WHERE name = ANY (CAST(:names AS text[]))"))
