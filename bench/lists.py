"""What lists take, a page and a count each, and how that is told: by kinds, beside goals, with the slowest."""

import statistics
import time
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from bench.report import table
from db.failures import StatementTimeoutError

# Milliseconds.
MEDIAN, WORST = 20.0, 150.0

Of = TypeVar("Of")


@dataclass(frozen=True, slots=True)
class Taken(Generic[Of]):
    """The milliseconds that the page of a list took, and its count; and what was counted."""

    of: Of
    page: float
    count: float
    number: int


def best(times: Sequence[float]) -> float:
    """The best of some times, the first of which warms."""
    return min(times)


def usual(times: Sequence[float]) -> float:
    """The median of some times but for the first, which warms."""
    return statistics.median(times[1:])


async def milliseconds(
    run: Callable[[], Awaitable[Any]], times: int = 3, chosen: Callable[[Sequence[float]], float] = best
) -> tuple[float, Any]:
    """What something takes that is run so many times, and what it returns; 0 where it takes too long to answer."""
    taken = []
    for _ in range(times):
        started = time.perf_counter()
        try:
            found = await run()
        except StatementTimeoutError:
            found = 0
        taken.append((time.perf_counter() - started) * 1e3)
    return chosen(taken), found


def report(
    taken: Sequence[Taken[Of]],
    noun: str,
    kinds: Mapping[str, Callable[[Of], bool]],
    told: Callable[[Of], str],
    slowest: int,
) -> None:
    """Print medians and worst times of each kind, and what was slowest."""
    columns = ("ms", noun, *("page: median", "95 of 100", "worst"), *("count: median", "95 of 100", "worst"))
    of_kinds = {"all": list(taken)} | {
        name: [each for each in taken if is_so(each.of)] for name, is_so in kinds.items()
    }
    print(table(columns, [_row(name, chosen) for name, chosen in of_kinds.items() if chosen]))
    for name, get in (("page", _page), ("count", _count)):
        times = list(map(get, taken))
        is_met = statistics.median(times) <= MEDIAN and max(times) <= WORST
        print(f"\nA {name} at {MEDIAN:g} ms (median) and {WORST:g} ms (worst) is {'met' if is_met else 'missed'}.")
        for each in sorted(taken, key=get, reverse=True)[:slowest]:
            print(f"  {get(each):7.1f} ms  {told(each.of)}: {each.number:,}")


def _page(taken: Taken[Any]) -> float:
    return taken.page


def _count(taken: Taken[Any]) -> float:
    return taken.count


def _row(name: str, taken: Sequence[Taken[Any]]) -> list[str]:
    figures = [figure for get in (_page, _count) for figure in _figures(list(map(get, taken)))]
    return [name, str(len(taken)), *(f"{figure:.1f}" for figure in figures)]


def _figures(times: Sequence[float]) -> Iterator[float]:
    """Yield the median, what 95 of 100 stay below, and the worst."""
    yield from (statistics.median(times), sorted(times)[int(len(times) * 0.95)], max(times))
