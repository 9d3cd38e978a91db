"""How fast companies are found in a directory as large as the country's: pages and counts under all filters.

    .venv/bin/python -m bench.country [--companies 200000] [--combinations 1000] [--database URL]

The directory is the built-in sample, loaded once and kept: in the embedded PostgreSQL under --data, or in a
database that is made beside the given one. First come the usual questions (bench/questions.py), then combinations
of one to four tests whose values are those of companies picked by chance (bench/combinations.py), so that common
ones come often. The first 20 of each list are read, and their number up to --cap, by the code that answers
requests. What counts is the median of five times of a usual question, after one that warms; and of a combination
the best of three, the first of which warms.
"""

import argparse
import asyncio
import random
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from functools import partial
from pathlib import Path

import asyncpg

from bench.combinations import drawn, picks
from bench.kept import kept
from bench.lists import Taken, best, milliseconds, report, usual
from bench.questions import USUAL, Question
from bench.report import table
from db.embedded.postgresql import postgresql
from db.engine import Database, connection_to
from db.nppes.sample_load import load_sample

# The sample has no licenses: one company in twenty is given some.
_LICENSES = """
    INSERT INTO licenses (id, npi, kind, number, issued_on, expires_on, source)
    SELECT md5(npi || number)::uuid, npi, 'PHARMACY', number, nppes_updated_on,
      nppes_updated_on + number * 200, 'SAMPLE'
    FROM companies, generate_series(1, 3) AS number
    WHERE right(npi, 2)::int % 20 = 7
"""


# Those among combinations that are told of by themselves.
KINDS: Mapping[str, Callable[[Question], bool]] = {
    "companies by name": lambda of: of.is_of_companies and of.order[0][0] == "NAME",
    "companies in another order": lambda of: of.is_of_companies and of.order[0][0] != "NAME",
    "locations": lambda of: not of.is_of_companies,
    "with words": lambda of: "word" in of.name,
    "with a part of the name": lambda of: "name" in of.name,
    "with days": lambda of: "updated" in of.name or "days" in of.name,
    "with `or`": lambda of: " or " in of.name,
}


async def ask(
    database: Database, question: Question, cap: int, times: int, chosen: Callable[[Sequence[float]], float]
) -> Taken[Question]:
    """Read the page of a question, and count what it finds, so many times each."""
    page, _ = await milliseconds(partial(question.read, database), times, chosen)
    count, number = await milliseconds(partial(question.count, database, cap), times, chosen)
    return Taken(question, page, count, number)


async def ask_usual(url: str, cap: int) -> list[Taken[Question]]:
    """Ask the usual questions."""
    async with Database.open(url) as database:
        return [await ask(database, each, cap, 6, usual) for each in USUAL]


async def ask_combinations(url: str, number: int, seed: int, cap: int) -> list[Taken[Question]]:
    """Ask so many questions by chance."""
    async with connection_to(url) as connection:
        picked = await picks(connection)
    draw = random.Random(seed)  # noqa: S311 - no secret
    async with Database.open(url) as database:
        return [await ask(database, drawn(picked, draw), cap, 3, best) for _ in range(number)]


def report_usual(taken: Sequence[Taken[Question]], cap: int) -> None:
    """Print what each took."""
    print(table(("the first 20, ms", "page", "count", "found"), [_row(each, cap) for each in taken]))


def _row(taken: Taken[Question], cap: int) -> list[str]:
    found = f"{taken.number:,}" if taken.number <= cap else f"over {cap:,}"
    return [taken.of.name, f"{taken.page:.1f}", f"{taken.count:.1f}", found]


def told(question: Question) -> str:
    """What was asked, in a line."""
    noun = "" if question.is_of_companies else "locations: "
    return f"{noun}{question.name} by {question.order}"


def filled(server_url: str, size: int) -> str:
    """The URL of a database with so many companies, made where it isn't there yet."""
    return kept(server_url, f"ariesone_bench_country_{size}", f"{size:,} companies", partial(fill, size=size))


async def fill(connection: asyncpg.Connection, size: int) -> None:
    """Load a sample of so many companies."""
    started = time.perf_counter()
    await load_sample(connection, size)
    print(f"It took {time.perf_counter() - started:.0f} s.", flush=True)
    await connection.execute(_LICENSES)
    await connection.execute("VACUUM (ANALYZE)")


def main() -> None:
    """Make the directory, measure, and tell."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--companies", type=int, default=200_000)
    parser.add_argument("--combinations", type=int, default=1_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--cap", type=int, default=1_000, help="where counting stops")
    parser.add_argument("--slowest", type=int, default=10, help="how many of the slowest are told")
    parser.add_argument("--database", help="the URL of a PostgreSQL to use in place of an embedded one")
    parser.add_argument("--data", type=Path, default=Path(".ariesone/country"), help="what is kept between runs")
    given = parser.parse_args()
    with ExitStack() as stack:
        server = given.database or stack.enter_context(postgresql(given.data.absolute()))
        url = filled(server, given.companies)
        report_usual(asyncio.run(ask_usual(url, given.cap)), given.cap)
        print()
        taken = asyncio.run(ask_combinations(url, given.combinations, given.seed, given.cap))
        report(taken, "combinations", KINDS, told, given.slowest)


if __name__ == "__main__":
    main()
