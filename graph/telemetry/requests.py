"""What has ended, a request or one of several operations of a request: counted, timed and logged in one place.

What is counted and written one by one takes several microseconds each time, so it is told many at a time.
"""

import asyncio
import atexit
import logging
from collections.abc import Callable, Sequence
from threading import Lock
from typing import Final

from graph.telemetry.counts import count
from graph.telemetry.logs import EndedRequest, request_log
from graph.telemetry.operations import OTHER

# A client may send any method, and any path; each value of a label is a time series for ever.
METHODS: Final = frozenset({"GET", "POST", "HEAD", "OPTIONS", "PUT", "PATCH", "DELETE", "QUERY"})

# What is told together at most, and the seconds that one waits for others.
MOST: Final = 64
SECONDS: Final = 0.1

Taker = Callable[[Sequence[EndedRequest]], None]

log = logging.getLogger("ariesone.metrics")


class Telling:
    """What has ended and was not told yet; `takers` are told."""

    def __init__(self, *takers: Taker) -> None:
        self.takers = list(takers)
        # How many are told together; 1 where somebody watches, and in tests.
        self.most = 1
        self._ended: list[EndedRequest] = []
        self._lock = Lock()

    def record(self, ended: EndedRequest) -> None:
        """Have what has ended told within SECONDS; needs a running event loop."""
        if ended.method not in METHODS:
            ended = ended._replace(method=OTHER)
        kept = self._ended
        kept.append(ended)
        if len(kept) >= self.most:
            self.flush()
        elif len(kept) == 1:
            asyncio.get_running_loop().call_later(SECONDS, self.flush)

    def flush(self) -> None:
        """Tell all that wasn't told yet."""
        with self._lock:
            ended = self._ended[:]
            del self._ended[: len(ended)]
        if ended:
            for take in self.takers:
                try:
                    take(ended)
                except Exception:
                    # Whatever it is, the others are told.
                    log.exception("%d ended requests can't be told", len(ended))


telling = Telling(count, request_log.write)
record = telling.record
atexit.register(telling.flush)
