"""Random writers and readers over two processes and two faulty replicas: nobody gets what is older than he knows.

A reader who sends the cursor of a change sees it, and so does everybody whom the process serves that made it;
others do half a second later.
"""

import asyncio
import random
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import httpx2
import pytest
from redis import Redis

from graph.cache import worth
from graph.cache.follower import BOUND
from tests.graph.cache.test_cache_cases import CURSOR, SECRET, write
from tests.graph.conftest import bearer
from tests.graph.replicas.conftest import CREATE, WEBSITE, Serving, await_health, counted
from tests.proxy import Proxy
from tests.replication import Replication

pytestmark = pytest.mark.slow

# Seconds of each run, and of the long one.
SECONDS, LONG = 5.0, 300.0
# Of one company, of it in a list, of its relation: what is kept of each depends on other tags.
QUERIES = (
    '{ company(npi: "%s") { npi website } }',
    '{ companies(filter: {npi: ["%s"]}, first: 5) { nodes { npi website } } }',
    '{ companies(filter: {search: "two places"}, first: 50) { nodes { npi website } } }',
    '{ companiesByNpi(npis: ["%s", "2999999909"]) { npi website } }',
)
PAUSE, RESUME = "SELECT pg_wal_replay_pause()", "SELECT pg_wal_replay_resume()"


@dataclass
class Known:
    """What each company's website was last said to be, by whom, with which cursor; and when it was that."""

    numbers: dict[str, int] = field(default_factory=dict)
    cursors: dict[str, str] = field(default_factory=dict)
    # By process.
    own: tuple[dict[str, int], dict[str, int]] = field(default_factory=lambda: ({}, {}))
    history: dict[str, list[tuple[float, int]]] = field(default_factory=dict)

    def note(self, process: int, npi: str, number: int, cursor: str) -> None:
        """Take note of an answer to a writer."""
        self.numbers[npi] = self.own[process][npi] = number
        self.cursors[npi] = cursor
        self.history.setdefault(npi, []).append((time.monotonic(), number))

    def long_ago(self, npi: str, now: float) -> int:
        """What everybody knows by now."""
        return max((number for at, number in self.history.get(npi, ()) if at < now - BOUND), default=-1)


def number_in(data: Any, npi: str) -> int:
    """The number in a company's website; -1 of one that has none."""
    [rows] = data.values()
    rows = rows if isinstance(rows, list) else rows.get("nodes", [rows])
    [website] = [row["website"] for row in rows if row and row["npi"] == npi]
    return int(website.removeprefix("https://n").removesuffix(".example")) if website else -1


