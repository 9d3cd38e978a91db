"""What look-ups cost in one request, with a set of variables each, beside a request for each: the server's CPU.

    .venv/bin/python -m bench.sets [--rounds 40] [--sets 50]

On an embedded PostgreSQL of its own with the built-in sample, by a server in one process that keeps no answers.
Each round asks for as many companies with their locations in one request, one after the other over one connection,
and over 16 connections at a time. What is printed is per look-up: the server's and PostgreSQL's CPU, which Linux
counts in hundredths of a second, over all rounds.
"""

import argparse
import asyncio
import http.client
import json
import sys
import tempfile
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from bench.processes import cpu_seconds, postmaster_of
from bench.report import table
from bench.servers import HOST, PATH, Running, Server, running
from db import migrations
from db.embedded.postgresql import postgresql
from db.engine import connection_to
from db.nppes.sample_load import load_sample

CONNECTIONS = 16
QUERY = """
    query ($npi: NPI!) { company(npi: $npi) { npi name locations(first: 5) { nodes { address { city state } } } } }
"""
HEADERS = {"content-type": "application/json", "accept": "application/jsonl, application/json"}
WARM_UP = 3

Way = Callable[[Sequence[str]], None]


class Asker:
    """Asks one server over as many connections as there are threads at most."""

    def __init__(self, server: Running) -> None:
        self._port = server.port
        self._idle: list[http.client.HTTPConnection] = []
        self._pool = ThreadPoolExecutor(CONNECTIONS)

    def together(self, npis: Sequence[str]) -> None:
        """Look up companies in one request."""
        self._ask([{"npi": npi} for npi in npis])

    def in_turn(self, npis: Sequence[str]) -> None:
        """Look up one after the other."""
        for npi in npis:
            self._ask({"npi": npi})

    def side_by_side(self, npis: Sequence[str]) -> None:
        """Look up many at a time, each in a request."""
        list(self._pool.map(self._ask, [{"npi": npi} for npi in npis]))

    def _ask(self, variables: Any) -> None:  # noqa: ANN401 - JSON
        connection = self._idle.pop() if self._idle else http.client.HTTPConnection(HOST, self._port, timeout=30)
        connection.request("POST", PATH, json.dumps({"query": QUERY, "variables": variables}), HEADERS)
        content = connection.getresponse().read()
        if b'"errors"' in content:
            raise RuntimeError(content[:500])
        self._idle.append(connection)


def measure(ways: dict[str, Way], npis: Sequence[str], pids: Sequence[int], rounds: int) -> None:
    """Print what each way took of each process, per look-up."""
    spent = {name: [0.0] * len(pids) for name in ways}
    for number in range(WARM_UP + rounds):
        for name, way in ways.items():
            before = list(map(cpu_seconds, pids))
            way(npis)
            if number >= WARM_UP:
                spent[name] = [
                    told + cpu_seconds(pid) - start
                    for told, pid, start in zip(spent[name], pids, before, strict=True)
                ]
    count = rounds * len(npis)
    rows = [[name, *(f"{seconds / count * 1e6:.0f}" for seconds in told)] for name, told in spent.items()]
    print(table(("us of CPU a look-up", "server", "PostgreSQL"), rows))


async def prepare(url: str, count: int) -> tuple[list[str], int]:
    """Load the sample; the NPIs to look up, and PostgreSQL's process."""
    async with connection_to(url) as connection:
        await load_sample(connection)
        await connection.execute("ANALYZE")
        rows = await connection.fetch("SELECT npi FROM companies ORDER BY npi LIMIT $1", count)
    postmaster = await postmaster_of(url)
    if postmaster is None:
        raise RuntimeError("PostgreSQL isn't on this machine")
    return [row["npi"] for row in rows], postmaster


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=40)
    parser.add_argument("--sets", type=int, default=50)
    options = parser.parse_args()
    command: list[str | Path] = [Path(sys.executable), "-m", "graph", "serve"]
    with (
        tempfile.TemporaryDirectory(prefix="ariesone-bench-") as folder,
        postgresql(Path(folder) / "data", durable=False) as url,
    ):
        migrations.upgrade(url)
        npis, postmaster = asyncio.run(prepare(url, options.sets))
        settings = {"CACHE_SECONDS": "0", "GRAPHIQL": "false", "MAX_LAG": "1"}
        settings |= {"MAX_VARIABLE_SETS": "100", "TMPDIR": tempfile.gettempdir(), "DATA_DIR": folder}
        server = Server("AriesOne", command, Path.cwd(), settings)
        with running(server, url, Path(folder)) as started:
            asker = Asker(started)
            ways: dict[str, Way] = {
                f"{options.sets} in one request": asker.together,
                "one after the other": asker.in_turn,
                f"over {CONNECTIONS} connections": asker.side_by_side,
            }
            measure(ways, npis, [started.pid, postmaster], options.rounds)


if __name__ == "__main__":
    main()
