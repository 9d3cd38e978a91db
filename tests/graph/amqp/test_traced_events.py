"""A trace from a caller through the server and what comes of it: its event, its message to a webhook, its job."""

import asyncio
import signal
import socket
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx2
import orjson
import pytest

from db.engine import connection_to, decode_json
from tests.graph.amqp.conftest import Consumer
from tests.graph.commands.conftest import Server, started
from tests.graph.conftest import bearer
from tests.graph.telemetry.collector import Received, Receiver, receiving, spans_in
from tests.graph.webhooks.addressee import addressee
from tests.graph.webhooks.conftest import KEY, Registry

pytestmark = pytest.mark.slow

TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"
CALLER = "00f067aa0ba902b7"
HEADERS = {
    "authorization": bearer("ADMIN"),
    "traceparent": f"00-{TRACE}-{CALLER}-01",
    "tracestate": "vendor=1",
}
CREATE = 'mutation { createCompany(input: {npi: "1234567893", name: "North"}) { userErrors { code } } }'
EXPORT = 'mutation { exportCompanies(input: {fields: "npi name"}) { job { id } userErrors { code } } }'
READ = "{ companies(first: 1) { nodes { npi } } }"
INTERNAL, SERVER, CLIENT, PRODUCER = 1, 2, 3, 4


@pytest.fixture
def collector() -> Iterator[Receiver]:
    """A collector of traces."""
    with receiving(spans_in) as receiver:
        yield receiver


@contextmanager
def running(folder: Path, url: str, endpoint: str, **settings: str) -> Iterator[Server]:
    """`ariesone serve` over a database, with spans for a collector."""
    settings |= {"DATABASE_URL": url, "OTEL_EXPORTER_OTLP_ENDPOINT": endpoint, "OTEL_BSP_SCHEDULE_DELAY": "100"}
    server = started(folder, python=(sys.executable,), **settings)
    try:
        yield server
    finally:
        if server.process.poll() is None:
            server.process.kill()
            server.process.wait()


def ask(server: Server, query: str, **headers: str) -> Any:
    found = httpx2.post(f"{server.address}/graphql", json={"query": query}, headers=headers, timeout=10)
    return found.json()


def one(spans: list[Received], name: str, holds: Callable[[Received], bool] = lambda _: True) -> Received:
    [found] = [each for each in spans if each.name == name and holds(each)]
    return found


async def test_what_comes_of_a_mutation_belongs_to_its_trace(
    tmp_path: Path, database_url: str, amqp_url: str, consumer: Consumer, collector: Receiver
) -> None:
    async with connection_to(database_url) as connection, addressee() as partner:
        await decode_json(connection)
        await Registry(connection).register(partner.url)
        settings = {"AMQP_URL": amqp_url, "AMQP_EXCHANGE": consumer.exchange, "WEBHOOK_KEY": KEY}

        def mutate() -> list[Received]:
            with running(tmp_path, database_url, collector.url, **settings) as server:
                assert ask(server, CREATE, **HEADERS) == {
                    "data": {"createCompany": {"userErrors": []}},
                    "extensions": {"consistency": {"cursor": "1"}},
                }
                assert ask(server, EXPORT, **HEADERS)["data"]["exportCompanies"]["userErrors"] == []
                names = {f"publish {consumer.exchange}", "POST", "job EXPORT_COMPANIES"}
                found: list[Received] = collector.wait(lambda found: names <= {each.name for each in found})
                assert server.end(signal.SIGTERM) == 0
                return found

        spans = await asyncio.to_thread(mutate)
        await consumer.take_all()
        [post] = partner.posts
    create = one(spans, "mutation", lambda span: "ariesone.cost" in span.attributes and is_first(spans, span))
    assert (create.trace_id, create.parent, create.kind, create.state) == (TRACE, CALLER, SERVER, "vendor=1")
    # The event: as a CloudEvent it names the request, as a message the publishing.
    publish = one(spans, f"publish {consumer.exchange}")
    assert (publish.trace_id, publish.parent, publish.kind) == (TRACE, create.id, PRODUCER)
    [message] = consumer.messages
    event = orjson.loads(message.body)
    assert event["traceparent"] == f"00-{TRACE}-{create.id}-01"
    assert event["tracestate"] == "vendor=1"
    # The queue adds how often it was delivered.
    headers = {name: value for name, value in message.headers.items() if name != "x-delivery-count"}
    assert headers == {"traceparent": f"00-{TRACE}-{publish.id}-01", "tracestate": "vendor=1"}
    # The message to the webhook.
    sent = one(spans, "POST")
    assert (sent.trace_id, sent.parent, sent.kind) == (TRACE, create.id, CLIENT)
    assert sent.attributes["http.response.status_code"] == 204
    assert sent.attributes["server.address"] == "127.0.0.1"
    assert "hook" not in str(sent.attributes)
    assert post.headers["traceparent"] == f"00-{TRACE}-{sent.id}-01"
    assert post.headers["tracestate"] == "vendor=1"
    # The job, in a process of its own, and its statements.
    job = one(spans, "job EXPORT_COMPANIES")
    export = next(each for each in spans if each.id == job.parent)
    assert (job.trace_id, job.kind, export.name, export.kind) == (TRACE, INTERNAL, "mutation", SERVER)
    assert export.id != create.id
    assert [each.name for each in spans if each.parent == job.id]


