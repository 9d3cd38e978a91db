"""Whether a search finds what somebody means: 300 texts made of names in the directory, and how often it does.

    .venv/bin/python -m bench.search [--companies 100000] [--texts 300] [--files FOLDER] [--database URL]

The texts are made by the rules of bench/search_texts.py, and asked for as `companies(filter: {search: ...},
orderBy: [{field: RELEVANCE}], first: 10)` reads them. Names are alike by the dozen, of invented companies as of
real ones: nobody who types a name can mean one of seven companies that are called the same. So a text finds what
it is meant to where one of the first ten companies has the name, the legal form and AND aside; an NPI finds that
of the very company. `--files` loads a release of NPPES beside the sample, and makes texts of its companies alone.

Then `suggest` is asked for what stands in a search box while the same names are typed.
"""

import argparse
import asyncio
import random
import statistics
import time
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import asyncpg

from bench.country import fill, filled
from bench.kept import kept
from bench.lists import milliseconds
from bench.report import table
from bench.search_texts import KINDS, NUMBER, Asked, Named, asked, bare
from db import relevance
from db.columns import Columns
from db.embedded.postgresql import postgresql
from db.engine import Database, connection_to
from db.nppes.load import load
from db.nppes.source import discover
from db.pages import Window
from graph.context import Context
from graph.types.filters import CompanyFilter, wanted_companies
from graph.types.suggestions import suggestions

FIRST = 10
RECALL = 0.95
# Milliseconds, of the median.
SUGGESTED_WITHIN = 10.0

_NAMES = """
    SELECT npi, name, ARRAY(
      SELECT each ->> 'name' FROM jsonb_array_elements(other_names || further_names) AS each
    ) AS others
    FROM companies WHERE source = $1 ORDER BY md5(npi) LIMIT 5000
"""
_COLUMNS = Columns(("npi", "name", "other_names", "further_names"))


@dataclass(frozen=True, slots=True)
class Found:
    """At which place of the first is what was asked for, from 0 on, None for none; and how long it took."""

    asked: Asked
    place: int | None
    milliseconds: float


async def find(database: Database, each: Asked) -> Found:
    """Ask for a text; the best of three times counts."""
    wanted = wanted_companies(CompanyFilter(search=each.text))
    assert wanted is not None  # noqa: S101 - each text has words
    took, page = await milliseconds(partial(relevance.page, database, wanted, Window(FIRST), _COLUMNS))
    places = (place for place, row in enumerate(page.rows) if is_meant(row, each))
    return Found(each, next(places, None), took)


def is_meant(row: Any, each: Asked) -> bool:  # noqa: ANN401 - a row of companies
    """Return whether a company is what a text is meant to find."""
    if each.kind == NUMBER:
        return bool(row["npi"] == each.npi)
    names = [row["name"], *(other["name"] for other in (*row["other_names"], *row["further_names"]))]
    return bare(each.name) in map(bare, names)


async def measure(url: str, texts: int, seed: int, source: str) -> tuple[list[Found], list[float]]:
    """Ask for all texts, then type their names into a search box."""
    async with connection_to(url) as connection:
        rows = await connection.fetch(_NAMES, source)
    companies = [Named(row["npi"], row["name"], tuple(row["others"])) for row in rows]
    draw = random.Random(seed)  # noqa: S311 - no secret
    every = asked(companies, texts, draw)
    async with Database.open(url) as database:
        found = [await find(database, each) for each in every]
        typed = [each.name[: draw.randint(1, len(each.name))] for each in every]
        return found, [await suggested(database, text) for text in typed]


async def suggested(database: Database, typed: str) -> float:
    """The milliseconds that suggestions for a text take, the best of three times."""
    took, _ = await milliseconds(partial(suggestions, Context(database), typed, FIRST, _COLUMNS))
    return took


def report(found: Sequence[Found], times: Sequence[float], missed: int) -> None:
    """Print what was found of each kind, what wasn't, and how long it took."""
    columns = ("kind", "texts", "in first 10", "first", "median ms", "worst ms")
    rows = [(kind, [each for each in found if each.asked.kind == kind]) for kind in KINDS]
    print(table(columns, [row(name, chosen) for name, chosen in [*rows, ("all", list(found))] if chosen]))
    recall = recall_of(found)
    print(f"\nA recall@{FIRST} of {RECALL:g} is {'met' if recall >= RECALL else 'missed'}: {recall:.3f}.")
    for each in [each for each in found if each.place is None][:missed]:
        print(f"  {each.asked.kind}: {each.asked.text!r} doesn't find {each.asked.name!r}")
    median = statistics.median(times)
    print(
        f"\nSuggestions take {median:.1f} ms (median), {max(times):.1f} ms (worst); "
        f"{SUGGESTED_WITHIN:g} ms are {'met' if median <= SUGGESTED_WITHIN else 'missed'}."
    )


def row(name: str, found: Sequence[Found]) -> list[str]:
    """The cells of a kind."""
    times = [each.milliseconds for each in found]
    first = sum(each.place == 0 for each in found) / len(found)
    figures = f"{recall_of(found):.3f}", f"{first:.3f}", f"{statistics.median(times):.1f}", f"{max(times):.1f}"
    return [name, str(len(found)), *figures]


def recall_of(found: Sequence[Found]) -> float:
    """The share that was found."""
    return sum(each.place is not None for each in found) / len(found)


def with_files(server_url: str, size: int, files: Path) -> str:
    """The URL of a database with a sample and a release, made where it isn't there yet."""
    name, content = f"ariesone_bench_search_{size}", f"{size:,} companies and {files}"
    return kept(server_url, name, content, partial(fill_both, size=size, files=files))


async def fill_both(connection: asyncpg.Connection, size: int, files: Path) -> None:
    """Load a sample of so many companies, and a release."""
    await fill(connection, size)
    await load(connection, discover([files]), max_rejected=1_000)
    await connection.execute("VACUUM (ANALYZE)")


def main() -> None:
    """Make the directory, measure, and tell."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--companies", type=int, default=100_000)
    parser.add_argument("--texts", type=int, default=300)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--missed", type=int, default=20, help="how many texts are told that find nothing")
    parser.add_argument("--files", type=Path, help="a folder with a release of NPPES")
    parser.add_argument("--database", help="the URL of a PostgreSQL to use in place of an embedded one")
    parser.add_argument("--data", type=Path, default=Path(".ariesone/country"), help="what is kept between runs")
    given = parser.parse_args()
    with ExitStack() as stack:
        server = given.database or stack.enter_context(postgresql(given.data.absolute()))
        size, files = given.companies, given.files
        url = with_files(server, size, files) if files else filled(server, size)
        source = "NPPES" if files else "SAMPLE"
        started = time.perf_counter()
        found, times = asyncio.run(measure(url, given.texts, given.seed, source))
        report(found, times, given.missed)
        print(f"\n{given.texts} texts took {time.perf_counter() - started:.0f} s.")


if __name__ == "__main__":
    main()
