"""What a change costs that many hear of over WebSockets: this server beside Mercurius' and Yoga's subscriptions.

    .venv/bin/python -m bench.fanout [--sockets 2000] [--changes 20] [--rounds 3]

Each is a process of its own, over one PostgreSQL with a sample and one Redis, and they take turns in each round,
the first another one each time. Each is warmed first: it tells of changes until what one costs it stops falling.
Changes of one company are made one after the other; every socket hears of each, with the company's name and web
site, by graphql-transport-ws, asked as Apollo's client does it. The peers write one row, and what they publish
over Redis holds all that is asked for: nothing is read for a socket. This server writes its log and its history
beside the row, and reads of an event what was asked for. A time is from sending the mutation, or from its answer,
to hearing of it; where it was heard of before that answer came it counts as none.
"""

import argparse
import asyncio
import itertools
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any

import httpx2
import uvloop

from bench.contestants import OURS_KEPT, ours
from bench.installed import PACKAGES, install
from bench.listeners import PATIENCE, Listener
from bench.processes import cpu_seconds
from bench.servers import HOST, Running, Server, running
from bench.warmup import is_steady
from db import migrations
from db.embedded.postgresql import postgresql
from db.embedded.valkey import valkey
from db.engine import connection_to
from db.nppes.sample_load import load_sample
from graph.identity.development_tokens import development_token
from graph.settings import Settings

SUBSCRIPTION = {
    "operationName": "Changes",
    "variables": {},
    "query": "subscription Changes { changes { kind company { name website __typename } __typename } }",
}
PEERS = {"Mercurius": "mercurius_listening", "Yoga": "yoga_listening"}
OUR_EDIT = "mutation($input: UpdateCompanyInput!) { updateCompany(input: $input) { userErrors { code } } }"
PEERS_EDIT = "mutation($npi: String!, $website: String!) { updateCompany(npi: $npi, website: $website) { npi } }"
# No change is to a web site that there was.
NUMBERS = itertools.count()
# Seconds in which sockets come to rest.
REST = 2
# Changes that a server is warmed by at a time, and how often at most.
WINDOW = 10
MOST_WINDOWS = 40
# Changes of which all must have heard one before anything is measured.
FIRST_TRIES = 10


@dataclass
class Figures:
    """What was measured of a server: seconds until each heard, from sending and from its answer, and of CPU."""

    from_sending: list[float] = field(default_factory=list)
    from_answer: list[float] = field(default_factory=list)
    cpu: float = 0.0

    def add(self, others: "Figures") -> None:
        """Add those of another round."""
        self.from_sending += others.from_sending
        self.from_answer += others.from_answer
        self.cpu += others.cpu

    def line(self) -> str:
        """Return them as a row of a table."""
        sent, answered = sorted(self.from_sending), sorted(self.from_answer)
        p50, p99, after = (
            found[int(len(found) * share)] * 1000 for found, share in ((sent, 0.5), (sent, 0.99), (answered, 0.99))
        )
        each = self.cpu / len(sent) * 1e6
        return f"{p50:8.0f} {p99:8.0f} {after:18.0f} {each:15.1f} {len(sent):10,}"


@dataclass(frozen=True)
class Contestant:
    """A server, and how a company is changed there."""

    server: Server
    edit: str
    token: str
    is_ours: bool

    def body(self, npi: str, website: str) -> Mapping[str, Any]:
        """Return the change of a company."""
        given = {"npi": npi, "website": website}
        return {"query": self.edit, "variables": {"input": given} if self.is_ours else given}


def contestants(folder: Path, data: Path, redis_url: str, sockets: int) -> list[Contestant]:
    """Return this server and its peers; those on Node only where Node can be had."""
    program = Path(sys.executable).with_name("ariesone")
    own = ours(folder, program, OURS_KEPT)
    room = {"MAX_LISTENERS": str(sockets), "MAX_LISTENERS_VIEWER": str(sockets), "REDIS_URL": redis_url}
    own = replace(own, environment={**own.environment, **room})
    secret = own.environment["TOKEN_SECRET"]
    token = development_token(Settings(_env_file=None, token_secret=secret), ["PARTNER", "ADMIN"])
    found = [Contestant(own, OUR_EDIT, token, is_ours=True)]
    if (node := install(data).node) is None:
        return found
    environment = {"NODE_ENV": "production", "REDIS_SOCKET": redis_url.removeprefix("unix://").partition("?")[0]}
    for name, file in PEERS.items():
        server = Server(name, [node, f"{file}.js"], PACKAGES.parent, environment)
        found.append(Contestant(server, PEERS_EDIT, "", is_ours=False))
    return found


