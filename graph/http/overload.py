"""How busy this process is: which requests run, wait or are refused, so that those it takes are answered soon."""

import asyncio
from collections import deque
from contextlib import suppress
from typing import NoReturn

from graph.errors import ServiceUnavailableError

# Seconds between two looks at how late the event loop runs what is due.
INTERVAL = 0.01
# Requests that are taken however late it is: below this, lateness is somebody else's. A refusal waits for as many
# steps of operations as are under way.
FLOOR = 16


# Seconds that a request may wait for its turn.
MAX_WAIT = 3.0


class Gauge:
    """Lets so many requests run, has others wait for their turn, and watches how late the event loop is.

    More at a time are not answered sooner, see docs/decisions/0019.
    """

    def __init__(self, max_requests: int, max_running: int, max_lag: float) -> None:
        self._max_requests = max_requests
        self._max_running = max_running
        self._max_lag = max_lag
        # Requests that run.
        self.running = 0
        # Each is done once it is its turn, or once nobody waits for it any more.
        self._waiting: deque[asyncio.Future[None]] = deque()
        self._lag = 0.0

    @property
    def waiting(self) -> int:
        """Requests that wait for their turn."""
        return len(self._waiting)

    async def begin(self) -> None:
        """Wait until a request may run; raises ServiceUnavailableError for want of room or of a turn."""
        self.require_room()
        if not self.try_begin():
            await self._turn()

    def try_begin(self) -> bool:
        """Have a request run that needn't wait; return False where it has to."""
        if self.running >= self._max_running:
            return False
        self.running += 1
        return True

    def end(self) -> None:
        """Note that a request that ran is over; the one that has waited longest runs in its place."""
        while self._waiting:
            turn = self._waiting.popleft()
            if not turn.done():
                turn.set_result(None)
                return
        self.running -= 1

    def require_room(self) -> None:
        """Raise ServiceUnavailableError where one more request would be one too many."""
        requests = self.running + len(self._waiting)
        is_late = self._lag > self._max_lag and requests >= FLOOR
        if is_late or requests >= self._max_requests:
            raise busy()

    async def watch(self) -> NoReturn:
        """Keep the lag up to date until cancelled."""
        loop = asyncio.get_running_loop()
        while True:
            due = loop.time() + INTERVAL
            await asyncio.sleep(INTERVAL)
            self._lag = loop.time() - due

    async def _turn(self) -> None:
        turn = asyncio.get_running_loop().create_future()
        self._waiting.append(turn)
        try:
            async with asyncio.timeout(MAX_WAIT):
                await turn
        except TimeoutError:
            self._give_up(turn)
            raise busy() from None
        except BaseException:
            self._give_up(turn)
            raise

    def _give_up(self, turn: asyncio.Future[None]) -> None:
        if turn.done() and not turn.cancelled():
            # It came just then.
            self.end()
            return
        turn.cancel()
        # Where another request ended meanwhile, it was passed over and is out of the line already.
        with suppress(ValueError):
            self._waiting.remove(turn)


def busy() -> ServiceUnavailableError:
    """Return the refusal of a request that there is no time for."""
    return ServiceUnavailableError("The server is busy. Try again in a moment.")
