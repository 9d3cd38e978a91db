"""Whatever a server stands on is stopped, slowed and filled in turn, and within ten seconds all names the culprit.

All is: /health, the metrics, the log, `ariesone doctor`, and the codes of errors.
"""

import asyncio
import logging
import re
import time
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import AbstractContextManager, asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aio_pika
import asyncpg
import httpx2
import pytest
from redis.exceptions import OutOfMemoryError
from starlette.types import ASGIApp

from db import shortage
from graph.app import create_app
from graph.cache import server as cache_server
from graph.doctor.checks import chosen
from graph.doctor.examination import Result, examine
from graph.doctor.finding import Outcome
from graph.doctor.subject import Given, opened
from graph.settings import Settings
from tests.graph.conftest import Server, bearer
from tests.graph.faults.conftest import EXCHANGE, Ground

pytestmark = pytest.mark.slow

# Seconds in which the culprit is to be named by all, and in which all is well again.
GOAL, RECOVERY = 10.0, 40.0
EDITOR = bearer("EDITOR", ("*",))
QUERY = "{ companies(first: %d) { nodes { npi name } } }"
UPDATE = """
    mutation Update($npi: NPI!, $website: String!) {
      updateCompany(input: {npi: $npi, website: $website}) { company { website } userErrors { message } }
    }
"""


@asynccontextmanager
async def database_stopped(ground: Ground) -> AsyncIterator[None]:
    ground.database.refuse()
    yield
    ground.database.heal()


@asynccontextmanager
async def database_silent(ground: Ground) -> AsyncIterator[None]:
    ground.database.hold_back()
    yield
    ground.database.heal()


@asynccontextmanager
async def database_slow(ground: Ground) -> AsyncIterator[None]:
    ground.database.heal(latency=0.15)
    yield
    ground.database.heal()


@asynccontextmanager
async def database_without_connections(ground: Ground) -> AsyncIterator[None]:
    """Somebody else has all connections there are."""
    ground.database.refuse()
    taken = []
    with suppress(asyncpg.TooManyConnectionsError):
        while True:
            taken.append(await asyncpg.connect(ground.database_url))
    ground.database.heal()
    yield
    for each in taken:
        await each.close()


@asynccontextmanager
async def database_disk_full(ground: Ground) -> AsyncIterator[None]:
    """Something else has filled the disk."""
    if not ground.disk.is_mount():
        pytest.skip("a small disk can be had only by who may mount one")
    rest = ground.disk / "rest"
    await asyncio.to_thread(fill_up, rest)
    yield
    rest.unlink()


def fill_up(rest: Path) -> None:
    """Write a file until there is no room."""
    with rest.open("wb", buffering=0) as file, suppress(OSError):
        while True:
            file.write(bytes(4096))


@asynccontextmanager
async def cache_stopped(ground: Ground) -> AsyncIterator[None]:
    ground.cache.refuse()
    yield
    ground.cache.heal()


@asynccontextmanager
async def cache_silent(ground: Ground) -> AsyncIterator[None]:
    ground.cache.hold_back()
    yield
    ground.cache.heal()


@asynccontextmanager
async def cache_slow(ground: Ground) -> AsyncIterator[None]:
    ground.cache.heal(latency=0.2)
    yield
    ground.cache.heal()


@asynccontextmanager
async def cache_full(ground: Ground) -> AsyncIterator[None]:
    """Somebody else has filled it, and it throws nothing away."""

    def fill() -> None:
        for size in (65_536, 1_024, 16):
            with suppress(OutOfMemoryError):
                for number in range(100_000):
                    ground.valkey.redis.set(f"others:{size}:{number}", bytes(size))

    await asyncio.to_thread(fill)
    yield
    await asyncio.to_thread(ground.valkey.redis.flushall)


@asynccontextmanager
async def broker_stopped(ground: Ground) -> AsyncIterator[None]:
    ground.broker.refuse()
    yield
    ground.broker.heal()


@asynccontextmanager
async def broker_silent(ground: Ground) -> AsyncIterator[None]:
    ground.broker.hold_back()
    yield
    ground.broker.heal()


@asynccontextmanager
async def broker_slow(ground: Ground) -> AsyncIterator[None]:
    ground.broker.heal(latency=0.7)
    yield
    ground.broker.heal()


@asynccontextmanager
async def broker_memory_full(ground: Ground) -> AsyncIterator[None]:
    """It counts every byte as too many, so it blocks whoever publishes."""
    await asyncio.to_thread(ground.rabbitmq.control, "set_vm_memory_high_watermark", "0")
    yield
    await asyncio.to_thread(ground.rabbitmq.control, "set_vm_memory_high_watermark", "0.4")


