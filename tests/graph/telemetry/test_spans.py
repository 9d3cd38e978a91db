"""Spans as a collector gets them over OTLP: requests, their statements, and their calls to the shared cache."""

import asyncio
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from hashlib import sha256
from typing import Any

import orjson
import pytest
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export import SpanExporter, SpanExportResult
from pydantic import SecretStr

from graph.telemetry.attributes import TABLE
from graph.telemetry.opentelemetry import Exporter
from graph.telemetry.spans import summary_of
from graph.telemetry.traces import MOST_BELOW, Place
from graph.telemetry.tracing import HERE, tracing
from tests.graph.commands.conftest import ROOT
from tests.graph.conftest import Server, bearer
from tests.graph.events.talking import talking
from tests.graph.telemetry.collector import Received, Receiver

Traced = Callable[..., AbstractContextManager[Server]]

TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"
CALLER = "00f067aa0ba902b7"
TEXT = "query Names { companies(first: 2) { nodes { name } } }"
# The kinds of spans, as OTLP numbers them.
INTERNAL, SERVER, CLIENT, PRODUCER = 1, 2, 3, 4


def named(spans: list[Received], name: str) -> list[Received]:
    return [each for each in spans if each.name == name]


def test_a_request_is_a_span_below_its_callers_with_its_statements_below_it(
    directory_url: str, traced: Traced, collector: Receiver
) -> None:
    headers = {"traceparent": f"00-{TRACE}-{CALLER}-01", "tracestate": "other=7"}
    with traced(directory_url) as server:
        server.post(TEXT, None, **headers, **{"apollographql-client-name": "web"})
        spans = collector.wait(lambda found: named(found, "query"))
    [request] = named(spans, "query")
    assert (request.trace_id, request.parent, request.state) == (TRACE, CALLER, "other=7")
    assert request.kind == SERVER
    assert not request.is_error
    assert request.attributes == {
        "http.request.method": "POST",
        "http.route": "/graphql",
        "url.path": "/graphql",
        "url.scheme": "http",
        "http.response.status_code": 200,
        "graphql.document.hash": f"sha256:{sha256(TEXT.encode()).hexdigest()}",
        "graphql.operation.type": "query",
        "graphql.operation.name": "Names",
        "ariesone.cache": request.attributes["ariesone.cache"],
        "ariesone.cost": request.attributes["ariesone.cost"],
        "ariesone.client.name": "web",
    }
    assert request.resource["service.name"] == "ariesone"
    assert request.resource["service.version"]
    statements = [each for each in spans if each.attributes.get("db.system.name") == "postgresql"]
    assert {(each.trace_id, each.parent, each.kind) for each in statements} == {(TRACE, request.id, CLIENT)}
    [statement] = statements
    assert statement.name == statement.attributes["db.query.summary"] == "SELECT companies"
    assert statement.attributes["db.response.returned_rows"] == 3
    assert statement.attributes["db.query.text"].startswith("SELECT")
    assert 0 < statement.seconds < request.seconds
    # Where its spans went, as the variable says it.
    assert set(collector.paths) == {"/v1/traces"}


def test_every_attribute_is_in_the_table(directory_url: str, traced: Traced, collector: Receiver) -> None:
    with traced(directory_url) as server:
        server.post(TEXT)
        server.post("{ nothing }")
        server.client.get("/livez")
        spans = collector.wait(lambda found: named(found, "GET /livez"))
    assert {name for each in spans for name in each.attributes} <= TABLE.keys()


def test_the_page_has_the_table() -> None:
    page = (ROOT / "docs" / "traces.md").read_text("utf-8")
    rows = [f"| `{name}` | {each.convention} | {each.what} |" for name, each in TABLE.items()]
    assert "\n".join(rows) in page


def test_an_error_is_told_by_its_code(directory_url: str, traced: Traced, collector: Receiver) -> None:
    with traced(directory_url) as server:
        server.post("{ nothing }")
        [span] = collector.wait(len)
    assert span.name == "POST /graphql"
    assert span.is_error
    assert span.attributes["error.type"] == "GRAPHQL_VALIDATION_FAILED"
    assert span.attributes["ariesone.outcome"] == "refused"


