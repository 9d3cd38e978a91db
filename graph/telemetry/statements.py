"""Counts all statements of this process: what they came to since this was done last."""

from db.tally import EVERY, Tally
from graph.telemetry.metrics import STATEMENT_ROWS, STATEMENT_SECONDS, STATEMENTS

_counted = Tally()


def count_statements() -> None:
    """Count what was sent to PostgreSQL, by requests or beside them."""
    statements, rows, seconds = EVERY.statements, EVERY.rows, EVERY.seconds
    STATEMENTS.inc(statements - _counted.statements)
    STATEMENT_ROWS.inc(rows - _counted.rows)
    STATEMENT_SECONDS.inc(seconds - _counted.seconds)
    _counted.statements, _counted.rows, _counted.seconds = statements, rows, seconds
