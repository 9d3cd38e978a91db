"""What Prometheus reads: each metric with its labels, and the values that these have."""

from collections.abc import Iterable
from typing import Final

from prometheus_client import Counter, Gauge, Histogram, disable_created_metrics

from graph.condition import Health
from graph.telemetry.histograms import BUCKETS
from graph.telemetry.late import LateCounter

# Of everything that is counted there would be a second series with the time of its first count.
disable_created_metrics()  # type: ignore[no-untyped-call]

REQUESTS: Final = Counter(
    "http_requests",
    "HTTP requests, by what became of them, whatever the status says.",
    ("method", "endpoint", "status", "outcome"),
)
# All of it was answered; with errors, some of it; none of it, for which the client is to blame; none of it, for
# which the server is; nothing, since the client has left.
SUCCESS: Final = "success"
PARTIAL: Final = "partial"
REFUSED: Final = "refused"
FAILED: Final = "failed"
ABANDONED: Final = "abandoned"
DURATIONS: Final = Histogram(
    "http_request_duration_seconds",
    "Seconds from a request's arrival to the end of its answer.",
    ("method", "endpoint"),
    buckets=BUCKETS,
)

# Of operations of valid documents, by name; `other` is what graph/telemetry/operations.py knows no name for.
OPERATIONS: Final = Counter(
    "graphql_operation_requests", "GraphQL operations, by what became of them.", ("operation", "outcome")
)
OPERATION_DURATIONS: Final = Histogram(
    "graphql_operation_duration_seconds",
    "Seconds from a request's arrival to the end of an operation's answer; without subscriptions.",
    ("operation",),
    buckets=BUCKETS,
)
OPERATION_ERRORS: Final = Counter(
    "graphql_operation_errors",
    "GraphQL operations answered with errors, by the code of the gravest.",
    ("operation", "code"),
)
OPERATION_COST: Final = Counter(
    "graphql_operation_cost", "What GraphQL operations that were run could have cost.", ("operation",)
)
OPERATION_SQL_STATEMENTS: Final = Counter(
    "graphql_operation_sql_statements", "SQL statements of GraphQL operations.", ("operation",)
)
OPERATION_SQL_ROWS: Final = Counter(
    "graphql_operation_sql_rows", "Rows that these statements gave.", ("operation",)
)
OPERATION_SQL_SECONDS: Final = Counter(
    "graphql_operation_sql_seconds", "Seconds that they took, each by itself.", ("operation",)
)

# Of all statements of a process, those beside requests among them.
STATEMENTS: Final = Counter("sql_statements", "SQL statements, with those that aren't part of an operation.")
STATEMENT_ROWS: Final = Counter("sql_rows", "Rows that these statements gave.")
STATEMENT_SECONDS: Final = Counter("sql_seconds", "Seconds that they took, each by itself.")

# Of the two pools: `reads` and `transactions`. All are sums over all processes.
POOL_CONNECTIONS: Final = Gauge(
    "database_pool_connections",
    "Connections to PostgreSQL that are lent, or lie idle.",
    ("pool", "state"),
    multiprocess_mode="livesum",
)
POOL_LIMIT: Final = Gauge(
    "database_pool_limit", "Connections that a pool may have at a time.", ("pool",), multiprocess_mode="livesum"
)
POOL_WAITING: Final = Gauge(
    "database_pool_waiting",
    "Statements and transactions that wait for a connection, or for one to be opened.",
    ("pool",),
    multiprocess_mode="livesum",
)
POOL_WAITS: Final = Counter(
    "database_pool_waits", "Statements and transactions that found all connections busy.", ("pool",)
)
POOL_WAIT_SECONDS: Final = Counter(
    "database_pool_wait_seconds", "Seconds that these waited for a connection, or in vain.", ("pool",)
)
REDIS_CONNECTIONS: Final = Gauge(
    "shared_cache_connections",
    "Connections to Redis that are asked something, or lie idle.",
    ("state",),
    multiprocess_mode="livesum",
)
REQUESTS_TAKEN: Final = Gauge(
    "graphql_requests_taken",
    "Requests to the endpoint that run, or wait for their turn.",
    ("state",),
    multiprocess_mode="livesum",
)

_OPERATIONS: Final = Counter("graphql_operations", "Executed GraphQL operations, by what ran them.", ("executor",))
# Compiled; interpreted, at a first sight; compiled, then completed field by field since something failed; or left
# to graphql-core.
EXECUTORS: Final = ("compiled", "interpreted", "completed", "graphql-core")
EXECUTIONS: Final = {name: LateCounter(_OPERATIONS.labels(name)) for name in EXECUTORS}

