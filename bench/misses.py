"""What it costs to keep answers that nobody asks for again, in CPU microseconds of this process.

    .venv/bin/python -m bench.misses [--rounds 400] [--requests 16] [--profile point] [--shared]

Whole servers in this process, two that keep answers and two that don't, are asked in turn, from as many
connections as wrk would open, but without sockets. No request is like another. The database is an embedded one
with a sample. Each round asks all of them the same, and what is printed is the median of the rounds, and of their
differences. With --shared those that keep answers have a Valkey besides, whose own CPU isn't counted.
"""

import argparse
import asyncio
import cProfile
import operator
import pstats
import statistics
import tempfile
import time
from contextlib import AsyncExitStack, ExitStack
from functools import cache
from itertools import count
from pathlib import Path
from typing import Any

import orjson
import uvloop
from pydantic import SecretStr
from uvicorn.config import Config
from uvicorn.server import ServerState

from bench.workloads import OPERATIONS
from db import migrations
from db.embedded.postgresql import postgresql
from db.embedded.valkey import valkey
from db.engine import connection_to
from db.nppes.sample_load import load_sample
from graph.app import create_app
from graph.cache.recent_keys import MOST
from graph.commands.listen import collect_seldom
from graph.http.uvicorn import Connection
from graph.identity.development_tokens import development_token
from graph.settings import Settings

COMPANIES = 2_000
# Seconds for which answers are kept.
KEPT = 3600
CONNECTIONS = 16
# Requests to each server that aren't told: everything is compiled, and it has been found that nobody asks again.
WARM_UP = 2 * MOST
HEAD = b"POST /graphql HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n%b\r\ncontent-length: %d\r\n\r\n%b"


class Wire(asyncio.Transport):
    """The client's end of a connection: takes an answer, and tells that it is there."""

    def __init__(self) -> None:
        super().__init__({"peername": ("127.0.0.1", 1), "sockname": ("127.0.0.1", 2)})
        self.answered = asyncio.Event()
        self.answer = b""

    def write(self, data: bytes | bytearray | memoryview) -> None:
        """Take an answer."""
        self.answer = bytes(data)
        self.answered.set()

    def get_write_buffer_size(self) -> int:
        """Nothing is left to be written."""
        return 0

    def is_closing(self) -> bool:
        """It stays open."""
        return False

    def pause_reading(self) -> None:
        """Send nothing: nothing is sent before the answer."""

    def resume_reading(self) -> None:
        """Go on."""

    def close(self) -> None:
        """Stay open."""


class Served:
    """A server in this process, and the connections to it."""

    def __init__(self, settings: Settings) -> None:
        self._app = create_app(settings)
        self._token = f"authorization: Bearer {development_token(settings, 'PARTNER')}".encode()
        self._ends: list[tuple[Wire, Connection]] = []

    async def open(self, stack: AsyncExitStack) -> None:
        """Start it, and connect."""
        others = self._app.others
        state: Any = await stack.enter_async_context(others.router.lifespan_context(others))
        config = Config(self._app, log_config=None, access_log=False, proxy_headers=False, lifespan="off")
        config.load()
        for _ in range(CONNECTIONS):
            wire = Wire()
            connection = Connection(config, ServerState(), dict(state))
            connection.connection_made(wire)
            self._ends.append((wire, connection))

    async def ask(self, bodies: list[bytes]) -> float:
        """Ask for each of them, as many at a time as there are connections; CPU in microseconds of one."""
        requests = [HEAD % (self._token, len(body), body) for body in bodies]
        started = time.process_time()
        for place in range(0, len(requests), CONNECTIONS):
            asked = list(zip(self._ends, requests[place : place + CONNECTIONS], strict=False))
            for (wire, connection), request in asked:
                wire.answered.clear()
                connection.data_received(request)
            for (wire, _), _ in asked:
                await wire.answered.wait()
                if b'"errors"' in wire.answer or not wire.answer.startswith(b"HTTP/1.1 200"):
                    raise RuntimeError(wire.answer.decode())
        return (time.process_time() - started) / len(requests) * 1e6

    async def cursors(self) -> list[str]:
        """Where pages may begin."""
        wire, _ = self._ends[0]
        await self.ask([b'{"query": "{ companies(first: 200) { edges { cursor } } }"}'])
        answer = orjson.loads(wire.answer.partition(b"\r\n\r\n")[2])
        return [edge["cursor"] for edge in answer["data"]["companies"]["edges"]]