@asynccontextmanager
async def broker_queue_full(ground: Ground) -> AsyncIterator[None]:
    """A queue that nobody reads has as many events as it may."""
    connection = await aio_pika.connect(f"amqp://guest:guest@127.0.0.1:{ground.rabbitmq.port}/")
    async with connection:
        channel = await connection.channel()
        queue = await channel.declare_queue(arguments={"x-max-length": 1, "x-overflow": "reject-publish"})
        await queue.bind(EXCHANGE, "#")
        yield
        await queue.delete(if_unused=False, if_empty=False)


@dataclass(frozen=True)
class Words:
    """What tells of a fault: a part, its health and what is said of it; a check of the doctor; codes of errors."""

    fault: Callable[[Ground], Any]
    part: str
    health: str
    detail: str
    check: str
    seen: str
    codes: frozenset[str] = frozenset()


AWAY = frozenset({"SERVICE_UNAVAILABLE"})

FAULTS = {
    "PostgreSQL stopped": Words(
        database_stopped, "database", "unhealthy", "the database can't be reached",
        "database-reachable", "can't be reached", AWAY,
    ),
    "PostgreSQL silent": Words(
        database_silent, "database", "unhealthy", "the database doesn't answer|no answer within 2 s",
        "database-reachable", "can't be reached", AWAY,
    ),
    "PostgreSQL slow": Words(
        database_slow, "database", "degraded", r"a statement takes [\d,]+ ms",
        "database-reachable", r"answers in [\d,]+\.\d ms",
    ),
    "PostgreSQL without connections": Words(
        database_without_connections, "database", "unhealthy", "PostgreSQL has no connection left",
        "database-reachable", "too many clients", AWAY,
    ),
    "PostgreSQL's disk full": Words(
        database_disk_full, "database", "degraded", "it refuses statements: PostgreSQL's disk is full",
        "database-disk", "0% is free where PostgreSQL's data is", AWAY,
    ),
    "Redis stopped": Words(
        cache_stopped, "cache", "degraded", "the shared cache doesn't answer within 50 ms",
        "cache-reachable", "it doesn't answer",
    ),
    "Redis silent": Words(
        cache_silent, "cache", "degraded", "the shared cache doesn't answer within 50 ms",
        "cache-reachable", "it doesn't answer",
    ),
    "Redis slow": Words(
        cache_slow, "cache", "degraded", "the shared cache doesn't answer within 50 ms",
        "cache-reachable", r"it answers in [\d,]+\.\d ms; servers wait for 50 ms",
    ),
    "Redis full": Words(
        cache_full, "cache", "degraded", "the shared cache is full, and accepts nothing new",
        "cache-memory", "are used, and it throws nothing away",
    ),
    "RabbitMQ stopped": Words(
        broker_stopped, "queue", "degraded", r".* \(RabbitMQ (can't be reached|doesn't confirm what it is sent)\)",
        "queue-reachable", "RabbitMQ can't be reached",
    ),
    "RabbitMQ silent": Words(
        broker_silent, "queue", "degraded", r".* \(RabbitMQ doesn't (answer|confirm what it is sent)\)",
        "queue-reachable", "RabbitMQ doesn't answer",
    ),
    "RabbitMQ slow": Words(
        broker_slow, "queue", "degraded", r".* \(RabbitMQ takes more than 1 s to answer\)",
        "queue-reachable", "RabbitMQ doesn't answer",
    ),
    "RabbitMQ's memory full": Words(
        broker_memory_full, "queue", "degraded",
        r".* \(RabbitMQ accepts nothing, since its memory or its disk is full\)",
        "queue-delivery", "its memory or its disk is full",
    ),
    "RabbitMQ's queue full": Words(
        broker_queue_full, "queue", "degraded",
        r".* \(a queue that is bound for company.updated.\d+ takes nothing more\)",
        "queue-delivery", "takes nothing more",
    ),
}  # fmt: skip


@pytest.fixture(scope="module")
def server(ground: Ground, serve: Callable[[ASGIApp], AbstractContextManager[Server]]) -> Iterator[Server]:
    """A server on all of it."""
    settings = Settings(_env_file=None, **ground.settings, amqp_exchange=EXCHANGE, max_lag=60)
    with pytest.MonkeyPatch.context() as patch, serve(create_app(settings)) as running:
        # What was refused is forgotten sooner than in earnest, so that the next test finds a server that is well.
        patch.setattr(shortage, "RECENT", 5.0)
        # Beside other tests an answer of Redis may take longer than in earnest.
        patch.setattr(cache_server, "DEADLINE", 0.3)
        yield running


