"""The database: short reads on asyncpg, transactions on SQLAlchemy; the only file that commits."""

import time
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from typing import Any, Self

import asyncpg
import orjson
from sqlalchemy import make_url
from sqlalchemy.event import listen
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from db.lookups import Lookup, Lookups
from db.pool import ReadConnection, ReadPool
from db.statement import Statement

# Seconds until a server that doesn't answer counts as unreachable; asyncpg waits a minute by default.
CONNECT_TIMEOUT = 2.0
# Seconds more than a statement may take until a silent server counts as gone.
SILENCE = 2.0


class DatabaseUnavailableError(Exception):
    """The database can't be reached, or has no connection free."""


class StatementTimeoutError(Exception):
    """PostgreSQL gave a statement up, since it took too long."""


@dataclass(frozen=True, slots=True)
class PoolOptions:
    """How many connections to hold and how long anything may take; times are in seconds."""

    size: int = 20
    max_overflow: int = 10
    timeout: float = 1.0
    statement_timeout: float = 12.0
    # PgBouncer in transaction mode hands each transaction another server connection: no named prepared
    # statements, no session settings, and each read inside a transaction of its own.
    pgbouncer: bool = False


@dataclass(frozen=True, slots=True)
class Read:
    """One statement that ran: its text, how many keys it was given, how many rows came back, and the seconds."""

    text: str
    keys: int
    rows: int
    seconds: float


class Database:
    """Pools over one PostgreSQL: `read` for statements that change nothing, `transaction` for the others."""

    def __init__(
        self,
        url: str,
        reads: ReadPool,
        writes: AsyncEngine,
        options: PoolOptions,
        observe: Callable[[Read], None] | None = None,
    ) -> None:
        self._url = url
        self._reads = reads
        self._writes = writes
        self._options = options
        self._observe = observe
        self._lookups = Lookups()

    @classmethod
    @asynccontextmanager
    async def open(
        cls,
        url: str,
        options: PoolOptions | None = None,
        observe: Callable[[Read], None] | None = None,
    ) -> AsyncIterator[Self]:
        """Open the pools for the life of the block; no connection is made before it is needed."""
        options = options or PoolOptions()
        writes = write_engine(url, options)
        reads = ReadPool(read_pool(url, options), options.timeout)
        try:
            async with reads.open():
                yield cls(url, reads, writes, options, observe)
        finally:
            await writes.dispose()

    def observed(self, observe: Callable[[Read], None]) -> Self:
        """Return the same database with its reads told to somebody."""
        return type(self)(self._url, self._reads, self._writes, self._options, observe)

    async def read(self, statement: Statement, values: Mapping[str, object] | None = None) -> list[Any]:
        """Return the rows of a statement as its row class; one short connection, given back at once.

        Raises DatabaseUnavailableError where the server can't be reached or no connection is free in time.
        """
        arguments = statement.arguments(values or {})
        started = time.perf_counter()
        try:
            rows = await self._fetched(statement, arguments)
        except Exception as error:
            # Written out: a context manager takes a tenth of what the statement does.
            if (told := translate_driver_error(error)) is None:
                raise
            raise told from error
        if self._observe:
            keys = max((len(each) for each in arguments if isinstance(each, list)), default=0)
            self._observe(Read(statement.text, keys, len(rows), time.perf_counter() - started))
        return rows

    async def find(self, lookup: Lookup, key: object, values: Mapping[str, object]) -> Any:  # noqa: ANN401 - a row of the statement's class, or None
        """Return the row that has a key, or None: read with all that are asked for at this moment.

        `values` are the statement's others. Raises what `read` raises.
        """
        return await self._lookups.find(self.read, lookup, key, values)

    async def _fetched(self, statement: Statement, arguments: Sequence[object]) -> list[Any]:
        # PgBouncer hands each transaction another session, so nothing is known of how it plans.
        rows: list[Any]
        plans_once = statement.plans_once and not self._options.pgbouncer
        connection = self._reads.at_hand(plans_once=plans_once) or await self._reads.take(plans_once=plans_once)
        try:
            if self._options.pgbouncer:
                async with connection.transaction(readonly=True):
                    rows = await connection.fetch(statement.text, *arguments, record_class=statement.row)
            else:
                rows = await connection.fetch(statement.text, *arguments, record_class=statement.row)
        except BaseException:
            await self._reads.give_back(connection)
            raise
        if not self._reads.put_back(connection):
            await self._reads.give_back(connection)
        return rows

    async def read_apart(self, statement: Statement) -> list[Any]:
        """Return the rows of a statement over a connection of its own, for health checks while others are busy.

        Raises DatabaseUnavailableError where the server can't be reached.
        """
        async with connection_to(self._url) as connection:
            with translating_driver_errors():
                return await connection.fetch(statement.text, record_class=statement.row, timeout=CONNECT_TIMEOUT)

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[AsyncConnection]:
        """Run the block in one transaction: committed at its end, rolled back by any exception.

        Raises DatabaseUnavailableError where the server can't be reached or no connection is free in time.
        """
        with translating_driver_errors():
            async with self._writes.begin() as connection:
                yield connection


def sqlalchemy_url(url: str) -> str:
    """Return a postgres:// or postgresql:// URL as SQLAlchemy wants it for asyncpg."""
    parsed = make_url(url.replace("postgres://", "postgresql://", 1))
    return parsed.set(drivername="postgresql+asyncpg").render_as_string(hide_password=False)


