"""What lists cost in a larger directory where as many fit: the same tests in the same order, in two sizes.

    .venv/bin/python -m bench.alike [--sizes 100000 1900000] [--combinations 300] [--database URL]

A combination by chance (bench/combinations.py) is asked of the smaller directory; then its tests get other values
until about as many fit in the larger one, the very same first. Both are asked one after the other: the first 20
and their number up to --cap, the best of three times each.
"""

import argparse
import asyncio
import random
import statistics
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from operator import attrgetter
from pathlib import Path

from bench.combinations import Pick, alike, drawn, picks
from bench.country import ask, filled, told
from bench.lists import Taken, best
from bench.questions import Question
from bench.report import table
from db.embedded.postgresql import postgresql
from db.engine import Database, connection_to

# What as many fit may differ by, and how often other values are tried.
NEARLY = 1.25
TRIES = 40
# As many times as long it may take; in milliseconds, what is below this is as quick as can be told.
GOAL = 2.0
QUICK = 5.0


@dataclass(frozen=True, slots=True)
class Pair:
    """What a question took in the smaller directory, and one that is alike in the larger one."""

    small: Taken[Question]
    large: Taken[Question]

    @property
    def page(self) -> tuple[float, float]:
        """The milliseconds of the pages."""
        return self.small.page, self.large.page

    @property
    def count(self) -> tuple[float, float]:
        """The milliseconds of the counts."""
        return self.small.count, self.large.count


def kinds(cap: int) -> Mapping[str, Callable[[int], bool]]:
    """Pairs by how many fit."""
    return {
        "none": lambda number: number == 0,
        "1 to 20": lambda number: 0 < number <= 20,  # noqa: PLR2004 - a page
        f"21 to {cap:,}": lambda number: 20 < number <= cap,  # noqa: PLR2004 - as above
        f"over {cap:,}": lambda number: number > cap,
    }


def are_as_many(one: int, other: int) -> bool:
    """Whether about as many fit."""
    return max(one, other) <= NEARLY * min(one, other)


async def pair(
    small: Database, large: Database, question: Question, picked: Sequence[Pick], draw: random.Random, cap: int
) -> Pair | None:
    """Ask a question of one directory and one that is alike of the other; None where nothing else has as many."""
    number = await question.count(small, cap)
    other = question
    for _ in range(TRIES):
        if are_as_many(number, await other.count(large, cap)):
            return Pair(await ask(small, question, cap, 3, best), await ask(large, other, cap, 3, best))
        other = alike(question, picked, draw)
    return None


async def measure(urls: Sequence[str], combinations: int, seed: int, cap: int) -> list[Pair]:
    """Ask so many questions of two directories, but for those that have no match."""
    picked = []
    for url in urls:
        async with connection_to(url) as connection:
            picked.append(await picks(connection))
    draw = random.Random(seed)  # noqa: S311 - no secret
    async with Database.open(urls[0]) as small, Database.open(urls[1]) as large:
        found = [
            await pair(small, large, drawn(picked[0], draw), picked[1], draw, cap) for _ in range(combinations)
        ]
    return [each for each in found if each]


def report(pairs: Sequence[Pair], sizes: Sequence[int], cap: int, slowest: int) -> None:
    """Print what pages and counts took in both, and those that took too long in the larger one."""
    small, large = (f"{size:,}" for size in sizes)
    gets: Mapping[str, Callable[[Pair], tuple[float, float]]] = {
        "page": attrgetter("page"),
        "count": attrgetter("count"),
    }
    for name, get in gets.items():
        columns = (f"{name}, ms; fit", "pairs", small, large, "times: median", "95 of 100")
        of_kinds = {
            name: [each for each in pairs if is_so(each.large.number)] for name, is_so in kinds(cap).items()
        }
        rows = [row(kind, list(map(get, chosen))) for kind, chosen in of_kinds.items()]
        print(table(columns, [*filter(None, rows), row("all", list(map(get, pairs)))]))
        late = [each for each in pairs if get(each)[1] > max(QUICK, GOAL * get(each)[0])]
        print(f"\n{len(pairs) - len(late)} of {len(pairs)} take at most {GOAL:g} times as long, or {QUICK:g} ms.")
        for each in sorted(late, key=lambda each: get(each)[1], reverse=True)[:slowest]:
            print(f"  {get(each)[0]:7.1f} {get(each)[1]:7.1f} ms  {told(each.large.of)}: {each.large.number:,}")
        print()


def row(kind: str, times: Sequence[tuple[float, float]]) -> list[str]:
    """The cells of a kind; none where there is no pair."""
    if not times:
        return []
    small, large = (statistics.median(each) for each in zip(*times, strict=True))
    more = sorted(large / small for small, large in times)
    figures = (small, large, statistics.median(more), more[int(len(more) * 0.95)])
    return [kind, str(len(times)), *(f"{figure:.1f}" for figure in figures)]


def main() -> None:
    """Make the directories, measure, and tell."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--sizes", type=int, nargs=2, default=(100_000, 1_900_000))
    parser.add_argument("--combinations", type=int, default=300)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--cap", type=int, default=1_000, help="where counting stops")
    parser.add_argument("--slowest", type=int, default=10, help="how many that take too long are told")
    parser.add_argument("--database", help="the URL of a PostgreSQL to use in place of an embedded one")
    parser.add_argument("--data", type=Path, default=Path(".ariesone/country"), help="what is kept between runs")
    given = parser.parse_args()
    with ExitStack() as stack:
        server = given.database or stack.enter_context(postgresql(given.data.absolute()))
        urls = [filled(server, size) for size in given.sizes]
        pairs = asyncio.run(measure(urls, given.combinations, given.seed, given.cap))
        print(f"{len(pairs)} of {given.combinations} combinations have one that is alike.\n")
        report(pairs, given.sizes, given.cap, given.slowest)


if __name__ == "__main__":
    main()
