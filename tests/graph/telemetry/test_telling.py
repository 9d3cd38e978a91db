"""What has ended is told many at a time, and comes to the same as if it were told one by one."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace

import pytest
from prometheus_client import REGISTRY, CollectorRegistry, Counter, Histogram

from db.tally import Tally
from graph.telemetry.counts import count
from graph.telemetry.histograms import BUCKETS, Durations
from graph.telemetry.late import LateCounter
from graph.telemetry.logs import EndedRequest
from graph.telemetry.operations import ToldOperation
from graph.telemetry.requests import SECONDS, Telling, telling

TRACE = "0af7651916cd43dd8448eb211c80319c"
NAMED = ToldOperation("Told", "query", goes_on=False, document="0" * 64, label="Told", generation=0)


def ended(method: str = "GET", seconds: float = 0.003, operation: ToldOperation | None = NAMED) -> EndedRequest:
    return EndedRequest(method, "/told", 200, None, None, operation, 0, 7, seconds, TRACE, 1.0)


class Taken:
    """What was told, list by list."""

    def __init__(self) -> None:
        self.lists: list[int] = []

    def __call__(self, found: Sequence[EndedRequest]) -> None:
        self.lists.append(len(found))


async def test_what_ends_is_told_when_there_is_enough_or_after_a_while() -> None:
    taken = Taken()
    told = Telling(taken)
    told.most = 5
    for _ in range(12):
        told.record(ended())
    assert taken.lists == [5, 5]
    await asyncio.sleep(2 * SECONDS)
    assert taken.lists == [5, 5, 2]
    told.flush()
    assert taken.lists == [5, 5, 2]


async def test_who_can_not_be_told_keeps_nobody_from_it(caplog: pytest.LogCaptureFixture) -> None:
    def fail(_: object) -> None:
        raise OSError("no space is left")

    taken = Taken()
    told = Telling(fail, taken)
    told.record(ended())
    assert taken.lists == [1]
    assert "1 ended requests can't be told" in caplog.text


async def test_a_method_that_nobody_knows_is_no_label(monkeypatch: pytest.MonkeyPatch) -> None:
    found: list[EndedRequest] = []
    monkeypatch.setattr(telling, "takers", [found.extend])
    telling.record(ended("BREW"))
    telling.record(ended("GET"))
    assert [each.method for each in found] == ["other", "GET"]


def test_what_is_counted_late_is_all_there_once_it_is_written() -> None:
    late = LateCounter(Counter("late", "", registry=(registry := CollectorRegistry())))
    for told in (3, 3, 5):
        while late.value < told:
            late.inc()
        late.write()
        assert registry.get_sample_value("late_total") == told


@pytest.mark.parametrize("seconds", [(), (0.0001,), (0.001, 0.0011), (0.3, 7, 70, 0.3, 10.0), BUCKETS])
def test_many_durations_are_observed_as_one_by_one(seconds: tuple[float, ...]) -> None:
    one_by_one, together = (Histogram("told", "", registry=CollectorRegistry(), buckets=BUCKETS) for _ in range(2))
    for each in seconds:
        one_by_one.observe(each)
    Durations([(each, TRACE, 1.0) for each in seconds]).add_to(together)
    assert samples(one_by_one) == samples(together)


def samples(histogram: Histogram) -> list[tuple[str, dict[str, str], float]]:
    [family] = histogram.collect()
    return [(each.name, each.labels, each.value) for each in family.samples]


def value(name: str, **labels: str) -> float:
    return REGISTRY.get_sample_value(name, labels) or 0


def test_what_counts_alike_is_added_up() -> None:
    read = Tally()
    read.add("SELECT", 20, 0.0, 0.25)
    read.add("SELECT", 1, 0.5, 0.5)
    fine = EndedRequest("GET", "/told", 200, None, None, NAMED, 0, 7, 0.003, TRACE, 1.0, cost=3.5, sql=read)
    wrong = fine._replace(outcome="partial", code="FORBIDDEN", sql=None)
    listening = fine._replace(operation=replace(NAMED, goes_on=True), seconds=3600.0, sql=None)
    # What is no request by itself, what is no operation, and what was answered to nobody.
    part, page, nobody = (
        fine._replace(endpoint=None),
        fine._replace(operation=None, status=404),
        fine._replace(operation=None, status=0),
    )
    count([fine, wrong, fine, listening, part, page, nobody])
    request = {"method": "GET", "endpoint": "/told"}
    assert value("http_requests_total", **request, status="200", outcome="success") == 3
    assert value("http_requests_total", **request, status="200", outcome="partial") == 1
    assert value("http_requests_total", **request, status="404", outcome="refused") == 1
    assert value("http_requests_total", **request, status="0", outcome="abandoned") == 1
    assert value("http_request_duration_seconds_count", **request) == 6
    assert value("graphql_operation_requests_total", operation="Told", outcome="success") == 4
    assert value("graphql_operation_requests_total", operation="Told", outcome="partial") == 1
    assert value("graphql_operation_errors_total", operation="Told", code="FORBIDDEN") == 1
    assert value("graphql_operation_duration_seconds_count", operation="Told") == 4
    assert value("graphql_operation_duration_seconds_sum", operation="Told") == pytest.approx(0.012)
    assert value("graphql_operation_cost_total", operation="Told") == 5 * 3.5
    assert value("graphql_operation_sql_statements_total", operation="Told") == 3 * 2
    assert value("graphql_operation_sql_rows_total", operation="Told") == 3 * 21
    assert value("graphql_operation_sql_seconds_total", operation="Told") == 3 * 0.75
