"""How busy this process is, and which requests it refuses so that those it takes are answered in time."""

import asyncio
from typing import NoReturn

from graph.errors import ServiceUnavailableError

# Seconds between two looks at how late the event loop runs what is due.
INTERVAL = 0.01
# Requests that are taken however late it is: below this, lateness is somebody else's. A refusal waits for as many
# steps of operations as are under way.
FLOOR = 16


class Gauge:
    """Counts the requests under way and watches how late the event loop is."""

    def __init__(self, max_requests: int, max_lag: float) -> None:
        self._max_requests = max_requests
        self._max_lag = max_lag
        self._requests = 0
        self._lag = 0.0

    def begin(self) -> None:
        """Count a request until it ends; raises ServiceUnavailableError where it is one too many."""
        self.require_room()
        self._requests += 1

    def end(self) -> None:
        """Count a request that was begun no longer."""
        self._requests -= 1

    def require_room(self) -> None:
        """Raise ServiceUnavailableError where one more request would be one too many."""
        is_late = self._lag > self._max_lag and self._requests >= FLOOR
        if is_late or self._requests >= self._max_requests:
            raise ServiceUnavailableError("The server is busy. Try again in a moment.")

    async def watch(self) -> NoReturn:
        """Keep the lag up to date until cancelled."""
        loop = asyncio.get_running_loop()
        while True:
            due = loop.time() + INTERVAL
            await asyncio.sleep(INTERVAL)
            self._lag = loop.time() - due
