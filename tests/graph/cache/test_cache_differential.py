"""Random reads, writes, loads and faults of the shared cache: what is given is always what the database says.

The long form takes an hour and four processes, started as operators do; ARIESONE_SECONDS says another time.
"""

import asyncio
import os
import random
import time
from collections import deque
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import httpx2
import orjson
import pytest
from redis import Redis
from starlette.types import ASGIApp

from db.engine import Database, connection_to
from graph.app import create_app
from graph.cache import server, worth
from graph.cache.follower import BOUND
from graph.context import Context
from graph.execution.run import Runner
from graph.identity.viewer import ANONYMOUS, Viewer
from graph.telemetry.metrics import CACHED
from tests.db.nppes.cms import Directory, organisation, secondary
from tests.graph.cache.test_cache_cases import CURSOR, SECRET, settings_of
from tests.graph.cache.traffic import NPIS, PLACES, Traffic
from tests.graph.commands.conftest import Server as Process
from tests.graph.commands.conftest import started
from tests.graph.conftest import Server, bearer
from tests.proxy import Proxy

ROLES = (None, "VIEWER", "PARTNER", "EDITOR", "ADMIN")
# Of the long form.
PROCESSES = 4
# Who asks all the time, whether or not something changes.
CROWD = 3
# Reads that are held against the database after a write.
CHECKS = 6
# Queries that are asked again and again for a while.
POOL = 40

FAULTS: tuple[Callable[[Proxy], None], ...] = (
    Proxy.refuse,
    Proxy.hold_back,
    Proxy.reset,
    Proxy.reset_once,
    lambda proxy: proxy.heal(latency=0.03),
    lambda proxy: proxy.heal(latency=0.2),
    lambda proxy: proxy.reply(b"-OOM command not allowed when used memory > 'maxmemory'.\r\n"),
)

# Beginnings of lines of metrics.
KEPT = 'graphql_cache_total{outcome="hit"}'
SHARED = 'cache_store_total{kind="answer",outcome="hit"}'
STALE = "cache_stale_total"

Question = tuple[str, str | None]