_ERRORS: Final = Counter("graphql_errors", "Answers with an error of this code.", ("code",))

_SHARED_CACHE: Final = Counter("shared_cache_calls", "Calls to the shared cache, by outcome.", ("outcome",))
# Skipped: it failed a moment ago, and isn't asked for a while.
SHARED_CACHE: Final = {name: LateCounter(_SHARED_CACHE.labels(name)) for name in ("answered", "failed", "skipped")}

SHARED_CACHE_PAUSED: Final = Gauge(
    "shared_cache_paused",
    "Servers of the shared cache that failed and are left alone for a while, added up over all processes.",
    multiprocess_mode="livesum",
)

_CACHED: Final = Counter("graphql_cache", "Queries answered without errors, by what the cache did.", ("outcome",))
# Kept in this process; the same, its time being over; kept in the cache that processes share; made for somebody
# who asked the same just then; made now, and kept; made now, and never kept.
CACHED: Final = {
    name: LateCounter(_CACHED.labels(name)) for name in ("hit", "stale", "shared", "joined", "miss", "bypass")
}

CACHE_BYTES: Final = Gauge(
    "cache_bytes", "What answers take in the memory of all processes.", multiprocess_mode="livesum"
)
CACHE_ENTRIES: Final = Gauge(
    "cache_entries", "Answers in the memory of all processes.", multiprocess_mode="livesum"
)
CACHE_EVICTED: Final = Counter("cache_evicted", "Answers that left the memory of a process to make room.")
# A time rather than an age: a process that hangs can't tell how old it is.
CACHE_LOOKED: Final = Gauge(
    "cache_log_read_timestamp_seconds",
    "When the log of changes was last read, of several processes by the one that is furthest behind.",
    multiprocess_mode="livemin",
)

_STORE: Final = Counter(
    "cache_store",
    "What became of entries in the shared cache: found and right, or not; kept, or dropped unwritten.",
    ("kind", "outcome"),
)
# Whole answers, and the rows of dear reads.
STORE: Final = {
    (kind, outcome): LateCounter(_STORE.labels(kind, outcome))
    for kind in ("answer", "rows")
    for outcome in ("hit", "miss", "kept", "dropped")
}

CACHE_AUDITED: Final = Counter("cache_audited", "Kept answers that were asked of the database as well.")

CACHE_STALE: Final = Counter("cache_stale", "Kept answers that were wrong when the database was asked as well.")

_THROTTLED: Final = Counter(
    "throttled", "Operations refused for want of cost, by the work that they asked for.", ("work",)
)
# Reading is also what was refused before it was known what it asked for.
THROTTLED: Final = {name: _THROTTLED.labels(name) for name in ("read", "bulk", "write")}

_EVENTS: Final = Counter("graphql_events", "Answers of subscriptions that were made for one listener each.")
EVENTS: Final = LateCounter(_EVENTS)

LISTENERS: Final = Gauge(
    "graphql_listeners", "Connections of all processes that stay open for events.", multiprocess_mode="livesum"
)

FEED_LAG: Final = Gauge(
    "graphql_feed_lag_changes",
    "Changes after the last one that the slowest listener of all processes has got.",
    multiprocess_mode="livemax",
)

# Of the delivery to RabbitMQ, as the database has it, whichever process delivers.
_DELIVERY: Final = Gauge(
    "amqp_events",
    "Changes as events for RabbitMQ: that wait, were delivered, had no queue bound for them, were set aside.",
    ("state",),
    multiprocess_mode="livemostrecent",
)
DELIVERY: Final = {name: _DELIVERY.labels(name) for name in ("pending", "delivered", "unroutable", "dead")}
DELIVERY_LAG: Final = Gauge(
    "amqp_lag_seconds",
    "Seconds for which the first of those that wait has done so.",
    multiprocess_mode="livemostrecent",
)
DELIVERY_LOOKED: Final = Gauge(
    "amqp_read_timestamp_seconds",
    "When this was last read from the database.",
    multiprocess_mode="livemax",
)

