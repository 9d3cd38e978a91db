"""Reads that are under way while something changes: what they bring home late is never given to anybody else."""

import asyncio
import resource
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import httpx2
import pytest
from redis import Redis
from starlette.types import ASGIApp

from db.engine import connection_to
from db.tail import Head
from graph.app import create_app
from graph.cache import worth
from graph.cache.answers import Answer, Answers
from graph.cache.follower import BOUND, Follower, today
from graph.cache.tags import EVERY
from graph.telemetry.metrics import EXECUTIONS
from tests.graph.cache.test_cache_cases import CURSOR, SECRET, settings_of, warm, write
from tests.graph.cache.test_log_follower import EPOCH
from tests.graph.conftest import Server, bearer
from tests.graph.http.test_timing import held, until

Serve = Callable[[ASGIApp], AbstractContextManager[Server]]

NPI = "2999999909"
WEBSITE = 'mutation { updateCompany(input: {npi: "%s", website: "%s"}) { userErrors { code } } }'
# The company is read at once; where the other field's ZIP is, once the table of ZIPs can be read.
TWO = f"""
    {{ company(npi: "{NPI}") {{ website }}
      locations(near: {{postalCode: "78701"}}, first: 1) {{ nodes {{ id }} }} }}
"""
ONE = f'{{ company(npi: "{NPI}") {{ npi website }} }}'


@pytest.fixture
async def copy_url(sample_copy: str) -> str:
    """The URL of a directory that knows where a ZIP is."""
    async with connection_to(sample_copy) as connection:
        await connection.execute("INSERT INTO zips (zip, position) VALUES ('78701', '(-97.74,30.27)')")
    return sample_copy


@pytest.fixture
def pair(
    serve: Serve, copy_url: str, valkey_url: str, monkeypatch: pytest.MonkeyPatch
) -> Iterator[tuple[Server, Server]]:
    """Two processes that share a cache and ask it each time."""
    monkeypatch.setattr(worth, "ASKING", -1.0)
    with Redis.from_url(valkey_url) as redis:
        redis.flushall()
    settings = settings_of(copy_url, valkey_url, cache_audit=0)
    with serve(create_app(settings)) as one, serve(create_app(settings)) as other:
        yield one, other


@pytest.fixture
async def client() -> AsyncIterator[httpx2.AsyncClient]:
    async with httpx2.AsyncClient(timeout=30) as opened:
        yield opened


async def ask(client: httpx2.AsyncClient, server: Server, query: str, cursor: str | None = None) -> Any:
    """What a query says to who is anonymous."""
    headers = {CURSOR: cursor} if cursor else {}
    answer = await client.post(f"{server.client.base_url}/graphql", json={"query": query}, headers=headers)
    assert answer.status_code == 200
    return answer.json()


def website(answer: Any) -> Any:
    """The website that an answer has."""
    assert "errors" not in answer, answer
    return answer["data"]["company"]["website"]


async def test_what_was_read_before_a_write_and_comes_after_it_is_given_to_nobody_else(
    pair: tuple[Server, Server], client: httpx2.AsyncClient, copy_url: str
) -> None:
    """Nor do those who ask after the write wait for one who began before it."""
    writer, other = pair
    old, new = "https://old.example", "https://new.example"
    await asyncio.to_thread(write, writer, WEBSITE % (NPI, old))
    async with held(copy_url, "zips") as watcher:
        early = [asyncio.ensure_future(ask(client, server, TWO)) for server in (writer, other)]
        await until(watcher, 2)
        await asyncio.sleep(0.05)
        written = await asyncio.to_thread(write, writer, WEBSITE % (NPI, new))
        cursor = written.headers[CURSOR]
        late = [
            asyncio.ensure_future(ask(client, writer, TWO)),
            asyncio.ensure_future(ask(client, other, TWO, cursor)),
        ]
        await until(watcher, 4)
    assert [website(each) for each in await asyncio.gather(*early)] == [old] * 2
    assert [website(each) for each in await asyncio.gather(*late)] == [new] * 2
    for _ in range(5):
        assert website(await ask(client, writer, TWO)) == new
        assert website(await ask(client, other, TWO, cursor)) == new
    await asyncio.sleep(BOUND)
    assert website(await ask(client, other, TWO)) == new


