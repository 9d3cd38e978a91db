"""How fast companies are found in a directory as large as the country's: pages and counts under random filters.

    .venv/bin/python -m bench.country [--companies 200000] [--combinations 1000] [--database URL]

The directory is the built-in sample, loaded once and kept: in the embedded PostgreSQL under --data, or in a
database that is made beside the given one. A combination is one to four tests whose values are those of companies
picked by chance, so that common ones come often; some stand under `or` or `not`, each has an order. The first 20
companies of each are read, and their number up to --cap, by the code that answers requests. What counts is the
best of three times, the first of which warms.
"""

import argparse
import asyncio
import random
import statistics
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any

import asyncpg
from sqlalchemy import make_url

from db import companies, migrations
from db.embedded.postgresql import postgresql
from db.engine import Database, connection_to
from db.filters import Condition
from db.nppes.sample_load import load_sample
from db.pages import OrderBy, Window
from graph.types.filters import CompanyFilter, LocationFilter, NameMatch, company_condition
from graph.types.ranges import DateRange

PAGE = Window(20)
# Milliseconds.
MEDIAN, WORST = 20.0, 150.0

_PICK = """
    SELECT c.name_folded, c.taxonomy_codes, c.is_active, c.nppes_updated_on, l.city, l.state, l.postal_code
    FROM companies c TABLESAMPLE SYSTEM (5) REPEATABLE (1) JOIN locations l ON l.npi = c.npi AND l.is_primary
    WHERE c.taxonomy_codes <> '{}' AND l.country = 'US' AND c.nppes_updated_on IS NOT NULL
    ORDER BY c.npi LIMIT 5000
"""

# A company that was picked, and a draw for it.
Pick = Mapping[str, Any]
Test = Callable[[Pick, random.Random], dict[str, Any]]


def words(pick: Pick, draw: random.Random, number: int) -> list[str]:
    """So many words of a company's name."""
    found = pick["name_folded"].split()
    return draw.sample(found, min(number, len(found)))


def begun(pick: Pick, draw: random.Random) -> str:
    """One or two words of a name, the last only begun."""
    *whole, last = words(pick, draw, draw.choice((1, 2)))
    return " ".join([*whole, last[: draw.randint(1, 4)]])


def somewhere(pick: Pick, draw: random.Random) -> LocationFilter:
    """A place of a company, by one or two of what says where it is."""
    named = {"state": [pick["state"]], "city": [pick["city"]], "postal_code": [pick["postal_code"][:5]]}
    return LocationFilter(**dict(draw.sample(sorted(named.items()), draw.choice((1, 2)))))  # type: ignore[arg-type]


TESTS: Mapping[str, Test] = {
    "state": lambda pick, _: {"state": [pick["state"]]},
    "city": lambda pick, _: {"city": [pick["city"]]},
    "ZIP": lambda pick, _: {"postal_code": [pick["postal_code"][:5]]},
    "somewhere": lambda pick, draw: {"has_location": somewhere(pick, draw)},
    "taxonomy": lambda pick, _: {"taxonomy_code": [pick["taxonomy_codes"][0]]},
    "taxonomy begun": lambda pick, draw: {
        "taxonomy_prefix": [pick["taxonomy_codes"][0][: draw.choice((2, 3, 4))]]
    },
    "active": lambda pick, _: {"is_active": pick["is_active"]},
    "inactive": lambda _, __: {"is_active": False},
    "a word": lambda pick, draw: {"search": " ".join(words(pick, draw, 1))},
    "words": lambda pick, draw: {"search": " ".join(words(pick, draw, 2))},
    "words begun": lambda pick, draw: {"search": begun(pick, draw)},
    "updated": lambda pick, _: {"nppes_updated_on": DateRange(from_=pick["nppes_updated_on"], to=date.max)},
    "name begins": lambda pick, _: {"name": NameMatch(starts_with=pick["name_folded"][:3])},
    "name contains": lambda pick, draw: {"name": NameMatch(contains=words(pick, draw, 1)[0].ljust(3)[:5])},
}


@dataclass(frozen=True, slots=True)
class Combination:
    """A filter by the names of its tests, and an order."""

    name: str
    condition: Condition
    order: OrderBy


@dataclass(slots=True)
class Taken:
    """The milliseconds that a page of a combination took, and its count; and what was counted."""

    of: Combination
    page: float
    count: float
    number: int


def drawn(picks: Sequence[Pick], draw: random.Random) -> dict[str, tuple[str, Any]]:
    """Some tests by the fields of a filter, each with its name."""
    found: dict[str, tuple[str, Any]] = {}
    pick = draw.choice(picks)
    for name in draw.sample(sorted(TESTS), draw.randint(1, 4)):
        # Mostly of the same company, or hardly any combination would fit one.
        given = TESTS[name](pick if draw.random() < 0.8 else draw.choice(picks), draw)  # noqa: PLR2004 - a share
        found |= {field: (name, value) for field, value in given.items()}
    return found


