"""/livez says that the process answers, /readyz whether to send it requests, /health how each part is."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import UTC, datetime
from functools import lru_cache

from starlette.requests import Request
from starlette.responses import JSONResponse

from db import migrations
from db.engine import Database
from db.failures import DatabaseUnavailableError, StatementTimeoutError
from db.revision import state
from graph.cache.follower import Follower
from graph.cache.shared import SharedCache
from graph.http.exchange import exchange_of

# Seconds for all the checks together: a probe that hangs tells an orchestrator nothing.
TIMEOUT = 2.0
# Seconds without a reading of the log of changes after which somebody should find out why.
PATIENCE = 5.0

log = logging.getLogger("ariesone.database")

Checks = Mapping[str, str]
# Checks a part that requests don't need: returns pass or warn, and what there is to know.
Check = Callable[[Database], Awaitable[str]]


async def livez(_: Request) -> JSONResponse:
    """Answer that the process is alive."""
    return JSONResponse({"status": "pass"})


class CheckUp:
    """The checks of one process: whoever asks while some are under way gets their outcome.

    `others` are those of parts that requests don't need, by name.
    """

    def __init__(self, others: Mapping[str, Check]) -> None:
        self._others = others
        self._running: asyncio.Task[Checks] | None = None

    async def outcomes(self, request: Request) -> Checks:
        """Return the outcome of each check: pass, warn or fail, and a reason."""
        if self._running is None or self._running.done():
            behind = (request.state.database, request.state.shared, self._others)
            self._running = asyncio.create_task(checks_of(*behind))
        # They go on where one of those who wait for them leaves.
        found = await asyncio.shield(self._running)
        draining = "fail: the server is stopping" if exchange_of(request.scope).is_stopping else "pass"
        return {**found, "process": draining}


async def readyz(request: Request, *, check_up: CheckUp, tells: bool) -> JSONResponse:
    """Answer 200 where requests can be served, 503 where not or no longer; with each outcome where it `tells`."""
    checks = await check_up.outcomes(request)
    is_ready = all(not outcome.startswith("fail") for outcome in checks.values())
    told = {"checks": checks} if tells else {}
    return JSONResponse({"status": "pass" if is_ready else "fail", **told}, 200 if is_ready else 503)


async def health(request: Request, *, check_up: CheckUp) -> JSONResponse:
    """Answer with the checks one by one, and when they were made; 200 whatever their outcome."""
    checks = await check_up.outcomes(request)
    words = {outcome.partition(":")[0] for outcome in checks.values()}
    status = next(word for word in ("fail", "warn", "pass") if word in words)
    entries = [
        {"name": name, "status": outcome.partition(": ")[0], "detail": outcome.partition(": ")[2] or None}
        for name, outcome in checks.items()
    ]
    now = datetime.now(UTC).isoformat(timespec="milliseconds")
    return JSONResponse({"status": status, "timestamp": now, "checks": entries})


async def checks_of(database: Database, shared: SharedCache | None, others: Mapping[str, Check]) -> Checks:
    """Return the outcomes of the checks of the database, the cache and other parts."""
    told = asyncio.gather(*(told_in_time(check, database) for check in others.values()))
    stored, cache, found = await asyncio.gather(database_checks(database), cache_check(shared), told)
    return {**stored, "cache": cache, **dict(zip(others, found, strict=True))}


async def told_in_time(check: Check, database: Database) -> str:
    """Return the outcome of a check, or that it isn't known."""
    try:
        async with asyncio.timeout(TIMEOUT):
            return await check(database)
    except Exception:  # noqa: BLE001 - the check of the database says why
        return "warn: not known"


async def database_checks(database: Database) -> Checks:
    """Return whether the database answers, and whether it has what this code expects."""
    try:
        async with asyncio.timeout(TIMEOUT):
            lacks, found = await state(database)
    except (DatabaseUnavailableError, StatementTimeoutError, TimeoutError):
        return {"database": "fail: the database doesn't answer", "migrations": "warn: not known"}
    return {"database": "pass", "migrations": migrations_check(lacks, found)}


def migrations_check(lacks: Sequence[tuple[str, str]], found: str | None) -> str:
    """Return what the database's revision, and the columns that it lacks, mean for this code."""
    if found is None or (found != migrations.head() and found in migrations.known()):
        return "fail: run `ariesone db upgrade`"
    if lacks:
        tell_missing(tuple(lacks))
        return "fail: a table or a column is missing; the log names it"
    # What a newer version has migrated works beside this one, as long as it takes to replace it.
    return "pass" if found == migrations.head() else "warn: the database is newer than this server"


@lru_cache(maxsize=1)
def tell_missing(lacks: Sequence[tuple[str, str]]) -> None:
    """Log which columns are missing, once."""
    log.error("the database lacks columns that this code reads: %s", ", ".join(map(".".join, lacks)))


async def feed_check(follower: Follower, _: Database) -> str:
    """Return "pass" unless the log of changes hasn't been read for long: listeners get nothing then."""
    seconds = follower.silence
    return "pass" if seconds <= PATIENCE else f"warn: the log of changes hasn't been read for {seconds:,.0f} s"


async def none_configured(_: Database) -> str:
    """Return "pass", for a part that there is none of."""
    return "pass: none configured"


async def cache_check(shared: SharedCache | None) -> str:
    """Return "pass" where the shared cache answers; without it the server is slower, not wrong."""
    if shared is None:
        return "pass: none configured"
    problem = await shared.check()
    return "pass" if problem is None else f"warn: {problem}"
