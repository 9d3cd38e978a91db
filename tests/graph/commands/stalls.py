"""How long a request keeps a server from answering others, measured while it is sent for the first time."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event, Thread
from types import TracebackType
from typing import Self

import httpx2

# Seconds between two probes.
PAUSE = 0.002


@dataclass
class Stalls:
    """Asks /livez again and again beside what is measured; the slowest probe is what another client would notice.

    A machine has other things to do, which make a probe slow as well. So a stall is no longer than the time that
    the server's event loop was computing meanwhile, where the system tells it.
    """

    address: str
    process: int
    _slowest: float = 0.0
    _stopped: Event = field(default_factory=Event)

    def __enter__(self) -> Self:
        self._thread = Thread(target=self._probe)
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stopped.set()
        self._thread.join()

    @contextmanager
    def measured(self) -> Iterator[list[float]]:
        """Measure what is sent in the block; the list then has the seconds of its stall."""
        found: list[float] = []
        self._slowest = 0.0
        before = self._computed()
        yield found
        # The probe that waited must have its answer.
        time.sleep(2 * PAUSE)
        found.append(min(self._slowest, self._computed() - before))

    def _computed(self) -> float:
        """Return the seconds that the event loop's thread has run; on Linux, else the time."""
        try:
            nanoseconds = Path(f"/proc/{self.process}/task/{self.process}/schedstat").read_text("ascii").split()[0]
        except OSError:
            return time.perf_counter()
        return int(nanoseconds) / 1e9

    def _probe(self) -> None:
        with httpx2.Client(base_url=self.address, timeout=20) as http:
            while not self._stopped.wait(PAUSE):
                started = time.perf_counter()
                http.get("/livez")
                self._slowest = max(self._slowest, time.perf_counter() - started)
