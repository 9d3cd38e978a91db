"""What checks look at: the settings, and the servers that they name or that a running `serve` has embedded."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import Any, TypeVar

from redis import Redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from db.embedded import postgresql, valkey
from db.engine import Database, PoolOptions
from db.statement import Statement
from graph.doctor.finding import NotRunError, PreventedError
from graph.settings import Settings

# Connections to PostgreSQL, as many as checks run at a time.
AT_ONCE = 4
# Seconds that a statement of a check, and a call to Redis, may take.
STATEMENT_TIMEOUT = 4.0
CALL_TIMEOUT = 2.0

Found = TypeVar("Found")


@dataclass(frozen=True, slots=True)
class Given:
    """What a person gives besides the settings: a token to be judged, and addresses of servers.

    `server` is one that runs. All operations are sent to `probe_address`, with `probe_token`.
    """

    token: str | None = None
    server: str | None = None
    probe_address: str | None = None
    probe_token: str | None = None


@dataclass(frozen=True, slots=True)
class Subject:
    """The settings, what was found behind them, and what a person gave; None for what isn't there.

    Checks have `turns`: so many at a time.
    """

    settings: Settings
    database: Database | None
    redis: Redis | None
    turns: asyncio.Semaphore
    given: Given

    async def read(self, statement: Statement, values: Mapping[str, object] | None = None) -> list[Any]:
        """Return the rows of a statement; raises what Database.read does, or PreventedError without one."""
        return await self.require_database().read(statement, values)

    def require_database(self) -> Database:
        """Return the database; raises PreventedError where none is known."""
        if self.database is None:
            raise PreventedError("no database is known")
        return self.database

    async def ask_redis(self, call: Callable[[Redis], Found]) -> Found:
        """Return what a call to Redis gives; raises what it does, and NotRunError without one."""
        if self.redis is None:
            raise NotRunError("REDIS_URL isn't set, and no `ariesone serve` with a Valkey runs here")
        return await asyncio.to_thread(call, self.redis)

    @property
    def is_embedded(self) -> bool:
        """Whether PostgreSQL is the one of a running `serve`."""
        return self.settings.database_url is None

    @property
    def has_embedded_redis(self) -> bool:
        """Whether Redis is the Valkey of a running `serve`."""
        return self.settings.redis_url is None


@asynccontextmanager
async def opened(settings: Settings, given: Given) -> AsyncIterator[Subject]:
    """Yield what there is to look at, for the life of the block; nothing is started, and nothing connected yet."""
    async with AsyncExitStack() as stack:
        database = redis = None
        if url := database_url(settings):
            pgbouncer = settings.database_pgbouncer
            options = PoolOptions(size=AT_ONCE, statement_timeout=STATEMENT_TIMEOUT, pgbouncer=pgbouncer)
            database = await stack.enter_async_context(Database.open(url, options))
        if url := redis_url(settings):
            redis = redis_at(url)
            stack.callback(redis.close)
        yield Subject(settings, database, redis, asyncio.Semaphore(AT_ONCE), given)


def database_url(settings: Settings) -> str | None:
    """Return the URL of the database of the settings, else of that of a running `serve`; None without one."""
    url = settings.database_url
    return url.get_secret_value() if url else postgresql.find_served(settings.data_dir)


def redis_url(settings: Settings) -> str | None:
    """Return the URL of the Redis of the settings, else of that of a running `serve`; None without one."""
    url = settings.redis_url
    return url.get_secret_value() if url else valkey.find_served(settings.data_dir)


def redis_at(url: str) -> Redis:
    """Return a connection to a Redis, which tries nothing twice: what fails is to be told."""
    once = Retry(NoBackoff(), 0)
    return Redis.from_url(url, socket_timeout=CALL_TIMEOUT, socket_connect_timeout=CALL_TIMEOUT, retry=once)
