"""How fast CMS files load, in how much memory, and where the time goes: a first release, a week, a month.

    make bench-load
    .venv/bin/python -m bench.load [--companies 200000] [--people 0] [--files FOLDER] [--server URL]

The whole country is --companies 1900000 --people 3.75: 11 GB of files, and 8 GB of database while it runs. Files
are written to --files where none are, and stay there. It runs on an embedded PostgreSQL of its own, set up as
`ariesone serve` sets it up; with --server, in a database that is made beside the given one and dropped at the end.
Another process reads pages while the month is merged.
"""

import argparse
import asyncio
import multiprocessing
import os
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import asyncpg
from sqlalchemy import make_url

from bench import processes
from bench.later import month_later, write_week
from bench.readers import reading
from db import migrations
from db.embedded.postgresql import postgresql
from db.nppes.layout import FileKind
from db.nppes.load import give_way, load
from db.nppes.places import places
from db.nppes.source import discover
from db.nppes.summary import Progress
from db.nppes.writer import file_name, write_sample
from db.nppes.zips import load_places

_DATABASE = "ariesone_bench_load"


_LOOP = 10_000_000
# For how many seconds somebody reads before the month is merged.
_ALONE = 20


def loop_seconds() -> float:
    """Return the seconds of CPU of a loop of ten million additions: how fast this machine's cores are now."""
    started, total = time.process_time(), 0
    for number in range(_LOOP):
        total += number
    return time.process_time() - started


@dataclass
class Spent:
    """Seconds of the clock, and of CPU in this process and in the server."""

    seconds: float = 0.0
    own: float = 0.0
    server: float = 0.0

    def __sub__(self, other: "Spent") -> "Spent":
        return Spent(self.seconds - other.seconds, self.own - other.own, self.server - other.server)

    def __add__(self, other: "Spent") -> "Spent":
        return Spent(self.seconds + other.seconds, self.own + other.own, self.server + other.server)

    def __str__(self) -> str:
        return f"{self.seconds:7.1f} s, of CPU {self.own:6.1f} s here, {self.server:6.1f} s in the server"


class Clock:
    """What each phase of each file took; `postmaster` is None where the server runs on another machine."""

    def __init__(self, postmaster: int | None) -> None:
        self.phases: dict[str, Spent] = defaultdict(Spent)
        self._postmaster = postmaster
        self._at = "beginning"
        self._last = self._now()

    def __call__(self, progress: Progress) -> None:
        """Take it down that a phase begins, where it is another one."""
        at = f"{progress.file.split('_')[0]} {progress.phase}"
        if at != self._at:
            self.stop()
            self._at = at

    def stop(self) -> None:
        """Count what is left to the last phase."""
        now = self._now()
        self.phases[self._at] += now - self._last
        self._last = now

    @property
    def total(self) -> Spent:
        """Return what all of them took."""
        return sum(self.phases.values(), Spent())

    def _now(self) -> Spent:
        server = processes.cpu_seconds(self._postmaster) if self._postmaster else 0.0
        return Spent(time.perf_counter(), time.process_time(), server)


def apart(function: Callable[..., None], *given: object) -> None:
    """Call a function in a process of its own, so that the peak of memory is of a load alone."""
    process = multiprocessing.get_context("spawn").Process(target=function, args=given)
    process.start()
    process.join()
    if process.exitcode:
        sys.exit("It couldn't be measured.")


def measure(name: str, database_url: str, folder: Path, postmaster: int | None) -> None:
    """Load a folder and print what became of it, what each phase took, and the peak of memory."""
    asyncio.run(_measure(name, database_url, folder, postmaster))


async def _measure(name: str, database_url: str, folder: Path, postmaster: int | None) -> None:
    give_way()
    connection = await asyncpg.connect(database_url)
    sources = discover([folder])
    size, clock = sum(source.size for source in sources) / 1e6, Clock(postmaster)
    summary = await load(connection, sources, progress=clock)
    clock.stop()
    await connection.close()
    peak = processes.peak_memory_mb()
    print(f"\n{name}: {size:,.0f} MB, {summary.total('read'):,} rows, peak {peak:.0f} MB")
    for file in summary.files:
        print(f"  {file.name}: {file.counts()}")
    for phase, spent in clock.phases.items():
        print(f"  {phase:<20} {spent}")
    print(f"  {'in all':<20} {clock.total}", flush=True)


async def place(database_url: str) -> None:
    """Load the ZIPs of the sample, without which no location is on the map."""
    connection = await asyncpg.connect(database_url)
    await load_places(connection)
    await connection.close()


def measure_all(url: str, files: Path, week: Path) -> None:
    """Load a release, the week after it, and the release of the month after beside somebody who reads."""
    postmaster = asyncio.run(processes.postmaster_of(url))
    asyncio.run(place(url))
    print(
        f"ten million additions take {loop_seconds():.2f} s of CPU; {os.cpu_count()} cores, {len(places())} ZIPs"
    )
    apart(measure, "a first release", url, files, postmaster)
    # As autovacuum does within minutes.
    asyncio.run(statement(url, "VACUUM (ANALYZE)"))
    apart(measure, "a week", url, week, postmaster)
    with reading(url) as alone:
        time.sleep(_ALONE)
    with month_later(files), reading(url) as beside:
        apart(measure, "a month, beside a reader", url, files, postmaster)
    for name, seconds in (("alone", alone), ("beside the month", beside)):
        print(f"  reads {name}: {told(seconds)}")
    print(f"ten million additions take {loop_seconds():.2f} s of CPU")


def told(seconds: list[float]) -> str:
    """Return in a line how long reads took."""
    milliseconds = sorted(second * 1e3 for second in seconds)
    least, most = (milliseconds[int(len(milliseconds) * share)] for share in (0.5, 0.999))
    return (
        f"{len(seconds):,}, median {least:.1f} ms, 999 of 1,000 {most:.1f} ms, slowest {milliseconds[-1]:.1f} ms"
    )


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
    parser.add_argument("--people", type=float, default=0.0, help="individuals for each company; CMS has 3.75")
    parser.add_argument("--files", type=Path, help="a folder in which the release stays for the next run")
    given = parser.parse_args()
    with ExitStack() as stack:
        made = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="ariesone-files-")))
        files = given.files or made / "release"
        if not (files / file_name(FileKind.COMPANIES)).exists():
            write_sample(files, given.companies, seed=1, people=given.people)
        write_week(made / "week", files)
        data = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="ariesone-data-")))
        server = given.server or stack.enter_context(postgresql(data))
        url = make_url(server).set(database=_DATABASE).render_as_string(hide_password=False)
        asyncio.run(statement(server, f"DROP DATABASE IF EXISTS {_DATABASE}"))
        asyncio.run(statement(server, f"CREATE DATABASE {_DATABASE}"))
        stack.callback(lambda: asyncio.run(statement(server, f"DROP DATABASE {_DATABASE}")))
        migrations.upgrade(url)
        measure_all(url, files, made / "week")


if __name__ == "__main__":
    main()
