"""/metrics: in the form that a scraper takes, with traces where that has them, and without dead series."""

import re
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager

import pytest
from prometheus_client.openmetrics.parser import text_string_to_metric_families as read_openmetrics
from prometheus_client.parser import text_string_to_metric_families as read_text
from starlette.types import ASGIApp

from graph.app import create_app
from graph.settings import Settings
from tests.graph.conftest import Server

# What a Prometheus sends, as Debian has it.
PROMETHEUS = "application/openmetrics-text;version=1.0.0;q=0.8,application/openmetrics-text;version=0.0.1;q=0.75,text/plain;version=0.0.4;q=0.5,*/*;q=0.1"  # noqa: E501
TRACE = "0af7651916cd43dd8448eb211c80319c"
PARENT = f"00-{TRACE}-b7ad6b7169203331-01"
QUERY = "query Exposed { companies(first: 1) { nodes { name } } }"


@pytest.fixture(scope="module")
def server(
    serve: Callable[[ASGIApp], AbstractContextManager[Server]],
    settings_for: Callable[..., Settings],
    directory_url: str,
) -> Iterator[Server]:
    settings = settings_for(directory_url, metrics_operations="Exposed", cache_seconds=0)
    with serve(create_app(settings)) as running:
        yield running


def test_durations_come_with_the_trace_of_the_last_request(server: Server) -> None:
    server.post(QUERY, traceparent=PARENT)
    answer = server.client.get("/metrics", headers={"accept": PROMETHEUS})
    assert answer.headers["content-type"].startswith("application/openmetrics-text")
    families = {family.name: family for family in read_openmetrics(answer.text)}  # type: ignore[no-untyped-call]
    for name, labels in {
        "http_request_duration_seconds": {"method": "POST", "endpoint": "/graphql"},
        "graphql_operation_duration_seconds": {"operation": "Exposed"},
    }.items():
        found = [
            sample
            for sample in families[name].samples
            if sample.exemplar and labels.items() <= sample.labels.items()
        ]
        assert {"trace_id": TRACE} in [sample.exemplar.labels for sample in found if sample.exemplar]
        for sample in found:
            assert sample.exemplar
            assert 0 < sample.exemplar.value <= float(sample.labels["le"])


def test_who_takes_nothing_newer_gets_the_older_form(server: Server) -> None:
    server.post(QUERY)
    answer = server.client.get("/metrics", headers={"accept": "text/plain"})
    assert answer.headers["content-type"].startswith("text/plain")
    assert TRACE not in answer.text
    found = {sample.name for family in read_text(answer.text) for sample in family.samples}
    assert "graphql_operation_sql_seconds_total" in found
    # When each was first counted nobody asks.
    assert not [name for name in found if name.endswith("_created")]


def values(server: Server, pattern: str) -> list[float]:
    return [float(each) for each in re.findall(pattern, server.client.get("/metrics").text, re.MULTILINE)]


def test_statements_count_with_their_operation_and_with_all_others(server: Server) -> None:
    of_all, of_one = (
        r"^sql_statements_total (\S+)$",
        r'^graphql_operation_sql_statements_total\{operation="Exposed"\} (\S+)$',
    )
    server.post(QUERY)
    [before], [one_before] = values(server, of_all), values(server, of_one)
    for _ in range(3):
        server.post(QUERY)
    [after], [one_after] = values(server, of_all), values(server, of_one)
    assert one_after - one_before == 3
    assert after - before >= 3


def until(holds: Callable[[], bool]) -> None:
    """Wait until something holds."""
    deadline = time.monotonic() + 20
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_pools_and_connections_are_told(server: Server) -> None:
    server.post(QUERY)
    pools = r'^database_pool_connections\{pool="reads",state="(?:lent|idle)"\} (\S+)$'
    until(lambda: sum(values(server, pools)) >= 1)
    assert values(server, r'^database_pool_limit\{pool="(?:reads|transactions)"\} (\S+)$') == [20, 10]
    assert values(server, r'^database_pool_waits_total\{pool="reads"\} (\S+)$') != []
    running = r'^graphql_requests_taken\{state="running"\} (\S+)$'
    until(lambda: values(server, running) == [0])
