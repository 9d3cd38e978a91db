"""Every setting once, in its group: name, type, default, unit, bounds, an example, and what it is for.

`make settings` writes docs/settings.md, .env.example and the list in docker-compose.yml from here. What is done
in the background stands in background.py, logs in logs.py, and what other systems are told in reporting.py.
"""

from pathlib import Path
from typing import Literal

from pydantic import BaseModel, FilePath, SecretStr

from db.engine import PoolOptions
from graph.environment.background import Broker, Jobs, Webhooks
from graph.environment.declaration import seconds, setting
from graph.environment.forms import (
    Algorithms,
    Claims,
    Headers,
    Host,
    HttpUrl,
    KeysUrl,
    OperationList,
    Origins,
    Patterns,
    PostgresqlUrl,
    Proxies,
    RedisUrl,
    ReplicaUrls,
    RoleFactors,
    RoleNames,
    Secret,
)
from graph.environment.logs import Logs
from graph.environment.reporting import Sentry, Traces
from graph.environment.usage import Usage

# What becomes of documents that no manifest has.
DocumentsMode = Literal["off", "report", "only"]

# The pool says its own defaults.
POOL = PoolOptions()

# What a bucket holds at most: it then fills up within a lifetime.
MOST_COST = 1_000_000_000


class Serving(BaseModel):
    """Where to serve, for whom, and with how many processes."""

    host: Host = setting("127.0.0.1", "The address to serve on.", example="0.0.0.0")  # noqa: S104 - an example
    port: int = setting(8000, "The port to serve on; 0 chooses a free one.", ge=0, le=65535)
    workers: int = setting(
        1,
        "How many processes serve, each with its own limits and connections.",
        unit="processes",
        ge=1,
        le=1024,
    )
    environment: Literal["development", "production"] = setting(
        "development", "In production anonymous clients get no introspection and have lower limits."
    )


class Storage(BaseModel):
    """The database and the cache: embedded ones, unless a URL names others."""

    data_dir: Path = setting(
        Path(".ariesone"), "Where the embedded servers keep their data, and GraphiQL its files."
    )
    sample_companies: int = setting(
        2000,
        "How many invented companies an empty embedded directory starts with.",
        unit="companies",
        ge=0,
        le=10_000_000,
    )
    database_url: PostgresqlUrl | None = setting(
        None,
        "A PostgreSQL (15 or newer) to use instead of the embedded one.",
        example="postgresql://ariesone@db.example/ariesone?sslmode=verify-full",
    )
    database_replica_urls: ReplicaUrls | None = setting(
        None,
        "Replicas of the PostgreSQL of DATABASE_URL, which queries of the directory are read from.",
        example="postgresql://ariesone@replica1.example/ariesone postgresql://ariesone@replica2.example/ariesone",
    )
    redis_url: RedisUrl | None = setting(
        None,
        "A Redis or Valkey, or a server of a Cluster, to use instead of the embedded one.",
        example="rediss://cache.example:6379/0",
    )
    database_password: SecretStr | None = setting(
        None, "The password of DATABASE_URL and of replicas, unless the URL has one; not percent-encoded."
    )
    redis_password: SecretStr | None = setting(None, "The same for REDIS_URL.")
    changes_kept_days: int = setting(
        0,
        "Days for which changes are kept, for followers and for history; 0 for ever.",
        unit="days",
        ge=0,
        le=36_500,
    )
    migrate_on_start: bool = setting(
        default=True, description="Bring the database up to the newest migration when the server starts."
    )


class Connections(BaseModel):
    """The database's connections."""

    database_pool_size: int = setting(
        POOL.size, "Connections for reads, opened as needed.", unit="connections", ge=1, le=10_000
    )
    database_max_overflow: int = setting(
        POOL.max_overflow,
        "Further connections, for transactions, opened as needed.",
        unit="connections",
        ge=1,
        le=10_000,
    )
    database_pool_timeout: float = seconds(
        POOL.timeout, "Seconds to wait for a free connection before answering 503."
    )
    database_statement_timeout: float = seconds(
        POOL.statement_timeout, "Seconds after which PostgreSQL cancels a statement."
    )
    database_pgbouncer: bool = setting(
        POOL.pgbouncer, "DATABASE_URL is a PgBouncer in transaction mode: prepare no statements."
    )
    sql_comments: bool = setting(
        POOL.comments, "Say in a comment before each statement which operation it is for (traces.md)."
    )


