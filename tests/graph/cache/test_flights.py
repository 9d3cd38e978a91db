"""Who asks the same at the same moment: one of them runs for the others."""

import asyncio

import pytest

from db.tail import Head
from graph.cache import follower, recent_keys
from graph.cache.cache import Cache, CacheOptions
from graph.execution.bounds import Limits
from graph.execution.run import Prepared, Runner
from graph.http.exchange import Exchange
from graph.http.keeping import Keeping
from graph.http.overload import Gauge
from graph.http.reply import Whole
from graph.http.request import GraphQLRequest, from_body
from graph.identity.viewer import ANONYMOUS
from graph.schema import core_schema

BODY = b'{"query": "{ companies(first: 3) { nodes { name } } }"}'
SCOPE = {"type": "http", "method": "POST", "path": "/graphql", "query_string": b"", "headers": []}


@pytest.fixture
async def keeping(monkeypatch: pytest.MonkeyPatch) -> Keeping:
    """What keeps answers, with the log read."""
    monkeypatch.setattr(follower, "BOUND", 60.0)
    cache = Cache.over(None, CacheOptions())
    cache.follower.apply(Head(1, (0, 0, 0), follower.today()), ())
    gauge = Gauge(max_requests=3, max_running=3, max_lag=1.0)
    await gauge.begin()
    return Keeping(cache, gauge)


def begun(keeping: Keeping) -> Exchange:
    """A request that has to run by itself."""
    found = Exchange(SCOPE)
    assert keeping.find(found, BODY) is None
    assert keeping.begin(found)
    return found


async def given_to_others(keeping: Keeping, running: Exchange, prepared: Prepared) -> Whole:
    """What somebody is given who asks the same while one is made; it is kept as well."""
    second = Exchange(SCOPE)
    assert keeping.find(second, BODY) is None
    assert not keeping.begin(second)
    waiting = asyncio.create_task(keeping.join(second))
    await asyncio.sleep(0)
    # Nothing was read that it could depend on.
    reply = keeping.keep(running, prepared, Whole.of({"data": {}}))
    keeping.leave(running)
    joined = await waiting
    assert joined is not None
    assert (joined.content, joined.headers["x-cache"]) == (reply.content, "HIT")
    assert keeping.find(Exchange(SCOPE), BODY) is not None
    return reply


async def test_one_answer_is_for_all_who_wait_for_it(keeping: Keeping) -> None:
    asked, prepared = read()
    first = begun(keeping)
    assert not keeping.watch(first, asked, prepared)
    assert (await given_to_others(keeping, first, prepared)).headers["x-cache"] == "MISS"


async def test_of_what_hardly_anybody_asks_twice_the_second_answer_is(
    keeping: Keeping, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Of no key that is kept in any case, whatever its hash is.
    monkeypatch.setattr(recent_keys, "PROBE", 1 << 64)
    asked, prepared = read()
    prepared.operation.demand.is_high = False
    first, second = begun(keeping), begun(keeping)
    for each in (first, second):
        assert not keeping.watch(each, asked, prepared)
    assert (await given_to_others(keeping, second, prepared)).headers["x-cache"] == "MISS"
    assert keeping.keep(first, prepared, Whole.of({"data": {}})).headers["x-cache"] == "BYPASS"


async def test_what_is_made_while_all_are_dropped_is_given_to_nobody(keeping: Keeping) -> None:
    asked, prepared = read()
    first = begun(keeping)
    keeping.watch(first, asked, prepared)
    keeping._answers.clear()
    keeping.keep(first, prepared, Whole.of({"data": {}}))
    begun(keeping)


def read() -> tuple[GraphQLRequest, Prepared]:
    """What is asked for, and its operation, of which nobody has heard so far."""
    asked = from_body(BODY)
    assert not isinstance(asked, list)
    return asked, Runner(core_schema, Limits(), timeout=10).prepare(asked.query or "", None, {}, ANONYMOUS)
