"""Looks at the parts that requests need, and at the log of changes: how each is, for /health."""

import logging
import time
from collections.abc import Sequence
from functools import lru_cache
from typing import Final

from db import migrations, revision
from db.engine import Database
from db.failures import DatabaseUnavailableError, StatementTimeoutError, describe
from db.shortage import Shortage, find_shortage
from graph.cache.follower import Follower
from graph.cache.shared import SharedCache
from graph.condition import NOT_CONFIGURED, Condition, degraded, healthy, unhealthy

# Seconds that a statement's way there and back may take before requests are slow for it.
SLOW: Final = 0.1
# Seconds without a reading of the log of changes after which somebody should find out why.
PATIENCE: Final = 5.0

# The check of `ariesone doctor` that says what to do about a shortage.
HELP: Final = {
    Shortage.DISK: "database-disk",
    Shortage.CONNECTIONS: "database-connections",
    Shortage.MEMORY: "database-connections",
}

log = logging.getLogger("ariesone.database")


async def look_at_database(database: Database) -> Condition:
    """Whether the database answers, and fast enough, and has all that it needs itself."""
    try:
        seconds = await round_trip(database)
        if seconds > SLOW:
            # The first may have waited for a connection, or for this process.
            seconds = await round_trip(database)
    except (DatabaseUnavailableError, StatementTimeoutError) as error:
        shortage = find_shortage(error)
        return unhealthy(describe(error), HELP[shortage] if shortage else None)
    if shortage := database.shortages.recent:
        return degraded(f"it refuses statements: {shortage.value}", HELP[shortage])
    if seconds > SLOW:
        return degraded(f"a statement takes {seconds * 1000:,.0f} ms")
    return healthy(f"a statement takes {seconds * 1000:,.1f} ms")


async def round_trip(database: Database) -> float:
    """Return how many seconds the shortest of statements takes; raises what Database.read_apart does."""
    began = time.perf_counter()
    await revision.ask(database)
    return time.perf_counter() - began


async def look_at_migrations(database: Database) -> Condition:
    """Whether the database has what this code reads."""
    lacks, found = await revision.state(database)
    head = migrations.head()
    if found is None or (found != head and found in migrations.known()):
        return unhealthy("run `ariesone db upgrade`")
    if lacks:
        tell_missing(tuple(lacks))
        return unhealthy("a table or a column is missing; the log names it")
    # What a newer version has migrated works beside this one, as long as it takes to replace it.
    return healthy() if found == head else degraded("the database is newer than this server")


@lru_cache(maxsize=1)
def tell_missing(lacks: Sequence[tuple[str, str]]) -> None:
    """Log which columns are missing, once."""
    log.error("the database lacks columns that this code reads: %s", ", ".join(map(".".join, lacks)))


async def look_at_feed(follower: Follower, _: Database) -> Condition:
    """Whether the log of changes is read; where it hasn't been for long, listeners get nothing."""
    seconds = follower.silence
    if seconds <= PATIENCE:
        return healthy(f"read {seconds:.1f} s ago")
    return degraded(f"the log of changes hasn't been read for {seconds:,.0f} s")


async def look_at_cache(shared: SharedCache | None, _: Database) -> Condition:
    """Whether the shared cache answers; without it the server is slower, not wrong."""
    if shared is None:
        return NOT_CONFIGURED
    problem = await shared.check()
    return healthy() if problem is None else degraded(problem.words, "cache-memory" if problem.is_full else None)


async def look_at_nothing(_: Database) -> Condition:
    """All is well with a part that there is none of."""
    return NOT_CONFIGURED
