"""/livez says that the process answers; /readyz that it can answer well: database, migrations, cache."""

import asyncio
from collections.abc import Awaitable, Mapping

from redis.asyncio import Redis
from redis.exceptions import RedisError
from starlette.requests import Request
from starlette.responses import JSONResponse

from db import migrations
from db.engine import Database, DatabaseUnavailableError
from db.revision import revision

# Seconds for all the checks together: a probe that hangs tells an orchestrator nothing.
TIMEOUT = 3.0


async def livez(_: Request) -> JSONResponse:
    """Answer that the process is alive."""
    return JSONResponse({"status": "pass"})


async def readyz(request: Request) -> JSONResponse:
    """Answer 200 where requests can be served, 503 where not, with the outcome of each check."""
    checks: Mapping[str, Awaitable[str]] = {
        "database": database_check(request.state.database),
        "cache": cache_check(request.state.redis),
    }
    outcomes = await asyncio.gather(*checks.values())
    found = dict(zip(checks, outcomes, strict=True))
    # Without its cache the server is slower, not wrong.
    ready = found["database"] == "pass"
    status = "pass" if ready else "fail"
    return JSONResponse({"status": status, "checks": found}, status_code=200 if ready else 503)


async def database_check(database: Database) -> str:
    """Return "pass" where the database answers and is migrated to what this code expects."""
    try:
        async with asyncio.timeout(TIMEOUT):
            found = await revision(database)
    except (DatabaseUnavailableError, TimeoutError):
        return "fail: the database doesn't answer"
    expected = migrations.head()
    return "pass" if found == expected else "fail: run `ariesone db upgrade`"


async def cache_check(redis: Redis | None) -> str:
    """Return "pass" where the shared cache answers."""
    if redis is None:
        return "pass: none configured"
    try:
        async with asyncio.timeout(TIMEOUT):
            await redis.ping()
    except (RedisError, OSError, TimeoutError):
        return "warn: the shared cache doesn't answer"
    return "pass"