class Questions:
    """Bodies of which none is like another: JSON may have any member besides."""

    def __init__(self, npis: list[str], cursors: list[str]) -> None:
        self._numbers = count()
        self._npis = npis
        self._cursors = cursors

    def of(self, name: str, many: int) -> list[bytes]:
        """So many that ask for one company, or for a page of so many."""
        return [self._body(name, next(self._numbers)) for _ in range(many)]

    def _body(self, name: str, number: int) -> bytes:
        kind, _, size = name.partition(" ")
        variables: dict[str, object] = {"locations": 8}
        if kind == "point":
            variables["npi"] = self._npis[number % len(self._npis)]
        else:
            variables |= {"first": int(size), "after": self._cursors[number % len(self._cursors)]}
        return orjson.dumps({"query": text_of(kind), "variables": variables, "number": number})


@cache
def text_of(name: str) -> str:
    """An operation's document."""
    return (OPERATIONS / f"{name}.graphql").read_text()


async def measure(
    url: str, shared: str | None, names: list[str], rounds: int, requests: int, profile: str | None
) -> None:
    """Print what a request costs with answers kept and without, for each of these workloads."""
    async with connection_to(url) as connection:
        await load_sample(connection, companies=COMPANIES)
        npis = [row["npi"] for row in await connection.fetch("SELECT npi FROM companies ORDER BY npi")]
    async with AsyncExitStack() as stack:
        # Two of each kind, since no two servers cost quite the same.
        servers = [Served(settings_of(url, shared, seconds)) for seconds in (KEPT, 0, 0, KEPT)]
        for each in servers:
            await each.open(stack)
        collect_seldom()
        questions = Questions(npis, await servers[1].cursors())
        for name in names:
            found = []
            for number in range(-(-WARM_UP // requests) + rounds):
                taken = await of_round(servers, questions.of(name, requests), number)
                found.append(taken)
            print(f"{name}: {told(found[-rounds:])}")
        if profile:
            for each in servers[:2]:
                profiler = cProfile.Profile()
                bodies = questions.of(profile, 100 * CONNECTIONS)
                profiler.enable()
                await each.ask(bodies)
                profiler.disable()
                pstats.Stats(profiler).sort_stats("tottime").print_stats(60)


async def of_round(servers: list[Served], bodies: list[bytes], number: int) -> list[float]:
    """What one request costs each server; each is asked first in its turn."""
    taken = [0.0] * len(servers)
    for place in range(len(servers)):
        turn = (place + number) % len(servers)
        taken[turn] = await servers[turn].ask(bodies)
    return taken


def told(found: list[list[float]]) -> str:
    """The medians of the rounds, and how far two servers of one kind are apart."""
    kept, made, other_made, other_kept = zip(*found, strict=True)
    with_, without = (
        statistics.median(map(sum, zip(*each, strict=True))) / 2
        for each in ((kept, other_kept), (made, other_made))
    )
    more = statistics.median(a - b - c + d for a, b, c, d in found) / 2
    apart = [abs(statistics.median(map(operator.sub, *each))) for each in ((kept, other_kept), (made, other_made))]
    return (
        f"{with_:.1f} us kept, {without:.1f} not; {more:+.1f} us, {more / without:+.1%}; "
        f"two of a kind are {max(apart):.1f} us apart"
    )


def settings_of(url: str, shared: str | None, seconds: float) -> Settings:
    """The settings as they are shipped, but for how long answers are kept."""
    secret = SecretStr("of this measurement, and long enough")
    return Settings(
        _env_file=None,
        database_url=SecretStr(url),
        redis_url=SecretStr(shared) if shared and seconds else None,
        token_secret=secret,
        cache_seconds=seconds,
    )


def main() -> None:
    """Measure."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=400)
    parser.add_argument("--requests", type=int, default=16)
    parser.add_argument("--workloads", default="point,page 20,page 100")
    parser.add_argument("--profile")
    parser.add_argument("--shared", action="store_true")
    given = parser.parse_args()
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        url = stack.enter_context(postgresql(folder, durable=False))
        shared = stack.enter_context(valkey(folder)) if given.shared else None
        migrations.upgrade(url)
        names = given.workloads.split(",")
        uvloop.run(measure(url, shared, names, given.rounds, given.requests, given.profile))


if __name__ == "__main__":
    main()
