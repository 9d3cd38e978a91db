"""What 500 rows in bulk cost: a list of the API beside a COPY of the same rows, in CPU of both sides.

    .venv/bin/python -m bench.bulk [--rounds 15] [--lists 4] [--profile FILE]

On an embedded PostgreSQL of its own with the built-in sample. The endpoint is called as ASGI, without a socket,
with lists in variables, and answers each row with what it is now. By hand, a transaction copies the rows into
companies or locations, with all their columns ready, and their changes with facets into changes; where places are
added it counts them as changes of their companies, as the API does. Each round has both ways in turn, and then
removes what it made.
"""

import argparse
import asyncio
import cProfile
import itertools
import json
import statistics
import tempfile
import time
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import TypeVar
from uuid import uuid4

import asyncpg
from pydantic import SecretStr

from bench import processes
from bench.writes import SECRET, Asker, endpoint_of
from db import migrations
from db.embedded.postgresql import postgresql
from db.engine import Database, connection_to
from db.npi import check_digit
from db.nppes.sample_load import load_sample
from graph.commands.listen import collect_seldom
from graph.directives.cost import MAX_ROWS
from graph.settings import Settings

# Times the CPU of a COPY that a list of the API may cost.
GOAL = 2
COMPANIES = 1_000

CREATE = """
    mutation Create($input: [CreateCompanyInput!]!) {
      done: createCompanies(input: $input) {
        outcomes { company { npi name website version } userErrors { code message field } } failed
      }
    }
"""
ADD = """
    mutation Add($input: [AddLocationInput!]!) {
      done: addLocations(input: $input) {
        outcomes { location { id name isPrimary version } userErrors { code message field } } failed
      }
    }
"""
_TOUCH = "UPDATE companies SET version = version + 1, updated_at = now() WHERE npi = ANY ($1::text[])"

T = TypeVar("T")

Row = dict[str, object]
Way = Callable[[Sequence[Row]], Awaitable[None]]


def company(number: int) -> Row:
    """A company that isn't there, as createCompanies takes it."""
    nine = f"17{number:07}"
    return {
        "npi": nine + check_digit(nine),
        "name": f"North Austin Medical Supplies {number} LLC",
        "website": f"https://supplies-{number}.example",
        "phone": f"+1512555{number % 10_000:04}",
        "mailingAddress": {
            "line1": f"{number} Lamar Blvd",
            "city": "Austin",
            "state": "TX",
            "postalCode": "78701",
        },
    }


def place(number: int, npi: str) -> Row:
    """A place of a company, as addLocations takes it."""
    return {
        "npi": npi,
        "name": f"Store {number}",
        "phone": f"+1512555{number % 10_000:04}",
        "address": {"line1": f"{number} Lamar Blvd", "city": "Austin", "state": "TX", "postalCode": "78701"},
    }


def asking(asker: Asker, query: str) -> Way:
    """Have the API do a list."""

    async def ask(rows: Sequence[Row]) -> None:
        await asker.ask({"query": query, "variables": {"input": rows}}, has_key=False)

    return ask


async def copy_companies(connection: asyncpg.Connection, rows: Sequence[Row]) -> None:
    """Copy new companies and their changes."""
    columns = ["npi", "name", "npi_status", "website", "phone", "mailing_address", "source"]
    made: list[tuple[object, ...]] = []
    changes: list[tuple[object, ...]] = []
    for row in rows:
        address = {"line2": None, "plus4": None, "country": "US", **_snake(row["mailingAddress"])}
        values = {
            "name": row["name"],
            "website": row["website"],
            "phone": row["phone"],
            "mailing_address": address,
        }
        values |= {"tax_id_last4": None, "parent_name": None, "fax": None}
        given = row["npi"], row["name"], "UNKNOWN", row["website"], row["phone"], json.dumps(address), "MANUAL"
        made.append(given)
        words = [f"word={word}" for word in str(row["name"]).lower().split()]
        facets = ["status=UNKNOWN", "active", *words]
        changes.append((row["npi"], None, "COMPANY_CREATED", sorted(values), json.dumps(values), [], facets))
    async with connection.transaction():
        await connection.copy_records_to_table("companies", records=made, columns=columns)
        await copy_changes(connection, changes)


async def copy_locations(connection: asyncpg.Connection, rows: Sequence[Row]) -> None:
    """Copy new locations and their changes, and count them as changes of their companies."""
    columns = ["id", "npi", "kind", "name", "phone", "line1", "city", "state", "postal_code", "country", "source"]
    made, changes = [], []
    for row in rows:
        id_, address = uuid4(), _snake(row["address"])
        values = {"kind": "OTHER", "name": row["name"], "phone": row["phone"], **address, "country": "US"}
        given = (row["npi"], *values.values(), "MANUAL")
        made.append((id_, *given))
        values |= {"line2": None, "plus4": None}
        facets = [
            "status=ACTIVE",
            "active",
            "word=medical",
            "word=supplies",
            "state=TX",
            "city=austin",
            "zip=78701",
        ]
        changes.append((row["npi"], id_, "LOCATION_ADDED", sorted(values), json.dumps(values), facets[:4], facets))
    async with connection.transaction():
        await connection.copy_records_to_table("locations", records=made, columns=columns)
        await connection.execute(_TOUCH, [row["npi"] for row in rows])
        await copy_changes(connection, changes)


