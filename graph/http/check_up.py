"""Looks at each part of the server, when somebody asks and every few seconds, and tells of what has changed."""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final, NoReturn

from db.engine import Database
from graph.condition import Condition, Health, healthy, unhealthy, unknown
from graph.telemetry.metrics import show_health

# Seconds for all looks together: a probe that hangs tells an orchestrator nothing.
TIMEOUT: Final = 2.0
# Seconds that somebody waits for a look under way where something is known from the one before.
PATIENCE: Final = 0.09
# Seconds between two looks that nobody asked for.
INTERVAL: Final = 3.0

# The part without which most others can't be looked at, and those that can be.
DATABASE: Final = "database"
INDEPENDENT: Final = frozenset({DATABASE, "cache"})
PROCESS: Final = "process"

# The check of `ariesone doctor` that says what to do about a part.
HELP: Final[Mapping[str, str]] = {
    DATABASE: "database-reachable",
    "migrations": "database-migrations",
    "cache": "cache-reachable",
    "replicas": "replicas-lag",
    "feed": "events-feed",
    "jobs": "events-jobs",
    "queue": "queue-delivery",
    "webhooks": "events-webhooks",
}

log = logging.getLogger("ariesone.health")

Look = Callable[[Database], Awaitable[Condition]]


@dataclass(frozen=True, slots=True)
class Reading:
    """What a look at a part found, when it ended (UTC) and how many seconds it took.

    `since` is when the part was first found to be other than healthy, without having been so in between.
    """

    condition: Condition
    looked_at: datetime
    seconds: float
    since: datetime | None = None


Readings = Mapping[str, Reading]


class CheckUp:
    """The looks of one process, by the names of parts; whoever asks while they are under way shares them."""

    def __init__(self, looks: Mapping[str, Look]) -> None:
        self._looks = looks
        self._readings: Readings = {}
        self._running: asyncio.Task[None] | None = None
        # What the log told of each part last: its health, and the check that says what to do.
        self._told: dict[str, tuple[Health, str | None]] = {}

    async def readings(self, database: Database, *, is_stopping: bool) -> Readings:
        """Return what is known of each part: by a look now, or by the one before where that takes long."""
        running = self._running
        if running is None or running.done():
            running = self._running = asyncio.create_task(self._look(database))
        # It goes on where one of those who wait for it leaves.
        await asyncio.wait((running,), timeout=PATIENCE if self._readings else None)
        process = unhealthy("the server is stopping") if is_stopping else healthy()
        return {**self._readings, PROCESS: Reading(process, datetime.now(UTC), 0.0)}

    async def watch(self, database: Database) -> NoReturn:
        """Look every few seconds until cancelled."""
        while True:
            await asyncio.sleep(INTERVAL)
            await self.readings(database, is_stopping=False)

    async def _look(self, database: Database) -> None:
        found = await asyncio.gather(*(read(name, look, database) for name, look in self._looks.items()))
        readings = without_consequences(dict(zip(self._looks, found, strict=True)))
        self._readings = {name: self._dated(name, reading) for name, reading in readings.items()}
        for name, reading in self._readings.items():
            self._tell(name, reading)

    def _dated(self, name: str, reading: Reading) -> Reading:
        """Return a reading with the time since when the part isn't healthy."""
        if reading.condition.is_well:
            return reading
        before = self._readings.get(name)
        since = before.since if before and before.since else reading.looked_at
        return Reading(reading.condition, reading.looked_at, reading.seconds, since)

    def _tell(self, name: str, reading: Reading) -> None:
        """Show a part in the metrics, and log it where it was another one before."""
        condition, section = reading.condition, help_for(name, reading)
        show_health(name, condition.health, reading.seconds)
        told = (condition.health, section)
        if condition.health is Health.UNKNOWN or told == self._told.get(name, (Health.HEALTHY, None)):
            return
        self._told[name] = told
        if condition.is_well:
            log.info("%s is healthy again", name)
        else:
            log.warning("%s is %s: %s; see %s", name, condition.health, condition.detail, section)


async def read(name: str, look: Look, database: Database) -> Reading:
    """Look at a part, no longer than TIMEOUT."""
    began = time.perf_counter()
    try:
        async with asyncio.timeout(TIMEOUT):
            condition = await look(database)
    except TimeoutError:
        words = f"no answer within {TIMEOUT:g} s"
        condition = unhealthy(words) if name == DATABASE else unknown(words)
    except Exception:  # noqa: BLE001 - whatever it is, the others are looked at
        condition = unknown("it can't be looked at")
    return Reading(condition, datetime.now(UTC), time.perf_counter() - began)


def without_consequences(readings: Readings) -> Readings:
    """Return readings in which no part is blamed for what it can't do without the database."""
    if readings[DATABASE].condition.health is not Health.UNHEALTHY:
        return readings
    away = unknown("not known while the database is away")
    return {
        name: each if name in INDEPENDENT else Reading(away, each.looked_at, each.seconds)
        for name, each in readings.items()
    }


def overall(readings: Readings) -> Health:
    """Return the health of the whole server: unhealthy where requests can't be served."""
    found = {each.condition.health for each in readings.values()}
    if Health.UNHEALTHY in found:
        return Health.UNHEALTHY
    return Health.HEALTHY if found == {Health.HEALTHY} else Health.DEGRADED


def help_for(name: str, reading: Reading) -> str | None:
    """Return the check that says what to do about a part; None where it is well, or there is nothing to do."""
    return None if reading.condition.is_well else reading.condition.help or HELP.get(name)