def test_what_a_caller_does_not_sample_is_not_told(
    directory_url: str, traced: Traced, collector: Receiver
) -> None:
    with traced(directory_url) as server:
        answer = server.post(TEXT, traceparent=f"00-{TRACE}-{CALLER}-00")
        assert answer.status_code == 200
        refused = server.post("{ nothing }", traceparent=f"00-{TRACE}-{CALLER}-00").json()["errors"][0]
        # It is the caller's trace all the same.
        assert refused["extensions"]["traceId"] == TRACE
        server.post("{ dataset { cursor } }", traceparent=f"00-{TRACE[::-1]}-{CALLER}-01")
        spans = collector.wait(lambda found: named(found, "query"))
    assert {each.trace_id for each in spans} == {TRACE[::-1]}


def test_a_share_of_the_requests_is_told(directory_url: str, traced: Traced, collector: Receiver) -> None:
    with traced(directory_url, otel_traces_sampler="traceidratio", otel_traces_sampler_arg=0.25) as server:
        # Its decision goes by the last 64 bits of the trace's id, compared with a quarter of their range.
        for first in "0123456789abcdef":
            server.post(TEXT, traceparent=f"00-{'1' * 16}{first}{'0' * 14}1-{CALLER}-01")
        spans = collector.wait(lambda found: len(named(found, "query")) >= 4)
    assert {each.trace_id[16] for each in named(spans, "query")} == set("0123")


def test_an_answer_that_is_kept_is_a_span_without_statements(
    directory_url: str, traced: Traced, collector: Receiver
) -> None:
    with traced(directory_url, cache_seconds=60) as server:
        for _ in range(4):
            server.post("query Kept { companies(first: 1) { nodes { npi } } }")
        spans = collector.wait(lambda found: len(named(found, "query")) == 4)
    by_cache = [each.attributes["ariesone.cache"] for each in named(spans, "query")]
    assert "hit" in by_cache
    for each in named(spans, "query"):
        below = [span for span in spans if span.parent == each.id]
        assert bool(below) == (each.attributes["ariesone.cache"] != "hit")


async def test_a_call_to_the_shared_cache_is_a_span(
    directory_url: str, valkey_url: str, traced: Traced, collector: Receiver
) -> None:
    text = "query Stored { companies(first: 1) { nodes { npi } } }"
    hash_ = sha256(text.encode()).hexdigest()
    with traced(directory_url, redis_url=SecretStr(valkey_url), cache_seconds=0) as server:
        body = {"query": text, "extensions": {"persistedQuery": {"version": 1, "sha256Hash": hash_}}}
        sent = {"content-type": "application/json", "traceparent": f"00-{TRACE}-{CALLER}-01"}
        server.client.post("/graphql", content=orjson.dumps(body), headers=sent)
        spans = collector.wait(lambda found: named(found, "query"))
    [request] = named(spans, "query")
    [call] = named(spans, "SET")
    assert (call.trace_id, call.parent, call.kind) == (TRACE, request.id, CLIENT)
    assert call.attributes == {"db.system.name": "redis", "db.operation.name": "SET"}


def test_no_span_has_more_below_it_than_somebody_can_read(
    collector: Receiver, traced: Traced, directory_url: str
) -> None:
    with traced(directory_url):
        place = tracing.place_after(None)
        assert place is not None
        token = HERE.set(place)
        for _ in range(2 * MOST_BELOW):
            tracing.tell_call("GET", 0.001, {})
        HERE.reset(token)
        spans = collector.wait(lambda found: len(found) >= MOST_BELOW)
    assert len(spans) == MOST_BELOW
    assert {each.parent for each in spans} == {place.span_id}


def test_what_is_no_traceparent_begins_a_trace_of_its_own(
    directory_url: str, traced: Traced, collector: Receiver
) -> None:
    hostile = [
        f"00-{'0' * 32}-{CALLER}-01",
        f"00-{TRACE}-{'0' * 16}-01",
        f"00-{TRACE.upper()}-{CALLER}-01",
        f"ff-{TRACE}-{CALLER}-01",
        "x" * 4000,
    ]
    with traced(directory_url) as server:
        for each in hostile:
            assert server.post(TEXT, traceparent=each, tracestate="a" * 5000).status_code == 200
        spans = collector.wait(lambda found: len(named(found, "query")) == len(hostile))
    assert {each.parent for each in named(spans, "query")} == {""}
    assert len({each.trace_id for each in named(spans, "query")}) == len(hostile)


