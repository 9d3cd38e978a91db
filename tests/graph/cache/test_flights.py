"""Who asks the same at the same moment: one of them runs, though its answer is worth keeping for nobody."""

import asyncio

import pytest

from db.tail import Head
from graph.cache import follower
from graph.cache.cache import Cache, CacheOptions
from graph.cache.demand import Demand
from graph.execution.bounds import Limits
from graph.execution.run import Runner
from graph.http.exchange import Exchange
from graph.http.keeping import Keeping
from graph.http.overload import Gauge
from graph.http.reply import Whole
from graph.http.request import from_body
from graph.identity.viewer import ANONYMOUS
from graph.schema import core_schema

BODY = b'{"query": "{ companies(first: 3) { nodes { name } } }"}'
SCOPE = {"type": "http", "method": "POST", "path": "/graphql", "query_string": b"", "headers": []}


@pytest.mark.parametrize("is_worth", [True, False])
async def test_one_answer_is_for_all_who_wait_for_it(is_worth: bool, monkeypatch: pytest.MonkeyPatch) -> None:  # noqa: FBT001 - a parameter of the test
    monkeypatch.setattr(follower, "BOUND", 60.0)
    monkeypatch.setattr(Demand, "admits", lambda *_: is_worth)
    cache = Cache.over(None, CacheOptions())
    cache.follower.apply(Head(1, (0, 0, 0), follower.today()), ())
    gauge = Gauge(max_requests=2, max_running=2, max_lag=1.0)
    await gauge.begin()
    keeping = Keeping(cache, gauge)
    first, second = Exchange(SCOPE), Exchange(SCOPE)
    for each in (first, second):
        assert keeping.find(each, BODY) is None
    assert keeping.begin(first)
    assert not keeping.begin(second)
    waiting = asyncio.create_task(keeping.join(second))
    await asyncio.sleep(0)

    asked = from_body(BODY)
    assert not isinstance(asked, list)
    prepared = Runner(core_schema, Limits(), timeout=10).prepare(asked.query or "", None, {}, ANONYMOUS)
    assert not keeping.watch(first, asked, prepared)
    # Nothing was read that it could depend on.
    reply = keeping.keep(first, prepared, Whole.of({"data": {}}))
    keeping.leave(first)
    joined = await waiting
    assert joined is not None
    assert (joined.content, joined.headers["x-cache"]) == (reply.content, "HIT")
    assert reply.headers["x-cache"] == ("MISS" if is_worth else "BYPASS")
    assert len(cache.answers) == is_worth
