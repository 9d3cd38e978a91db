"""What Prometheus reads of the database's replicas, each by its host and port."""

from typing import Final

from prometheus_client import Counter, Gauge

REPLICA_IN_USE: Final = Gauge(
    "database_replica_in_use",
    "1 where all processes read from a replica, 0 where one has left it out.",
    ("replica",),
    multiprocess_mode="livemin",
)
REPLICA_LAG: Final = Gauge(
    "database_replica_lag_seconds",
    "Seconds since a replica surely had all changes, in the process that says so last.",
    ("replica",),
    multiprocess_mode="livemax",
)
REPLICA_READ: Final = Counter(
    "database_replica_operations", "Queries that were read from a replica.", ("replica",)
)
REPLICA_FAILED: Final = Counter(
    "database_replica_failed", "Queries that a replica failed, and the primary went on with.", ("replica",)
)
REPLICAS_PASSED_OVER: Final = Counter(
    "database_replicas_passed_over",
    "Queries that were read from the primary since no replica in use had come far enough.",
)