def test_a_place_is_kept_and_recalled() -> None:
    place = Place.read(f"00-{TRACE}-{CALLER}-01".encode(), b"a=1,b=2")
    assert place is not None
    kept = place.below()
    found = Place.recall(kept.kept)
    assert found is not None
    assert (found.trace_id, found.span_id, found.state, found.is_sampled) == (TRACE, kept.span_id, "a=1,b=2", True)
    # What can't be passed on isn't.
    for state in (b"a" * 513, b"a=\xff", b"a=\r\nx: y"):
        read = Place.read(f"00-{TRACE}-{CALLER}-01".encode(), state)
        assert read is not None
        assert read.state == ""


def test_a_summary_names_what_a_statement_does_and_to_what() -> None:
    cases: dict[str, Any] = {
        "SELECT a FROM companies c JOIN past.locations l ON true": "SELECT companies locations",
        "WITH told AS (SELECT * FROM rows_of($1)) INSERT INTO changes SELECT * FROM told": "INSERT changes",
        "SELECT * FROM (SELECT 1 FROM licenses) AS found": "SELECT licenses",
        "UPDATE jobs SET state = 'x' WHERE id = (SELECT id FROM jobs)": "UPDATE jobs",
        "/*operation='A'*/ SELECT 1": "SELECT",
        "COMMIT": "COMMIT",
        "": "SQL",
    }
    assert {text: summary_of(text)[1] for text in cases} == cases


def test_operations_of_a_batch_are_spans_below_their_request(
    directory_url: str, traced: Traced, collector: Receiver
) -> None:
    body = [{"query": "query One { companies(first: 1) { nodes { npi } } }"}, {"query": "query Two { nothing }"}]
    headers = {"content-type": "application/json", "traceparent": f"00-{TRACE}-{CALLER}-01"}
    with traced(directory_url, cache_seconds=0, max_batch=5) as server:
        server.client.post("/graphql", content=orjson.dumps(body), headers=headers)
        spans = collector.wait(lambda found: named(found, "POST /graphql"))
    [request] = named(spans, "POST /graphql")
    below = [each for each in spans if each.parent == request.id]
    assert [each.kind for each in below] == [INTERNAL, INTERNAL]
    assert {each.attributes.get("graphql.operation.name") for each in below} == {"One", None}
    [one] = named(below, "query")
    # Told once, and of the operation.
    [statement] = [each for each in spans if "db.system.name" in each.attributes]
    assert statement.parent == one.id


class Failing(SpanExporter):
    """An exporter whose outcomes are given."""

    def __init__(self, *outcomes: SpanExportResult) -> None:
        self.outcomes = iter(outcomes)

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:  # noqa: ARG002 - as its kind has it
        return next(self.outcomes)


def test_it_is_said_once_that_spans_cannot_be_sent(caplog: pytest.LogCaptureFixture) -> None:
    bad, good = SpanExportResult.FAILURE, SpanExportResult.SUCCESS
    exporter = Exporter(Failing(good, bad, bad, bad, good, good, bad), "http://collector.example:4318")
    with caplog.at_level("INFO"):
        assert [exporter.export([]) for _ in range(7)] == [good, bad, bad, bad, good, good, bad]
    fails = "spans can't be sent to http://collector.example:4318; they are dropped, and requests go on"
    assert caplog.messages == [fails, "spans are sent to http://collector.example:4318 again", fails]


async def test_an_operation_of_a_websocket_is_the_first_span_of_a_trace(
    directory_url: str, traced: Traced, collector: Receiver
) -> None:
    with traced(directory_url, cache_seconds=0) as server:
        async with talking(server, bearer("partner")) as talk:
            await talk.ask(TEXT)
            assert (await talk.hear())["type"] == "next"
            assert (await talk.hear())["type"] == "complete"
            spans = await asyncio.to_thread(collector.wait, lambda found: named(found, "query"))
    [operation] = named(spans, "query")
    assert (operation.parent, operation.kind) == ("", SERVER)
    [statement] = [each for each in spans if each.parent == operation.id]
    assert statement.name == "SELECT companies"
