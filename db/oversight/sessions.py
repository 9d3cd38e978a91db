"""Statements about sessions of the database: what runs for long, waits for others, or holds and does nothing."""

import asyncpg
from sqlalchemy import text

from db.reads import Reads
from db.statement import compiled

# Sessions that are told of at most, those first that began first.
MOST = 10


class Session(asyncpg.Record):
    """A session: pid, program and role (both may be empty), and the seconds that it has been so.

    Of one that waits, `blocker` is the pid of one that it waits for.
    """


async def long_running(database: Reads, seconds: float) -> list[Session]:
    """Return the sessions whose statement has been running for so long."""
    return await database.read(_LONG, {"seconds": seconds, "most": MOST})


async def blocked(database: Reads, seconds: float) -> list[Session]:
    """Return the sessions that have waited for a lock of others for so long."""
    return await database.read(_BLOCKED, {"seconds": seconds, "most": MOST})


async def idle_in_transaction(database: Reads, seconds: float) -> list[Session]:
    """Return the sessions that have done nothing for so long in a transaction that isn't over."""
    return await database.read(_IDLE, {"seconds": seconds, "most": MOST})


async def hidden(database: Reads) -> int:
    """Return how many sessions of the database this role can't see into, since they are of others."""
    [row] = await database.read(_HIDDEN)
    return int(row["number"])


_HIDDEN = compiled(
    text("""
    SELECT count(*) AS number FROM pg_stat_activity
    WHERE datname = current_database() AND query = '<insufficient privilege>'
    """)
)

_LONG = compiled(
    text("""
    SELECT pid, application_name AS program, usename AS role,
      extract(epoch FROM clock_timestamp() - query_start)::double precision AS seconds
    FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid() AND state = 'active'
      AND backend_type = 'client backend'
      AND query_start < clock_timestamp() - make_interval(secs => CAST(:seconds AS double precision))
    ORDER BY query_start LIMIT CAST(:most AS bigint)
    """),
    Session,
)

_BLOCKED = compiled(
    text("""
    SELECT a.pid, a.application_name AS program, a.usename AS role, (pg_blocking_pids(a.pid))[1] AS blocker,
      extract(epoch FROM clock_timestamp() - waiting.since)::double precision AS seconds
    FROM (
      SELECT pid, min(waitstart) AS since FROM pg_locks WHERE NOT granted GROUP BY pid
    ) AS waiting
    JOIN pg_stat_activity AS a USING (pid)
    WHERE a.datname = current_database()
      AND waiting.since < clock_timestamp() - make_interval(secs => CAST(:seconds AS double precision))
    ORDER BY waiting.since LIMIT CAST(:most AS bigint)
    """),
    Session,
)

_IDLE = compiled(
    text("""
    SELECT pid, application_name AS program, usename AS role,
      extract(epoch FROM clock_timestamp() - state_change)::double precision AS seconds
    FROM pg_stat_activity
    WHERE datname = current_database() AND state LIKE 'idle in transaction%'
      AND state_change < clock_timestamp() - make_interval(secs => CAST(:seconds AS double precision))
    ORDER BY state_change LIMIT CAST(:most AS bigint)
    """),
    Session,
)
