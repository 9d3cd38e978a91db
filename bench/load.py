"""How fast CMS files load into an empty directory, in how much memory, and where the time goes.

    make bench-load
    .venv/bin/python -m bench.load [--server postgresql://user@host/database] [--companies 200000] [--people 0]

It runs on an embedded PostgreSQL of its own, set up as `ariesone serve` sets it up; with --server, in a database
that is made beside the given one and dropped at the end.
"""

import argparse
import asyncio
import os
import resource
import sys
import tempfile
import time
from collections import defaultdict
from contextlib import ExitStack
from pathlib import Path

import asyncpg
from sqlalchemy import make_url

from bench import processes
from db import migrations
from db.embedded.postgresql import postgresql
from db.nppes.load import load
from db.nppes.places import places
from db.nppes.source import discover
from db.nppes.summary import Progress
from db.nppes.writer import write_sample
from db.nppes.zips import load_places

_DATABASE = "ariesone_bench_load"


_LOOP = 10_000_000


def loop_seconds() -> float:
    """Return the seconds of a loop of ten million additions: how fast this machine's cores are at the moment."""
    started, total = time.perf_counter(), 0
    for number in range(_LOOP):
        total += number
    return time.perf_counter() - started


class Clock:
    """The seconds that each phase of each file took."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = defaultdict(float)
        self._last = time.perf_counter()
        self._at = ""

    def __call__(self, progress: Progress) -> None:
        """Take the time since the last report as that of the phase reported then."""
        now = time.perf_counter()
        at = f"{progress.file.split('_')[0]} {progress.phase}"
        # A reading report comes at the end of a block, the others at the beginning of their phase.
        self.seconds[at if progress.phase == "reading" else self._at] += now - self._last
        self._last, self._at = now, at

    def stop(self) -> None:
        """Count what is left to the last phase."""
        self.seconds[self._at] += time.perf_counter() - self._last


def write_apart(folder: Path, companies: int, people: float) -> None:
    """Write the sample in a child process, so that the peak of memory measured later is the load's alone."""
    if os.fork() == 0:
        try:
            write_sample(folder, companies, seed=1, people=people)
        except BaseException as error:  # noqa: BLE001 (the child must not go on as the parent)
            print(error, file=sys.stderr)
            os._exit(1)
        os._exit(0)
    if os.wait()[1] != 0:
        sys.exit("The sample couldn't be written.")


async def measure(database_url: str, folder: Path, companies: int, postmaster: int | None) -> None:
    """Load the folder and print seconds, rows, memory."""
    connection = await asyncpg.connect(database_url)
    await load_places(connection)
    sources = discover([folder])
    size = sum(source.size for source in sources) / 1e6
    loop, used = loop_seconds(), processes.cpu_seconds(postmaster) if postmaster else 0.0
    started, cpu, clock = time.perf_counter(), time.process_time(), Clock()
    summary = await load(connection, sources, progress=clock)
    clock.stop()
    seconds, own = time.perf_counter() - started, time.process_time() - cpu
    server_cpu = processes.cpu_seconds(postmaster) - used if postmaster else 0.0
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    for file in summary.files:
        print(f"{file.name}: {file.counts()}")
    for phase, spent in clock.seconds.items():
        print(f"  {phase:<20} {spent:7.2f} s")
    print(f"{companies:,} organisations, {size:,.0f} MB: {seconds:.2f} s, {companies / seconds:,.0f}/s")
    print(f"client: {own:.1f} s of CPU, peak {peak:.0f} MB resident; {os.cpu_count()} cores, {len(places())} ZIPs")
    if postmaster:
        print(f"server: {server_cpu:.1f} s of CPU")
    print(f"ten million additions: {loop:.2f} s before, {loop_seconds():.2f} s after")
    again = time.perf_counter()
    summary = await load(connection, sources)
    changed = sum(file.counts().get(name, 0) for file in summary.files for name in ("created", "changed"))
    print(f"the same files again: {time.perf_counter() - again:.2f} s, {changed} changes")
    await connection.close()


async def statement(server_url: str, text: str) -> None:
    """Run one statement on the server's own database."""
    connection = await asyncpg.connect(server_url)
    await connection.execute(text)
    await connection.close()


def main() -> None:
    """Read the arguments, make the database and the files, measure, and clean up."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--server", help="the URL of a PostgreSQL to use in place of an embedded one")
    parser.add_argument("--companies", type=int, default=200_000)
    parser.add_argument("--people", type=float, default=0.0, help="individuals for each company")
    given = parser.parse_args()
    with ExitStack() as stack:
        files = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="ariesone-files-")))
        write_apart(files, given.companies, given.people)
        data = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="ariesone-data-")))
        server = given.server or stack.enter_context(postgresql(data))
        url = make_url(server).set(database=_DATABASE).render_as_string(hide_password=False)
        asyncio.run(statement(server, f"DROP DATABASE IF EXISTS {_DATABASE}"))
        asyncio.run(statement(server, f"CREATE DATABASE {_DATABASE}"))
        stack.callback(lambda: asyncio.run(statement(server, f"DROP DATABASE {_DATABASE}")))
        migrations.upgrade(url)
        asyncio.run(measure(url, files, given.companies, asyncio.run(processes.postmaster_of(url))))


if __name__ == "__main__":
    main()
