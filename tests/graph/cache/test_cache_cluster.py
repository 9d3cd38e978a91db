"""A Cluster of three servers: keys are found wherever they are, while they move, and when a server is killed."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import pytest
from redis import Redis
from redis.crc import key_slot
from starlette.types import ASGIApp

from graph.app import create_app
from graph.cache import cluster as cluster_module
from graph.cache import server as server_module
from graph.cache import worth
from graph.cache.gathering import Gathering
from graph.cache.keyspace import amounts, remove
from graph.cache.server import DEADLINE, FAILURES, Problem, in_time
from graph.cache.shared import SharedCache
from graph.http.bucket import Bucket, Rate
from graph.http.ledger import Entry, Ledger
from graph.telemetry.metrics import SHARED_CACHE, SHARED_CACHE_PAUSED, STORE
from tests.graph.cache.test_cache_cases import settings_of
from tests.graph.cache.test_cache_servers import READS, delay, repeating, seconds_of
from tests.graph.conftest import Server
from tests.valkeys import Node, Nodes, await_that, cluster

pytestmark = pytest.mark.slow

Serve = Callable[[ASGIApp], AbstractContextManager[Server]]

# Words that are searched for, each by a client of its own: before something happens, and while it does. A read
# that waits for it waits each time; one that waits for the machine doesn't.
CALM = ("a", "b", "c")
ROUNDS = [("m", "n", "o"), ("p", "q", "r"), ("s", "t", "u"), ("v", "w", "x")]

SCRIPT = "return redis.call('INCRBY', KEYS[1], ARGV[1]) + redis.call('INCRBY', KEYS[2], ARGV[1])"


@pytest.fixture(scope="module")
def nodes(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Nodes]:
    """Three primaries."""
    with cluster(tmp_path_factory.mktemp("cluster")) as found:
        yield found


@pytest.fixture
async def cache(nodes: Nodes, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[SharedCache]:
    """One that knows who has what, and whose calls take as long as a busy machine needs."""
    for module in (cluster_module, server_module):
        monkeypatch.setattr(module, "DEADLINE", 30.0)
    for node in nodes.primaries:
        node.redis.flushall()
    found = SharedCache.at(nodes.url)
    await found.check()
    learning = found._cluster._looking
    assert learning is not None
    await learning
    assert len(found._cluster.servers) == 3
    yield found
    await found.aclose()


async def put(cache: SharedCache, key: str, value: bytes = b"value") -> Any:
    return await cache.ask(lambda redis: redis.set(key, value), key)


async def get(cache: SharedCache, key: str) -> Any:
    return await cache.ask(lambda redis: redis.get(key), key)


def calls_of(node: Node) -> int:
    """How many calls a server was sent that it had to send on, or to refuse for their keys."""
    errors = node.redis.info("errorstats")
    return sum(errors.get(f"errorstat_{name}", {}).get("count", 0) for name in ("MOVED", "ASK", "CROSSSLOT"))


async def test_each_key_is_asked_of_the_server_that_has_it(cache: SharedCache, nodes: Nodes) -> None:
    before = [calls_of(node) for node in nodes.primaries]
    keys = [f"ariesone:answer:{number}" for number in range(100)]
    assert all(await asyncio.gather(*(put(cache, key) for key in keys)))
    assert await asyncio.gather(*(get(cache, key) for key in keys)) == [b"value"] * 100
    assert all(node.redis.dbsize() > 20 for node in nodes.primaries)
    assert [calls_of(node) for node in nodes.primaries] == before


async def test_keys_of_one_moment_are_asked_for_in_a_way_that_no_server_refuses(
    cache: SharedCache, nodes: Nodes
) -> None:
    before = [calls_of(node) for node in nodes.primaries]
    keys = [f"ariesone:answer:{number}" for number in range(100)]
    await asyncio.gather(*(put(cache, key) for key in keys))
    gathering = Gathering(cache)
    assert await asyncio.gather(*map(gathering.get, keys)) == [b"value"] * 100
    assert [calls_of(node) for node in nodes.primaries] == before


async def test_who_says_no_key_is_sent_on(cache: SharedCache, nodes: Nodes) -> None:
    for node in nodes.primaries:
        key = nodes.own_key(node)
        assert await cache.ask(lambda redis, key=key: redis.set(key, b"value"))  # type: ignore[misc]
        assert node.redis.get(key) == "value"


async def test_a_script_runs_where_its_keys_are(cache: SharedCache, nodes: Nodes) -> None:
    for node in nodes.primaries:
        tag = nodes.own_key(node)
        keys = [f"{{{tag}}}:one", f"{{{tag}}}:other"]
        assert await cache.ask(lambda redis, keys=keys: redis.eval(SCRIPT, 2, *keys, 7), keys[0]) == 14  # type: ignore[misc]
        assert node.redis.get(keys[1]) == "7"


async def test_what_moves_is_found_before_between_and_after(cache: SharedCache, nodes: Nodes) -> None:
    source, target, _ = nodes.primaries
    gone = nodes.own_key(source)
    slot = key_slot(gone.encode())
    stays, new = f"{{{gone}}}:stays", f"{{{gone}}}:new"
    for key in (gone, stays):
        await put(cache, key)
    nodes.begin_move(slot, source, target)
    source.redis.migrate("127.0.0.1", target.port, gone, 0, 5000)
    for _ in range(3):
        # The one is asked of the server to be, the other of the one that was.
        assert await asyncio.gather(*(get(cache, key) for key in (gone, stays))) == [b"value"] * 2
    assert await put(cache, new)
    assert target.redis.execute_command("CLUSTER", "COUNTKEYSINSLOT", slot) == 2  # type: ignore[no-untyped-call]
    nodes.end_move(slot, source, target)
    for _ in range(3):
        assert await asyncio.gather(*(get(cache, key) for key in (gone, stays, new))) == [b"value"] * 3
    before = calls_of(source)
    assert await get(cache, gone) == b"value"
    assert calls_of(source) == before
    assert cache.problem is None
    nodes.move(slot, target, source)


async def test_a_server_that_is_killed_takes_nothing_with_it_but_its_keys(
    cache: SharedCache, nodes: Nodes
) -> None:
    lost, *others = nodes.primaries
    keys = {node.port: nodes.own_key(node) for node in nodes.primaries}
    for key in keys.values():
        assert await put(cache, key)
    lost.kill()
    for _ in range(FAILURES):
        assert await get(cache, keys[lost.port]) is None
    assert cache.problem == Problem("a server of the shared cache doesn't answer within 50 ms")
    skipped = SHARED_CACHE["skipped"].value
    for _ in range(100):
        assert await get(cache, keys[lost.port]) is None
        for node in others:
            assert await get(cache, keys[node.port]) == b"value"
    # Most of the time it isn't even tried.
    assert SHARED_CACHE["skipped"].value - skipped > 80
    lost.start()
    deadline = time.monotonic() + 15
    while not await put(cache, keys[lost.port]):
        assert time.monotonic() < deadline
        await asyncio.sleep(0.05)
    assert await get(cache, keys[lost.port]) == b"value"


async def test_a_way_in_that_is_shut_is_not_counted_while_there_are_others(cache: SharedCache) -> None:
    cluster = cache._cluster
    paused = SHARED_CACHE_PAUSED._value.get()
    for _ in range(FAILURES):
        with pytest.raises(ZeroDivisionError):
            await cluster._first.run(fail, in_time())
    assert SHARED_CACHE_PAUSED._value.get() == paused + 1
    cluster.look_up()
    assert cluster._looking
    await cluster._looking
    assert SHARED_CACHE_PAUSED._value.get() == paused


async def fail(_: Any) -> None:
    raise ZeroDivisionError


async def test_buckets_are_kept_wherever_they_lie(cache: SharedCache, nodes: Nodes) -> None:
    """Of several clients in one account; another process finds what is left of each."""
    rate = Rate(1000, 1)
    keys = [Bucket(f"client {number}", rate, 0.0, is_shared=True).key for number in range(60)]
    assert len({nodes.owner_of(key_slot(key.encode())).port for key in keys}) == 3
    booked = await Ledger(cache).book([Entry(key, 10.0, 90.0, rate) for key in keys])
    assert all(balance and balance.is_taken and 900 <= balance.left <= 901 for balance in booked)
    # One that hasn't looked yet, and is sent on each time.
    other = SharedCache.at(nodes.url)
    for key in keys[:5]:
        [balance] = await Ledger(other).book([Entry(key, 0.0, 900.0, rate)])
        assert balance
        assert balance.is_taken
    await other.aclose()


def test_what_is_there_is_counted_and_removed_on_all_servers(nodes: Nodes) -> None:
    for node in nodes.primaries:
        node.redis.flushall()
        for kind in ("answer", "rows", "document"):
            node.redis.set(nodes.own_key(node, f"ariesone:{kind}:"), "value")
    with Redis.from_url(nodes.url) as redis:
        assert {kind: keys for kind, (keys, taken) in amounts(redis).items() if taken} == {
            "answer": 3,
            "rows": 3,
            "document": 3,
        }
        assert remove(redis) == 6
        assert {kind: keys for kind, (keys, _) in amounts(redis).items()} == {"document": 3}


# ---- over HTTP


def slots_of(nodes: Nodes) -> Iterator[tuple[int, Node, Node]]:
    """Slots in which answers are, where they are, and where else they may be."""
    while True:
        for source, target in zip(nodes.primaries, (*nodes.primaries[1:], nodes.primaries[0]), strict=True):
            for name in list(source.redis.scan_iter("ariesone:answer:*"))[:4]:
                yield key_slot(name.encode()), source, target


def test_nobody_waits_or_fails_while_slots_move(
    serve: Serve, directory_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All the time some slot is on its way, and what is in it is found."""
    monkeypatch.setattr(worth, "ASKING", -1.0)
    with (
        cluster(tmp_path) as nodes,
        serve(create_app(settings_of(directory_url, None, cache_audit=0))) as alone,
        serve(create_app(settings_of(directory_url, nodes.url, cache_audit=0))) as server,
    ):
        delay(server, alone, *CALM)
        before, failed = STORE["answer", "hit"].value, SHARED_CACHE["failed"].value
        moving = slots_of(nodes)
        moved = 0

        def move() -> None:
            nonlocal moved
            slot, source, target = next(moving)
            nodes.begin_move(slot, source, target)
            time.sleep(0.01)
            nodes.end_move(slot, source, target)
            moved += 1

        with repeating(move):
            assert any(delay(server, alone, *words) <= DEADLINE for words in ROUNDS)
        found = STORE["answer", "hit"].value - before
        assert moved > 10
        # The others are asked for the first time.
        assert found > READS
        assert SHARED_CACHE["failed"].value - failed < found / 20


