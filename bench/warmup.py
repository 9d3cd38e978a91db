"""How a server is warmed: asked everything in turn, over and over, until what a request costs it stops falling."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import geometric_mean

# Machines that compile while they run (V8 above all) get faster for tens of thousands of requests.
WINDOWS = 3
SPREAD = 0.03


def is_steady(windows: Sequence[float]) -> bool:
    """Return whether the last three windows cost the same within 3 %."""
    last = windows[-WINDOWS:]
    return len(last) == WINDOWS and max(last) <= min(last) * (1 + SPREAD)


@dataclass(frozen=True, slots=True)
class WarmUp:
    """How a server was warmed: what each window cost, in microseconds a request, and how long it all took."""

    server: str
    windows: Sequence[float]
    seconds: float

    @property
    def is_steady(self) -> bool:
        """Return whether it ended because costs had stopped falling, and not because time was up."""
        return is_steady(self.windows)


def warm(server: str, asks: Sequence[Callable[[], float]], most_seconds: float) -> WarmUp:
    """Warm a server, for so many seconds at most; each of `asks` puts load on it and returns a request's cost.

    A window is all of them in turn, and costs their geometric mean: a cheap one counts as much as a dear one.
    """
    started = time.monotonic()
    windows: list[float] = []
    while not is_steady(windows) and time.monotonic() - started < most_seconds:
        windows.append(geometric_mean([ask() for ask in asks]))
    return WarmUp(server, windows, time.monotonic() - started)
