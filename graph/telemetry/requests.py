"""A request that has ended: counted, timed and logged, in this one place whichever way it came."""

from typing import Final

from graph.telemetry.logs import EndedRequest, request_log
from graph.telemetry.metrics import OUTCOMES, series_of

# A client may send any method, and any path; each value of a label is a time series for ever.
METHODS: Final = frozenset({"GET", "POST", "HEAD", "OPTIONS", "PUT", "PATCH", "DELETE", "QUERY"})
OTHER: Final = "other"


def record(ended: EndedRequest) -> None:
    """Count, time and log one request."""
    if ended.method not in METHODS:
        ended = ended._replace(method=OTHER)
    count, duration = series_of(ended.method, ended.endpoint, ended.status)
    count.inc()
    duration.observe(ended.seconds)
    if ended.outcome is not None:
        OUTCOMES[ended.outcome].inc()
    request_log.write(ended)