@dataclass
class Directories:
    """Processes over one database, one shared cache behind a proxy, and what the database itself says."""

    rng: random.Random
    # Their addresses, and those at which each process counts for itself.
    servers: Sequence[str]
    processes: Sequence[str]
    client: httpx2.AsyncClient
    database: Database
    runner: Runner
    traffic: Traffic
    loading: Directory
    proxy: Proxy
    redis: Redis
    pool: list[Question] = field(default_factory=list)
    # What the shared cache had once.
    copy: dict[bytes, bytes] = field(default_factory=dict)
    loads: int = 0
    written: int = 0
    # The last mutations, and what they were answered.
    last: deque[str] = field(default_factory=lambda: deque(maxlen=4))
    compared: int = 0
    is_over: bool = False

    async def ask(self, server: str, question: Question, cursor: str | None = None) -> Any:
        """What a process says."""
        query, role = question
        headers = {"authorization": TOKENS[role]} if role else {}
        headers |= {CURSOR: cursor} if cursor else {}
        answer = await self.client.post(f"{server}/graphql", json={"query": query}, headers=headers)
        return told(answer.json())

    async def counted(self, name: str) -> float:
        """What the processes have counted together, by the beginning of a line of their metrics."""
        texts = [(await self.client.get(f"{server}/metrics")).text for server in self.processes]
        lines = [line for text in texts for line in text.splitlines() if line.startswith(name)]
        return sum(float(line.rpartition(" ")[2]) for line in lines)

    async def truth(self, question: Question) -> Any:
        """What the database says to the same."""
        query, role = question
        viewer = Viewer("of this test", frozenset({role})) if role else ANONYMOUS
        prepared = self.runner.prepare(query, None, {}, viewer)
        result = await self.runner.run(prepared, Context(self.database))
        errors = [{"path": error.path} for error in result.errors or ()]
        return told(orjson.loads(orjson.dumps({"data": result.data, "errors": errors})))

    def renew(self) -> None:
        """Ask partly something else from now on."""
        while len(self.pool) >= POOL:
            self.pool.pop(self.rng.randrange(len(self.pool)))
        while len(self.pool) < POOL:
            query = self.traffic.read()
            self.pool += [(query, role) for role in self.rng.sample(ROLES, 2)]

    async def crowd(self) -> None:
        """Ask something all the time."""
        while not self.is_over:
            await self.ask(self.rng.choice(self.servers), self.rng.choice(self.pool))
            await asyncio.sleep(0.002)

    async def found(self) -> None:
        """Enter the companies that are written to."""
        await self.write(self.servers[0], self.traffic.beginning())
        assert self.written

    async def write(self, server: str, query: str | None = None) -> str:
        """Change something; the cursor of the change."""
        query = query or self.traffic.write()
        answer = await self.client.post(
            f"{server}/graphql",
            json={"query": query},
            headers={"authorization": TOKENS["ADMIN"]},
        )
        self.last.append(f"{query} {answer.text} {answer.headers.get(CURSOR)}")
        body = answer.json()
        assert "errors" not in body or body.get("data"), body
        self.written += CURSOR in answer.headers
        return str(answer.headers.get(CURSOR, "0"))

    async def load(self) -> None:
        """Load what the registry says by now of two companies: one that was entered by hand, and its own."""
        rng = self.rng
        rows, places = [], []
        for number in (NPIS[-1], "2999999909"):
            city, state, postal_code = rng.choice(PLACES)
            name = f"ACME {rng.choice(('OXYGEN', 'BETA'))} {self.loads}"
            rows.append(organisation(number, name, city=city.upper(), state=state, postal_code=postal_code))
            places.append(secondary(number, f"{self.loads} ELM AVE"))
        monday = date(2040, 1, 2) + timedelta(weeks=self.loads)
        period = f"{monday:%Y%m%d}-{monday + timedelta(days=6):%Y%m%d}"
        self.loads += 1
        await self.loading.companies(*rows, period=period)
        await self.loading.locations(*places, period=period)

    def meddle(self) -> None:
        """Do something to the shared cache."""
        match self.rng.randrange(12):
            case 0:
                self.rng.choice(FAULTS)(self.proxy)
            case 1 | 2:
                self.proxy.heal()
            case 3:
                self.redis.flushall()
            case 4:
                self.copy = {key: self.redis.get(key) or b"" for key in self.redis.keys("*")}  # type: ignore[misc]  # it is the one that blocks
            case 5:
                for key, value in self.copy.items():
                    self.redis.set(key, value)

    async def compare(self, server: str, acknowledged: float, cursor: str | None, *, late: bool) -> None:
        """Hold what a process says against the database; what needn't know yet may come late."""
        for question in self.rng.sample(self.pool, CHECKS):
            expected = await self.truth(question)
            while True:
                began = time.monotonic()
                found = await self.ask(server, question, cursor)
                self.compared += 1
                if found == expected:
                    break
                seconds = began - acknowledged
                what = f"{question} {cursor} after {seconds:.3f} s: {found}, not {expected}; {self.last}"
                assert late and seconds < BOUND, what  # noqa: PT018 - one condition
                await asyncio.sleep(0.02)

    async def round(self) -> None:
        """Change something, or several things at once, and compare."""
        self.meddle()
        one, other = self.rng.sample(self.servers, 2)
        kind = self.rng.randrange(12)
        if kind == 0:
            await self.load()
            acknowledged, cursor = time.monotonic(), "0"
            await self.compare(one, acknowledged, None, late=True)
        elif kind == 1:
            writers = [self.write(server) for server in (one, other, one)]
            cursor = max(await asyncio.gather(*writers), key=int)
            acknowledged = time.monotonic()
            await self.compare(one, acknowledged, cursor, late=False)
        else:
            cursor = await self.write(one)
            acknowledged = time.monotonic()
            # Who has changed nothing needn't know yet what others did a moment ago.
            await self.compare(one, acknowledged, None, late=cursor == "0")
        if self.rng.random() < 0.5 and cursor != "0":
            await self.compare(other, acknowledged, cursor, late=False)
        else:
            await self.compare(other, acknowledged, None, late=True)


def told(body: Any) -> Any:
    """Of an answer what is the same whoever gives it."""
    # A field that is refused is told of once.
    paths = [error.get("path") or () for error in body.get("errors") or ()]
    return body.get("data"), {".".join(name for name in path if isinstance(name, str)) for path in paths}


TOKENS = {role: bearer(role, token_secret=SECRET) for role in ROLES if role}