class Traffic:
    """Asks and changes something again and again, and notes the codes of errors."""

    def __init__(self, server: Server) -> None:
        self._address = server.client.base_url
        self._npi = server.post(QUERY % 1).json()["data"]["companies"]["nodes"][0]["npi"]
        self.codes: set[str] = set()
        # How many changes were made.
        self.made = 0
        # How many changes were made.
        self.made = 0

    @asynccontextmanager
    async def flowing(self) -> AsyncIterator[None]:
        """Have it flow for the life of the block."""
        async with httpx2.AsyncClient(base_url=self._address, timeout=30) as client:
            tasks = [asyncio.create_task(each) for each in (self._read(client), self._write(client))]
            yield
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _read(self, client: httpx2.AsyncClient) -> None:
        number = 0
        while True:
            number += 1
            await self._ask(client, {"query": QUERY % (number % 100 + 1)})

    async def _write(self, client: httpx2.AsyncClient) -> None:
        number = 0
        while True:
            number += 1
            website = f"https://{number}-{time.monotonic_ns()}.example/{'a' * 200}"
            await self._ask(client, {"query": UPDATE, "variables": {"npi": self._npi, "website": website}})

    async def _ask(self, client: httpx2.AsyncClient, body: Mapping[str, object]) -> None:
        answer = await client.post("/graphql", json=body, headers={"authorization": EDITOR})
        found = answer.json()
        self.codes |= {error["extensions"]["code"] for error in found.get("errors", ())}
        self.made += '"company":{' in answer.text
        await asyncio.sleep(0.05)


@pytest.mark.parametrize("name", FAULTS)
async def test_everything_names_the_culprit_and_no_other(
    name: str,
    server: Server,
    ground: Ground,
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
    record_property: Callable[[str, object], None],
) -> None:
    caplog.set_level(logging.INFO, "ariesone.health")
    words = FAULTS[name]
    traffic = Traffic(server)
    settings = Settings(_env_file=None, **ground.settings, amqp_exchange=EXCHANGE, data_dir=tmp_path)
    async with traffic.flowing():
        await until(lambda: whole(server) == "healthy" and traffic.made > 0, time.monotonic(), RECOVERY)
        traffic.codes.clear()
        caplog.clear()
        async with words.fault(ground):
            began = time.monotonic()
            examining = asyncio.create_task(examined(settings, words, began))
            # Nobody asks for /health before the metrics and the log know: the server looks by itself.
            seconds = {
                "metrics": await until(lambda: blamed(server) == {words.part}, began),
                "log": await until(lambda: is_logged(caplog, words), began),
                "health": await until(lambda: is_told(server, words), began),
                "codes": await until(lambda: traffic.codes >= words.codes, began),
                "doctor": await examining,
            }
            assert traffic.codes == words.codes
            probed = time.monotonic()
            await asyncio.to_thread(server.client.get, "/readyz")
            seconds["readyz"] = time.monotonic() - probed
        # For --junitxml with -o junit_family=xunit1.
        record_property("seconds", {what: round(value, 2) for what, value in seconds.items()})
        assert max(seconds.values()) < GOAL, seconds
        await until(lambda: whole(server) == "healthy", time.monotonic(), RECOVERY)
        assert [each for each in caplog.messages if each == f"{words.part} is healthy again"]


async def until(holds: Callable[[], bool], began: float, goal: float = GOAL) -> float:
    """Wait until something holds; the seconds since it began."""
    while not await asyncio.to_thread(holds):
        assert time.monotonic() - began < goal, f"not within {goal:g} s"
        await asyncio.sleep(0.1)
    return time.monotonic() - began


def whole(server: Server) -> str:
    return str(server.client.get("/health").json()["status"])


def blamed(server: Server) -> set[str]:
    """The parts that aren't healthy according to the metrics."""
    text = server.client.get("/metrics").text
    return set(re.findall(r'^health_check\{check="(\w+)"\} [12]\.0$', text, re.MULTILINE))


def is_logged(caplog: pytest.LogCaptureFixture, words: Words) -> bool:
    pattern = rf"{words.part} is {words.health}: ({words.detail}); see [\w-]+"
    return any(re.fullmatch(pattern, message) for message in caplog.messages)


def is_told(server: Server, words: Words) -> bool:
    check = server.client.get("/health").json()["checks"][words.part]
    return check["status"] == words.health and bool(re.fullmatch(words.detail, check["detail"])) and check["since"]


async def examined(settings: Settings, words: Words, began: float) -> float:
    """Run the doctor's checks of what a server stands on until the right one tells; the seconds since it began."""
    while True:
        found: list[Result] = []
        async with opened(settings, Given()) as subject:
            checks = chosen(["database", "cache", "queue"], [])
            running = asyncio.create_task(examine(checks, subject, found.append))
            while not running.done():
                if any(tells(each, words) for each in found):
                    running.cancel()
                await asyncio.wait((running,), timeout=0.05)
        if any(tells(each, words) for each in found):
            return time.monotonic() - began
        assert time.monotonic() - began < GOAL, found


def tells(result: Result, words: Words) -> bool:
    finding = result.finding
    is_bad = finding.outcome in {Outcome.FAILED, Outcome.WARNING}
    return result.check.id == words.check and is_bad and bool(re.search(words.seen, finding.seen))
