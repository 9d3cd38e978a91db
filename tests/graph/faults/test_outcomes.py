"""What is told of requests that fail: HTTP says 200 of what was executed, metrics and the log what it is worth."""

import json
import logging
import re
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any

import httpx2
import pytest
from starlette.types import ASGIApp

from db.engine import connection_to
from graph.app import create_app
from graph.settings import Settings
from graph.telemetry.logs import EndedRequest
from tests.graph.conftest import Server

pytestmark = pytest.mark.slow

COMPANIES = "{ companies(first: 2) { nodes { npi website } } }"
BOTH = '{ company(npi: "1234567893") { npi } dataset { __typename } }'


@pytest.fixture
def server(
    serve: Callable[[ASGIApp], AbstractContextManager[Server]],
    settings_for: Callable[..., Settings],
    sample_copy: str,
) -> Iterator[Server]:
    """A server on a directory of this test's own."""
    with serve(create_app(settings_for(sample_copy, cache_seconds=0, max_batch=5))) as running:
        yield running


def series(server: Server) -> dict[str, float]:
    """The answers to POSTs by their outcomes, and by their codes."""
    text = server.client.get("/metrics").text
    pattern = r'^(?:http_requests_total\{endpoint="/graphql",method="POST",|graphql_errors_total\{)(\S*)\} (\S+)$'
    found: defaultdict[str, float] = defaultdict(float)
    for labels, value in re.findall(pattern, text, re.MULTILINE):
        found[re.sub(r',status="\d+"', "", labels)] += float(value)
    return found


@contextmanager
def counting(server: Server, outcome: str, *codes: str) -> Iterator[None]:
    """Hold that one request counts under an outcome, and an answer under each of the codes."""
    before = series(server)
    yield
    changed = {name: value - before.get(name, 0) for name, value in series(server).items()}
    expected = {f'code="{code}"': 1.0 for code in codes} | {f'outcome="{outcome}"': 1.0}
    assert {name: value for name, value in changed.items() if value} == expected


def last_line(caplog: pytest.LogCaptureFixture) -> dict[str, Any]:
    return [record.__dict__ for record in caplog.records if record.name == "ariesone.access"][-2]


@pytest.mark.parametrize(
    "damage",
    ["ALTER TABLE companies RENAME COLUMN website TO site", "DROP TABLE companies CASCADE"],
    ids=["column renamed", "table dropped"],
)
async def test_a_schema_that_changed_under_the_server_is_a_failure_in_all_but_the_wire(
    damage: str, server: Server, sample_copy: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "ariesone")
    with counting(server, "success"):
        assert "errors" not in server.post(COMPANIES).json()
    assert server.client.get("/readyz").status_code == 200
    async with connection_to(sample_copy) as connection:
        await connection.execute(damage)
    with counting(server, "failed", "INTERNAL_SERVER_ERROR"):
        answer = server.post(COMPANIES)
    assert answer.status_code == 200
    [error] = answer.json()["errors"]
    assert (error["extensions"]["code"], error["extensions"]["status"]) == ("INTERNAL_SERVER_ERROR", 500)
    line = last_line(caplog)
    assert line["http.response.status_code"] == 200
    assert (line["event.outcome"], line["error.code"]) == ("failure", "INTERNAL_SERVER_ERROR")
    # Over an id, the log has the reason.
    [told] = [each.__dict__ for each in caplog.records if getattr(each, "error.id", None)]
    assert told["error.id"] == error["extensions"]["errorId"]
    ready = server.client.get("/readyz")
    assert ready.status_code == 503
    migrations = ready.json()["checks"]["migrations"]
    assert (migrations["status"], migrations["detail"][:28]) == ("unhealthy", "a table or a column is missi")


async def test_what_is_left_of_an_answer_is_told(
    server: Server, sample_copy: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "ariesone.access")
    with counting(server, "refused", "GRAPHQL_VALIDATION_FAILED"):
        server.post("{ nothing }")
    line = last_line(caplog)
    assert (line["event.outcome"], line["error.code"]) == ("success", "GRAPHQL_VALIDATION_FAILED")
    with counting(server, "refused", "BAD_REQUEST"):
        server.client.post("/graphql", content=b"{", headers={"content-type": "application/json"})
    # Of a batch, the gravest.
    entries = [{"query": "{ __typename }"}, {"query": "{"}, {"query": "{ nothing }"}]
    with counting(server, "refused", "GRAPHQL_PARSE_FAILED", "GRAPHQL_VALIDATION_FAILED"):
        server.client.post("/graphql", json=entries)
    async with connection_to(sample_copy) as connection:
        await connection.execute("DROP TABLE companies CASCADE")
    with counting(server, "partial", "INTERNAL_SERVER_ERROR"):
        answer = server.post(BOTH).json()
    assert answer["data"] == {"company": None, "dataset": {"__typename": "DatasetInfo"}}
    with counting(server, "success"):
        assert "errors" not in server.post("{ __typename }").json()
    line = last_line(caplog)
    assert (line["event.outcome"], line["error.code"]) == ("success", None)


def test_a_database_that_is_away_is_a_failure_that_says_when_to_try_again(serve: Any, settings_for: Any) -> None:
    settings = settings_for("postgresql://nobody@127.0.0.1:1/nothing")
    with serve(create_app(settings)) as server:
        with counting(server, "failed", "SERVICE_UNAVAILABLE"):
            answer: httpx2.Response = server.post(COMPANIES)
        assert (answer.status_code, answer.headers["retry-after"]) == (200, "1")


@pytest.mark.parametrize("code", [None, "SERVICE_UNAVAILABLE"])
def test_a_line_has_the_code_where_there_is_one(code: str | None) -> None:
    outcome = "failed" if code else None
    ended = EndedRequest("POST", "/graphql", 200, outcome, code, None, 0, 7, 0.5, "0" * 32, 1.0)
    line = json.loads(ended.ecs_line())
    assert line["@timestamp"] == "1970-01-01T00:00:01.000+00:00"
    assert line["event"] == {"duration": 500_000_000, "outcome": "failure" if code else "success"}
    assert line.get("error") == ({"code": code} if code else None)