class Requests(BaseModel):
    """How long requests take, and how many run at a time."""

    operation_timeout: float = seconds(10.0, "Seconds after which an operation is cancelled, its SQL included.")
    cache_seconds: float = seconds(
        3600.0,
        "Seconds for which answers are cached at most, while they are right; 0 disables that.",
        ge=0,
    )
    cache_bytes: int = setting(
        32 * 1024 * 1024, "The memory that whole answers may take in one process.", unit="bytes", ge=0, le=2**40
    )
    cache_audit: int = setting(
        1000,
        "One cached answer in that many is compared with the database, and logged if wrong; 0 for none.",
        unit="answers",
        ge=0,
    )
    surrogate_keys: bool = setting(
        default=False,
        description="Name in public answers what they depend on (Surrogate-Key), for CDNs that purge by it.",
    )
    http_query: bool = setting(
        default=False, description="Accept the HTTP method QUERY, a GET with a body, in addition to GET and POST."
    )
    max_requests: int = setting(
        64, "Requests at a time, including those that wait; more get 503.", unit="requests", ge=1
    )
    max_running: int = setting(
        16, "Requests that run at a time; others wait for their turn.", unit="requests", ge=1
    )
    max_lag: float = seconds(0.01, "Seconds that the event loop may be late before requests get 503.")
    max_body_bytes: int = setting(
        256 * 1024, "The longest request body, in bytes.", unit="bytes", ge=1024, le=2**30
    )
    compress_above: int = setting(
        1400,
        "Answers longer than this are compressed for clients that accept it; 0 compresses none.",
        unit="bytes",
        ge=0,
    )
    max_batch: int = setting(0, "Requests in one batch; 0 allows no batches.", unit="requests", ge=0, le=50)
    max_variable_sets: int = setting(50, "Sets of variables in one request.", unit="sets", ge=1, le=100)


class Listeners(BaseModel):
    """Connections that stay open to listen: event streams and WebSockets."""

    max_listeners: int = setting(2000, "Open connections of one process at a time.", unit="connections", ge=0)
    max_listeners_viewer: int = setting(
        50,
        "Open connections of one subject of tokens, or of one address without tokens.",
        unit="connections",
        ge=1,
    )
    max_socket_operations: int = setting(
        50, "Operations of one WebSocket at a time, subscriptions included.", unit="operations", ge=1
    )
    listener_heartbeat: float = seconds(15.0, "Seconds of silence after which a listener is sent a heartbeat.")


class Operations(BaseModel):
    """The size and cost of one operation."""

    max_tokens: int = setting(2000, "Tokens in a document.", unit="tokens", ge=1)
    max_operations: int = setting(10, "Operations in a document.", unit="operations", ge=1)
    max_fields: int = setting(2000, "Fields in an operation, with its fragments spread.", unit="fields", ge=1)
    max_aliases: int = setting(30, "Aliases in an operation, with its fragments spread.", unit="aliases", ge=0)
    max_directives: int = setting(
        40, "Directives in an operation, with its fragments spread.", unit="directives", ge=0
    )
    max_depth: int = setting(12, "How deep an operation may be nested.", unit="levels", ge=1)
    max_pairs: int = setting(
        1500, "Fields and fragments that validation compares with one another, in pairs.", unit="pairs", ge=1
    )
    max_objects: int = setting(
        40, "Objects among an operation's arguments or its variables.", unit="objects", ge=1
    )
    max_values: int = setting(3000, "Values in an operation's variables.", unit="values", ge=1)
    max_cost: int = setting(
        10000, "The most that an operation may cost, see @cost in the schema.", unit="cost", ge=1
    )
    max_cost_anonymous: int = setting(2500, "The same for anonymous clients, in production.", unit="cost", ge=1)