class Crowd:
    """Writers, readers, and somebody who breaks replicas and mends them."""

    def __init__(self, clients: list[httpx2.AsyncClient], npis: list[str], seconds: float) -> None:
        self.clients = clients
        self.npis = npis
        self.rng = random.Random(11)  # noqa: S311 - no secret
        self.known = Known()
        self.ends = time.monotonic() + seconds
        self.reads: Counter[str] = Counter()
        self.faults = 0
        # The longest that an answer to somebody who sent no cursor was behind.
        self.worst = 0.0

    async def write(self, npi: str) -> None:
        """Count up a company's website: one writer a company, by any process."""
        headers = {"authorization": bearer("ADMIN", token_secret=SECRET)}
        number = 0
        while time.monotonic() < self.ends:
            process = self.rng.randrange(2)
            query = WEBSITE % (npi, f"n{number}")
            answer = await self.clients[process].post("/graphql", json={"query": query}, headers=headers)
            assert "errors" not in answer.json(), answer.text
            self.known.note(process, npi, number, answer.headers[CURSOR])
            number += 1
            await asyncio.sleep(self.rng.uniform(0.01, 0.3))

    async def read(self) -> None:
        """Ask for what is known to be there."""
        while time.monotonic() < self.ends:
            npi, process, way = self.rng.choice(self.npis), self.rng.randrange(2), self.rng.randrange(3)
            known, headers, now = self.known, {}, time.monotonic()
            if way == 0 and npi in known.cursors:
                least, headers = known.numbers[npi], {CURSOR: known.cursors[npi]}
            elif way == 1:
                least = known.own[process].get(npi, -1)
            else:
                least = known.long_ago(npi, now)
            query = self.rng.choice(QUERIES).replace("%s", npi)
            answer = await self.clients[process].post("/graphql", json={"query": query}, headers=headers)
            assert "errors" not in answer.json(), answer.text
            found = number_in(answer.json()["data"], npi)
            assert found >= least, (way, process, query, headers, found, least)
            self.reads[answer.headers["x-cache"]] += 1
            later = [at for at, number in known.history.get(npi, ()) if number > found]
            self.worst = max(self.worst, now - later[0] if later else 0.0)
            await asyncio.sleep(self.rng.uniform(0, 0.02))

    async def disturb(self, replication: Replication, far: Proxy) -> None:
        """Have one replica pause, fall silent, be killed or be late, and be well again."""
        near, other = replication.replicas
        while time.monotonic() < self.ends:
            await asyncio.sleep(self.rng.uniform(0.3, 1.0))
            self.faults += 1
            match self.rng.randrange(4):
                case 0:
                    paused = self.rng.choice((near, other))
                    await paused.run(PAUSE)
                    await asyncio.sleep(self.rng.uniform(0.1, 1.5))
                    await paused.run(RESUME)
                case 1:
                    far.hold_back()
                    await asyncio.sleep(self.rng.uniform(0.1, 1.5))
                    far.heal()
                case 2:
                    far.refuse()
                    await asyncio.sleep(self.rng.uniform(0.0, 0.3))
                    far.heal(latency=self.rng.choice((0.0, 0.03)))
                case _:
                    await asyncio.to_thread(near.kill)
                    await asyncio.to_thread(near.start)


@pytest.mark.parametrize(
    ("kept", "seconds"),
    [
        ("nothing", SECONDS),
        ("answers", SECONDS),
        ("answers and rows in a shared cache", SECONDS),
        pytest.param("answers and rows in a shared cache", LONG, marks=pytest.mark.long),
    ],
)
async def test_nobody_gets_what_is_older_than_he_knows(
    kept: str,
    seconds: float,
    replication: Replication,
    over: Serving,
    far: Proxy,
    npis: Iterator[str],
    valkey_url: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(worth, "ASKING", -1.0)
    with Redis.from_url(valkey_url) as redis:
        redis.flushall()
    url = valkey_url if "shared" in kept else None
    kept_seconds = 0 if kept == "nothing" else 3600
    chosen = [next(npis) for _ in range(3)]
    with (
        over(url, cache_seconds=kept_seconds, max_requests=200) as one,
        over(url, cache_seconds=kept_seconds, max_requests=200) as other,
    ):
        for npi in chosen:
            write(one, CREATE % npi)
        await replication.settle()
        await asyncio.to_thread(await_health, other, "2 in use")
        await asyncio.sleep(BOUND)
        before = counted()
        clients = [httpx2.AsyncClient(base_url=each.client.base_url, timeout=30) for each in (one, other)]
        crowd = Crowd(clients, chosen, seconds)
        async with asyncio.TaskGroup() as tasks:
            for npi in chosen:
                tasks.create_task(crowd.write(npi))
            for _ in range(6):
                tasks.create_task(crowd.read())
            tasks.create_task(crowd.disturb(replication, far))
        for each in clients:
            await each.aclose()
        near, distant = counted(before)
    changes = sum(map(len, crowd.known.history.values()))
    print(f"{changes} changes, {crowd.faults} faults, longest lag {crowd.worst:.3f} s")  # noqa: T201 - for `pytest -s`
    print(dict(crowd.reads), f"near {near:g}, far {distant:g}")  # noqa: T201 - as above
    # Both were read from, and much of what was asked for was there already where anything is kept.
    assert min(near, distant) > 5
    assert crowd.reads["HIT"] > 10 if kept_seconds else not crowd.reads["HIT"]