_WEBHOOK_DELIVERIES: Final = Counter(
    "webhook_deliveries", "Attempts to send an event to a webhook, by outcome.", ("outcome",)
)
# Accepted; to be retried; not to be retried any more.
WEBHOOK_DELIVERIES: Final = {
    name.upper(): _WEBHOOK_DELIVERIES.labels(name) for name in ("delivered", "failed", "given_up")
}
WEBHOOKS_DISABLED: Final = Counter("webhooks_disabled", "Webhooks that this process has disabled.")
# As the database has it, whichever process sends.
_WEBHOOKS: Final = Gauge(
    "webhooks",
    "Webhooks that are enabled, slowed since they accept nothing, held back by this server, or disabled.",
    ("state",),
    multiprocess_mode="livemostrecent",
)
WEBHOOKS: Final = {name: _WEBHOOKS.labels(name) for name in ("enabled", "slowed", "held", "disabled")}
WEBHOOK_LAG: Final = Gauge(
    "webhook_lag_seconds",
    "Seconds since the oldest change that an enabled webhook hasn't reached, or for which one is held back.",
    multiprocess_mode="livemostrecent",
)
WEBHOOK_WAITING: Final = Gauge(
    "webhook_waiting",
    "Events that failed, or wait behind one that did, and will be retried.",
    multiprocess_mode="livemostrecent",
)

# As the database has it, whichever process does them.
_JOBS: Final = Gauge("jobs", "Jobs that run or wait.", ("kind", "state"), multiprocess_mode="livemostrecent")
JOBS_WAIT: Final = Gauge(
    "jobs_wait_seconds",
    "Seconds that the first of the waiting jobs has waited.",
    multiprocess_mode="livemostrecent",
)
_JOBS_ENDED: Final = Counter(
    "jobs_ended", "Jobs done by child processes of this server, by outcome.", ("kind", "outcome")
)
# The last: its process ended before it, and another does it.
JOB_OUTCOMES: Final = ("succeeded", "failed", "canceled", "left")
_JOB_SECONDS: Final = Histogram(
    "job_duration_seconds",
    "Seconds from the first start of a job to its end.",
    ("kind",),
    buckets=(1, 5, 15, 60, 300, 900, 1800, 3600),
)

_HEALTH: Final = Gauge(
    "health_check",
    "How a part is: 0 healthy, 1 degraded, 2 unhealthy, -1 not known; of several processes the worst.",
    ("check",),
    multiprocess_mode="livemax",
)
_HEALTH_SECONDS: Final = Gauge(
    "health_check_seconds", "Seconds that the last look at a part took.", ("check",), multiprocess_mode="livemax"
)
_LEVELS: Final = {Health.HEALTHY: 0, Health.DEGRADED: 1, Health.UNHEALTHY: 2, Health.UNKNOWN: -1}

UNTRUSTED_DOCUMENTS: Final = Counter(
    "graphql_untrusted_documents",
    "Documents that were run though no manifest has them (TRUSTED_DOCUMENTS_MODE=report).",
)


def cached_here() -> dict[str, int]:
    """The queries that this process answered, by what the cache did; kept answers `audited`, and those `wrong`."""
    audit = {"audited": int(total_of(CACHE_AUDITED)), "wrong": int(total_of(CACHE_STALE))}
    return {**{name: counter.value for name, counter in CACHED.items()}, **audit}


def total_of(counter: Counter) -> float:
    """Return what this process has counted."""
    return next(
        sample.value for metric in counter.collect() for sample in metric.samples if sample.name.endswith("_total")
    )


def show_jobs(kind: str, running: int, waiting: int) -> None:
    """Show how many jobs of a kind run and wait, and begin to count each outcome."""
    _JOBS.labels(kind, "running").set(running)
    _JOBS.labels(kind, "waiting").set(waiting)
    for outcome in JOB_OUTCOMES:
        _JOBS_ENDED.labels(kind, outcome)


def count_job(kind: str, outcome: str, seconds: float | None) -> None:
    """Count a job under one of JOB_OUTCOMES; `seconds` is None if it hasn't ended."""
    _JOBS_ENDED.labels(kind, outcome).inc()
    if seconds is not None:
        _JOB_SECONDS.labels(kind).observe(seconds)


def show_health(check: str, health: Health, seconds: float) -> None:
    """Show how a part is."""
    _HEALTH.labels(check).set(_LEVELS[health])
    _HEALTH_SECONDS.labels(check).set(seconds)


def count_errors(codes: Iterable[str]) -> None:
    """Count an answer under the codes of its errors; there are as many as graph/errors.py has."""
    for code in codes:
        _ERRORS.labels(code).inc()
