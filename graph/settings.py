"""Every environment variable once: its name, type, default, and what it is for."""

import os
import re
from pathlib import Path
from typing import Literal, Self

from pydantic import AliasChoices, Field, FilePath, SecretStr, field_validator, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from db.engine import PoolOptions
from graph.origins import origins_in

# Everybody knows it, so production refuses it.
DEVELOPMENT_SECRET = "development only: this secret is published"  # noqa: S105 - it is meant to be known

# What a token may be signed with.
ALGORITHMS = ("HS256", "RS256", "ES256", "EdDSA")
MIN_SECRET_BYTES = 32

# Where only this machine can come from.
LOOPBACK = ("127.0.0.1", "localhost", "::1")

# The pool says its own defaults.
POOL = PoolOptions()


class Settings(BaseSettings):
    """What the environment (or a .env file) says; a name here is an environment variable in capitals."""

    model_config = SettingsConfigDict(
        env_file=".env", extra="ignore", env_ignore_empty=True, populate_by_name=True
    )

    host: str = Field("127.0.0.1", description="The address to serve on.")
    port: int = Field(8000, ge=0, le=65535, description="The port to serve on; 0 takes a free one.")
    workers: int = Field(
        1, ge=1, description="How many processes serve, each with limits and connections of its own."
    )
    data_dir: Path = Field(
        Path(".ariesone"),
        description="Where the embedded servers keep their data, and GraphiQL its files.",
    )
    database_url: SecretStr | None = Field(
        None, description="A PostgreSQL (15 or newer) to use in place of the embedded one: postgresql://..."
    )
    redis_url: SecretStr | None = Field(
        None, description="A Redis or Valkey to use in place of the embedded one: redis://..."
    )
    database_pool_size: int = Field(POOL.size, ge=1, description="Connections for reads, opened as needed.")
    database_max_overflow: int = Field(
        POOL.max_overflow, ge=1, description="Further connections, for transactions, opened as needed."
    )
    database_pool_timeout: float = Field(
        POOL.timeout, gt=0, description="Seconds to wait for a free connection before answering 503."
    )
    database_statement_timeout: float = Field(
        POOL.statement_timeout, gt=0, description="Seconds after which PostgreSQL gives up a statement."
    )
    database_pgbouncer: bool = Field(
        POOL.pgbouncer, description="DATABASE_URL is a PgBouncer in transaction mode: prepare no statements."
    )
    migrate_on_start: bool = Field(
        default=True, description="Bring the database up to the newest migration when the server starts."
    )
    sample_companies: int = Field(
        2000, ge=0, description="How many invented companies an empty embedded directory starts with."
    )
    environment: Literal["development", "production"] = Field(
        "development", description="In production the anonymous get no introspection, and less at a time."
    )
    graphiql: bool | None = Field(
        None, description="Answer browsers at /graphql with GraphiQL; unset, in development only."
    )
    npm_registry: str = Field(
        "https://registry.npmjs.org",
        validation_alias=AliasChoices("npm_registry", "npm_config_registry"),
        description="Where GraphiQL's files are fetched from, once.",
    )
    operation_timeout: float = Field(
        10.0, gt=0, description="Seconds after which an operation is cancelled, its SQL included."
    )
    answer_cache_seconds: float = Field(
        5.0, ge=0, description="Seconds for which whole answers are given again to the same request; 0 for none."
    )
    max_requests: int = Field(
        64, ge=1, description="Requests at a time, with those that wait; more are answered 503."
    )
    max_running: int = Field(16, ge=1, description="Requests that run at a time; others wait for their turn.")
    max_lag: float = Field(
        0.01, gt=0, description="Seconds that the event loop may be late before requests are answered 503."
    )
    max_batch: int = Field(0, ge=0, le=50, description="Requests in one batch; 0 takes no batches.")
    max_tokens: int = Field(2000, ge=1, description="Tokens in a document.")
    max_operations: int = Field(10, ge=1, description="Operations in a document.")
    max_fields: int = Field(2000, ge=1, description="Fields in an operation, its fragments spread.")
    max_aliases: int = Field(30, ge=0, description="Aliases in an operation, its fragments spread.")
    max_directives: int = Field(40, ge=0, description="Directives in an operation, its fragments spread.")
    max_depth: int = Field(12, ge=1, description="How deep an operation may be nested.")
    max_pairs: int = Field(
        1500, ge=1, description="Fields and fragments that validation compares with one another, in pairs."
    )
    max_objects: int = Field(40, ge=1, description="Objects among an operation's arguments or its variables.")
    max_values: int = Field(3000, ge=1, description="Values in an operation's variables.")
    max_cost: int = Field(10000, ge=1, description="What an operation may cost, see @cost in the schema.")
    max_cost_anonymous: int = Field(2500, ge=1, description="The same for the anonymous, in production.")
    throttle_cost: int = Field(
        25000, ge=0, description="Cost that an anonymous client may spend at once, in production; 0 for any."
    )
    throttle_restore: int = Field(500, ge=1, description="Cost that it gets back each second.")
    forwarded_allow_ips: str = Field(
        "127.0.0.1",
        description="Proxies whose X-Forwarded-For is believed: addresses, networks, or * for any.",
    )
    token_secret: SecretStr | None = Field(
        None,
        description="The secret (32 bytes or more) of tokens signed with HS256; on loopback development has one.",
    )
    token_algorithms: str = Field(
        "HS256,RS256,ES256,EdDSA", description="What tokens may be signed with, separated by commas."
    )
    token_issuer: str | None = Field(None, description="The `iss` that tokens must name.")
    token_audience: str | None = Field(None, description="The `aud` that tokens must name.")
    token_required: bool = Field(default=False, description="Answer nobody without a token.")
    jwks_url: str | None = Field(
        None, description="Where the issuer publishes its keys: https://..., or http:// on loopback."
    )
    jwks_file: FilePath | None = Field(None, description="The issuer's keys in a file, in place of JWKS_URL.")
    trusted_documents: FilePath | None = Field(
        None, description="A manifest of documents that clients may name by documentId."
    )
    trusted_documents_only: bool = Field(default=False, description="Run nothing but those documents.")
    cors_origins: str = Field(
        "", description="Origins of web pages that may call the API, separated by commas; * for any."
    )
    cors_headers: str = Field(
        "",
        description="Headers that such pages may send besides those of usual tools, with commas; * for any.",
    )
    max_body_bytes: int = Field(256 * 1024, ge=1024, description="The longest request body, in bytes.")
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = Field(
        "INFO", description="The least severe lines to log: DEBUG, INFO, WARNING, ERROR."
    )
    log_format: Literal["auto", "ecs", "text"] = Field(
        "auto", description="How to write them: ecs is JSON, text for people; auto is text on a terminal."
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

    @field_validator("cors_origins")
    @classmethod
    def are_origins(cls, text: str) -> str:
        """Return the origins as browsers write them; refuse one that no page can have."""
        return ",".join(origins_in(text))

    @field_validator("cors_headers")
    @classmethod
    def are_headers(cls, text: str) -> str:
        """Refuse what can't be a header's name (RFC 9110, section 5.1)."""
        names = [name.strip().lower() for name in text.split(",") if name.strip()]
        wrong = next((name for name in names if not re.fullmatch(r"[!#$%&'*+.^_`|~0-9a-z-]+", name)), None)
        if wrong is not None:
            raise ValueError(f"{wrong} is no name of a header; write it like x-client-version, commas between")
        return ",".join(names)

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
