"""Who waits for a change is woken by those that concern it, and is shown what differs."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractContextManager, aclosing
from typing import Any

import httpx2
import orjson
import pytest
from starlette.types import ASGIApp

from db.engine import Database
from db.tail import Head
from db.touches import touch
from graph.app import create_app
from graph.cache import live as waiting
from graph.cache.answers import Answer
from graph.cache.cache import Cache, CacheOptions
from graph.cache.follower import Follower, today
from graph.cache.live import CrowdedError, Live, versions
from graph.cache.watch import Watch
from graph.context import Context
from graph.execution.bounds import Limits
from graph.execution.run import Runner
from graph.schema import core_schema
from tests.graph.cache.test_cache_cases import SECRET, settings_of
from tests.graph.cache.test_log_follower import EPOCH, Clock, change
from tests.graph.conftest import Server, bearer

NPI, OTHER = "2999999909", "1234567893"
WEBSITE = 'mutation { updateCompany(input: {npi: "%s", website: "https://%s.example"}) { userErrors { code } } }'
CREATE = 'mutation { createCompany(input: {npi: "%s", name: "Another Company"}) { userErrors { code } } }' % OTHER  # noqa: UP031 - braces
SHOWN = '{ company(npi: "%s") { website } }' % NPI  # noqa: UP031


@pytest.fixture
def follower() -> Follower:
    """One that has read a log of ten changes."""
    found = Follower(Clock())
    found.apply(Head(10, EPOCH, today()), ())
    return found


async def woken(task: asyncio.Task[None]) -> bool:
    """Whether one who waits has been told by now."""
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    return task.done()


async def begun(live: Live, follower: Follower, *tags: str) -> asyncio.Task[None]:
    """One who waits since now."""
    stamp = follower.stamp()
    assert stamp is not None
    task = asyncio.create_task(live.changed(stamp, frozenset(tags)))
    await asyncio.sleep(0)
    return task


async def test_a_look_wakes_those_whom_its_changes_concern(follower: Follower) -> None:
    live = Live(follower)
    texas, company, whole = [await begun(live, follower, tag) for tag in ("state=TX", "company:1", "any")]
    nothing = await begun(live, follower)
    follower.apply(Head(11, EPOCH, today()), [change(11, "2", "state=TX")])
    assert [await woken(each) for each in (texas, company, whole, nothing)] == [True, False, True, False]
    follower.apply(Head(12, EPOCH, today(), 12), (), touches=[(12, "company:1")])
    assert [await woken(each) for each in (company, nothing)] == [True, False]
    again = await begun(live, follower, "company:1")
    # A load, and the next day, may change whatever it is.
    follower.apply(Head(12, (4, 4, 0), today()), ())
    assert [await woken(each) for each in (again, nothing)] == [True, True]
    assert follower.listener is None


async def test_a_change_whose_tags_nobody_knows_wakes_all(follower: Follower) -> None:
    live = Live(follower)
    company = await begun(live, follower, "company:1")
    unknown = change(11, "2")
    unknown["facets_before"] = None
    follower.apply(Head(11, EPOCH, today()), [unknown])
    assert await woken(company)


async def test_what_was_touched_before_somebody_waits_is_not_waited_for(follower: Follower) -> None:
    live, early = Live(follower), follower.stamp()
    assert early is not None
    follower.apply(Head(11, EPOCH, today()), [change(11, "1")])
    await asyncio.wait_for(live.changed(early, frozenset({"company:1"})), 1)
    # What was read after a commit of this process's own has seen it, though the log brings it later.
    follower.note_commit(12)
    late = await begun(live, follower, "company:1")
    follower.apply(Head(12, EPOCH, today()), [change(12, "1")])
    assert not await woken(late)
    late.cancel()


async def test_so_many_may_wait_and_who_leaves_makes_room(
    follower: Follower, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(waiting, "MOST", 2)
    live = Live(follower)
    one, other, refused = [await begun(live, follower, "company:1") for _ in range(3)]
    with pytest.raises(CrowdedError):
        await refused
    one.cancel()
    await asyncio.wait([one])
    third = await begun(live, follower, "company:1")
    assert follower.listener is not None
    follower.apply(Head(11, EPOCH, today()), [change(11, "1")])
    assert await woken(other)
    assert await woken(third)
    # Whoever reads the log tells nobody of it any more.
    assert follower.listener is None


@pytest.fixture
async def shown(sample_copy: str) -> AsyncIterator[tuple[Database, Cache, Callable[[], Awaitable[Answer]]]]:
    """A database, a cache that follows its log, and what reads an answer as it is now."""
    runner, cache = Runner(core_schema, Limits(), timeout=10), Cache.over(None, CacheOptions())
    async with Database.open(sample_copy) as database:
        following = asyncio.create_task(cache.follower.follow(database))

        async def read() -> Answer:
            while (stamp := cache.follower.stamp()) is None:
                # Starting a server keeps this process from reading the log for a while.
                await cache.follower.look_again()
            watch = Watch()
            result = await runner.run(runner.prepare(SHOWN, None, {}), Context(database, watch=watch))
            assert result.errors is None
            assert watch.tags is not None
            return Answer(orjson.dumps({"data": result.data}), None, 60, stamp, watch.tags, 0.0)

        assert await cache.follower.look_again(10)
        yield database, cache, read
        following.cancel()


def website(answer: Answer) -> Any:
    return orjson.loads(answer.content)["data"]["company"]["website"]


async def test_versions_of_an_answer_come_as_others_change_it(
    serve: Callable[[ASGIApp], AbstractContextManager[Server]],
    sample_copy: str,
    shown: tuple[Database, Cache, Callable[[], Awaitable[Answer]]],
) -> None:
    database, cache, read = shown
    runs = 0

    async def counted() -> Answer:
        nonlocal runs
        runs += 1
        return await read()

    headers = {"authorization": bearer("ADMIN", token_secret=SECRET)}
    with serve(create_app(settings_of(sample_copy, None))) as server:
        async with (
            httpx2.AsyncClient(base_url=server.client.base_url, headers=headers, timeout=20) as client,
            aclosing(versions(cache.live, counted)) as shown_versions,
        ):

            async def write(mutation: str) -> None:
                answer = await client.post("/graphql", json={"query": mutation})
                assert "errors" not in answer.json(), answer.text

            before = await anext(shown_versions)
            for number in range(2):
                following = asyncio.ensure_future(anext(shown_versions))
                # Of another company, and of this one without anything that is shown: neither is told.
                await write(WEBSITE % (OTHER, "other") if number else CREATE)
                async with database.transaction() as transaction:
                    await touch(transaction, f"company:{NPI}")
                async with asyncio.timeout(10):
                    while runs < 2 * number + 2:  # noqa: ASYNC110 - nothing else tells
                        await asyncio.sleep(0.01)
                done, _ = await asyncio.wait([following], timeout=0.2)
                assert (done, runs) == (set(), 2 * number + 2)
                await write(WEBSITE % (NPI, f"number{number}"))
                after = await asyncio.wait_for(following, 10)
                assert (website(after), runs) == (f"https://number{number}.example", 2 * number + 3)
                assert after.content != before.content
                before = after
    assert cache.follower.listener is None
