"""Every environment variable once: its name, type, default, and what it is for."""

import re
from pathlib import Path
from typing import Literal

from pydantic import Field, SecretStr, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from db.engine import PoolOptions


class Settings(BaseSettings):
    """What the environment (or a .env file) says; a name here is an environment variable in capitals."""

    model_config = SettingsConfigDict(env_file=".env", extra="ignore", env_ignore_empty=True)

    host: str = Field("127.0.0.1", description="The address to serve on.")
    port: int = Field(8000, ge=0, le=65535, description="The port to serve on; 0 takes a free one.")
    data_dir: Path = Field(
        Path(".ariesone"),
        description="Where the embedded servers keep their data; not used with DATABASE_URL.",
    )
    database_url: SecretStr | None = Field(
        None, description="A PostgreSQL (15 or newer) to use in place of the embedded one: postgresql://..."
    )
    redis_url: SecretStr | None = Field(
        None, description="A Redis or Valkey to use in place of the embedded one: redis://..."
    )
    database_pool_size: int = Field(20, ge=1, description="Connections for reads, opened as needed.")
    database_max_overflow: int = Field(
        10, ge=1, description="Further connections, for transactions, opened as needed."
    )
    database_pool_timeout: float = Field(
        1.0, gt=0, description="Seconds to wait for a free connection before answering 503."
    )
    database_statement_timeout: float = Field(
        12.0, gt=0, description="Seconds after which PostgreSQL gives up a statement."
    )
    database_pgbouncer: bool = Field(
        default=False, description="DATABASE_URL is a PgBouncer in transaction mode: prepare no statements."
    )
    migrate_on_start: bool = Field(
        default=True, description="Bring the database up to the newest migration when the server starts."
    )
    sample_companies: int = Field(
        2000, ge=0, description="How many invented companies an empty embedded directory starts with."
    )
    environment: Literal["development", "production"] = Field(
        "development", description="In production the anonymous get no introspection and no GET."
    )
    operation_timeout: float = Field(
        10.0, gt=0, description="Seconds after which an operation is cancelled, its SQL included."
    )
    max_requests: int = Field(256, ge=1, description="Requests at a time; more are answered 503.")
    max_lag: float = Field(
        0.01, gt=0, description="Seconds that the event loop may be late before requests are answered 503."
    )
    max_batch: int = Field(0, ge=0, le=50, description="Requests in one batch; 0 takes no batches.")
    max_tokens: int = Field(2000, ge=1, description="Tokens in a document.")
    max_operations: int = Field(10, ge=1, description="Operations in a document.")
    max_fields: int = Field(2000, ge=1, description="Fields in an operation, its fragments spread.")
    max_aliases: int = Field(30, ge=0, description="Aliases in an operation, its fragments spread.")
    max_directives: int = Field(8, ge=0, description="Directives in an operation, its fragments spread.")
    max_depth: int = Field(12, ge=1, description="How deep an operation may be nested.")
    max_cost: int = Field(10000, ge=1, description="What an operation may cost, see @cost in the schema.")
    max_cost_anonymous: int = Field(2500, ge=1, description="The same for the anonymous, in production.")
    trusted_documents: Path | None = Field(
        None, description="A manifest of documents that clients may name by documentId."
    )
    trusted_documents_only: bool = Field(default=False, description="Run nothing but those documents.")
    cors_origins: str = Field(
        "", description="Origins of web pages that may call the API, separated by commas; * for any."
    )
    max_body_bytes: int = Field(256 * 1024, ge=1024, description="The longest request body, in bytes.")
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = Field(
        "INFO", description="The least severe lines to log: DEBUG, INFO, WARNING, ERROR."
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

    def pool_options(self) -> PoolOptions:
        """Return how the database's connections are pooled."""
        return PoolOptions(
            size=self.database_pool_size,
            max_overflow=self.database_max_overflow,
            timeout=self.database_pool_timeout,
            statement_timeout=self.database_statement_timeout,
            pgbouncer=self.database_pgbouncer,
        )
