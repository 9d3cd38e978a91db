"""What must be reached, beside what was measured."""

from collections.abc import Mapping
from dataclasses import dataclass

from bench.contestants import CONSTANT, HANDWRITTEN, MERCURIUS, OURS, OURS_KEPT, STRAWBERRY
from bench.results import Results
from bench.rounds import Sample
from bench.workloads import BULK, FIRST_TEN, LAST_TEN, PAGE_20, PAGE_100, POINT, Workload

# This server over a directory of a hundredth of the size.
OURS_SMALL = f"{OURS}, a hundredth of the companies"

_MOST_OF_HANDWRITTEN = 1.25
_MOST_OF_MERCURIUS = 0.8
_TIMES_STRAWBERRY = {POINT: 10, PAGE_20: 15, PAGE_100: 25}
_MOST_OF_CONSTANT = 2.0
_DEPTH = 1.2
_GROWTH = 1.3
_FIRST_SIGHT_MS = 5.0

Best = Mapping[tuple[str, str], Sample]


@dataclass(frozen=True, slots=True)
class Goal:
    """A figure with its limit, and what was measured; None where it wasn't."""

    name: str
    limit: float
    measured: float | None
    at_least: bool = False
    unit: str = ""

    @property
    def is_met(self) -> bool | None:
        """Return whether it is reached."""
        if self.measured is None:
            return None
        return self.measured >= self.limit if self.at_least else self.measured <= self.limit


def goals(results: Results) -> list[Goal]:
    """Return every goal; costs are CPU per request of the server and PostgreSQL together."""
    best = results.best()
    return [
        *(_of(best, each, HANDWRITTEN, _MOST_OF_HANDWRITTEN) for each in _TIMES_STRAWBERRY),
        *(_of(best, each, MERCURIUS, _MOST_OF_MERCURIUS) for each in (*_TIMES_STRAWBERRY, BULK)),
        *(_times_strawberry(best, each, times) for each, times in _TIMES_STRAWBERRY.items()),
        Goal("point, answers kept: AriesOne / constant answer", _MOST_OF_CONSTANT, _kept(best)),
        Goal("last page of 10 / first page", _DEPTH, _ratio(best, (OURS, LAST_TEN.name), (OURS, FIRST_TEN.name))),
        *(_growth(best, each) for each in (POINT, PAGE_20)),
        Goal("first sight of an operation of 100 fields", _FIRST_SIGHT_MS, results.first_sight_ms, unit=" ms"),
    ]


def _of(best: Best, workload: Workload, peer: str, limit: float) -> Goal:
    name = workload.name
    return Goal(f"{name}: {OURS} / {peer}", limit, _ratio(best, (OURS, name), (peer, name)))


def _kept(best: Best) -> float | None:
    return _ratio(best, (OURS_KEPT, POINT.name), (CONSTANT, POINT.name))


def _times_strawberry(best: Best, workload: Workload, times: float) -> Goal:
    name = workload.name
    return Goal(
        f"{name}: {STRAWBERRY} / {OURS}", times, _ratio(best, (STRAWBERRY, name), (OURS, name)), at_least=True
    )


def _growth(best: Best, workload: Workload) -> Goal:
    name = workload.name
    ratio = _ratio(best, (OURS, name), (OURS_SMALL, name))
    return Goal(f"{name}: all companies / a hundredth of them", _GROWTH, ratio)


def _ratio(best: Best, above: tuple[str, str], below: tuple[str, str]) -> float | None:
    if above not in best or below not in best:
        return None
    return best[above].total / best[below].total
