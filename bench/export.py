"""How long an export of all companies takes, in how much memory: the process that does it, told what to do.

    .venv/bin/python -m bench.export [--companies 200000] [--database URL]

The directory is the one of bench/country.py. Each form is exported once by a process of its own, as `ariesone
serve` starts it; what counts is its time from its beginning, its peak of memory, and the CPU of both sides.
"""

import argparse
import asyncio
import multiprocessing
import sys
import tempfile
from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path

from pydantic import SecretStr

from bench import processes
from bench.country import filled
from bench.jobs import HEAD, ask, do_next, forget_others
from bench.report import table
from db.embedded.postgresql import postgresql
from db.engine import Database
from graph.settings import Settings

ASK = "mutation ($input: ExportCompaniesInput!) { exportCompanies(input: $input) { userErrors { message } } }"
# What partners keep of a company, and of where it is.
FLAT = """
    npi name isActive npiStatus enumeratedOn nppesUpdatedOn updatedAt phone parentName
    primaryLocation { id phone fax address { line1 line2 city state postalCode } }
"""
NESTED = (
    FLAT
    + """
    taxonomies { code isPrimary }
    locations(first: 10) { nodes { id phone address { line1 city state postalCode } } }
"""
)
WHAT: Mapping[str, Mapping[str, object]] = {
    "a company and its primary location, NDJSON": {"fields": FLAT},
    "the same, CSV": {"fields": FLAT, "format": "CSV"},
    "with taxonomies and up to ten locations, NDJSON": {"fields": NESTED},
    "those of a state, NDJSON": {"fields": FLAT, "filter": {"state": ["TX"]}},
}


def measure(name: str, url: str, folder: str, postmaster: int | None) -> None:
    """Do one export and print what it took; for a process of its own."""
    asyncio.run(_measure(name, url, folder, postmaster))


async def _measure(name: str, url: str, folder: str, postmaster: int | None) -> None:
    settings = Settings(_env_file=None, database_url=SecretStr(url), files_dir=Path(folder))
    async with Database.open(url, settings.pool_options()) as database:
        await forget_others(database)
        await ask(database, settings, ASK, {"input": WHAT[name]})
        row = await do_next(database, settings, name, postmaster)
    print(table(HEAD, [row]), flush=True)


def main() -> None:
    """Make the directory, export it in each way, and tell."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--companies", type=int, default=200_000)
    parser.add_argument("--database", help="the URL of a PostgreSQL to use in place of an embedded one")
    parser.add_argument("--data", type=Path, default=Path(".ariesone/country"), help="what is kept between runs")
    given = parser.parse_args()
    with ExitStack() as stack:
        server = given.database or stack.enter_context(postgresql(given.data.absolute()))
        url = filled(server, given.companies)
        postmaster = asyncio.run(processes.postmaster_of(url))
        for name in WHAT:
            folder = stack.enter_context(tempfile.TemporaryDirectory())
            process = multiprocessing.get_context("spawn").Process(
                target=measure, args=(name, url, folder, postmaster)
            )
            process.start()
            process.join()
            if process.exitcode:
                sys.exit("It couldn't be measured.")


if __name__ == "__main__":
    main()
