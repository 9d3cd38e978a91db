"""What the same questions cost in directories of ten thousand companies up to the whole country, in CPU.

    .venv/bin/python -m bench.growth [--sizes 10000 100000 1000000 1900000] [--rounds 5] [--database URL]

The directories are the built-in sample, as bench/country.py keeps it, in one PostgreSQL. Each has an endpoint of
its own, which is called as ASGI, without a socket, and keeps no answer. In each round every question is asked of
every directory in turn, for half a second, with other values each time: numbers, places in the list, words and
states of companies that were picked by chance. What counts is the median of the rounds, of this process and
PostgreSQL together. Where matplotlib is installed (the extra `bench`), --plot draws it.
"""

import argparse
import base64
import random
import statistics
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AsyncExitStack, ExitStack
from dataclasses import dataclass, field
from itertools import cycle
from pathlib import Path
from typing import Any
from uuid import uuid4

import orjson
import uvloop
from pydantic import SecretStr

from bench import processes
from bench.country import filled
from bench.report import table
from bench.workloads import OPERATIONS, Variables
from bench.writes import SECRET, UPDATE, Asker, endpoint_of
from db.embedded.postgresql import postgresql
from db.engine import Database, connection_to
from graph.commands.listen import collect_seldom
from graph.settings import Settings
from graph.types.cursors import encode_cursor

SIZES = (10_000, 100_000, 1_000_000, 1_900_000)
# Times what it costs in the second directory that a question may cost in the largest.
GOAL = 1.3
BOUND = ("point", "page 20")
SECONDS = 0.5
PICKED = 500

COUNT = """
    query Count($filter: CompanyFilter) { companies(first: 0, filter: $filter) { totalCount { value precision } } }
"""
FEED = """
    query Feed($after: String, $first: Int) {
      changes(after: $after, first: $first) {
        nodes { cursor kind npi version fields { name old new } } pageInfo { endCursor hasNextPage }
      }
    }
"""
FIRST = "{ companies(first: 1) { pageInfo { endCursor } } }"
_PICK = """
    SELECT * FROM (
      SELECT c.npi, c.name_folded, c.taxonomy_codes[1] AS code, l.state, left(l.postal_code, 5) AS zip
      FROM companies c TABLESAMPLE SYSTEM (least(100, 100 * 50000.0 / $1)) REPEATABLE (1)
      JOIN locations l ON l.npi = c.npi AND l.is_primary
      WHERE c.taxonomy_codes <> '{}' AND l.country = 'US' AND l.position IS NOT NULL
    ) AS company ORDER BY md5(npi) LIMIT $2
"""

# What a question is asked with: of a company that was picked, or of the cursor of one.
Ask = Callable[[Mapping[str, Any]], Variables]


@dataclass(frozen=True, slots=True)
class Question:
    """An operation, what it is asked with, and whether it changes something."""

    name: str
    query: str
    ask: Ask
    is_change: bool = False


def operation(name: str) -> str:
    """An operation that bench/ measures."""
    return (OPERATIONS / f"{name}.graphql").read_text()


QUESTIONS = (
    Question("point", operation("point"), lambda pick: {"npi": pick["npi"], "locations": 8}),
    Question("page 20", operation("page"), lambda pick: {"first": 20, "after": pick["cursor"], "locations": 8}),
    Question(
        "search, two words and a state",
        operation("filtered"),
        lambda pick: {"first": 20, "filter": {"search": words(pick["name_folded"]), "state": [pick["state"]]}},
    ),
    Question(
        "count, a state and a trade",
        COUNT,
        lambda pick: {"filter": {"state": [pick["state"]], "taxonomyPrefix": [pick["code"][:4]]}},
    ),
    Question(
        "near, 25 miles",
        operation("near"),
        lambda pick: {"first": 20, "near": {"postalCode": pick["zip"], "radius": 25}},
    ),
    Question(
        "updateCompany",
        UPDATE,
        lambda pick: {"npi": pick["npi"], "website": f"https://{uuid4().hex}.example"},
        is_change=True,
    ),
    Question("changes, 100", FEED, lambda pick: {"first": 100, "after": pick["change"]}),
)


def words(name: str) -> str:
    """Two words of a name."""
    return " ".join(name.split()[:2])


@dataclass(slots=True)
class Place:
    """A directory that is asked: by whom, and about what."""

    size: int
    asker: Asker
    picks: Sequence[Mapping[str, Any]]
    # Where each question goes on.
    _at: dict[str, Iterator[Mapping[str, Any]]] = field(default_factory=dict)

    async def ask(self, question: Question) -> None:
        """Ask once, of the next company; raises RuntimeError where that fails."""
        pick = next(self._at.setdefault(question.name, cycle(self.picks)))
        body = {"query": question.query, "variables": question.ask(pick)}
        if question.is_change:
            await self.asker.ask(body)
        else:
            await self.asker.read(body)


