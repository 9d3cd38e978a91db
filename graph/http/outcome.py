"""What is left of an answer with errors: told to metrics and the log, since HTTP says 200 of what was executed."""

from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any, Final

from graph.http.exchange import Exchange
from graph.http.reports import Entry
from graph.telemetry.metrics import FAILED, PARTIAL, REFUSED, count_errors

# From the least to the gravest; a batch is as grave as its gravest entry.
GRAVITY: Final = (None, PARTIAL, REFUSED, FAILED)

# What is left of an answer with errors, and the code of the gravest error.
Ending = tuple[str | None, str | None]


def note_errors(exchange: Exchange, entries: Sequence[Entry], data: Any = None) -> None:  # noqa: ANN401 - JSON
    """Note what the errors of an answer leave of it; `data` is the other part of it."""
    count_errors({entry["extensions"]["code"] for entry in entries})
    worst = max(entries, key=lambda entry: int(entry["extensions"]["status"]))["extensions"]
    if is_something(data):
        outcome = PARTIAL
    else:
        outcome = FAILED if worst["status"] >= HTTPStatus.INTERNAL_SERVER_ERROR else REFUSED
    exchange.outcome, exchange.code = graver((exchange.outcome, exchange.code), (outcome, worst["code"]))


def graver(one: Ending, other: Ending) -> Ending:
    """Return the one that leaves less of an answer; the first of two that leave as much."""
    return other if GRAVITY.index(other[0]) > GRAVITY.index(one[0]) else one


def is_something(data: Any) -> bool:  # noqa: ANN401 - as above
    """Whether any field of an operation has a value."""
    return any(value is not None for value in data.values()) if isinstance(data, Mapping) else data is not None


def wait_of(entries: Sequence[Entry]) -> Mapping[str, str]:
    """Return the header that says when to try again what failed for a while, if anything did."""
    waits = [entry["extensions"]["retryAfterMs"] for entry in entries if "retryAfterMs" in entry["extensions"]]
    return {"retry-after": str(max(waits) // 1000)} if waits else {}