class Crowd:
    """The sockets that listen to one server, and who changes a company there."""

    def __init__(self, contestant: Contestant, at: Running, npi: str) -> None:
        self._contestant = contestant
        self._at = at
        self._npi = npi
        self._listeners: list[Listener] = []
        # When each socket heard of the last change.
        self._heard: list[float] = []

    async def gather(self, sockets: int) -> None:
        """Have so many sockets listen, until all have heard of a change: Yoga subscribes late now and then."""
        loop, token = asyncio.get_running_loop(), self._contestant.token
        made = partial(Listener, token, SUBSCRIPTION, lambda: self._heard.append(time.perf_counter()))
        for _ in range(sockets):
            _, listener = await loop.create_connection(made, HOST, self._at.port)
            await asyncio.wait_for(listener.is_ready.wait(), PATIENCE)
            self._listeners.append(listener)
        for _ in range(FIRST_TRIES):
            await asyncio.sleep(REST)
            async with self._client() as client:
                await self._change(client, Figures(), REST)
            if len(self._heard) == sockets:
                return
        raise self._lost()

    async def hear(self, changes: int) -> Figures:
        """Make so many changes, each once all have heard of the one before; what that cost."""
        found, began = Figures(), cpu_seconds(self._at.pid)
        async with self._client() as client:
            for _ in range(changes):
                await self._change(client, found, PATIENCE)
                if len(self._heard) != len(self._listeners):
                    raise self._lost()
        found.cpu = cpu_seconds(self._at.pid) - began
        return found

    def close(self) -> None:
        """Leave."""
        for listener in self._listeners:
            listener.close()

    def _client(self) -> httpx2.AsyncClient:
        token = self._contestant.token
        headers = {"authorization": f"Bearer {token}"} if token else {}
        return httpx2.AsyncClient(headers=headers, timeout=PATIENCE)

    def _lost(self) -> SystemExit:
        heard, sockets = len(self._heard), len(self._listeners)
        return SystemExit(f"{self._contestant.server.name}: {heard} of {sockets} heard of a change")

    async def _change(self, client: httpx2.AsyncClient, into: Figures, patience: float) -> None:
        """Change the company, and wait until all have heard of it, so many seconds at most."""
        self._heard.clear()
        sent = time.perf_counter()
        body = self._contestant.body(self._npi, f"https://number{next(NUMBERS)}.example")
        answer = await client.post(self._at.url, json=body)
        answered = time.perf_counter()
        require_done(answer.json())
        sockets = len(self._listeners)
        while len(self._heard) < sockets and time.perf_counter() < sent + patience:  # noqa: ASYNC110 - an event would be set by each
            await asyncio.sleep(0.005)
        into.from_sending += [each - sent for each in self._heard]
        into.from_answer += [max(each - answered, 0) for each in self._heard]


async def measure(crowd: Crowd, given: argparse.Namespace, into: Figures) -> int:
    """Add what it costs that all sockets hear of changes once the server is warm; the windows that took."""
    await crowd.gather(given.sockets)
    windows: list[float] = []
    while not is_steady(windows) and len(windows) < MOST_WINDOWS:
        windows.append((await crowd.hear(WINDOW)).cpu)
    into.add(await crowd.hear(given.changes))
    crowd.close()
    return len(windows)


def require_done(answer: Mapping[str, Any]) -> None:
    """Raise unless a company was changed."""
    if answer.get("errors") or answer["data"]["updateCompany"].get("userErrors"):
        raise SystemExit(f"no change: {answer}")


async def fill(url: str) -> str:
    """Load a sample, and return the company that is changed."""
    async with connection_to(url) as connection:
        await load_sample(connection)
        return str(await connection.fetchval("SELECT min(npi) FROM companies"))


def main() -> None:
    """Measure all in turns, and print a table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--sockets", type=int, default=2000)
    parser.add_argument("--changes", type=int, default=20)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument(
        "--data", type=Path, default=Path(".ariesone/bench"), help="where peers' programs are kept"
    )
    given = parser.parse_args()
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="fanout-")))
        url = stack.enter_context(postgresql(folder))
        redis_url = stack.enter_context(valkey(folder))
        if redis_url is None:
            raise SystemExit("There is no Valkey for this machine, over which peers publish.")
        migrations.upgrade(url)
        npi = uvloop.run(fill(url))
        found = contestants(folder, given.data.resolve(), redis_url, given.sockets)
        figures: defaultdict[str, Figures] = defaultdict(Figures)
        for number in range(given.rounds):
            for contestant in found[number % len(found) :] + found[: number % len(found)]:
                name = contestant.server.name
                with running(contestant.server, url, folder) as at:
                    windows = uvloop.run(measure(Crowd(contestant, at, npi), given, figures[name]))
                print(f"round {number + 1}: {name} was warmed by {windows * WINDOW} changes", flush=True)
    print(f"{given.sockets} sockets, {given.changes} changes in each of {given.rounds} rounds")
    print(f"{'':30} p50, ms  p99, ms p99 of answer, ms CPU for each, us    answers")
    for name, each in figures.items():
        print(f"{name:30}{each.line()}")


if __name__ == "__main__":
    main()
