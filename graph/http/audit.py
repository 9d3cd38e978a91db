"""A line in the log whenever somebody asks for what one role alone may see: who, and whether it was given."""

import logging
from collections.abc import Mapping

from graph.execution.run import Prepared
from graph.http.exchange import Exchange

log = logging.getLogger("ariesone.audit")


def record(exchange: Exchange, prepared: Prepared) -> None:
    """Log an operation that asks for something that is open to a single role."""
    asked = prepared.operation.needs.exclusive
    if asked:
        outcome = "failure" if any(guard in asked for guard in prepared.refused.values()) else "success"
        places = sorted(guard.place for guard in asked)
        log.info("guarded data was asked for", extra=fields(exchange, places, outcome))


def fields(exchange: Exchange, places: list[str], outcome: str) -> Mapping[str, object]:
    """Return the ECS fields of one such line."""
    return {
        "user.id": exchange.viewer.subject,
        "event.outcome": outcome,
        "labels.guarded": places,
        "trace.id": exchange.trace_id,
        "graphql.operation.name": exchange.operation_name,
    }