async def copy_changes(connection: asyncpg.Connection, changes: Sequence[tuple[object, ...]]) -> None:
    """Copy changes: npi, location, kind, fields, new values, facets before and after."""
    columns = ["npi", "location_id", "kind", "fields", "new", "facets_before", "facets_after", "issuer", "subject"]
    rows = [(*each, "", "hand") for each in changes]
    await connection.copy_records_to_table("changes", records=rows, columns=columns)


def _snake(address: object) -> Row:
    given = dict(address) if isinstance(address, dict) else {}
    return {"postal_code" if name == "postalCode" else name: value for name, value in given.items()}


async def milliseconds(
    way: Callable[[Sequence[T]], Awaitable[None]], lists: Sequence[Sequence[T]], postmaster: int
) -> list[float]:
    """The CPU of one list, in this process and in PostgreSQL."""
    server, here = processes.cpu_seconds(postmaster), time.process_time()
    for rows in lists:
        await way(rows)
    here = time.process_time() - here
    server = processes.cpu_seconds(postmaster) - server
    return [each / len(lists) * 1e3 for each in (here, server)]


async def measure(url: str, rounds: int, lists: int, profile: str | None) -> None:
    """Print what a list costs by each way."""
    settings = Settings(_env_file=None, token_secret=SecretStr(SECRET))
    postmaster = await processes.postmaster_of(url)
    if postmaster is None:
        raise RuntimeError("PostgreSQL isn't on this machine.")
    collect_seldom()
    async with connection_to(url) as connection, Database.open(url) as database:
        await load_sample(connection, companies=COMPANIES, seed=1)
        await connection.execute("ANALYZE")
        npis = [row["npi"] for row in await connection.fetch("SELECT npi FROM companies ORDER BY npi")]
        asker, numbers = Asker(endpoint_of(settings), settings, {"database": database}), itertools.count()

        def companies() -> list[Row]:
            return [company(next(numbers)) for _ in range(MAX_ROWS)]

        def places() -> list[Row]:
            return [place(next(numbers), npi) for npi in npis[:MAX_ROWS]]

        ways: dict[str, tuple[Callable[[], list[Row]], Way]] = {
            "COPY of companies": (companies, lambda rows: copy_companies(connection, rows)),
            "createCompanies": (companies, asking(asker, CREATE)),
            "COPY of places": (places, lambda rows: copy_locations(connection, rows)),
            "addLocations": (places, asking(asker, ADD)),
        }
        found: dict[str, list[list[float]]] = {name: [] for name in ways}
        profiler = cProfile.Profile()
        for number in range(rounds + 1):
            for name, (make, way) in ways.items():
                given = [make() for _ in range(lists)]
                if profile and number and "COPY" not in name:
                    profiler.enable()
                taken = await milliseconds(way, given, postmaster)
                profiler.disable()
                # The first round opens connections and prepares statements.
                if number:
                    found[name].append(taken)
                await connection.execute("DELETE FROM companies WHERE source = 'MANUAL'")
                await connection.execute("DELETE FROM locations WHERE source = 'MANUAL'")
    if profile:
        profiler.dump_stats(profile)
    report(found)


def report(found: dict[str, list[list[float]]]) -> None:
    """Print the medians, and how many times the one the other is."""
    print(f"| {MAX_ROWS} rows | ms of CPU here | in PostgreSQL | together |\n|---|--:|--:|--:|")
    sums = {}
    for name, rounds in found.items():
        here, server = (statistics.median(each) for each in zip(*rounds, strict=True))
        sums[name] = statistics.median(map(sum, rounds))
        print(f"| {name} | {here:,.1f} | {server:,.1f} | {sums[name]:,.1f} |")
    for name, by_hand in (("createCompanies", "COPY of companies"), ("addLocations", "COPY of places")):
        times = sums[name] / sums[by_hand]
        print(f"{name}: {times:.2f} times; the goal of at most {GOAL:g} is {'met' if times <= GOAL else 'missed'}")


def main() -> None:
    """Measure."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--lists", type=int, default=4)
    parser.add_argument("--profile", help="write where the time of this process went, for pstats")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="ariesone-bench-") as folder, postgresql(Path(folder)) as url:
        migrations.upgrade(url)
        asyncio.run(measure(url, given.rounds, given.lists, given.profile))


if __name__ == "__main__":
    main()
