"""Probes and metrics: alive, ready, and what has been counted."""

import asyncio
import re
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx2
import pytest

from db.engine import Database, connection_to
from graph.app import create_app
from graph.condition import degraded, unhealthy
from graph.http.check_up import TIMEOUT
from graph.http.looks import look_at_migrations

CHECKS = ["database", "migrations", "cache", "replicas", "feed", "jobs", "queue", "webhooks", "process"]


@pytest.mark.parametrize("path", ["/livez", "/readyz", "/health"])
def test_all_three_have_one_shape(server: Any, path: str) -> None:
    response = server.client.get(path)
    answer = response.json()
    assert (response.status_code, answer["status"]) == (200, "healthy")
    assert is_now(answer["timestamp"])
    assert list(answer) == ["status", "timestamp", "checks"][: 2 if path == "/livez" else 3]
    for name, check in answer.get("checks", {}).items():
        assert list(check) == ["status", "checkedAt", "milliseconds", "detail", "since", "help"]
        assert (name, check["status"], check["since"], check["help"]) == (name, "healthy", None, None)
        assert is_now(check["checkedAt"])
        assert 0 <= check["milliseconds"] < TIMEOUT * 1000


def test_each_part_says_what_there_is_to_know(server: Any) -> None:
    checks = server.client.get("/health").json()["checks"]
    assert list(checks) == CHECKS
    assert re.fullmatch(r"a statement takes \d+\.\d ms", checks["database"]["detail"])
    assert re.fullmatch(r"read \d\.\d s ago", checks["feed"]["detail"])
    assert checks["jobs"]["detail"] == "0 under way, 0 waiting"
    for name in ("cache", "replicas", "queue", "webhooks"):
        assert checks[name]["detail"] == "not configured"


def is_now(instant: str) -> bool:
    return abs(datetime.now(UTC) - datetime.fromisoformat(instant)) < timedelta(minutes=1)


def test_a_server_that_is_stopping_is_not_ready(serve: Any, settings_for: Any, directory_url: str) -> None:
    with serve(create_app(settings_for(directory_url))) as server:
        assert server.client.get("/readyz").status_code == 200
        # The probe's connection is there before the server is told to stop.
        with httpx2.Client(base_url=server.client.base_url) as probe:
            assert probe.get("/readyz").status_code == 200
            server.stop()
            answer = probe.get("/readyz")
    assert answer.status_code == 503
    assert answer.json()["status"] == "unhealthy"
    check = answer.json()["checks"]["process"]
    assert (check["status"], check["detail"]) == ("unhealthy", "the server is stopping")


def test_a_page_of_the_documentation_counts_under_its_route(server: Any) -> None:
    server.client.get("/docs/troubleshooting")
    assert (
        'http_requests_total{endpoint="/docs/{name:path}",method="GET",outcome="success",status="200"}'
        in server.client.get("/metrics").text
    )


async def test_a_database_that_is_not_migrated_is_not_ready(database: Database, database_url: str) -> None:
    async with connection_to(database_url) as connection:
        await connection.execute("UPDATE alembic_version SET version_num = '0001'")
        assert await look_at_migrations(database) == unhealthy("run `ariesone db upgrade`")
        await connection.execute("DROP TABLE alembic_version")
        assert await look_at_migrations(database) == unhealthy("run `ariesone db upgrade`")


async def test_a_database_that_is_newer_is_ready_as_long_as_it_has_what_is_read(
    database: Database, database_url: str, caplog: pytest.LogCaptureFixture
) -> None:
    async with connection_to(database_url) as connection:
        await connection.execute("UPDATE alembic_version SET version_num = '9999'")
        assert await look_at_migrations(database) == degraded("the database is newer than this server")
        await connection.execute("ALTER TABLE companies RENAME COLUMN website TO site")
        told = unhealthy("a table or a column is missing; the log names it")
        assert await look_at_migrations(database) == told
    assert "companies.website" in caplog.text


async def test_a_server_answers_503_for_what_is_unhealthy_and_200_for_what_is_degraded(
    new_database_url: Callable[[], Awaitable[str]], serve: Any, settings_for: Any
) -> None:
    url = await new_database_url()
    async with connection_to(url) as connection:
        for version, status, health in (("9999", 200, "degraded"), ("0001", 503, "unhealthy")):
            await connection.execute("UPDATE alembic_version SET version_num = $1", version)
            with serve(create_app(settings_for(url))) as server:
                answer = await asyncio.to_thread(server.client.get, "/readyz")
            check = answer.json()["checks"]["migrations"]
            assert (answer.status_code, answer.json()["status"], check["status"]) == (status, health, health)
            assert check["help"] == "/docs/troubleshooting#database-migrations"
            assert is_now(check["since"])


def test_without_a_database_the_server_lives_and_is_not_ready(serve: Any, settings_for: Any) -> None:
    settings = settings_for("postgresql://nobody@127.0.0.1:1/nothing")
    with serve(create_app(settings)) as server:
        assert server.client.get("/livez").status_code == 200
        ready = server.client.get("/readyz")
        assert (ready.status_code, ready.json()["status"]) == (503, "unhealthy")
        checks = ready.json()["checks"]
        assert checks["database"]["detail"] == "the database can't be reached"
        # Nothing else is to blame.
        assert {name for name, each in checks.items() if each["status"] == "unhealthy"} == {"database"}
        unknown = {name for name, each in checks.items() if each["status"] == "unknown"}
        assert unknown == {"migrations", "replicas", "feed", "jobs", "queue", "webhooks"}
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