async def test_what_reaches_the_shared_cache_after_a_second_write_is_not_believed(
    pair: tuple[Server, Server], client: httpx2.AsyncClient, valkey_url: str
) -> None:
    writer, other = pair
    first, second = "https://first.example", "https://second.example"
    await asyncio.to_thread(write, writer, WEBSITE % (NPI, first))
    with Redis.from_url(valkey_url) as redis:
        redis.flushall()
        late: dict[bytes, bytes] = {}
        async with asyncio.timeout(10):
            while not late:
                assert website(await ask(client, writer, ONE)) == first
                await asyncio.sleep(0.01)
                late = {key: redis.get(key) or b"" for key in redis.keys("*")}
        redis.flushall()
        written = await asyncio.to_thread(write, writer, WEBSITE % (NPI, second))
        for key, value in late.items():
            redis.set(key, value)
        for _ in range(3):
            # Other blanks: the answer is looked for in the shared cache.
            assert website(await ask(client, writer, ONE + " ")) == second
            assert website(await ask(client, other, ONE, written.headers[CURSOR])) == second


def test_what_is_undone_together_changes_nothing(pair: tuple[Server, Server]) -> None:
    server, _ = pair
    before = warm(server, ONE)
    undone = """
        mutation @atomic {
          good: updateCompany(input: {npi: "%s", website: "https://x.example"}) { userErrors { code } }
          bad: updateCompany(input: {npi: "%s", website: "nowhere"}) { userErrors { code } }
        }
    """ % (NPI, NPI)  # noqa: UP031 - braces
    answer = server.post(undone, {}, authorization=bearer("ADMIN", token_secret=SECRET))
    assert all(each["userErrors"] for each in answer.json()["data"].values())
    found = server.post(ONE, {})
    assert (found.headers["x-cache"], found.json()["data"]) == ("HIT", before)


async def test_who_waits_for_one_that_takes_too_long_reads_by_itself(
    serve: Serve, client: httpx2.AsyncClient, copy_url: str
) -> None:
    with serve(create_app(settings_of(copy_url, None, operation_timeout=0.6))) as server:
        async with held(copy_url, "zips") as watcher:
            first = asyncio.ensure_future(ask(client, server, TWO))
            await until(watcher, 1)
            await asyncio.sleep(0.3)
            others = [asyncio.ensure_future(ask(client, server, TWO)) for _ in range(4)]
            [error] = (await first)["errors"]
            assert error["extensions"]["code"] == "TIMEOUT"
        for answer in await asyncio.gather(*others):
            website(answer)


@pytest.mark.slow
async def test_one_reads_when_what_many_ask_is_too_old(
    serve: Serve, client: httpx2.AsyncClient, copy_url: str
) -> None:
    with serve(create_app(settings_of(copy_url, None, cache_seconds=0.5, cache_audit=0))) as server:
        await ask(client, server, ONE)
        runs = [EXECUTIONS[name] for name in ("interpreted", "compiled", "graphql-core")]
        before = sum(each.value for each in runs)
        began, asked = time.monotonic(), 0
        while time.monotonic() - began < 1.6:
            answers = await asyncio.gather(*(ask(client, server, ONE) for _ in range(8)))
            asked += len(answers)
            assert len({website(answer) for answer in answers}) == 1
        # At each end of half a second one of them, and not all.
        assert 2 <= sum(each.value for each in runs) - before < asked / 4


@pytest.mark.slow
def test_answers_to_a_million_questions_take_what_they_may() -> None:
    follower = Follower(lambda: 0.0)
    follower.apply(Head(9, EPOCH, today()), ())
    stamp = follower.stamp()
    assert stamp is not None
    answers = Answers(follower, 3_600, 8 * 1024 * 1024)
    before = resident()
    for number in range(1_000_000):
        asked = b"{ company(npi: %d) { name } }" % number
        answers.keep(
            (asked, "/graphql", frozenset(), True, 0), Answer(b"x" * 40, None, 60, stamp, EVERY, time.time())
        )
        assert answers.bytes <= 8 * 1024 * 1024
    assert len(answers) > 5_000
    # What is counted is what it takes, more or less.
    assert resident() - before < 4 * 8 * 1024 * 1024


def resident() -> int:
    """The bytes of memory that this process has."""
    return int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1]) * resource.getpagesize()