def is_first(spans: list[Received], span: Received) -> bool:
    """Whether a mutation is the one that wrote a company."""
    below = [each.attributes.get("db.query.text", "") for each in spans if each.parent == span.id]
    return any("INSERT INTO companies" in each for each in below)


async def test_an_event_of_a_request_that_is_not_sampled_has_no_trace(
    tmp_path: Path, database_url: str, amqp_url: str, consumer: Consumer, collector: Receiver
) -> None:
    settings = {"AMQP_URL": amqp_url, "AMQP_EXCHANGE": consumer.exchange}
    headers = {**HEADERS, "traceparent": f"00-{TRACE}-{CALLER}-00"}

    def mutate() -> None:
        with running(tmp_path, database_url, collector.url, **settings) as server:
            ask(server, CREATE, **headers)
            until = time.monotonic() + 30
            while 'amqp_events{state="delivered"} 1.0' not in httpx2.get(f"{server.address}/metrics").text:
                assert time.monotonic() < until
                time.sleep(0.1)
            assert server.end(signal.SIGTERM) == 0

    await asyncio.to_thread(mutate)
    await consumer.take_all()
    [message] = consumer.messages
    assert "traceparent" not in orjson.loads(message.body)
    assert "traceparent" not in message.headers
    assert not [each for each in collector.found if each.trace_id == TRACE]


@pytest.mark.parametrize("is_silent", [False, True], ids=["away", "silent"])
def test_a_collector_that_fails_costs_no_request_anything(
    tmp_path: Path, directory_url: str, *, is_silent: bool
) -> None:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        if is_silent:
            listener.listen(64)
        endpoint = f"http://127.0.0.1:{listener.getsockname()[1]}"
        # So small a queue is full after some requests.
        full = {"OTEL_BSP_MAX_QUEUE_SIZE": "50", "OTEL_BSP_MAX_EXPORT_BATCH_SIZE": "10"}
        with running(tmp_path, directory_url, endpoint, CACHE_SECONDS="0", **full) as server:
            seconds = []
            with httpx2.Client(base_url=server.address, timeout=10) as client:
                for _ in range(300):
                    began = time.perf_counter()
                    answer = client.post("/graphql", json={"query": READ})
                    seconds.append(time.perf_counter() - began)
                    assert answer.json()["data"]["companies"]["nodes"]
            assert sorted(seconds)[len(seconds) // 2] < 0.1
            began = time.perf_counter()
            assert server.end(signal.SIGTERM) == 0
            assert time.perf_counter() - began < 15
            log = server.output.read_text()
    assert "Traceback" not in log
    # It says what is wrong, and not again and again.
    assert log.count("spans can't be sent to") <= 1, log
    assert "opentelemetry" not in log
