"""Queries that are read from replicas, those that never are, and what somebody gets who knows of a change."""

import asyncio
import random
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager

import asyncpg
import pytest
from starlette.types import ASGIApp

from graph.app import create_app
from graph.cache.follower import BOUND
from graph.telemetry.replica_metrics import REPLICA_FAILED
from tests.graph.cache.test_cache_cases import CURSOR, SECRET, settings_of, write
from tests.graph.cache.traffic import Traffic
from tests.graph.conftest import Server, bearer
from tests.graph.replicas.conftest import (
    CREATE,
    Serving,
    await_health,
    counted,
    set_website,
    total_by_name,
    website_of,
)
from tests.replication import Replication

pytestmark = pytest.mark.slow

# What the log says nothing of, or what may not be a moment behind.
NEVER = (
    '{ changes(after: "0", first: 1) { nodes { cursor } } }',
    "{ viewer { roles } }",
    "{ watchLists(first: 1) { nodes { id } } }",
    "{ jobs(first: 1) { nodes { id } } }",
    "{ companies(first: 1) { nodes { npi } } watchLists(first: 1) { nodes { id } } }",
    '{ company(npi: "%s", asOf: {cursor: "CURSOR"}) { npi } }',
    'mutation { updateCompany(input: {npi: "%s", website: null}) { company { name } } }',
)
SINGLE = {"query": "query($first: Int) { companies(first: $first) { nodes { npi } } }"}
PAUSE = "SELECT pg_wal_replay_pause()"


async def test_replicas_take_turns_and_say_what_the_primary_says(
    replication: Replication, over: Serving, serve: Callable[[ASGIApp], AbstractContextManager[Server]]
) -> None:
    connection = await asyncpg.connect(replication.primary.url)
    traffic = Traffic(random.Random(5), connection)  # noqa: S311 - no secret
    queries = {traffic.read() for _ in range(60)}
    await connection.close()
    headers = {"authorization": bearer("ADMIN", token_secret=SECRET)}
    with over(cache_seconds=0) as server, serve(create_app(settings_of(replication.primary.url, None))) as plain:
        before, failed = counted(), total_by_name(REPLICA_FAILED)
        deadline = time.monotonic() + 30
        # The primary helps while this machine has no time to look at replicas.
        while min(counted(before)) < len(queries) / 3:
            assert time.monotonic() < deadline
            for query in queries:
                found, expected = (each.post(query, {}, **headers).json() for each in (server, plain))
                assert found["data"] == expected["data"], query
                assert [each["message"] for each in found.get("errors", ())] == [
                    each["message"] for each in expected.get("errors", ())
                ]
    assert total_by_name(REPLICA_FAILED) == failed


def test_what_the_log_does_not_tell_of_is_read_from_the_primary(over: Serving, npis: Iterator[str]) -> None:
    npi = next(npis)
    headers = {"authorization": bearer("ADMIN", token_secret=SECRET)}
    with over(max_batch=2) as server:
        cursor = write(server, CREATE % npi).headers[CURSOR]
        await_health(server, "2 in use")
        before = counted()
        for query in NEVER:
            answer = server.post(query.replace("CURSOR", cursor).replace("%s", npi), {}, **headers)
            assert "errors" not in answer.json(), answer.text
        assert counted(before) == (0, 0)
        # What may be is so however it is sent.
        for sent in (
            {**SINGLE, "variables": {"first": 3}},
            {**SINGLE, "variables": [{"first": 4}, {"first": 5}]},
            [{**SINGLE, "variables": {"first": 6}}],
        ):
            answer = server.client.post("/graphql", json=sent)
            assert answer.status_code == 200
            assert "errors" not in answer.text, answer.text
        assert sum(counted(before)) == 3


async def test_what_this_process_or_the_client_knows_of_is_read_where_it_is(
    replication: Replication, over: Serving, npis: Iterator[str]
) -> None:
    npi = next(npis)
    with over(cache_seconds=0) as one, over(cache_seconds=0) as other:
        write(one, CREATE % npi)
        set_website(one, npi, "old")
        await replication.settle()
        await_health(one, "2 in use")
        await asyncio.sleep(2 * BOUND)
        before = counted()
        assert website_of(other, npi) == "old"
        assert sum(counted(before)) == 1
        for each in replication.replicas:
            await each.run(PAUSE)
        cursor = set_website(one, npi, "new")
        # Who doesn't know of it may be given what was a moment ago, and is: replicas were looked at just now.
        assert website_of(other, npi) == "old"
        assert website_of(one, npi) == "new"
        assert website_of(other, npi, **{CURSOR: cursor}) == "new"
        await asyncio.sleep(BOUND)
        assert website_of(other, npi) == "new"
        assert await_health(other, "left out: it is more than 0.5 s behind; 127.0.0.1:") < 5
        await replication.settle()
        assert await_health(other, "2 in use") < 5
        before = counted()
        assert website_of(other, npi, **{CURSOR: cursor}) == "new"
        assert sum(counted(before)) == 1


def test_a_cursor_that_is_none_is_refused_whether_or_not_anything_is_kept(over: Serving) -> None:
    with over(cache_seconds=0) as server:
        answer = server.post("{ companies { nodes { npi } } }", {}, **{CURSOR: "yesterday"})
        assert (answer.status_code, answer.json()["errors"][0]["extensions"]["code"]) == (400, "BAD_REQUEST")
