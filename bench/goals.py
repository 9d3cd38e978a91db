"""What must be reached, beside what was measured."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from bench.contestants import (
    CONSTANT,
    HANDWRITTEN,
    JAVASCRIPT,
    OURS,
    OURS_AT,
    OURS_KEPT,
    OURS_SHARED,
    OURS_SMALL,
    STRAWBERRY,
)
from bench.results import Results
from bench.rounds import Sample
from bench.workloads import (
    BULK,
    FILTERED,
    FIRST_TEN,
    FRESH,
    LAST_TEN,
    NEAR,
    PAGE_20,
    PAGE_20_WITH_NUMBERS,
    PAGE_100,
    POINT,
    POINT_WITH_NUMBERS,
    RELAY_20,
    SEARCH,
    WORKLOADS,
    Workload,
)

_MOST_OF_HANDWRITTEN = {POINT: 1.0, PAGE_20: 1.0, PAGE_100: 1.0}
_MOST_OF_JAVASCRIPT = {
    POINT: 1.0,
    PAGE_20: 0.8,
    PAGE_100: 0.7,
    RELAY_20: 0.8,
    FILTERED: 0.9,
    NEAR: 0.9,
    BULK: 0.75,
}
_TIMES_STRAWBERRY = {POINT: 10, PAGE_20: 15, PAGE_100: 20}
_VARIABLES = 1.05
_MOST_OF_CONSTANT = 2.0
_MOST_OF_CONSTANT_SHARED = 4.0
_SHARED = 0.2
_KEPT = 1.03
_DEPTH = 1.2
_GROWTH = 1.3
_FIRST_SIGHT_MS = 4.0
# What the rounds of one server waver by, though nothing has changed.
_NOT_DEARER = 1.05

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
        *(_of(best, each, HANDWRITTEN, limit) for each, limit in _MOST_OF_HANDWRITTEN.items()),
        *(_of_javascript(best, each, limit) for each, limit in _MOST_OF_JAVASCRIPT.items()),
        *(_times_strawberry(best, each, times) for each, times in _TIMES_STRAWBERRY.items()),
        *_variables(best),
        *_kept(best),
        Goal("last page of 10 / first page", _DEPTH, _ratio(best, (OURS, LAST_TEN.name), (OURS, FIRST_TEN.name))),
        *(_growth(best, each) for each in (POINT, PAGE_20)),
        Goal("first sight of an operation of 100 fields", _FIRST_SIGHT_MS, results.first_sight_ms, unit=" ms"),
        *_not_dearer(best),
    ]


def fastest_javascript(best: Best, workload: Workload) -> str | None:
    """Return the JavaScript peer that takes the least CPU for a workload; None where none was measured."""
    found = [best[peer, workload.name] for peer in JAVASCRIPT if (peer, workload.name) in best]
    return min(found, key=lambda sample: sample.total).server if found else None


def _of(best: Best, workload: Workload, peer: str, limit: float) -> Goal:
    name = workload.name
    return Goal(f"{name}: {OURS} / {peer}", limit, _ratio(best, (OURS, name), (peer, name)))


def _of_javascript(best: Best, workload: Workload, limit: float) -> Goal:
    peer = fastest_javascript(best, workload)
    if peer is None:
        return Goal(f"{workload.name}: {OURS} / the fastest JavaScript peer", limit, None)
    return _of(best, workload, peer, limit)


def _times_strawberry(best: Best, workload: Workload, times: float) -> Goal:
    name = workload.name
    return Goal(
        f"{name}: {STRAWBERRY} / {OURS}", times, _ratio(best, (STRAWBERRY, name), (OURS, name)), at_least=True
    )


def _variables(best: Best) -> Iterator[Goal]:
    for workload, other in ((POINT, POINT_WITH_NUMBERS), (PAGE_20, PAGE_20_WITH_NUMBERS)):
        ratio = _ratio(best, (OURS, workload.name), (OURS, other.name))
        yield Goal(f"{workload.name}: numbers in variables / in the document", _VARIABLES, ratio)


def _kept(best: Best) -> Iterator[Goal]:
    """Yield what answers that are kept may cost, those that are given again and those that never are."""
    point = POINT.name
    for name, limit in ((OURS_KEPT, _MOST_OF_CONSTANT), (OURS_SHARED, _MOST_OF_CONSTANT_SHARED)):
        yield Goal(f"{point}: {name} / {CONSTANT}", limit, _ratio(best, (name, point), (CONSTANT, point)))
    for each in (FILTERED, SEARCH):
        ratio = _ratio(best, (OURS_SHARED, each.name), (OURS, each.name))
        yield Goal(f"{each.name}: {OURS_SHARED} / not kept", _SHARED, ratio)
    for each in (*WORKLOADS, *FRESH.values()):
        ratio = _ratio(best, (OURS_KEPT, each.name), (OURS, each.name))
        yield Goal(f"{each.name}: {OURS_KEPT} / not kept", _KEPT, ratio)


def _growth(best: Best, workload: Workload) -> Goal:
    name = workload.name
    ratio = _ratio(best, (OURS, name), (OURS_SMALL, name))
    return Goal(f"{name}: all companies / a hundredth of them", _GROWTH, ratio)


def _not_dearer(best: Best) -> Iterator[Goal]:
    """Yield a goal for each workload that this server was measured with at another commit, too."""
    for server in dict.fromkeys(server for server, _ in best if server.startswith(OURS_AT)):
        yield from (_of(best, each, server, _NOT_DEARER) for each in WORKLOADS if (server, each.name) in best)


def _ratio(best: Best, above: tuple[str, str], below: tuple[str, str]) -> float | None:
    if above not in best or below not in best:
        return None
    return best[above].total / best[below].total