def server_settings(options: PoolOptions) -> dict[str, str]:
    """Return what each connection asks of its session; PgBouncer refuses any."""
    if options.pgbouncer:
        return {}
    # Compiling a plan with LLVM costs more than any of these statements takes.
    milliseconds = int(options.statement_timeout * 1000)
    # A second process for one statement takes CPU from the next one.
    alone = {"max_parallel_workers_per_gather": "0"}
    return {"application_name": "ariesone", "jit": "off", "statement_timeout": str(milliseconds), **alone}


def read_pool(url: str, options: PoolOptions) -> asyncpg.Pool:
    """Return the pool for reads: as asyncpg makes it, but without its reset of four statements a release."""
    return asyncpg.create_pool(
        asyncpg_url(url),
        min_size=0,
        max_size=options.size,
        connection_class=ReadConnection,
        timeout=CONNECT_TIMEOUT,
        # PostgreSQL gives up first, and says so; this is for a server that says nothing any more.
        command_timeout=options.statement_timeout + SILENCE,
        statement_cache_size=0 if options.pgbouncer else 1024,
        max_cached_statement_lifetime=0,
        server_settings=server_settings(options),
        init=decode_json,
        reset=keep_session,
    )


def write_engine(url: str, options: PoolOptions) -> AsyncEngine:
    """Return the engine for transactions: at most `max_overflow` connections, checked before use."""
    arguments: dict[str, object] = {"timeout": CONNECT_TIMEOUT, "server_settings": server_settings(options)}
    if options.pgbouncer:
        arguments |= {"statement_cache_size": 0, "prepared_statement_cache_size": 0}
    engine = create_async_engine(
        sqlalchemy_url(url),
        pool_size=options.max_overflow,
        max_overflow=0,
        pool_timeout=options.timeout,
        pool_pre_ping=True,
        connect_args=arguments,
        # The connection decodes it already, for those who read as well as for SQLAlchemy.
        json_deserializer=lambda value: value,
    )
    listen(engine.sync_engine, "connect", lambda adapted, _: adapted.run_async(decode_json))
    return engine


async def decode_json(connection: asyncpg.Connection) -> None:
    """Have jsonb columns arrive as Python lists and dicts; what is JSON already is sent as it is."""
    async with connection.transaction():
        await connection.set_type_codec(
            "jsonb",
            schema="pg_catalog",
            encoder=lambda value: value if isinstance(value, str) else orjson.dumps(value).decode(),
            decoder=orjson.loads,
        )


async def read_in(
    transaction: AsyncConnection, statement: Statement, values: Mapping[str, object] | None = None
) -> list[Any]:
    """Return the rows of a statement inside a transaction: of the class that `Database.read` gives.

    Raises DatabaseUnavailableError where the server goes away.
    """
    with translating_driver_errors():
        connection = (await transaction.get_raw_connection()).driver_connection
        if connection is None:
            raise DatabaseUnavailableError("The transaction is over.")
        if not connection.is_in_transaction():
            # SQLAlchemy begins it with its own first statement.
            await transaction.exec_driver_sql("SELECT")
        rows: list[Any] = await connection.fetch(
            statement.text, *statement.arguments(values or {}), record_class=statement.row
        )
        return rows


async def keep_session(_: asyncpg.Connection) -> None:
    """Leave a connection as it is: reads change no session state."""


# Every way in which a server is out of reach, refuses us, or leaves us in the middle.
_OUT_OF_REACH = (
    OSError,
    PoolTimeoutError,
    OperationalError,
    InterfaceError,
    asyncpg.InterfaceError,
    asyncpg.PostgresConnectionError,
    asyncpg.InvalidAuthorizationSpecificationError,
    asyncpg.InvalidCatalogNameError,
    asyncpg.CannotConnectNowError,
    asyncpg.TooManyConnectionsError,
    asyncpg.AdminShutdownError,
)


@contextmanager
def translating_driver_errors() -> Iterator[None]:
    """Turn every way in which a server is out of reach into DatabaseUnavailableError."""
    try:
        yield
    except Exception as error:
        told = translate_driver_error(error)
        if told is None:
            raise
        raise told from error


def translate_driver_error(error: Exception) -> Exception | None:
    """Return what callers are told of a driver's error; None for an error that is no matter of reach or time."""
    if isinstance(error, _OUT_OF_REACH):
        return DatabaseUnavailableError(f"The database can't be reached: {error}")
    if isinstance(error, asyncpg.QueryCanceledError):
        return StatementTimeoutError(str(error))
    # SQLAlchemy's own exception wraps the driver's.
    if isinstance(error, DBAPIError) and (
        error.connection_invalidated or isinstance(getattr(error.orig, "__cause__", None), _OUT_OF_REACH)
    ):
        return DatabaseUnavailableError(f"The database can't be reached: {error.orig}")
    return None


@asynccontextmanager
async def connection_to(url: str) -> AsyncIterator[asyncpg.Connection]:
    """Open one asyncpg connection for the block: for COPY, which no pool is needed for.

    Raises DatabaseUnavailableError where the server can't be reached.
    """
    with translating_driver_errors():
        connection = await asyncpg.connect(asyncpg_url(url), timeout=CONNECT_TIMEOUT)
    try:
        yield connection
    finally:
        await connection.close(timeout=CONNECT_TIMEOUT)


def asyncpg_url(url: str) -> str:
    """Return a URL as asyncpg wants it."""
    return url.replace("postgres://", "postgresql://", 1).replace("+asyncpg", "", 1)
