"""Probes and metrics: alive, ready, and what has been counted."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any, cast

import httpx2
import pytest
from starlette.requests import Request

from db.engine import Database, connection_to
from db.failures import DatabaseUnavailableError
from db.tail import Head
from graph.app import create_app
from graph.cache.follower import Follower, today
from graph.http import health

# A database that nothing is asked of.
NOTHING = cast(Database, None)


def test_a_running_server_is_alive_and_ready(server: Any) -> None:
    assert server.client.get("/livez").json() == {"status": "pass"}
    ready = server.client.get("/readyz")
    assert ready.status_code == 200
    assert ready.json() == {
        "status": "pass",
        "checks": {
            "database": "pass",
            "migrations": "pass",
            "cache": "pass: none configured",
            "feed": "pass",
            "jobs": "pass: 0 under way, 0 waiting",
            "events": "pass: none configured",
            "webhooks": "pass: none configured",
            "process": "pass",
        },
    }


def test_health_tells_each_part_and_when(server: Any) -> None:
    answer = server.client.get("/health").json()
    assert answer["status"] == "pass"
    assert datetime.now(UTC) - datetime.fromisoformat(answer["timestamp"]) < timedelta(minutes=1)
    assert {check["name"]: check["status"] for check in answer["checks"]} == {
        "database": "pass",
        "migrations": "pass",
        "cache": "pass",
        "feed": "pass",
        "jobs": "pass",
        "events": "pass",
        "webhooks": "pass",
        "process": "pass",
    }
    assert answer["checks"][2]["detail"] == "none configured"


def test_a_server_that_is_stopping_is_not_ready(serve: Any, settings_for: Any, directory_url: str) -> None:
    with serve(create_app(settings_for(directory_url))) as server:
        assert server.client.get("/readyz").status_code == 200
        # The probe's connection is there before the server is told to stop.
        with httpx2.Client(base_url=server.client.base_url) as probe:
            assert probe.get("/readyz").status_code == 200
            server.stop()
            answer = probe.get("/readyz")
    assert answer.status_code == 503
    assert answer.json()["checks"]["process"] == "fail: the server is stopping"


def test_a_page_of_the_documentation_counts_under_its_route(server: Any) -> None:
    server.client.get("/docs/troubleshooting")
    assert (
        'http_requests_total{endpoint="/docs/{name:path}",method="GET",outcome="success",status="200"}'
        in server.client.get("/metrics").text
    )


async def test_a_database_that_is_not_migrated_is_not_ready(
    new_database_url: Callable[[], Awaitable[str]], serve: Any, settings_for: Any
) -> None:
    url = await new_database_url()
    async with connection_to(url) as connection:
        with serve(create_app(settings_for(url))) as server:
            await connection.execute("UPDATE alembic_version SET version_num = '0001'")
            stale = server.client.get("/readyz")
            await connection.execute("DROP TABLE alembic_version")
            empty = server.client.get("/readyz")
    for response in (stale, empty):
        assert response.status_code == 503
        assert response.json()["checks"]["migrations"] == "fail: run `ariesone db upgrade`"


async def test_a_database_that_is_newer_is_ready_as_long_as_it_has_what_is_read(
    new_database_url: Callable[[], Awaitable[str]],
    serve: Any,
    settings_for: Any,
    caplog: pytest.LogCaptureFixture,
) -> None:
    url = await new_database_url()
    async with connection_to(url) as connection:
        with serve(create_app(settings_for(url))) as server:
            await connection.execute("UPDATE alembic_version SET version_num = '9999'")
            newer = server.client.get("/readyz")
            await connection.execute("ALTER TABLE companies RENAME COLUMN website TO site")
            renamed = server.client.get("/readyz")
    assert newer.status_code == 200
    assert newer.json()["checks"]["migrations"] == "warn: the database is newer than this server"
    assert renamed.status_code == 503
    assert renamed.json()["checks"]["migrations"] == "fail: a table or a column is missing; the log names it"
    assert "website" not in renamed.text
    assert "companies.website" in caplog.text


async def test_probes_that_ask_at_once_share_their_checks(monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[object] = []
    begun, go = asyncio.Event(), asyncio.Event()

    async def checks_of(*behind: object) -> health.Checks:
        made.append(behind)
        begun.set()
        await go.wait()
        return {"database": "pass"}

    monkeypatch.setattr(health, "checks_of", checks_of)
    check_up = health.CheckUp({})
    scope = {"type": "http", "method": "GET", "path": "/readyz", "query_string": b"", "headers": []}
    request = Request(scope | {"state": {"database": None, "shared": None}})
    asked = [asyncio.create_task(check_up.outcomes(request)) for _ in range(5)]
    await begun.wait()
    asked[0].cancel()
    go.set()
    left, *told = await asyncio.gather(*asked, return_exceptions=True)
    assert isinstance(left, asyncio.CancelledError)
    assert told == [{"database": "pass", "process": "pass"}] * 4
    assert len(made) == 1
    await check_up.outcomes(request)
    assert len(made) == 2


async def test_a_log_that_is_not_read_is_told_of_with_the_seconds() -> None:
    now = 100.0
    follower = Follower(lambda: now)
    told = partial(health.feed_check, follower, NOTHING)
    assert await told() == "pass"
    now += 60
    assert await told() == "warn: the log of changes hasn't been read for 60 s"
    follower.apply(Head(1, (0, 0, 0), today()), ())
    assert await told() == "pass"
    now += 7_200
    assert await told() == "warn: the log of changes hasn't been read for 7,200 s"


async def test_a_check_that_fails_or_takes_too_long_says_that_nobody_knows(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(health, "TIMEOUT", 0.01)

    async def fails(_: Database) -> str:
        raise DatabaseUnavailableError("of this test")

    async def hangs(_: Database) -> str:
        await asyncio.sleep(60)
        return "pass"

    assert [await health.told_in_time(each, NOTHING) for each in (fails, hangs)] == ["warn: not known"] * 2


def test_without_a_database_the_server_lives_and_is_not_ready(serve: Any, settings_for: Any) -> None:
    settings = settings_for("postgresql://nobody@127.0.0.1:1/nothing")
    with serve(create_app(settings)) as server:
        assert server.client.get("/livez").status_code == 200
        ready = server.client.get("/readyz")
        assert (ready.status_code, ready.json()["status"]) == (503, "fail")
        answer = server.post("{ dataset { companies { value } } }")
        assert answer.status_code == 200
        assert answer.json()["errors"][0]["extensions"]["code"] == "SERVICE_UNAVAILABLE"
        assert "127.0.0.1" not in answer.text


@pytest.mark.parametrize("path", ["/graphql", "/livez"])
def test_requests_are_counted_by_method_endpoint_and_status(server: Any, path: str) -> None:
    def count() -> float:
        line = f'http_requests_total{{endpoint="{path}",method="PUT",outcome="refused",status="405"}} '
        text = server.client.get("/metrics").text
        return float(text.partition(line)[2].partition("\n")[0] or 0)

    before = count()
    server.client.put(path)
    assert count() == before + 1
    assert (
        f'http_request_duration_seconds_count{{endpoint="{path}",method="PUT"}}'
        in server.client.get("/metrics").text
    )


def test_unknown_paths_and_methods_make_no_series_of_their_own(server: Any) -> None:
    server.client.get("/no/such/path")
    server.client.request("PROPFIND", "/livez")
    text = server.client.get("/metrics").text
    assert "such" not in text
    assert "PROPFIND" not in text
    assert 'endpoint="other"' in text
    assert 'method="other"' in text
