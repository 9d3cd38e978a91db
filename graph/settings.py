"""Every environment variable once: its name, type, default, unit and bounds, and what it is for.

`make settings` writes docs/settings.md, .env.example and docker-compose.yml from it.
"""

import os
import re
from pathlib import Path
from typing import Any, Literal, Self

from pydantic import AliasChoices, BaseModel, Field, FilePath, SecretStr, field_validator, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from db.engine import PoolOptions
from graph.identity.viewer import ROLES
from graph.origins import headers_in, origins_in

# Everybody knows it, so production refuses it.
DEVELOPMENT_SECRET = "development only: this secret is published"  # noqa: S105 - it is meant to be known

# What a token may be signed with.
ALGORITHMS = ("HS256", "RS256", "ES256", "EdDSA")
MIN_SECRET_BYTES = 32

# Where only this machine can come from.
LOOPBACK = ("127.0.0.1", "localhost", "::1")

# The pool says its own defaults.
POOL = PoolOptions()


# A day: PostgreSQL counts milliseconds in 31 bits, and nothing here is meant to take longer.
LONGEST = 86_400


def setting(default: object, description: str, *, unit: str = "", example: str = "", **bounds: Any) -> Any:  # noqa: ANN401 - as pydantic's Field, of whatever type the field has
    """Return a field: `unit` is what a number counts, `example` a value where the default is none."""
    return Field(default, description=description, json_schema_extra={"unit": unit, "example": example}, **bounds)


def seconds(default: float, description: str, **bounds: float) -> Any:  # noqa: ANN401 - as above
    """Return a field for a time, above 0 unless `bounds` say otherwise."""
    lowest: dict[str, Any] = bounds or {"gt": 0}
    return setting(default, description, unit="seconds", le=LONGEST, allow_inf_nan=False, **lowest)


class Serving(BaseModel):
    """Where to serve, for whom, and with how many processes."""

    host: str = setting("127.0.0.1", "The address to serve on.", example="0.0.0.0")  # noqa: S104 - an example
    port: int = setting(8000, "The port to serve on; 0 takes a free one.", ge=0, le=65535)
    workers: int = setting(
        1,
        "How many processes serve, each with limits and connections of its own.",
        unit="processes",
        ge=1,
        le=1024,
    )
    environment: Literal["development", "production"] = setting(
        "development", "In production the anonymous get no introspection, and less at a time."
    )


class Storage(BaseModel):
    """The servers behind it: the embedded ones, unless a URL names others."""

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
    database_url: SecretStr | None = setting(
        None,
        "A PostgreSQL (15 or newer) to use in place of the embedded one.",
        example="postgresql://ariesone@db.example/ariesone?sslmode=verify-full",
    )
    redis_url: SecretStr | None = setting(
        None, "A Redis or Valkey to use in place of the embedded one.", example="rediss://cache.example:6379/0"
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
        POOL.statement_timeout, "Seconds after which PostgreSQL gives up a statement."
    )
    database_pgbouncer: bool = setting(
        POOL.pgbouncer, "DATABASE_URL is a PgBouncer in transaction mode: prepare no statements."
    )


class Requests(BaseModel):
    """How long requests take, and how many run at a time."""

    operation_timeout: float = seconds(10.0, "Seconds after which an operation is cancelled, its SQL included.")
    answer_cache_seconds: float = seconds(
        5.0, "Seconds for which whole answers are given again to the same request; 0 for none.", ge=0
    )
    max_requests: int = setting(
        64, "Requests at a time, with those that wait; more are answered 503.", unit="requests", ge=1
    )
    max_running: int = setting(
        16, "Requests that run at a time; others wait for their turn.", unit="requests", ge=1
    )
    max_lag: float = seconds(0.01, "Seconds that the event loop may be late before requests are answered 503.")
    max_body_bytes: int = setting(
        256 * 1024, "The longest request body, in bytes.", unit="bytes", ge=1024, le=2**30
    )
    max_batch: int = setting(0, "Requests in one batch; 0 takes no batches.", unit="requests", ge=0, le=50)


class Operations(BaseModel):
    """What one operation may hold and cost."""

    max_tokens: int = setting(2000, "Tokens in a document.", unit="tokens", ge=1)
    max_operations: int = setting(10, "Operations in a document.", unit="operations", ge=1)
    max_fields: int = setting(2000, "Fields in an operation, its fragments spread.", unit="fields", ge=1)
    max_aliases: int = setting(30, "Aliases in an operation, its fragments spread.", unit="aliases", ge=0)
    max_directives: int = setting(40, "Directives in an operation, its fragments spread.", unit="directives", ge=0)
    max_depth: int = setting(12, "How deep an operation may be nested.", unit="levels", ge=1)
    max_pairs: int = setting(
        1500, "Fields and fragments that validation compares with one another, in pairs.", unit="pairs", ge=1
    )
    max_objects: int = setting(
        40, "Objects among an operation's arguments or its variables.", unit="objects", ge=1
    )
    max_values: int = setting(3000, "Values in an operation's variables.", unit="values", ge=1)
    max_cost: int = setting(10000, "What an operation may cost, see @cost in the schema.", unit="cost", ge=1)
    max_cost_anonymous: int = setting(2500, "The same for the anonymous, in production.", unit="cost", ge=1)


