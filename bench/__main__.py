"""This server beside its peers: what a request costs each of them, drawn and held against the goals.

    make bench
    .venv/bin/python -m bench [--quick] [--servers AriesOne,Mercurius] [--database postgresql://user@host/database]

It runs on an embedded PostgreSQL of its own, or on the one that --database or DATABASE_URL names, which must be on
this machine for its CPU to be told. The sample and the peers are kept in --data for the next run. With --publish,
the figures and the plot go into the documentation.
"""

import argparse
import asyncio
import os
import sys
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from bench import processes, sample
from bench.contestants import OURS, OURS_KEPT, Installed, contestants, install, versions
from bench.first_sight import first_sight_ms
from bench.goals import OURS_SMALL
from bench.plot import plot
from bench.report import publish, report
from bench.results import Results, results
from bench.rounds import Contestant, Plan, measured, prepared
from bench.servers import Server, ServerError
from bench.workloads import FIRST_TEN, LAST_TEN, PAGE_20, POINT, WORKLOADS, Workload
from db.embedded.postgresql import postgresql
from db.engine import connection_to

# Of which a hundredth still has pages to walk through.
_FEWEST = 50_000
DOCS = Path(__file__).resolve().parent.parent / "docs"


def arguments() -> argparse.Namespace:
    """Return what the command line says."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--quick", action="store_true", help="one short round: a look, no result")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=2.0, help="of each round, for each workload")
    parser.add_argument("--warm-up", type=float, default=1.0, help="seconds before each of them")
    parser.add_argument("--companies", type=int, default=100_000)
    parser.add_argument("--servers", default="", help="only these, separated by commas")
    parser.add_argument("--database", default=os.environ.get("DATABASE_URL"), help="in place of an embedded one")
    parser.add_argument("--data", type=Path, default=Path(".ariesone/bench"), help="what is kept between runs")
    parser.add_argument("--publish", action="store_true", help="put figures and plot into docs/")
    given = parser.parse_args()
    if given.companies < _FEWEST:
        parser.error(f"--companies: at least {_FEWEST}, since a hundredth of them still needs several pages.")
    if given.quick:
        given.rounds, given.seconds, given.warm_up = 1, 1.0, 0.5
    return given


@dataclass(frozen=True, slots=True)
class Directory:
    """A database to serve, and the NPIs in it."""

    url: str
    npis: Sequence[str]


def directory(server_url: str, companies: int) -> Directory:
    """Return a directory of so many companies, made where it isn't there yet."""
    url = sample.loaded(server_url, companies)
    return asyncio.run(_described(url))


async def _described(url: str) -> Directory:
    async with connection_to(url) as connection:
        rows = await connection.fetch("SELECT npi FROM companies ORDER BY npi")
    return Directory(url, [row["npi"] for row in rows])


def entered(servers: Sequence[Server], large: Directory, small: Directory) -> list[Contestant]:
    """Return what each server is asked: all the same, and this one what its further goals are about."""
    found = []
    for server in servers:
        is_whole = server.answers and server.name != OURS_KEPT
        asked: tuple[Workload, ...] = WORKLOADS if is_whole else (POINT,)
        if server.name == OURS:
            asked = (*WORKLOADS, FIRST_TEN, LAST_TEN)
        found.append(Contestant(server.name, server, large.url, large.npis, asked))
        if server.name == OURS:
            found.append(Contestant(OURS_SMALL, server, small.url, small.npis, (POINT, PAGE_20)))
    return found


def chosen(given: argparse.Namespace, installed: Installed) -> list[Server]:
    """Return the servers that take part."""
    if installed.node is None:
        print("Node couldn't be installed: the peers on Python alone are measured.", flush=True)
    servers = contestants(given.data, installed)
    names = {name.strip() for name in given.servers.split(",") if name.strip()}
    if unknown := names - {server.name for server in servers}:
        sys.exit(f"No such server: {', '.join(sorted(unknown))}. There are: {', '.join(s.name for s in servers)}.")
    return [server for server in servers if not names or server.name in names]


def run(given: argparse.Namespace, database: str) -> Results:
    """Measure on a PostgreSQL, and return what was found."""
    installed = install(given.data)
    large, small = (directory(database, count) for count in (given.companies, given.companies // 100))
    files = given.data / "run"
    files.mkdir(exist_ok=True)
    postmaster = asyncio.run(processes.postmaster_of(database))
    plan = Plan(given.rounds, given.seconds, given.warm_up, files, postmaster)
    taking_part = entered(chosen(given, installed), large, small)
    requests = prepared(taking_part, plan)
    samples = []
    for each in measured(taking_part, requests, plan):
        print(f"{each.server}, {each.workload}: {each.total:,.0f} µs, {each.per_second:,.0f} a second", flush=True)
        samples.append(each)
    return results(samples, plan, given.companies, versions(installed), first_sight_ms())


def main() -> None:
    """Make the sample, start the servers in turn, measure, and tell."""
    given = arguments()
    given.data = given.data.absolute()
    given.data.mkdir(parents=True, exist_ok=True)
    with ExitStack() as stack:
        database = given.database or stack.enter_context(postgresql(given.data))
        try:
            found = run(given, database)
        except ServerError as error:
            sys.exit(str(error))
    text = report(found)
    print(f"\n{text}")
    found.write(given.data / "results.json")
    plot(found, given.data / "serving.svg")
    print(f"\n{given.data}/results.json and serving.svg hold all of it.")
    if given.publish:
        found.write(DOCS / "serving.json")
        plot(found, DOCS / "serving.svg")
        publish(text, DOCS / "performance.md", "serving")


if __name__ == "__main__":
    main()