@pytest.mark.parametrize("end", [Node.kill, Node.stop_still], ids=["killed", "still"])
def test_nobody_waits_or_fails_when_a_server_is_lost(
    serve: Serve,
    directory_url: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    end: Callable[[Node], None],
) -> None:
    """Its replica takes its place, and by itself the process goes to that."""
    monkeypatch.setattr(worth, "ASKING", -1.0)
    with (
        cluster(tmp_path, replicas=1) as nodes,
        serve(create_app(settings_of(directory_url, None, cache_audit=0))) as alone,
        serve(create_app(settings_of(directory_url, nodes.url, cache_audit=0))) as server,
    ):
        delay(server, alone, *CALM)
        lost, [replica] = nodes.primaries[0], nodes.replicas
        with ThreadPoolExecutor(1) as killer:
            ending = killer.submit(end, lost)
            assert delay(server, alone, *ROUNDS[0]) <= DEADLINE
            ending.result()
        await_that(lambda: replica.redis.info("replication")["role"] == "master")
        assert any(commands_of(replica, server, word) > READS / 10 for word in "defgh")
        await_that(lambda: cache_check(server) == "healthy")
        # It comes back as what it isn't any more.
        lost.kill()
        lost.start()
        await_that(lambda: lost.redis.info("replication")["role"] == "slave")
        seconds_of(server, "k")
        await_that(lambda: cache_check(server) == "healthy")


def commands_of(node: Node, server: Server, word: str) -> int:
    """How many commands a server of the Cluster is sent for some reads."""
    before = node.redis.info("stats")["total_commands_processed"]
    seconds_of(server, word)
    return int(node.redis.info("stats")["total_commands_processed"]) - int(before)


def cache_check(server: Server) -> str:
    """What the server says of its cache."""
    return str(server.client.get("/health").json()["checks"]["cache"]["status"])
