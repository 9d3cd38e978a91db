"""Checks of Redis, on real Valkeys: away, far, too small, too careful; and of what processes say in it."""

import asyncio
from collections.abc import Iterator, Mapping
from pathlib import Path
from urllib.parse import parse_qs, unquote, urlsplit

import orjson
import pytest
from redis import Redis

from db.embedded import valkey
from graph.app import create_app
from graph.doctor import cache, events
from graph.doctor.checks import CHECKS
from graph.doctor.finding import Outcome
from graph.settings import Settings
from tests.graph.conftest import serving
from tests.graph.doctor.conftest import Find, fails, is_absent, is_ok, is_prevented, warns
from tests.proxy import Proxy, proxying
from tests.valkeys import single

OF_CACHE = [each.id for each in CHECKS if each.category == "cache"]
NOWHERE = "redis://127.0.0.1:1"


@pytest.fixture
def redis(valkey_url: str) -> Iterator[Redis]:
    """An empty Valkey."""
    with Redis.from_url(valkey_url) as found:
        found.flushall()
        yield found
        found.flushall()


@pytest.fixture
def distance(valkey_url: str) -> Iterator[Proxy]:
    """A proxy before the Valkey."""
    with proxying(Path(unquote(urlsplit(valkey_url).path))) as proxy:
        yield proxy


def say(redis: Redis, **tally: int) -> None:
    """Say something of a process that serves."""
    redis.set("ariesone:process:one", orjson.dumps({"pid": 1, "entries": 1, "bytes": 1, **tally}))


@pytest.mark.parametrize("id_", OF_CACHE)
async def test_without_redis_there_is_nothing_to_look_at(find: Find, id_: str) -> None:
    is_absent(await find(id_), "REDIS_URL isn't set")
    if id_ != "cache-reachable":
        found = await find(id_, redis_url=NOWHERE)
        is_prevented(found, "connecting")
        assert found.seen.endswith("; see cache-reachable")


async def test_an_embedded_valkey_that_is_away(find: Find, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(valkey, "find_served", lambda _: NOWHERE)
    found = await find("cache-reachable")
    fails(found, "it doesn't answer", "Restart `ariesone serve`")
    assert "REDIS_URL" not in (found.advice or "")


async def test_a_redis_that_is_away_or_far(find: Find, distance: Proxy, monkeypatch: pytest.MonkeyPatch) -> None:
    url = f"redis://127.0.0.1:{distance.port}"
    with monkeypatch.context() as patched:
        # However busy this machine is.
        patched.setattr(cache, "DEADLINE", 60.0)
        is_ok(await find("cache-reachable", redis_url=url), "it answers in")
    distance.heal(latency=0.03)
    fails(await find("cache-reachable", redis_url=url), "servers wait for 50 ms", "nearer")
    distance.refuse()
    fails(await find("cache-reachable", redis_url=url), "it doesn't answer", "mend REDIS_URL")


@pytest.mark.slow
async def test_a_redis_that_says_nothing_is_told_of_in_time(find: Find, distance: Proxy) -> None:
    distance.hold_back()
    async with asyncio.timeout(10):
        fails(await find("cache-reachable", redis_url=f"redis://127.0.0.1:{distance.port}"), "doesn't answer")


async def test_the_embedded_way_is_well(find: Find, valkey_url: str) -> None:
    is_ok(await find("cache-memory", redis_url=valkey_url), "of 67.1 MB are used")
    is_ok(await find("cache-policy", redis_url=valkey_url), "allkeys-lru")
    is_ok(await find("cache-evictions", redis_url=valkey_url), "0 keys were thrown away")


async def test_a_redis_without_a_bound(find: Find, tmp_path: Path) -> None:
    with single(tmp_path / "free") as node:
        url = f"redis://127.0.0.1:{node.port}"
        warns(await find("cache-memory", redis_url=url), "maxmemory isn't set", "set maxmemory")
        warns(await find("cache-policy", redis_url=url), "noeviction", "allkeys-lru")


async def test_a_redis_that_is_full(find: Find, tmp_path: Path) -> None:
    with single(tmp_path / "full", "--maxmemory", "4mb", "--maxmemory-policy", "noeviction") as node:
        url = f"redis://127.0.0.1:{node.port}"
        is_ok(await find("cache-memory", redis_url=url), "of 4.2 MB are used")
        fill(node.redis, 6_000_000)
        fails(await find("cache-memory", redis_url=url), "throws nothing away", "allkeys-lru")
        node.redis.config_set("maxmemory-policy", "allkeys-lru")
        fill(node.redis, 20_000_000)
        warns(await find("cache-evictions", redis_url=url), "keys were thrown away", "raise maxmemory")


def fill(redis: Redis, size: int) -> None:
    """Write so many bytes, as far as they are taken."""
    pipeline = redis.pipeline(transaction=False)
    for number in range(size // 10_000):
        pipeline.set(f"{size}:{number}", b"x" * 10_000)
    pipeline.execute(raise_on_error=False)


@pytest.mark.parametrize(
    ("id_", "tallies"),
    [
        (
            "cache-hits",
            {"few": {"hit": 2}, "bad": {"hit": 1, "miss": 2_000}, "good": {"shared": 900, "miss": 300}},
        ),
        ("cache-audit", {"few": {"audited": 0}, "bad": {"audited": 9, "wrong": 1}, "good": {"audited": 9}}),
    ],
)
async def test_what_processes_say(
    find: Find, redis: Redis, valkey_url: str, id_: str, tallies: Mapping[str, Mapping[str, int]]
) -> None:
    is_absent(await find(id_, redis_url=valkey_url), "no process that keeps answers serves")
    say(redis, **tallies["few"])
    is_absent(await find(id_, redis_url=valkey_url), "so far")
    say(redis, **tallies["good"])
    is_ok(await find(id_, redis_url=valkey_url))
    say(redis, **tallies["bad"])
    if id_ == "cache-hits":
        warns(await find(id_, redis_url=valkey_url), "0% of 2,001 answers", "ariesone cache explain")
    else:
        fails(await find(id_, redis_url=valkey_url), "1 of 9 that were looked at were wrong", "Report it")


def folder_of(url: str) -> Path:
    """The socket of a PostgreSQL."""
    return Path(parse_qs(urlsplit(url).query)["host"][0]) / ".s.PGSQL.5432"


async def until_ok(find: Find, url: str) -> None:
    """Wait until every process reads the log."""
    for _ in range(300):
        if (await find("events-feed", redis_url=url)).outcome is Outcome.OK:
            return
        await asyncio.sleep(0.1)
    raise AssertionError("no process reads the log")


@pytest.mark.slow
async def test_a_server_that_does_not_read_the_log(
    find: Find, redis: Redis, valkey_url: str, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(events, "PATIENCE", 1.0)
    is_absent(await find("events-feed", redis_url=valkey_url), "no process that keeps answers serves")
    is_prevented(await find("events-feed", redis_url=NOWHERE), "connecting")
    with proxying(folder_of(database_url)) as proxy:
        distant = f"postgresql://ariesone@127.0.0.1:{proxy.port}{urlsplit(database_url).path}?sslmode=disable"
        with serving(create_app(Settings(_env_file=None, database_url=distant, redis_url=valkey_url))):
            await until_ok(find, valkey_url)
            proxy.hold_back()
            await asyncio.sleep(3.5)
            fails(await find("events-feed", redis_url=valkey_url), "furthest behind", "database-reachable")
            proxy.heal()
            await until_ok(find, valkey_url)
    assert redis.dbsize()
