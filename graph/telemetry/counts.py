"""Counts what has ended, many at a time: those that count alike are added up first."""

from collections.abc import Sequence
from functools import cache
from http import HTTPStatus
from typing import Final

from prometheus_client import Counter, Histogram

from graph.telemetry.histograms import Durations
from graph.telemetry.late import write_counters
from graph.telemetry.logs import EndedRequest
from graph.telemetry.metrics import (
    ABANDONED,
    DURATIONS,
    FAILED,
    OPERATION_COST,
    OPERATION_DURATIONS,
    OPERATION_ERRORS,
    OPERATION_SQL_ROWS,
    OPERATION_SQL_SECONDS,
    OPERATION_SQL_STATEMENTS,
    OPERATIONS,
    REFUSED,
    REQUESTS,
    SUCCESS,
)

# The first fields of what has ended: those that decide where it counts.
DECIDING: Final = 7


def count(ended: Sequence[EndedRequest]) -> None:
    """Count requests and operations, and how long they took."""
    alike: dict[tuple[object, ...], list[EndedRequest]] = {}
    for each in ended:
        key = each[:DECIDING]
        found = alike.get(key)
        if found is None:
            alike[key] = [each]
        else:
            found.append(each)
    for group in alike.values():
        _count_alike(group)
    write_counters()


def _count_alike(ended: Sequence[EndedRequest]) -> None:
    first = ended[0]
    durations = Durations((each.seconds, each.trace_id, each.moment) for each in ended)
    outcome = outcome_of(first)
    if first.endpoint is not None:
        requests, seconds = series_of(first.method, first.endpoint, first.status, outcome)
        requests.inc(len(ended))
        durations.add_to(seconds)
    operation = first.operation
    if operation is None or first.parts:
        return
    series = operation_series(operation.label)
    OPERATIONS.labels(operation.label, outcome).inc(len(ended))
    if not operation.goes_on:
        # The others last for as long as their clients like.
        durations.add_to(series.durations)
    if first.code is not None:
        OPERATION_ERRORS.labels(operation.label, first.code).inc(len(ended))
    series.add(ended)


def outcome_of(ended: EndedRequest) -> str:
    """Return what became of a request or an operation, whatever HTTP says of it."""
    if ended.outcome is not None:
        return ended.outcome
    if ended.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return FAILED
    if ended.status >= HTTPStatus.BAD_REQUEST:
        return REFUSED
    return SUCCESS if ended.status else ABANDONED


class _OperationSeries:
    """What all operations under one name add to, however they end."""

    def __init__(self, label: str) -> None:
        self.durations = OPERATION_DURATIONS.labels(label)
        self._cost = OPERATION_COST.labels(label)
        self._statements = OPERATION_SQL_STATEMENTS.labels(label)
        self._rows = OPERATION_SQL_ROWS.labels(label)
        self._seconds = OPERATION_SQL_SECONDS.labels(label)

    def add(self, ended: Sequence[EndedRequest]) -> None:
        """Add what operations could have cost, and their statements."""
        if cost := sum(each.cost for each in ended):
            self._cost.inc(cost)
        if tallies := [each.sql for each in ended if each.sql is not None]:
            self._statements.inc(sum(tally.statements for tally in tallies))
            self._rows.inc(sum(tally.rows for tally in tallies))
            self._seconds.inc(sum(tally.seconds for tally in tallies))


@cache
def series_of(method: str, endpoint: str, status: int, outcome: str) -> tuple[Counter, Histogram]:
    """Return the series that a request counts in; there are as many as methods, routes, statuses and outcomes."""
    return REQUESTS.labels(method, endpoint, str(status), outcome), DURATIONS.labels(method, endpoint)


# There are as many as graph/telemetry/operations.py lets names be.
operation_series = cache(_OperationSeries)
