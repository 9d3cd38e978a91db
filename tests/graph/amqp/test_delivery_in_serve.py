"""A server delivers beside its requests, which know nothing of it, and tells how that stands."""

import asyncio
import re
import time
from collections.abc import Callable
from typing import Any

import pytest

from db.engine import Database, connection_to
from graph.app import create_app
from graph.telemetry import watching
from tests.graph.amqp.conftest import NPIS, Consumer, write
from tests.proxy import Proxy

pytestmark = pytest.mark.slow

COMPANIES = "{ companies(first: 1) { nodes { npi } } }"


def metric(server: Any, name: str) -> float:
    [found] = re.findall(rf"^{re.escape(name)} (\S+)$", server.client.get("/metrics").text, re.MULTILINE)
    return float(found)


def check(server: Any) -> str:
    check = server.client.get("/readyz").json()["checks"]["queue"]
    return f"{check['status']}: {check['detail']}"


def until(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 30
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.1)


async def test_requests_and_health_know_nothing_of_a_broker_that_says_nothing(
    database: Database,
    database_url: str,
    distant_amqp_url: str,
    consumer: Consumer,
    broker_proxy: Proxy,
    serve: Any,
    settings_for: Any,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(watching, "INTERVAL", 0.1)
    written = await write(database, NPIS)
    async with connection_to(database_url) as connection:
        await connection.execute("UPDATE changes SET occurred_at = occurred_at - interval '2 minutes'")
    settings = settings_for(database_url, amqp_url=distant_amqp_url, amqp_exchange=consumer.exchange)

    def ask() -> None:
        broker_proxy.hold_back()
        with serve(create_app(settings)) as server:
            longest = 0.0
            until(lambda: "RabbitMQ doesn't answer" in check(server))
            for _ in range(100):
                began = time.monotonic()
                assert server.post(COMPANIES).json() == {"data": {"companies": {"nodes": []}}}
                assert server.client.get("/readyz").status_code == 200
                longest = max(longest, time.monotonic() - began)
            assert longest < 1
            assert re.fullmatch(
                r"degraded: 40 changes wait, the first for 1\d\d s \(RabbitMQ doesn't answer\)", check(server)
            )
            assert server.client.get("/health").json()["status"] == "degraded"
            until(lambda: metric(server, 'amqp_events{state="pending"}') == len(written))
            assert metric(server, "amqp_lag_seconds") > 100
            broker_proxy.heal()
            until(lambda: check(server) == "healthy: no change waits")
            until(lambda: metric(server, 'amqp_events{state="delivered"}') == len(written))
            assert (metric(server, 'amqp_events{state="pending"}'), metric(server, "amqp_lag_seconds")) == (0, 0)

    await asyncio.to_thread(ask)
    await consumer.take_all()
    assert sorted(consumer.ids) == written


async def test_a_server_may_leave_it_to_others(
    database: Database, database_url: str, amqp_url: str, consumer: Consumer, serve: Any, settings_for: Any
) -> None:
    await write(database, NPIS)
    settings = settings_for(database_url, amqp_url=amqp_url, amqp_exchange=consumer.exchange, amqp_in_serve=False)
    with serve(create_app(settings)) as server:
        await asyncio.sleep(1)
        assert await asyncio.to_thread(check, server) == "healthy: 40 changes wait"
    await consumer.take_all()
    assert consumer.ids == []
