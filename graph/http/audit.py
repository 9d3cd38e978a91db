"""What of an operation is logged by itself: that it asks for what one role alone may see."""

from graph.execution.run import Prepared
from graph.http.exchange import Exchange
from graph.telemetry.audit import record_guarded


def record(exchange: Exchange, prepared: Prepared) -> None:
    """Log an operation that asks for something that is open to a single role."""
    asked = prepared.operation.needs.exclusive
    if asked:
        others = {"trace.id": exchange.trace_id, "graphql.operation.name": exchange.operation_name}
        is_given = not any(guard in asked for guard in prepared.refused.values())
        record_guarded(exchange.viewer, [guard.place for guard in asked], is_given=is_given, **others)
