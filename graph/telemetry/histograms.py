"""Many durations put into a histogram at a time: all that we know of prometheus-client's inside.

It takes one at a time, for some 2 us each: a lock for the sum, a walk through the buckets, and another lock.
"""

from bisect import bisect_left
from collections.abc import Iterable
from typing import Final

from prometheus_client import Histogram
from prometheus_client.samples import Exemplar

# Seconds.
BUCKETS: Final = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)


class Durations:
    """Durations by BUCKETS, and of each bucket the last one with its trace.

    `taken` has each one's seconds, the trace that it belongs to, and when it ended on the clock of time.time.
    """

    def __init__(self, taken: Iterable[tuple[float, str, float]]) -> None:
        self._total = 0.0
        self._counts: dict[int, int] = {}
        self._last: dict[int, tuple[float, str, float]] = {}
        for each in taken:
            place = bisect_left(BUCKETS, each[0])
            self._total += each[0]
            self._counts[place] = self._counts.get(place, 0) + 1
            self._last[place] = each

    def add_to(self, histogram: Histogram) -> None:
        """Observe all of them, as `observe` does one by one; the histogram's buckets are BUCKETS."""
        histogram._sum.inc(self._total)  # noqa: SLF001 - see above
        for place, count in self._counts.items():
            bucket = histogram._buckets[place]  # noqa: SLF001 - see above
            bucket.inc(count)
            seconds, trace_id, moment = self._last[place]
            # Where several processes share their metrics, the library keeps none.
            bucket.set_exemplar(Exemplar({"trace_id": trace_id}, seconds, moment))
