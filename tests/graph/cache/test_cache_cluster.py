"""A Cluster of three servers: keys are found wherever they are, while they move, and when a server is killed."""

import asyncio
import time
from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest
from redis.crc import key_slot

from graph.cache.server import FAILURES
from graph.cache.shared import SharedCache
from tests.valkeys import Node, Nodes, cluster

pytestmark = pytest.mark.slow

SCRIPT = "return redis.call('INCRBY', KEYS[1], ARGV[1]) + redis.call('INCRBY', KEYS[2], ARGV[1])"


@pytest.fixture(scope="module")
def nodes(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Nodes]:
    """Three primaries."""
    with cluster(tmp_path_factory.mktemp("cluster")) as found:
        yield found


@pytest.fixture
async def cache(nodes: Nodes) -> AsyncIterator[SharedCache]:
    """One that knows who has what."""
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
    """How many calls a server was sent that it had to send on."""
    errors = node.redis.info("errorstats")
    return sum(errors.get(f"errorstat_{name}", {}).get("count", 0) for name in ("MOVED", "ASK"))


async def test_each_key_is_asked_of_the_server_that_has_it(cache: SharedCache, nodes: Nodes) -> None:
    before = [calls_of(node) for node in nodes.primaries]
    keys = [f"ariesone:answer:{number}" for number in range(100)]
    assert all(await asyncio.gather(*(put(cache, key) for key in keys)))
    assert await asyncio.gather(*(get(cache, key) for key in keys)) == [b"value"] * 100
    assert all(node.redis.dbsize() > 20 for node in nodes.primaries)
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
    assert cache.problem == "a server of the shared cache doesn't answer"
    began = time.monotonic()
    for _ in range(100):
        # It isn't even tried.
        assert await get(cache, keys[lost.port]) is None
        for node in others:
            assert await get(cache, keys[node.port]) == b"value"
    assert time.monotonic() - began < 2
    lost.start()
    deadline = time.monotonic() + 15
    while not await put(cache, keys[lost.port]):
        assert time.monotonic() < deadline
        await asyncio.sleep(0.05)
    assert await get(cache, keys[lost.port]) == b"value"