class Clients(BaseModel):
    """Who may call, from where, with which documents, and how often."""

    throttle_cost: int = setting(
        25000,
        "Cost that an anonymous client may spend at once, in production; 0 for any.",
        unit="cost",
        ge=0,
    )
    throttle_restore: int = setting(500, "Cost that it gets back each second.", unit="cost a second", ge=1)
    throttle_cost_token: int = setting(
        100_000,
        "Cost that one subject of tokens may spend at once, in production; 0 for any.",
        unit="cost",
        ge=0,
    )
    throttle_restore_token: int = setting(5000, "Cost that it gets back each second.", unit="cost a second", ge=1)
    forwarded_allow_ips: str = setting(
        "127.0.0.1",
        "Proxies whose X-Forwarded-For is believed: addresses, networks, or * for any.",
        example="10.0.0.0/8",
    )
    cors_origins: str = setting(
        "",
        "Origins of web pages that may call the API, separated by commas; * for any.",
        example="https://app.example,http://localhost:5173",
    )
    cors_headers: str = setting(
        "",
        "Headers that such pages may send besides those of usual tools, with commas; * for any.",
        example="x-client-version",
    )
    trusted_documents: FilePath | None = setting(
        None, "A manifest of documents that clients may name by documentId.", example="documents.json"
    )
    trusted_documents_only: bool = setting(default=False, description="Run nothing but those documents.")


class Tokens(BaseModel):
    """Tokens: who signs them, with what, and whether everybody needs one."""

    token_secret: SecretStr | None = setting(
        None,
        "The secret (32 bytes or more) of tokens signed with HS256; on loopback development has one.",
        example="what `openssl rand -base64 48` prints",
    )
    token_algorithms: str = setting(
        "HS256,RS256,ES256,EdDSA", "What tokens may be signed with, separated by commas."
    )
    token_issuer: str | None = setting(None, "The `iss` that tokens must name.", example="https://login.example/")
    token_audience: str | None = setting(None, "The `aud` that tokens must name.", example="ariesone")
    token_required: bool = setting(default=False, description="Answer nobody without a token.")
    token_max_lifetime: int = setting(
        24 * 60 * 60,
        "Seconds from a token's `iat` (or from now) to its `exp` at most; 0 for any.",
        unit="seconds",
        ge=0,
    )
    token_roles_claim: str = setting(
        "roles", "The claim that holds roles, such as realm_access.roles; several with commas.", min_length=1
    )
    token_role_prefix: str = setting(
        "", "What stands before a role's name in that claim; a name without it is no role.", example="ROLE_"
    )
    token_role_names: str = setting(
        "",
        "What the issuer calls the roles; another name, but for one with the prefix, is no role.",
        example="Directory Admins=ADMIN,Staff=VIEWER",
    )
    jwks_url: str | None = setting(
        None,
        "Where the issuer publishes its keys: https://..., or http:// on loopback.",
        example="https://login.example/.well-known/jwks.json",
    )
    jwks_file: FilePath | None = setting(
        None, "The issuer's keys in a file, in place of JWKS_URL.", example="jwks.json"
    )


class Pages(BaseModel):
    """The page at /graphql for people with a browser."""

    graphiql: bool | None = setting(
        None,
        "Answer browsers at /graphql with GraphiQL; unset, in development only.",
        example="true",
    )
    npm_registry: str = setting(
        "https://registry.npmjs.org",
        "Where GraphiQL's files are fetched from, once.",
        validation_alias=AliasChoices("npm_registry", "npm_config_registry"),
    )


class Logs(BaseModel):
    """What is written to standard error."""

    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = setting(
        "INFO", "The least severe lines to log: DEBUG, INFO, WARNING, ERROR."
    )
    log_format: Literal["auto", "ecs", "text"] = setting(
        "auto", "How to write them: ecs is JSON, text for people; auto is text on a terminal."
    )


# In the order of the pages and files that are written from them; a group's docstring is its heading.
GROUPS: tuple[type[BaseModel], ...] = (
    Serving, Storage, Connections, Requests, Operations, Clients, Tokens, Pages, Logs,
)  # fmt: skip


