"""/livez says that the process answers, /readyz whether to send it requests, /health how each part is.

All three answer in one shape: status, timestamp, and checks by name.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse

from graph.condition import Health
from graph.http.check_up import CheckUp, Reading, Readings, help_for, overall
from graph.http.exchange import exchange_of
from graph.http.reports import HELP


async def livez(_: Request) -> JSONResponse:
    """Answer that the process is alive."""
    return JSONResponse(shown(Health.HEALTHY))


async def readyz(request: Request, *, check_up: CheckUp, tells: bool) -> JSONResponse:
    """Answer 200 where requests can be served, 503 where not or no longer; with each check where it `tells`."""
    readings = await read(request, check_up)
    found = overall(readings)
    answer = shown(found, readings) if tells else shown(told_to_all(found))
    return JSONResponse(answer, 503 if found is Health.UNHEALTHY else 200)


async def health(request: Request, *, check_up: CheckUp) -> JSONResponse:
    """Answer with the checks one by one; 200 whatever they found."""
    readings = await read(request, check_up)
    return JSONResponse(shown(overall(readings), readings))


async def health_for(request: Request, check_up: CheckUp, *, tells: bool) -> Health:
    """Return the health of the server; whether something works less well only where it `tells`."""
    found = overall(await read(request, check_up))
    return found if tells else told_to_all(found)


def told_to_all(health: Health) -> Health:
    """Return what everyone is told of the server's health: what works less well is for operators."""
    return health if health is Health.UNHEALTHY else Health.HEALTHY


async def read(request: Request, check_up: CheckUp) -> Readings:
    """Return what is known of each part."""
    return await check_up.readings(request.state.database, is_stopping=exchange_of(request.scope).is_stopping)


def shown(status: Health, readings: Readings | None = None) -> Mapping[str, Any]:
    """Return an answer; without readings it has no checks."""
    told = {"status": status, "timestamp": in_utc(datetime.now(UTC))}
    if readings is None:
        return told
    return {**told, "checks": {name: entry(name, reading) for name, reading in readings.items()}}


def entry(name: str, reading: Reading) -> Mapping[str, Any]:
    """Return what is told of a part."""
    section = help_for(name, reading)
    return {
        "status": reading.condition.health,
        "checkedAt": in_utc(reading.looked_at),
        "milliseconds": round(reading.seconds * 1000, 1),
        "detail": reading.condition.detail,
        "since": in_utc(reading.since) if reading.since else None,
        "help": f"{HELP}{section}" if section else None,
    }


def in_utc(instant: datetime) -> str:
    """Return an instant as ISO 8601 has it, in UTC."""
    return instant.isoformat(timespec="milliseconds").replace("+00:00", "Z")
