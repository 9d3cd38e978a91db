"""Where an operation is read: from a replica that has come far enough for it, else from the primary."""

from db.engine import Database
from graph.cache.replica_reads import ReplicaReads
from graph.cache.replicas import Replicas
from graph.execution.document import Operation
from graph.http.exchange import Exchange
from graph.http.keeping import CURSOR, cursor_in


def origin_of(
    replicas: Replicas, exchange: Exchange, operation: Operation, primary: Database
) -> Database | ReplicaReads:
    """Return what an operation is read from.

    What is kept, or given to others who ask the same, has all that this process knows of. Raises BadRequestError
    for a Consistency-Cursor that is none.
    """
    if not (replicas.standings and operation.may_lag):
        return primary
    flight = exchange.flight
    if flight is not None and flight.audited is not None:
        # A kept answer is held against the database.
        return primary
    needed = cursor_in(exchange.headers) if CURSOR in exchange.headers else 0
    return replicas.choose(primary, needed, None if flight is None else flight.stamp)
