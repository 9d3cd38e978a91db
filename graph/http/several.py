"""One of several operations of a request: told of by itself, with what becomes of it."""

from collections.abc import Iterator
from contextlib import contextmanager
from time import perf_counter

from db.tally import Tally
from graph.http.exchange import Exchange
from graph.http.outcome import graver
from graph.telemetry.operations import ToldOperation
from graph.telemetry.requests import record
from graph.telemetry.tracing import HERE


@contextmanager
def one_of(
    exchange: Exchange, operation: ToldOperation | None = None, began: float | None = None
) -> Iterator[None]:
    """Tell of an operation once the block ends: the one that is given, or that turns out to be asked for.

    It began, on the clock of perf_counter, now or when it is said. Of the request it is told what its operations
    come to, and what became of the gravest.
    """
    began = perf_counter() if began is None else began
    whole, ending, cost, sql = exchange.operation, (exchange.outcome, exchange.code), exchange.cost, exchange.sql
    parts, exchange.parts = exchange.parts, 0
    exchange.operation, exchange.cost = operation, 0.0
    exchange.outcome = exchange.code = exchange.sql = None
    above = exchange.place
    if above is not None:
        exchange.place = above.below()
        HERE.set(exchange.place)
    try:
        yield
    finally:
        record(exchange.ended_part(began))
        exchange.parts += parts + 1
        exchange.operation, exchange.cached = whole, None
        exchange.outcome, exchange.code = graver(ending, (exchange.outcome, exchange.code))
        exchange.cost += cost
        exchange.sql = sum_of(sql, exchange.sql)
        if above is not None:
            exchange.place = above
            HERE.set(above)


def sum_of(one: Tally | None, other: Tally | None) -> Tally | None:
    """Return what the statements of two come to; None where neither was run."""
    if one is None or other is None:
        return one or other
    found = Tally()
    found.include(one)
    found.include(other)
    return found
