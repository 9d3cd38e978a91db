"""How long an export of all companies takes, in how much memory: the process that does it, told what to do.

    .venv/bin/python -m bench.export [--companies 200000] [--database URL]

The directory is the one of bench/country.py. Each form is exported once by a process of its own, as `ariesone
serve` starts it; what counts is its time from its beginning, its peak of memory, and the CPU of both sides.
"""

import argparse
import asyncio
import multiprocessing
import secrets
import sys
import tempfile
import time
from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path

from pydantic import SecretStr

from bench import processes
from bench.country import filled
from bench.report import table
from db import jobs
from db.embedded.postgresql import postgresql
from db.engine import Database
from graph.context import Context
from graph.execution.run import Runner
from graph.identity.viewer import Viewer
from graph.jobs.worker import LEASE
from graph.parts import limits_of, worker_of
from graph.schema import core_schema
from graph.settings import Settings

PARTNER = Viewer("bench", frozenset({"PARTNER"}))
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
HEAD = ("", "companies", "s", "a second", "CPU here, s", "CPU of PostgreSQL, s", "peak MB", "file MB")


def measure(name: str, url: str, folder: str, postmaster: int | None) -> None:
    """Do one export and print what it took; for a process of its own."""
    asyncio.run(_measure(name, url, folder, postmaster))


async def _measure(name: str, url: str, folder: str, postmaster: int | None) -> None:
    settings = Settings(_env_file=None, database_url=SecretStr(url), files_dir=Path(folder))
    runner = Runner(core_schema, limits_of(settings), settings.operation_timeout)
    async with Database.open(url, settings.pool_options()) as database:
        holder = secrets.token_hex(8)
        await _forget_others(database, holder)
        prepared = runner.prepare(ASK, None, {"input": WHAT[name]}, PARTNER)
        result = await runner.run(prepared, Context(database))
        if result.errors or result.data["exportCompanies"]["userErrors"]:  # type: ignore[index]  # without errors
            sys.exit(str(result))
        server = processes.cpu_seconds(postmaster) if postmaster else 0.0
        started, own = time.perf_counter(), time.process_time()
        job = await jobs.take(database, holder, LEASE)
        if job is None:
            sys.exit("Somebody else does the job.")
        await worker_of(settings, database, holder).do(job)
        seconds = time.perf_counter() - started
        file = await jobs.file_of(database, job["id"])
    if file is None:
        sys.exit("The job failed.")
    path = Path(folder) / file["file"]
    rows = file["rows"]
    row = [
        name,
        f"{rows:,}",
        f"{seconds:.1f}",
        f"{rows / seconds:,.0f}",
        f"{time.process_time() - own:.1f}",
        f"{processes.cpu_seconds(postmaster) - server:.1f}" if postmaster else "-",
        f"{processes.peak_memory_mb():.0f}",
        f"{path.stat().st_size / 1e6:.0f}",
    ]
    print(table(HEAD, [row]), flush=True)


async def _forget_others(database: Database, holder: str) -> None:
    """Fail jobs that an ended run has left, which would be measured under the names of others."""
    while (left := await jobs.take(database, holder, LEASE)) is not None:
        await jobs.fail(database, left["id"], holder, "INTERNAL", "The run that asked for it was ended.")


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