@pytest.fixture
def always_worth_asking(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have the shared cache asked each time, and again soon after it failed."""
    monkeypatch.setattr(worth, "ASKING", -1.0)
    monkeypatch.setattr(server, "FIRST_PAUSE", 0.05)
    monkeypatch.setattr(server, "LONGEST_PAUSE", 0.1)


@pytest.fixture
def pair(
    serve: Callable[[ASGIApp], AbstractContextManager[Server]],
    sample_copy: str,
    cache_proxy: Proxy,
    always_worth_asking: None,  # noqa: ARG001 - before they start
) -> Iterator[list[str]]:
    """Two servers of this process that share a cache behind a proxy, and audit nothing; one keeps it briefly."""
    settings = settings_of(sample_copy, f"redis://127.0.0.1:{cache_proxy.port}", cache_audit=0)
    hasty = settings.model_copy(update={"cache_seconds": 0.2})
    before = CACHED["stale"].value
    with serve(create_app(settings)) as one, serve(create_app(hasty)) as other:
        yield [str(server.client.base_url) for server in (one, other)]
    # Much of what it gave was over, and being made anew.
    assert CACHED["stale"].value > before


@pytest.fixture
def four(sample_copy: str, cache_proxy: Proxy, tmp_path: Path) -> Iterator[list[str]]:
    """Four processes that share a cache behind a proxy, and audit one hit in a hundred."""
    redis_url = f"redis://127.0.0.1:{cache_proxy.port}"
    servers: list[Process] = []
    try:
        for number in range(PROCESSES):
            folder = tmp_path / f"process-{number}"
            folder.mkdir()
            server = started(
                folder, DATABASE_URL=sample_copy, REDIS_URL=redis_url, TOKEN_SECRET=SECRET, CACHE_AUDIT="100"
            )
            servers.append(server)
        yield [server.address for server in servers]
    finally:
        for server in servers:
            server.process.kill()
            server.process.wait()


@pytest.fixture
async def directories(
    request: pytest.FixtureRequest,
    sample_copy: str,
    runner: Runner,
    cache_proxy: Proxy,
    valkey_url: str,
    tmp_path: Path,
) -> AsyncIterator[Directories]:
    servers = request.getfixturevalue(request.param)
    processes = servers if request.param == "four" else servers[:1]
    seed = random.SystemRandom().randrange(2**32)
    print(f"seed {seed}")  # noqa: T201 - to see a failure again
    rng = random.Random(seed)  # noqa: S311 - not for secrets
    with Redis.from_url(valkey_url) as redis:
        redis.flushall()
        async with (
            httpx2.AsyncClient(timeout=30) as client,
            Database.open(sample_copy) as database,
            connection_to(sample_copy) as connection,
        ):
            loading = Directory(connection, tmp_path)
            traffic = Traffic(rng, connection)
            yield Directories(
                rng, servers, processes, client, database, runner, traffic, loading, cache_proxy, redis
            )


@pytest.mark.parametrize(
    ("directories", "seconds"),
    [
        pytest.param("pair", 6, marks=pytest.mark.slow, id="short"),
        pytest.param("four", float(os.environ.get("ARIESONE_SECONDS", "3600")), marks=pytest.mark.long, id="long"),
    ],
    indirect=["directories"],
)
async def test_what_is_given_is_what_the_database_says(directories: Directories, seconds: float) -> None:
    found = directories
    before = {name: await found.counted(name) for name in (KEPT, SHARED, STALE)}
    await found.found()
    found.renew()
    readers = [asyncio.ensure_future(found.crowd()) for _ in range(CROWD)]
    until = time.monotonic() + seconds
    rounds = 0
    try:
        while time.monotonic() < until:
            await found.traffic.look()
            if rounds % 5 == 0:
                found.renew()
            await found.round()
            rounds += 1
            for reader in readers:
                assert not reader.done() or reader.exception() is None
    finally:
        found.is_over = True
        await asyncio.gather(*readers, return_exceptions=True)
    given, shared, stale = [await found.counted(name) - before[name] for name in (KEPT, SHARED, STALE)]
    print(f"{rounds} rounds, {found.written} writes, {found.loads} loads")  # noqa: T201 - what was tried
    print(f"{found.compared} compared, {given:.0f} kept, {shared:.0f} of the shared cache")  # noqa: T201 - the same
    assert found.written > rounds / 10
    assert given > found.compared / 10
    assert shared > 0
    assert stale == 0