class Settings(Serving, Storage, Connections, Requests, Operations, Clients, Tokens, Pages, Logs, BaseSettings):
    """What the environment (or a .env file) says; a name here is an environment variable in capitals."""

    model_config = SettingsConfigDict(
        env_file=".env", extra="ignore", env_ignore_empty=True, populate_by_name=True
    )

    @field_validator("database_url")
    @classmethod
    def is_postgresql(cls, url: SecretStr | None) -> SecretStr | None:
        """Refuse the URL of anything but a PostgreSQL."""
        if url and not re.match(r"postgres(ql)?(\+asyncpg)?://", url.get_secret_value()):
            raise ValueError("it must start with postgresql://")
        return url

    @field_validator("redis_url")
    @classmethod
    def is_redis(cls, url: SecretStr | None) -> SecretStr | None:
        """Refuse the URL of anything but a Redis or Valkey."""
        if url and not re.match(r"(rediss?|unix)://", url.get_secret_value()):
            raise ValueError("it must start with redis://, rediss:// or unix://")
        return url

    @field_validator("npm_registry")
    @classmethod
    def is_over_http(cls, url: str) -> str:
        """Refuse anything but HTTP."""
        if not re.match(r"https?://", url):
            raise ValueError("it must start with https:// or http://")
        return url

    @property
    def shows_graphiql(self) -> bool:
        """Whether browsers get GraphiQL."""
        return self.environment == "development" if self.graphiql is None else self.graphiql

    @field_validator("token_secret")
    @classmethod
    def is_long(cls, secret: SecretStr | None) -> SecretStr | None:
        """Refuse a secret that can be guessed (RFC 7518, section 3.2)."""
        if secret and len(secret.get_secret_value().encode()) < MIN_SECRET_BYTES:
            raise ValueError(f"it must have {MIN_SECRET_BYTES} bytes or more")
        return secret

    @field_validator("token_algorithms")
    @classmethod
    def are_algorithms(cls, names: str) -> str:
        """Refuse an algorithm that isn't known, none among them."""
        unknown = {name.strip() for name in names.split(",")} - set(ALGORITHMS)
        if unknown:
            raise ValueError(f"it may list {', '.join(ALGORITHMS)}")
        return names

    @field_validator("token_role_names")
    @classmethod
    def are_role_names(cls, pairs: str) -> str:
        """Refuse what names no role."""
        for pair in filter(None, map(str.strip, pairs.split(","))):
            name, _, role = pair.rpartition("=")
            if not name.strip() or role.strip().upper() not in ROLES:
                raise ValueError(f"{pair} is not NAME=ROLE, with one of {', '.join(sorted(ROLES))}")
        return pairs

    @field_validator("cors_origins")
    @classmethod
    def are_origins(cls, text: str) -> str:
        """Return the origins as browsers write them; refuse one that no page can have."""
        return ",".join(origins_in(text))

    @field_validator("cors_headers")
    @classmethod
    def are_headers(cls, text: str) -> str:
        """Return the headers in lower case; refuse what can't be the name of one."""
        return ",".join(headers_in(text))

    @field_validator("jwks_url")
    @classmethod
    def is_safe(cls, url: str | None) -> str | None:
        """Refuse keys that anybody on the way could replace."""
        if url and not re.match(r"https://|http://(localhost|127\.0\.0\.1|\[::1\])[:/]", url):
            raise ValueError("it must start with https://, or http:// on loopback")
        return url

    @model_validator(mode="after")
    def is_fit_for_production(self) -> Self:
        """Refuse the development secret in production, two sources of keys, and trusted documents without any."""
        if self.environment == "production" and self.secret_is_known():
            raise ValueError("TOKEN_SECRET is the development secret, which production refuses")
        if self.trusted_documents_only and not self.trusted_documents:
            raise ValueError("TRUSTED_DOCUMENTS_ONLY is set, but TRUSTED_DOCUMENTS names no manifest")
        if self.jwks_url and self.jwks_file:
            raise ValueError("JWKS_URL and JWKS_FILE are both set; keys come from one of them")
        return self

    def secret_is_known(self) -> bool:
        """Return whether TOKEN_SECRET is the one that everybody knows."""
        return self.token_secret is not None and self.token_secret.get_secret_value() == DEVELOPMENT_SECRET

    def algorithms(self) -> frozenset[str]:
        """Return what tokens may be signed with."""
        return frozenset(name.strip() for name in self.token_algorithms.split(","))

    def hs256_secret(self) -> str | None:
        """Return the secret of HS256, or None where no token signed with it is taken."""
        if "HS256" not in self.algorithms():
            return None
        if self.token_secret is not None:
            return self.token_secret.get_secret_value()
        is_local = self.host in LOOPBACK and self.environment == "development"
        return DEVELOPMENT_SECRET if is_local else None

    def as_environment(self, **others: str) -> dict[str, str]:
        """Return the environment in which another process has these settings, and `others` besides."""
        given = {name.upper(): text_of(value) for name, value in self if value is not None}
        return {**os.environ, **given, **others}

    def pool_options(self) -> PoolOptions:
        """Return how the database's connections are pooled."""
        return PoolOptions(
            size=self.database_pool_size,
            max_overflow=self.database_max_overflow,
            timeout=self.database_pool_timeout,
            statement_timeout=self.database_statement_timeout,
            pgbouncer=self.database_pgbouncer,
        )


def text_of(value: object) -> str:
    """Return a setting's value as the environment holds it."""
    return value.get_secret_value() if isinstance(value, SecretStr) else str(value)


def metrics_folder() -> str | None:
    """Return where several processes of one server keep their metrics; prometheus_client looks there by itself."""
    return os.environ.get("PROMETHEUS_MULTIPROC_DIR")
