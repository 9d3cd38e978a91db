"""What takes long is told in the log by itself, with its plan and its statements, and without values."""

import hashlib
import logging
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any

import pytest
from starlette.types import ASGIApp

from graph.app import create_app
from graph.http import slow
from graph.settings import Settings
from graph.telemetry.forms import TextFormatter
from tests.graph.conftest import Server
from tests.graph.http.test_timing import held

Serve = Callable[[ASGIApp], AbstractContextManager[Server]]

QUERY = "query Slowly($city: String!) { companies(first: 2, filter: {city: [$city]}) { nodes { name } } }"
TRACE = {"traceparent": "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"}


def told(caplog: pytest.LogCaptureFixture, many: int = 1) -> list[dict[str, Any]]:
    """The lines of slow operations, once there are so many."""
    deadline = time.monotonic() + 10
    while len(found := [vars(each) for each in caplog.records if each.name == "ariesone.slow"]) < many:
        assert time.monotonic() < deadline, found
        time.sleep(0.02)
    return found


@pytest.fixture
def served(
    serve: Serve, settings_for: Callable[..., Settings], directory_url: str
) -> Callable[..., AbstractContextManager[Server]]:
    """Serve with a limit from which an operation is slow."""

    @contextmanager
    def start(seconds: float, **others: Any) -> Iterator[Server]:
        with serve(create_app(settings_for(directory_url, slow_operation=seconds, **others))) as server:
            yield server

    return start


def test_an_operation_that_takes_long_is_told_with_what_it_did(
    served: Any, caplog: pytest.LogCaptureFixture
) -> None:
    with served(1e-6) as server:
        assert "errors" not in server.post(QUERY, {"city": "AUSTIN"}, **TRACE).json()
        [line] = told(caplog)
    assert line["levelname"] == "WARNING"
    assert line["graphql.operation.name"] == "Slowly"
    assert line["graphql.document.hash"] == hashlib.sha256(QUERY.encode()).hexdigest()
    assert line["trace.id"] == TRACE["traceparent"].split("-")[1]
    assert line["graphql.cost"] > 0
    assert line["event.duration"] >= line["sql.duration"] > 0
    assert line["slow.plan"] == ["level 0: Query.companies: name"]
    [statement] = line["slow.statements"]
    assert "SELECT" in statement
    assert " 1 x, " in statement
    assert (line["sql.statements"], line["sql.rows"]) == (1, int(statement.split(", ")[2].split()[0]))


def test_none_of_its_values_are(served: Any, caplog: pytest.LogCaptureFixture) -> None:
    inline = '{ companies(filter: {city: ["Inlinewort"]}) { nodes { locations(first: 7) { nodes { id } } } } }'
    named = "query ($city: String!) { companies(filter: {city: [$city]}) { nodes { name } } }"
    with served(1e-6) as server:
        assert "errors" not in server.post(inline).json()
        assert "errors" not in server.post(named, {"city": "Variablewort"}).json()
        lines = told(caplog, 2)
    for line in lines:
        assert line["slow.statements"]
        assert not {
            word for word in ("Inlinewort", "Variablewort", "inlinewort", "variablewort") if word in str(line)
        }


def test_people_read_it_below_the_line(served: Any, caplog: pytest.LogCaptureFixture) -> None:
    with served(1e-6) as server:
        server.post(QUERY, {"city": "AUSTIN"})
        told(caplog)
    [record] = [each for each in caplog.records if each.name == "ariesone.slow"]
    first, plan, statement = TextFormatter().format(record).splitlines()
    assert " slow operation " in first
    assert " ms Slowly cost=" in first
    assert plan == "    level 0: Query.companies: name"
    assert statement.startswith("    ")
    assert ": SELECT" in statement or ": WITH" in statement


@pytest.mark.parametrize("seconds", [0, 60])
def test_what_is_quick_is_not_told(served: Any, caplog: pytest.LogCaptureFixture, seconds: float) -> None:
    with served(seconds) as server:
        server.post(QUERY, {"city": "AUSTIN"})
        time.sleep(2 * slow.PAUSE)
    assert [each for each in caplog.records if each.name == "ariesone.slow"] == []


def test_sets_of_variables_are_told_as_one(served: Any, caplog: pytest.LogCaptureFixture) -> None:
    with served(1e-6) as server:
        body = {"query": QUERY, "variables": [{"city": "AUSTIN"}, {"city": "DALLAS"}]}
        assert server.client.post("/graphql", json=body).status_code == 200
        [line] = told(caplog)
    assert (line["graphql.operation.name"], line["sql.statements"]) == ("Slowly", 1)


def test_what_only_graphql_core_can_run_has_no_plan(served: Any, caplog: pytest.LogCaptureFixture) -> None:
    with served(1e-6) as server:
        assert "errors" not in server.post("{ __schema { queryType { name } } }").json()
        [line] = told(caplog)
    assert (line["slow.plan"], line["slow.statements"]) == (["no plan: graphql-core runs it"], [])


def test_on_a_bad_day_only_some_are_told_and_how_many_more_there_were(
    served: Any, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(slow, "MOST", 1)
    with served(1e-6) as server:
        for number in range(20):
            assert "errors" not in server.post(f"query Number{number} {{ dataset {{ __typename }} }}").json()
        deadline = time.monotonic() + 10
        while sum(map(counted, told(caplog))) < 20:
            assert time.monotonic() < deadline
            time.sleep(0.05)
    lines = told(caplog)
    assert sum(map(counted, lines)) == 20
    # At least one of them was too many for its second.
    assert max(map(counted, lines)) > 1 or len(lines) < 20


def counted(line: dict[str, Any]) -> int:
    """How many slow operations a line tells of."""
    return 1 if line["message"] == "slow operation" else int(line["message"].split()[0])


@pytest.mark.slow
async def test_the_statement_that_an_operation_was_cancelled_in_is_told(
    serve: Serve, settings_for: Callable[..., Settings], sample_copy: str, caplog: pytest.LogCaptureFixture
) -> None:
    settings = settings_for(sample_copy, operation_timeout=0.4, slow_operation=0.3)
    with serve(create_app(settings)) as server:
        async with held(sample_copy, "companies"):
            answer = server.post("query Held { companies(first: 1) { nodes { npi } } }").json()
        assert answer["errors"][0]["extensions"]["code"] == "TIMEOUT"
        [line] = told(caplog)
    assert line["graphql.operation.name"] == "Held"
    [statement] = line["slow.statements"]
    assert "FROM companies" in statement
    assert float(statement.split()[0]) > 300
    assert logging.getLevelName(line["levelno"]) == "WARNING"