async def opened(stack: AsyncExitStack, url: str, size: int, settings: Settings) -> Place:
    """A directory that can be asked, and the companies that were picked in it."""
    async with connection_to(url) as connection:
        found = [dict(row) for row in await connection.fetch(_PICK, size, PICKED)]
        first = await connection.fetchval("SELECT min(id) FROM changes")
        last = await connection.fetchval("SELECT max(id) FROM changes")
    database = await stack.enter_async_context(Database.open(url))
    asker = Asker(endpoint_of(settings), settings, {"database": database})
    draw = random.Random(1)  # noqa: S311 - no secret
    binding = await binding_of_list(asker)
    for pick in found:
        pick["cursor"] = encode_cursor(binding, (pick["name_folded"], pick["npi"]))
        pick["change"] = str(draw.randint(first, max(first, last - 100)))
    return Place(size, asker, found)


async def binding_of_list(asker: Asker) -> str:
    """What ties cursors to the list of all companies."""
    answer = orjson.loads(await asker.read({"query": FIRST}))
    cursor = answer["data"]["companies"]["pageInfo"]["endCursor"]
    return str(orjson.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))[0])


async def microseconds(place: Place, question: Question, postmaster: int, seconds: float) -> float:
    """The CPU of one request, in this process and in PostgreSQL."""
    server, here, until = processes.cpu_seconds(postmaster), time.process_time(), time.perf_counter() + seconds
    number = 0
    while time.perf_counter() < until:
        await place.ask(question)
        number += 1
    here = time.process_time() - here
    return (here + processes.cpu_seconds(postmaster) - server) / number * 1e6


async def measure(urls: Mapping[int, str], rounds: int) -> dict[str, dict[int, float]]:
    """The median cost of each question in each directory, in microseconds."""
    settings = Settings(_env_file=None, token_secret=SecretStr(SECRET))
    postmaster = await processes.postmaster_of(next(iter(urls.values())))
    if postmaster is None:
        raise RuntimeError("PostgreSQL isn't on this machine.")
    collect_seldom()
    taken: dict[str, dict[int, list[float]]] = {each.name: {size: [] for size in urls} for each in QUESTIONS}
    async with AsyncExitStack() as stack:
        places = [await opened(stack, url, size, settings) for size, url in urls.items()]
        for number in range(rounds + 1):
            for question in QUESTIONS:
                # Each comes first in turn; what the first round costs is told of none.
                for place in (*places[number % len(places) :], *places[: number % len(places)]):
                    cost = await microseconds(place, question, postmaster, SECONDS)
                    if number:
                        taken[question.name][place.size].append(cost)
    return {name: {size: statistics.median(each) for size, each in by.items()} for name, by in taken.items()}


def report(costs: Mapping[str, Mapping[int, float]], sizes: Sequence[int]) -> None:
    """Print what each costs, and how many times that in the second directory it costs in the largest."""
    second, largest = sizes[min(1, len(sizes) - 1)], sizes[-1]
    times = {name: by_size[largest] / by_size[second] for name, by_size in costs.items()}
    columns = ("us of CPU, companies:", *(f"{size:,}" for size in sizes), "times")
    rows = [
        [name, *(f"{by_size[size]:,.0f}" for size in sizes), f"{times[name]:.2f}"]
        for name, by_size in costs.items()
    ]
    print(table(columns, rows))
    worst = max(times[name] for name in BOUND)
    print(f"{' and '.join(BOUND)}: at most {GOAL:g} times is {'met' if worst <= GOAL else 'missed'} ({worst:.2f})")


def plot(costs: Mapping[str, Mapping[int, float]], path: Path) -> None:
    """Draw what each costs by the size of the directory, as SVG."""
    import matplotlib as mpl  # noqa: PLC0415 - an extra
    from matplotlib.figure import Figure  # noqa: PLC0415 - an extra

    # Without a date and random ids, the same results make the same file.
    mpl.rcParams.update({"font.size": 9, "svg.fonttype": "none", "svg.hashsalt": "ariesone"})
    figure = Figure(figsize=(8, 4.5), layout="constrained")
    axis = figure.subplots()
    for name, by_size in costs.items():
        sizes = sorted(by_size)
        [line] = axis.plot(sizes, [by_size[size] / 1e3 for size in sizes], marker="o", markersize=3)
        axis.annotate(
            name, (sizes[-1], by_size[sizes[-1]] / 1e3), (6, 0), textcoords="offset points",
            va="center", color=line.get_color(),
        )  # fmt: skip
    axis.set(xscale="log", yscale="log", xlabel="companies", ylabel="ms of CPU a request, with PostgreSQL")
    axis.spines[["top", "right"]].set_visible(False)
    axis.grid(visible=True, axis="y", alpha=0.3)
    figure.savefig(path, metadata={"Date": None})


def main() -> None:
    """Make the directories, measure, and tell."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--sizes", type=int, nargs="+", default=SIZES)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--database", help="the URL of a PostgreSQL to use in place of an embedded one")
    parser.add_argument("--data", type=Path, default=Path(".ariesone/country"), help="what is kept between runs")
    parser.add_argument("--plot", type=Path, help="where to draw it, as SVG")
    given = parser.parse_args()
    with ExitStack() as stack:
        server = given.database or stack.enter_context(postgresql(given.data.absolute()))
        urls = {size: filled(server, size) for size in sorted(given.sizes)}
        costs = uvloop.run(measure(urls, given.rounds))
        report(costs, sorted(given.sizes))
        if given.plot:
            plot(costs, given.plot)


if __name__ == "__main__":
    main()
