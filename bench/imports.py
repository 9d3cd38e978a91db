"""How long a file of companies or locations takes to be imported as a job, in how much memory.

    .venv/bin/python -m bench.imports [--companies 200000] [--rows 100000] [--database URL]

The directory is the one of bench/country.py. Companies are entered with all that can be said of them and updated,
then each gets a location. Each file is imported by a process of its own, as `ariesone serve` starts it; what
counts is its time from its beginning, its peak of memory, and the CPU of both sides. What an earlier run has
entered is removed before.
"""

import argparse
import asyncio
import csv
import io
import multiprocessing
import sys
import tempfile
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any
from uuid import UUID

import orjson
from pydantic import SecretStr

from bench import processes
from bench.country import filled
from bench.jobs import HEAD, ask, do_next, forget_others
from bench.report import table
from db import uploads
from db.embedded.postgresql import postgresql
from db.engine import Database, connection_to
from db.npi import check_digit
from db.uploads import Received
from graph.files import Files
from graph.settings import Settings

CREATE = "mutation { createUpload { upload { id } userErrors { message } } }"
IMPORT = "mutation ($input: ImportInput!) {{ {} (input: $input) {{ userErrors {{ message }} }} }}"
ADDRESS = {"line1": "9 Dock Rd", "line2": "Suite 200", "city": "Austin", "state": "TX", "postalCode": "78701"}
REMOVE = "DELETE FROM companies WHERE npi LIKE '1799%' AND source = 'MANUAL'"
# What is done, in this order: the mutation, and what is said of it besides.
WHAT: Mapping[str, tuple[str, Mapping[str, object]]] = {
    "companies entered, NDJSON, all or nothing": ("importCompanies", {}),
    "companies updated, CSV, the good rows": ("importCompanies", {"format": "CSV", "onError": "REJECT_FAILED"}),
    "the same only tried": ("importCompanies", {"format": "CSV", "validateOnly": True}),
    "a location for each, NDJSON, the good rows": ("importLocations", {"onError": "REJECT_FAILED"}),
}


def content_of(name: str, rows: int) -> bytes:
    """A file: the same in each run."""
    mutation, given = WHAT[name]
    nines = [f"1799{number:05}" for number in range(rows)]
    npis = [nine + check_digit(nine) for nine in nines]
    if mutation == "importLocations":
        return lines(
            [{"npi": npi, "name": "Stock", "phone": "(512) 555-0142", "address": ADDRESS} for npi in npis]
        )
    if "format" in given:
        updated = [
            {"npi": npi, "website": f"https://c{npi}.example/new", "phone": "(512) 555-0199"} for npi in npis
        ]
        return in_table(updated)
    return lines([company(npi) for npi in npis])


def company(npi: str) -> Mapping[str, Any]:
    """A company with all that can be said of it."""
    return {
        "npi": npi,
        "name": f"Medical Supplies {npi} LLC",
        "website": f"https://c{npi}.example",
        "parentName": "Supplies Holding Inc",
        "phone": "(512) 555-0142",
        "fax": "(512) 555-0143",
        "mailingAddress": ADDRESS,
    }


def lines(rows: Sequence[Mapping[str, Any]]) -> bytes:
    """Rows as NDJSON."""
    return b"".join([orjson.dumps(row, option=orjson.OPT_APPEND_NEWLINE) for row in rows])


def in_table(rows: Sequence[Mapping[str, Any]]) -> bytes:
    """Rows as CSV."""
    buffer = io.StringIO()
    writer = csv.DictWriter(buffer, list(rows[0]))
    writer.writeheader()
    writer.writerows(rows)
    return buffer.getvalue().encode()


def measure(name: str, url: str, folder: str, upload: str, postmaster: int | None) -> None:
    """Import one file and print what it took; for a process of its own."""
    asyncio.run(_measure(name, url, folder, upload, postmaster))


async def _measure(name: str, url: str, folder: str, upload: str, postmaster: int | None) -> None:
    settings = Settings(_env_file=None, database_url=SecretStr(url), files_dir=Path(folder))
    mutation, given = WHAT[name]
    async with Database.open(url, settings.pool_options()) as database:
        await ask(database, settings, IMPORT.format(mutation), {"input": {"upload": upload, **given}})
        row = await do_next(database, settings, name, postmaster)
    async with connection_to(url) as connection:
        failed = await connection.fetchval("SELECT failed FROM jobs ORDER BY finished_at DESC LIMIT 1")
    if failed:
        sys.exit(f"{failed} rows failed.")
    print(table(HEAD, [row]), flush=True)


async def send(url: str, folder: str, content: bytes) -> str:
    """Send a file as an upload; its id."""
    settings = Settings(_env_file=None, database_url=SecretStr(url), files_dir=Path(folder))
    async with Database.open(url, settings.pool_options()) as database:
        await forget_others(database)
        upload: str = (await ask(database, settings, CREATE, {}))["upload"]["id"]
        with Files(Path(folder)).receiving() as file:
            file.write(content)
        received = Received(file.name, file.bytes, file.sha256)
        await uploads.receive(database, UUID(upload.removeprefix("upload:")), received)
    return upload


async def remove_entered(url: str) -> None:
    """Remove what an earlier run has entered."""
    async with connection_to(url) as connection:
        await connection.execute(REMOVE)
        await connection.execute("VACUUM ANALYZE companies")


def main() -> None:
    """Make the directory, import each file, and tell."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--companies", type=int, default=200_000)
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--database", help="the URL of a PostgreSQL to use in place of an embedded one")
    parser.add_argument("--data", type=Path, default=Path(".ariesone/country"), help="what is kept between runs")
    given = parser.parse_args()
    with ExitStack() as stack:
        server = given.database or stack.enter_context(postgresql(given.data.absolute()))
        url = filled(server, given.companies)
        asyncio.run(remove_entered(url))
        postmaster = asyncio.run(processes.postmaster_of(url))
        for name in WHAT:
            folder = stack.enter_context(tempfile.TemporaryDirectory())
            upload = asyncio.run(send(url, folder, content_of(name, given.rows)))
            process = multiprocessing.get_context("spawn").Process(
                target=measure, args=(name, url, folder, upload, postmaster)
            )
            process.start()
            process.join()
            if process.exitcode:
                sys.exit("It couldn't be measured.")


if __name__ == "__main__":
    main()
