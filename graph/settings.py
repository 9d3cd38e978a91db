"""The settings: read from the environment, held against each other, and handed to those who need them."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Self

from pydantic import ConfigDict, SecretStr, model_validator

from db.address import read_address, with_password
from db.engine import PoolOptions
from db.urls import has_password
from graph.environment.amqp_url import read_amqp_url
from graph.environment.background import Broker, Jobs, Webhooks
from graph.environment.groups import (
    Clients,
    Connections,
    DocumentsMode,
    Listeners,
    Operations,
    Others,
    Pages,
    Requests,
    Serving,
    Storage,
    Tokens,
)
from graph.environment.logs import Logs
from graph.environment.redis_url import read_redis_url
from graph.environment.replica_urls import read_replica_urls
from graph.environment.reporting import Sentry, Traces
from graph.environment.usage import Usage
from graph.environment.variables import names_of, read_environment

# Everybody knows it, so production refuses it.
DEVELOPMENT_SECRET = "development only: this secret is published"  # noqa: S105 - it is meant to be known

# What says more, in the folder that a command runs in.
ENV_FILE = Path(".env")

# Where only this machine can come from.
LOOPBACK = ("127.0.0.1", "localhost", "::1")


class Settings(
    Serving,
    Storage,
    Connections,
    Requests,
    Listeners,
    Operations,
    Clients,
    Tokens,
    Broker,
    Webhooks,
    Jobs,
    Usage,
    Pages,
    Logs,
    Traces,
    Sentry,
    Others,
):
    """What the environment (or a .env file) says; a name here is an environment variable in capitals."""

    model_config = ConfigDict(extra="forbid")

    def __init__(self, *, _env_file: Path | None = ENV_FILE, **given: object) -> None:
        """Take what is `given`, else what the environment says, else what the file does.

        Raises ValidationError, in which `Problem`s stand for what is wrong with the names of variables.
        """
        found = read_environment(os.environ, _env_file, type(self).model_fields)
        # Under the variables, where nothing but a refusal can take them.
        problems = {name.upper(): problem for name, problem in found.problems.items()}
        super().__init__(**{**found.values, **problems, **given})

    @model_validator(mode="after")
    def agree(self) -> Self:
        """Refuse settings that contradict each other, naming all that do."""
        if found := [*self.contradictions_of_tokens(), *self.contradictions_of_servers()]:
            raise ValueError("\n".join(found))
        return self

    @model_validator(mode="after")
    def take_passwords(self) -> Self:
        """Put passwords that are said apart into their URLs, and believe a URL that says it is a PgBouncer's."""
        if self.database_url and self.database_password:
            password = self.database_password.get_secret_value()
            self.database_url = SecretStr(with_password(self.database_url.get_secret_value(), password))
            if self.database_replica_urls:
                replicas = read_replica_urls(self.database_replica_urls.get_secret_value(), password)
                self.database_replica_urls = SecretStr(" ".join(replicas))
            self.database_password = None
        if self.redis_url and self.redis_password:
            url, password = self.redis_url.get_secret_value(), self.redis_password.get_secret_value()
            self.redis_url = SecretStr(read_redis_url(url, password))
            self.redis_password = None
        if self.amqp_url and self.amqp_password:
            url, password = self.amqp_url.get_secret_value(), self.amqp_password.get_secret_value()
            self.amqp_url = SecretStr(read_amqp_url(url, password))
            self.amqp_password = None
        if self.database_url and read_address(self.database_url.get_secret_value()).is_pgbouncer:
            self.database_pgbouncer = True
        return self

    def contradictions_of_tokens(self) -> Iterator[str]:
        """Yield a sentence for each pair of settings about tokens and documents that can't both hold."""
        if self.environment == "production" and self.secret_is_known():
            yield "TOKEN_SECRET is the development secret, which production refuses"
        if self.documents_mode != "off" and not self.trusted_documents:
            name = "TRUSTED_DOCUMENTS_ONLY" if self.trusted_documents_only else "TRUSTED_DOCUMENTS_MODE"
            yield f"{name} is set, but TRUSTED_DOCUMENTS names no manifest"
        if self.jwks_url and self.jwks_file:
            yield "JWKS_URL and JWKS_FILE are both set; keys come from one of them"
        if (self.jwks_url or self.jwks_file) and self.algorithms() == {"HS256"}:
            yield "JWKS_URL or JWKS_FILE is set, but TOKEN_ALGORITHMS lists HS256 alone, which takes no such keys"
        if self.operations_token and self.operations_token == self.token_secret:
            yield "OPERATIONS_TOKEN is TOKEN_SECRET, with which whoever reads metrics could sign tokens"
        if self.token_secret and "HS256" not in self.algorithms():
            yield "TOKEN_SECRET is set, but TOKEN_ALGORITHMS doesn't list HS256, which it is for"
        if self.token_required and not (self.hs256_secret() or self.jwks_url or self.jwks_file):
            yield "TOKEN_REQUIRED is set, but no token is taken without TOKEN_SECRET, JWKS_URL or JWKS_FILE"

    def contradictions_of_servers(self) -> Iterator[str]:
        """Yield a sentence for each pair of settings about servers and bounds that can't both hold."""
        pairs = {
            "DATABASE": (self.database_url, self.database_password),
            "REDIS": (self.redis_url, self.redis_password),
            "AMQP": (self.amqp_url, self.amqp_password),
        }
        for server, (url, password) in pairs.items():
            if password and not url:
                yield f"{server}_PASSWORD is set, but {server}_URL is not"
            if password and url and has_password(url.get_secret_value()):
                yield f"{server}_PASSWORD and a password in {server}_URL are both set; set one of them"
        if self.database_pgbouncer and not self.database_url:
            yield "DATABASE_PGBOUNCER is set, but DATABASE_URL is not; the embedded PostgreSQL has none"
        if self.database_replica_urls and not self.database_url:
            yield "DATABASE_REPLICA_URLS is set, but DATABASE_URL is not; the embedded PostgreSQL has no replicas"
        for less, more in (("max_running", "max_requests"), ("max_cost_anonymous", "max_cost")):
            if {less, more} <= self.model_fields_set and getattr(self, less) > getattr(self, more):
                yield f"{less.upper()} is {getattr(self, less)}, more than {more.upper()}, {getattr(self, more)}"

    @property
    def shows_graphiql(self) -> bool:
        """Whether browsers get GraphiQL."""
        return self.environment == "development" if self.graphiql is None else self.graphiql

    @property
    def documents_mode(self) -> DocumentsMode:
        """What becomes of documents that aren't trusted."""
        return "only" if self.trusted_documents_only else self.trusted_documents_mode

    @property
    def files_folder(self) -> Path:
        """Where the files of jobs lie."""
        return self.files_dir or self.data_dir / "files"

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

    def pseudonym_secret(self) -> str:
        """Return what viewers' pseudonyms in the log are made with; nothing where no secret is set."""
        return self.log_key.get_secret_value() if self.log_key else self.hs256_secret() or ""

    def as_environment(self, **others: str) -> dict[str, str]:
        """Return the environment in which another process has these settings, and `others` besides."""
        ours = dict(names_of(type(self).model_fields))
        foreign = {name: value for name, value in os.environ.items() if not {name, name.upper()} & ours.keys()}
        set_here = {name: getattr(self, name) for name in self.model_fields_set}
        given = {name.upper(): text_of(value) for name, value in set_here.items() if value is not None}
        return {**foreign, **given, **others}

    def hand_to_opentelemetry(self) -> None:
        """Put what the settings say of traces where its SDK reads it: some of them may stand in .env."""
        given = {name: getattr(self, name) for name in Traces.model_fields if name in self.model_fields_set}
        os.environ.update({name.upper(): text_of(value) for name, value in given.items() if value is not None})
        if "service.name=" not in (self.otel_resource_attributes or ""):
            os.environ.setdefault("OTEL_SERVICE_NAME", self.otel_service_name)

    def replica_urls(self) -> list[str]:
        """Return the URL of each replica."""
        urls = self.database_replica_urls
        return read_replica_urls(urls.get_secret_value()) if urls else []

    def pool_options(self) -> PoolOptions:
        """Return how the database's connections are pooled."""
        return PoolOptions(
            size=self.database_pool_size,
            max_overflow=self.database_max_overflow,
            timeout=self.database_pool_timeout,
            statement_timeout=self.database_statement_timeout,
            pgbouncer=self.database_pgbouncer,
            comments=self.sql_comments,
        )


def text_of(value: object) -> str:
    """Return a setting's value as the environment holds it."""
    return value.get_secret_value() if isinstance(value, SecretStr) else str(value)


def strangers() -> list[str]:
    """Return the names in .env here that are no settings."""
    return read_environment(os.environ, ENV_FILE, Settings.model_fields).strangers


def metrics_folder() -> str | None:
    """Return where several processes of one server keep their metrics; prometheus_client looks there by itself."""
    return os.environ.get("PROMETHEUS_MULTIPROC_DIR")
