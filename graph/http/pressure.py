"""How busy this process is, as metrics show it: connections, requests that run or wait, and its SQL."""

from collections.abc import Mapping
from typing import Final, NoReturn

from db.engine import Database
from db.pool import PoolState
from graph.cache.shared import SharedCache
from graph.http.overload import Gauge
from graph.telemetry.late import write_counters
from graph.telemetry.metrics import (
    POOL_CONNECTIONS,
    POOL_LIMIT,
    POOL_WAIT_SECONDS,
    POOL_WAITING,
    POOL_WAITS,
    REDIS_CONNECTIONS,
    REQUESTS_TAKEN,
)
from graph.telemetry.statements import count_statements
from graph.telemetry.watching import keep_showing

# Seconds between two looks.
INTERVAL: Final = 1.0


class Pressure:
    """Shows how busy a server is, again and again; what only grows is counted from where it was seen last."""

    def __init__(self, database: Database, shared: SharedCache | None, gauge: Gauge) -> None:
        self._database = database
        self._shared = shared
        self._gauge = gauge
        self._pools: Mapping[str, PoolState] = {}

    async def watch(self) -> NoReturn:
        """Show how busy it is until cancelled."""
        await keep_showing("pressure", self.show, INTERVAL)

    async def show(self) -> None:
        """Show how busy it is at this moment."""
        found = self._database.pools()
        for name, state in found.items():
            _show_pool(name, state, self._pools.get(name))
        self._pools = found
        if self._shared is not None:
            busy, idle = self._shared.connections
            REDIS_CONNECTIONS.labels("busy").set(busy)
            REDIS_CONNECTIONS.labels("idle").set(idle)
        write_counters()
        count_statements()
        REQUESTS_TAKEN.labels("running").set(self._gauge.running)
        REQUESTS_TAKEN.labels("waiting").set(self._gauge.waiting)


def _show_pool(name: str, now: PoolState, before: PoolState | None) -> None:
    POOL_CONNECTIONS.labels(name, "lent").set(now.lent)
    POOL_CONNECTIONS.labels(name, "idle").set(now.idle)
    POOL_LIMIT.labels(name).set(now.most)
    POOL_WAITING.labels(name).set(now.waiting)
    POOL_WAITS.labels(name).inc(now.waits - (before.waits if before else 0))
    POOL_WAIT_SECONDS.labels(name).inc(now.waited - (before.waited if before else 0))