def combination(picks: Sequence[Pick], draw: random.Random) -> Combination:
    """A random filter and a random order."""
    tests = drawn(picks, draw)
    name = " + ".join(name for name, _ in tests.values())
    filter_ = CompanyFilter(**{field: value for field, (_, value) in tests.items()})
    turn = draw.random()
    if turn < 0.1:  # noqa: PLR2004 - a share
        other = drawn(picks, draw)
        name += " or " + " + ".join(name for name, _ in other.values())
        filter_ = CompanyFilter(
            or_=[filter_, CompanyFilter(**{field: value for field, (_, value) in other.items()})]
        )
    elif turn < 0.2:  # noqa: PLR2004 - a share
        without = draw.choice(picks)["state"]
        name += " not state"
        filter_.not_ = CompanyFilter(state=[without])
    # By name, as most people read a list, in half of all cases.
    field = "NAME" if draw.random() < 0.5 else draw.choice(sorted(companies.SORT_KEYS))  # noqa: PLR2004 - a share
    return Combination(name, company_condition(filter_), ((field, draw.random() < 0.5),))  # noqa: PLR2004


async def milliseconds(run: Callable[[], Awaitable[Any]]) -> tuple[float, Any]:
    """The best of three times that something takes, and what it returns."""
    times = []
    for _ in range(3):
        started = time.perf_counter()
        found = await run()
        times.append((time.perf_counter() - started) * 1e3)
    return min(times), found


async def measure(url: str, combinations: int, seed: int, cap: int) -> list[Taken]:
    """Read a page of each combination, and count what it finds."""
    async with connection_to(url) as connection:
        picks = [dict(row) for row in await connection.fetch(_PICK)]
    draw = random.Random(seed)  # noqa: S311 - no secret
    taken = []
    async with Database.open(url) as database:
        for _ in range(combinations):
            each = combination(picks, draw)
            page, _ = await milliseconds(partial(companies.page, database, each.condition, each.order, PAGE))
            count, number = await milliseconds(partial(companies.count, database, each.condition, cap))
            taken.append(Taken(each, page, count, number))
    return taken


def report(taken: Sequence[Taken], slowest: int) -> None:
    """Print medians and worst times, and what was slowest."""
    kinds: Mapping[str, Callable[[Taken], bool]] = {
        "all": lambda _: True,
        "by name": lambda each: each.of.order[0][0] == "NAME",
        "in another order": lambda each: each.of.order[0][0] != "NAME",
        "with words": lambda each: "word" in each.of.name,
        "with a part of the name": lambda each: "name" in each.of.name,
        "with days": lambda each: "updated" in each.of.name,
    }
    print("| ms | combinations | page: median | 95 of 100 | worst | count: median | 95 of 100 | worst |")
    print("|---|--:|--:|--:|--:|--:|--:|--:|")
    for name, is_so in kinds.items():
        chosen = [each for each in taken if is_so(each)]
        figures = [figure for get in (_page, _count) for figure in _figures([get(each) for each in chosen])]
        print(f"| {name} | {len(chosen)} | {' | '.join(f'{figure:.1f}' for figure in figures)} |")
    for name, get in (("page", _page), ("count", _count)):
        times = [get(each) for each in taken]
        is_met = statistics.median(times) <= MEDIAN and max(times) <= WORST
        print(f"\nA {name} at {MEDIAN:g} ms (median) and {WORST:g} ms (worst) is {'met' if is_met else 'missed'}.")
        for each in sorted(taken, key=get, reverse=True)[:slowest]:
            print(f"  {get(each):7.1f} ms  {each.of.name} by {each.of.order}: {each.number:,}")


def _page(taken: Taken) -> float:
    return taken.page


def _count(taken: Taken) -> float:
    return taken.count


def _figures(times: list[float]) -> tuple[float, float, float]:
    """The median, what 95 of 100 stay below, and the worst; nothing but zeros where there are none."""
    if not times:
        return 0.0, 0.0, 0.0
    return statistics.median(times), sorted(times)[int(len(times) * 0.95)], max(times)


async def filled(server_url: str, size: int) -> str:
    """The URL of a database with so many companies, made where it isn't there yet."""
    name = f"ariesone_bench_country_{size}"
    url = make_url(server_url).set(database=name).render_as_string(hide_password=False)
    async with connection_to(server_url) as server:
        if await server.fetchval("SELECT EXISTS (SELECT FROM pg_database WHERE datname = $1)", name):
            await asyncio.to_thread(migrations.upgrade, url)
            return url
        print(f"Loading {size:,} companies; the next run finds them there.", flush=True)
        await server.execute(f"CREATE DATABASE {name}")
    await asyncio.to_thread(migrations.upgrade, url)
    async with connection_to(url) as connection:
        await fill(connection, size)
    return url


async def fill(connection: asyncpg.Connection, size: int) -> None:
    """Load a sample of so many companies."""
    started = time.perf_counter()
    await load_sample(connection, size)
    print(f"It took {time.perf_counter() - started:.0f} s.", flush=True)
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
        url = asyncio.run(filled(server, given.companies))
        report(asyncio.run(measure(url, given.combinations, given.seed, given.cap)), given.slowest)


if __name__ == "__main__":
    main()