class Clients(BaseModel):
    """Which clients may send what, from where, and how often."""

    throttle_cost: int = setting(
        25000,
        "Cost that an anonymous client may spend at once, in production; 0 for no limit.",
        unit="cost",
        ge=0,
        le=MOST_COST,
    )
    throttle_restore: int = setting(
        500, "Cost that it gets back each second.", unit="cost a second", ge=1, le=MOST_COST
    )
    throttle_cost_token: int = setting(
        100_000,
        "Cost that one subject of tokens may spend at once, in production; 0 for no limit.",
        unit="cost",
        ge=0,
        le=MOST_COST,
    )
    throttle_restore_token: int = setting(
        5000, "Cost that it gets back each second.", unit="cost a second", ge=1, le=MOST_COST
    )
    throttle_cost_bulk: int = setting(
        100_000,
        "The same for lists of more than 100 keys or rows; with 0 THROTTLE_COST_TOKEN pays for them.",
        unit="cost",
        ge=0,
        le=MOST_COST,
    )
    throttle_restore_bulk: int = setting(
        5000, "Cost that it gets back each second.", unit="cost a second", ge=1, le=MOST_COST
    )
    throttle_cost_write: int = setting(
        50_000,
        "The same for other mutations; with 0 THROTTLE_COST_TOKEN pays for them.",
        unit="cost",
        ge=0,
        le=MOST_COST,
    )
    throttle_restore_write: int = setting(
        2500, "Cost that it gets back each second.", unit="cost a second", ge=1, le=MOST_COST
    )
    throttle_roles: RoleFactors = setting(
        "",
        "How many times larger each bucket is for holders of a role; of several roles the largest counts.",
        example="PARTNER=2,ADMIN=10",
    )
    forwarded_allow_ips: Proxies = setting(
        "127.0.0.1",
        "Proxies whose X-Forwarded-For is trusted: addresses, networks, or * for any.",
        example="10.0.0.0/8",
    )
    cors_origins: Origins = setting(
        "",
        "Origins of web pages that may call the API, separated by commas; * for any.",
        example="https://app.example,http://localhost:5173",
    )
    cors_headers: Headers = setting(
        "",
        "Headers that such pages may send in addition to the usual ones, separated by commas; * for any.",
        example="x-client-version",
    )
    trusted_documents: Patterns | None = setting(
        None,
        "Manifests of documents that clients may name by an id.",
        example="web/persisted-documents.json,apps/*.json",
    )
    trusted_documents_mode: DocumentsMode = setting(
        "off",
        "Other documents run (off), run and are logged (report), or are refused (only).",
    )
    trusted_documents_only: bool = setting(
        default=False, description="An older name for TRUSTED_DOCUMENTS_MODE=only."
    )
    metrics_operations: OperationList = setting(
        "",
        "Operations that metrics tell apart by name, besides those of trusted documents.",
        example="CompanyPage,Search",
    )


class Tokens(BaseModel):
    """Tokens: who signs them, with which keys, and whether every request needs one."""

    token_secret: Secret | None = setting(
        None,
        "The secret (32 bytes or more) of tokens signed with HS256; on loopback development has one.",
        example="what `openssl rand -base64 48` prints",
    )
    token_algorithms: Algorithms = setting(
        "HS256,RS256,ES256,EdDSA", "The algorithms that tokens may be signed with, separated by commas."
    )
    token_issuer: str | None = setting(None, "The `iss` that tokens must name.", example="https://login.example/")
    token_audience: str | None = setting(None, "The `aud` that tokens must name.", example="ariesone")
    token_required: bool = setting(default=False, description="Refuse requests without a token.")
    token_max_lifetime: int = setting(
        24 * 60 * 60,
        "The most seconds from a token's `iat` (or from now) to its `exp`; 0 for no limit.",
        unit="seconds",
        ge=0,
    )
    token_roles_claim: Claims = setting(
        "roles", "The claim with the roles, such as realm_access.roles; several are separated by commas."
    )
    token_role_prefix: str = setting(
        "", "The prefix of roles in that claim; a name without it isn't a role.", example="ROLE_"
    )
    token_role_names: RoleNames = setting(
        "",
        "The issuer's names of the roles; other names, unless they have the prefix, aren't roles.",
        example="Directory Admins=ADMIN,Staff=VIEWER",
    )
    operations_token: Secret | None = setting(
        None,
        "Gives access to /metrics, /health and /docs/access in production, as a token of ADMIN does.",
        example="what `openssl rand -base64 48` prints",
    )
    jwks_url: KeysUrl | None = setting(
        None,
        "Where the issuer publishes its keys: https://..., or http:// on loopback.",
        example="https://login.example/.well-known/jwks.json",
    )
    jwks_file: FilePath | None = setting(
        None, "The issuer's keys in a file, instead of JWKS_URL.", example="jwks.json"
    )


class Pages(BaseModel):
    """The page at /graphql for people in a browser."""

    graphiql: bool | None = setting(
        None,
        "Answer browsers at /graphql with GraphiQL; if unset, only in development.",
        example="true",
    )
    npm_registry: HttpUrl | None = setting(
        None,
        "The npm registry that GraphiQL's files are fetched from, once; unset, npm's own, or else a public CDN.",
        also="npm_config_registry",
        example="https://npm.example",
    )


class Others(BaseModel):
    """Variables of other programs."""

    ignored_variables: str = setting(
        "",
        "Variables of other programs with names like ours, separated by commas; * matches any letters.",
        example="CORS_ORIGIN,THROTTLE_*",
    )


# In the order of the pages and files that are written from them; a group's docstring is its heading.
GROUPS: tuple[type[BaseModel], ...] = (
    Serving, Storage, Connections, Requests, Listeners, Operations, Clients, Tokens, Broker, Webhooks, Jobs,
    Usage, Pages, Logs, Traces, Sentry, Others,
)  # fmt: skip
