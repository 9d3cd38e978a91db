"""How fast locations near a place are found in a directory as large as the country's: pages and counts.

    .venv/bin/python -m bench.near [--companies 200000] [--circles 500] [--cap 1000] [--database URL]

The directory is that of bench/country.py. A circle is drawn round the ZIP of a company picked by chance, with a
radius of 5 to 100 miles; so is a filter of up to three tests, mostly of the same company. The nearest 20 locations
of each are read, and their number up to --cap, by the code that answers requests. What counts is the best of three
times, the first of which warms.
"""

import argparse
import asyncio
import random
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from bench.country import filled
from bench.lists import Taken, milliseconds, report
from bench.questions import PAGE
from db import locations
from db.embedded.postgresql import postgresql
from db.engine import Database, connection_to
from db.nearby import Near
from graph.types.bounding_box import BoundingBox
from graph.types.filters import CompanyFilter, LocationFilter, location_condition
from graph.types.near import KM_PER_UNIT, DistanceUnit
from graph.types.paging import COUNT_CAP

MILES = (5, 10, 25, 50, 100)

_PICK = """
    SELECT c.name_folded, c.taxonomy_codes, l.city, l.state, l.kind, z.position
    FROM companies c TABLESAMPLE SYSTEM (5) REPEATABLE (1) JOIN locations l ON l.npi = c.npi AND l.is_primary
    JOIN zips z ON z.zip = left(l.postal_code, 5)
    WHERE c.taxonomy_codes <> '{}' AND l.country = 'US'
    ORDER BY c.npi LIMIT 5000
"""

# A company that was picked.
Pick = Mapping[str, Any]

OF_COMPANIES: Mapping[str, Callable[[Pick], dict[str, Any]]] = {
    "taxonomy": lambda pick: {"taxonomy_code": [pick["taxonomy_codes"][0]]},
    "taxonomy begun": lambda pick: {"taxonomy_prefix": [pick["taxonomy_codes"][0][:4]]},
    "active": lambda _: {"is_active": True},
    "inactive": lambda _: {"is_active": False},
    "a word": lambda pick: {"search": pick["name_folded"].split()[0]},
}
OF_LOCATIONS: Mapping[str, Callable[[Pick], dict[str, Any]]] = {
    "state": lambda pick: {"state": [pick["state"]]},
    "city": lambda pick: {"city": [pick["city"]]},
    "primary": lambda _: {"is_primary": True},
    "in use": lambda _: {"is_active": True},
    "on a map": lambda pick: {"within": shown(pick)},
}


@dataclass(frozen=True, slots=True)
class Circle:
    """A place, so many miles round it, and a filter by the names of its tests."""

    place: tuple[float, float]
    miles: int
    tests: tuple[str, ...]
    filter: LocationFilter

    @property
    def near(self) -> Near:
        """The circle as locations are found by it."""
        return Near(*self.place, self.miles * KM_PER_UNIT[DistanceUnit.MILE])


KINDS: Mapping[str, Callable[[Circle], bool]] = {
    **{f"{miles} miles": partial(lambda miles, of: of.miles == miles, miles) for miles in MILES},
    "without a filter": lambda of: not of.tests,
    "of companies that fit": lambda of: bool(set(of.tests) & set(OF_COMPANIES)),
    "on a map": lambda of: "on a map" in of.tests,
}


def shown(pick: Pick) -> BoundingBox:
    """The box of a map whose middle is a little beside a company."""
    east, north = pick["position"].x + 0.1, pick["position"].y + 0.1
    return BoundingBox(north=north + 0.3, south=north - 0.3, east=east + 0.4, west=east - 0.4)


def circle(picks: Sequence[Pick], draw: random.Random) -> Circle:
    """A random circle under a random filter."""
    pick = draw.choice(picks)
    names = draw.sample(sorted({*OF_COMPANIES, *OF_LOCATIONS}), draw.randint(0, 3))
    of_company: dict[str, Any] = {}
    of_location: dict[str, Any] = {}
    for name in names:
        # Mostly of the same company, or hardly anything would fit.
        of = pick if draw.random() < 0.8 else draw.choice(picks)  # noqa: PLR2004 - a share
        if name in OF_COMPANIES:
            of_company |= OF_COMPANIES[name](of)
        else:
            of_location |= OF_LOCATIONS[name](of)
    if of_company:
        of_location["company"] = CompanyFilter(**of_company)
    position = pick["position"]
    return Circle((position.x, position.y), draw.choice(MILES), tuple(names), LocationFilter(**of_location))


async def measure(url: str, circles: int, seed: int, cap: int) -> list[Taken[Circle]]:
    """Read a page of each circle, and count what it holds."""
    async with connection_to(url) as connection:
        picks = [dict(row) for row in await connection.fetch(_PICK)]
    draw = random.Random(seed)  # noqa: S311 - no secret
    taken = []
    async with Database.open(url) as database:
        for _ in range(circles):
            each = circle(picks, draw)
            condition = location_condition(each.filter)
            read = partial(locations.page, database, condition, locations.BY_DISTANCE, PAGE, each.near)
            page, _ = await milliseconds(read)
            count, number = await milliseconds(partial(locations.count, database, condition, cap, each.near))
            taken.append(Taken(each, page, count, number))
    return taken


def told(circle: Circle) -> str:
    """What was asked, in a line."""
    tests = " + ".join(circle.tests) or "everything"
    return f"{tests}, {circle.miles} miles round {circle.place}"


def main() -> None:
    """Make the directory, measure, and tell."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--companies", type=int, default=200_000)
    parser.add_argument("--circles", type=int, default=500)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--cap", type=int, default=COUNT_CAP, help="where counting stops")
    parser.add_argument("--slowest", type=int, default=10, help="how many of the slowest are told")
    parser.add_argument("--database", help="the URL of a PostgreSQL to use in place of an embedded one")
    parser.add_argument("--data", type=Path, default=Path(".ariesone/country"), help="what is kept between runs")
    given = parser.parse_args()
    with ExitStack() as stack:
        server = given.database or stack.enter_context(postgresql(given.data.absolute()))
        url = filled(server, given.companies)
        taken = asyncio.run(measure(url, given.circles, given.seed, given.cap))
        report(taken, "circles", KINDS, told, given.slowest)


if __name__ == "__main__":
    main()
