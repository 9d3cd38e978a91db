"""This server beside its peers: what a request costs each of them, drawn and held against the goals.

    make bench
    .venv/bin/python -m bench [--quick] [--servers AriesOne,Mercurius] [--workloads 'point,near 20']
        [--against COMMIT] [--database postgresql://user@host/database]

It runs on an embedded PostgreSQL of its own, or on the one that --database or DATABASE_URL names, which must be on
this machine for its CPU to be told. The sample and the peers are kept in --data for the next run.

With --against, this server as it was at a commit takes part too; with --publish, the figures and the plot go into
the documentation.
"""

import argparse
import asyncio
import os
import sys
from pathlib import Path

from bench import processes
from bench.commits import checkout
from bench.contestants import contestants
from bench.database import directory, server_of
from bench.entries import choose, entries
from bench.first_sight import first_sight_ms
from bench.installed import Installed, install, versions
from bench.plot import plot
from bench.report import publish, report
from bench.results import Results, results
from bench.rounds import Plan, measure, start_all, warm_all
from bench.servers import Server, ServerError
from bench.warmup import WarmUp

# Of which a hundredth still has pages to walk through.
_FEWEST = 50_000
DOCS = Path(__file__).resolve().parent.parent / "docs"


def arguments() -> argparse.Namespace:
    """Return what the command line says."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--quick", action="store_true", help="one short round, hardly warmed: a look, no result")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=2.0, help="of each round, for each workload")
    parser.add_argument("--warm-up", type=float, default=0.5, help="seconds of each workload in a warming window")
    parser.add_argument("--longest-warm-up", type=float, default=45.0, help="seconds for each server")
    parser.add_argument("--companies", type=int, default=100_000)
    parser.add_argument("--servers", default="", help="only these, separated by commas")
    parser.add_argument("--workloads", default="", help="only these, separated by commas")
    parser.add_argument("--against", metavar="COMMIT", help="measure this server as it was there, too")
    parser.add_argument("--database", default=os.environ.get("DATABASE_URL"), help="in place of an embedded one")
    parser.add_argument("--data", type=Path, default=Path(".ariesone/bench"), help="what is kept between runs")
    parser.add_argument("--publish", action="store_true", help="put figures and plot into docs/")
    given = parser.parse_args()
    if given.companies < _FEWEST:
        parser.error(f"--companies: at least {_FEWEST}, since a hundredth of them still needs several pages.")
    if given.publish and (given.servers or given.workloads or given.quick):
        parser.error("--publish: what is published is a whole run.")
    if given.quick:
        given.rounds, given.seconds, given.longest_warm_up = 1, 1.0, 5.0
    return given


def choose_servers(given: argparse.Namespace, installed: Installed) -> list[Server]:
    """Return the servers that take part."""
    if installed.node is None:
        print("Node couldn't be installed: the peers on Python alone are measured.", flush=True)
    elif installed.bun is None:
        print("Bun couldn't be installed: the peers on Node and Python are measured.", flush=True)
    other = checkout(given.against, given.data) if given.against else None
    servers = contestants(given.data, installed, other)
    return [servers[place] for place in choose("server", [each.name for each in servers], given.servers)]


def run(given: argparse.Namespace, server_url: str) -> Results:
    """Measure on a PostgreSQL, and return what was found."""
    installed = install(given.data)
    servers = choose_servers(given, installed)
    large, small = (directory(server_url, count) for count in (given.companies, given.companies // 100))
    files = given.data / "run"
    files.mkdir(exist_ok=True)
    postmaster = asyncio.run(processes.postmaster_of(server_url))
    plan = Plan(given.rounds, given.seconds, given.warm_up, given.longest_warm_up, files, postmaster)
    warm_ups, samples = [], []
    with start_all(entries(servers, given.workloads, large, small), plan) as found:
        for warm_up in warm_all(found, plan):
            print(line(warm_up), flush=True)
            warm_ups.append(warm_up)
        for each in measure(found, plan):
            print(
                f"{each.server}, {each.workload}: {each.total:,.0f} µs, {each.per_second:,.0f} a second",
                flush=True,
            )
            samples.append(each)
    return results(warm_ups, samples, plan, given.companies, versions(installed), first_sight_ms())


def line(warm_up: WarmUp) -> str:
    """Return how a server was warmed, in a line."""
    first, last = warm_up.windows[0], warm_up.windows[-1]
    end = "steady" if warm_up.is_steady else "not steady"
    return f"{warm_up.server}: {first:,.0f} to {last:,.0f} µs in {len(warm_up.windows)} windows, {end}."


def main() -> None:
    """Make the sample, start the servers, warm them, measure, and tell."""
    given = arguments()
    given.data = given.data.absolute()
    given.data.mkdir(parents=True, exist_ok=True)
    try:
        with server_of(given.database, given.data) as database:
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
