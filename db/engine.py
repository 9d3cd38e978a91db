"""The database: short reads on asyncpg, transactions on SQLAlchemy; the only file that commits."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any, NoReturn, Self

import asyncpg
import orjson
from sqlalchemy.event import listen
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from db.address import read_address
from db.lookups import Lookup, Lookups
from db.pool import OPENING, ReadConnection, ReadPool
from db.silence import Silence
from db.statement import Statement

# Seconds until a server that doesn't answer counts as unreachable; asyncpg waits a minute by default.
CONNECT_TIMEOUT = OPENING
# Connections at a time besides those of the pools, however many look whether the database is well.
APART = 2
# Seconds for which a read has been under way at most that is tried once more when its connection is lost.
YOUNG = 1.0
# What SQLAlchemy is to use; where to connect to is in the driver's own arguments.
DRIVER = "postgresql+asyncpg://"
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
        silence: Silence,
        observe: Callable[[Read], None] | None = None,
    ) -> None:
        self._url = url
        self._reads = reads
        self._silence = silence
        self._writes = writes
        self._options = options
        self._observe = observe
        self._lookups = Lookups()
        self._apart = asyncio.Semaphore(APART)

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
        silence = Silence(reads, partial(ask_server, url))
        try:
            async with reads.open():
                watching = asyncio.create_task(silence.watch())
                try:
                    yield cls(url, reads, writes, options, silence, observe)
                finally:
                    watching.cancel()
        finally:
            await writes.dispose()

    def observed(self, observe: Callable[[Read], None]) -> Self:
        """Return the same database with its reads told to somebody."""
        return type(self)(self._url, self._reads, self._writes, self._options, self._silence, observe)

    async def warm(self) -> None:
        """Open some connections for reads before they are needed."""
        # A SET would stay in a session of PgBouncer's, which is somebody else's in a moment.
        await self._reads.warm(plans=(False,) if self._options.pgbouncer else (True, False))

    async def read(self, statement: Statement, values: Mapping[str, object] | None = None) -> list[Any]:
        """Return the rows of a statement as its row class; one short connection, given back at once.

        Raises DatabaseUnavailableError where the server can't be reached or no connection is free in time.
        """
        arguments = statement.arguments(values or {})
        started = time.perf_counter()
        try:
            rows = await self._fetched(statement, arguments)
        except Exception as error:  # noqa: BLE001 - every one is raised again below
            # Written out: a context manager takes a tenth of what the statement does.
            is_young = time.perf_counter() - started < YOUNG
            if not (is_young and isinstance(error, _PASSING)):
                raise_told(error)
            rows = await self._fetched_again(statement, arguments)
        if self._observe:
            keys = max((len(each) for each in arguments if isinstance(each, list)), default=0)
            self._observe(Read(statement.text, keys, len(rows), time.perf_counter() - started))
        return rows

    async def find(self, lookup: Lookup, key: object, values: Mapping[str, object]) -> Any:  # noqa: ANN401 - a row of the statement's class, or None
        """Return the row that has a key, or None: read with all that are asked for at this moment.

        `values` are the statement's others. Raises what `read` raises.
        """
        return await self._lookups.find(self.read, lookup, key, values)

    async def _fetched_again(self, statement: Statement, arguments: Sequence[object]) -> list[Any]:
        """Return what a statement reads that failed once for no fault of its own."""
        try:
            return await self._fetched(statement, arguments)
        except Exception as error:  # noqa: BLE001 - as above
            raise_told(error)

    async def _fetched(self, statement: Statement, arguments: Sequence[object]) -> list[Any]:
        self._require_answers()
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
            self._reads.let_go(connection)
            raise
        if not self._reads.put_back(connection):
            await self._reads.give_back(connection)
        return rows

    async def read_apart(self, statement: Statement) -> list[Any]:
        """Return the rows of a statement, over a connection of its own while others are busy: for health checks.

        Raises DatabaseUnavailableError where the server can't be reached.
        """
        if self._reads.has_idle:
            return await self.read(statement)
        self._require_answers()
        async with self._apart, connection_to(self._url) as connection:
            with translating_driver_errors():
                return await connection.fetch(statement.text, record_class=statement.row, timeout=CONNECT_TIMEOUT)

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[AsyncConnection]:
        """Run the block in one transaction: committed at its end, rolled back by any exception.

        Raises DatabaseUnavailableError where the server can't be reached or no connection is free in time.
        """
        self._require_answers()
        with translating_driver_errors():
            async with self._writes.begin() as connection:
                yield connection

    def _require_answers(self) -> None:
        """Raise DatabaseUnavailableError while the server says nothing, which Silence finds out."""
        if self._silence.reason is not None:
            raise DatabaseUnavailableError(f"The database can't be reached: {self._silence.reason}")


def server_settings(options: PoolOptions) -> dict[str, str]:
    """Return what each connection asks of its session; PgBouncer refuses any."""
    if options.pgbouncer:
        return {}
    # Compiling a plan with LLVM costs more than any of these statements takes.
    milliseconds = int(options.statement_timeout * 1000)
    # A second process for one statement takes CPU from the next one.
    alone = {"max_parallel_workers_per_gather": "0"}
    # Firewalls forget connections that are silent for minutes.
    alive = {"tcp_keepalives_idle": "60", "tcp_keepalives_interval": "10", "tcp_keepalives_count": "3"}
    limits = {"statement_timeout": str(milliseconds)}
    return {"application_name": "ariesone", "jit": "off", **limits, **alone, **alive}


def read_pool(url: str, options: PoolOptions) -> asyncpg.Pool:
    """Return the pool for reads: as asyncpg makes it, but without its reset of four statements a release."""
    address = read_address(url)
    return asyncpg.create_pool(
        address.dsn,
        min_size=0,
        max_size=options.size,
        connection_class=ReadConnection,
        timeout=address.connect_timeout or CONNECT_TIMEOUT,
        # PostgreSQL gives up first, and says so; this is for a server that says nothing any more.
        command_timeout=options.statement_timeout + SILENCE,
        statement_cache_size=0 if options.pgbouncer else 1024,
        max_cached_statement_lifetime=0,
        server_settings=server_settings(options) | dict(address.session),
        init=decode_json_at_once if options.pgbouncer else decode_json,
        reset=keep_session,
    )


def write_engine(url: str, options: PoolOptions) -> AsyncEngine:
    """Return the engine for transactions: at most `max_overflow` connections, checked before use."""
    address = read_address(url)
    arguments: dict[str, object] = {
        "dsn": address.dsn,
        "timeout": address.connect_timeout or CONNECT_TIMEOUT,
        "server_settings": server_settings(options) | dict(address.session),
        "command_timeout": options.statement_timeout + SILENCE,
    }
    if options.pgbouncer:
        arguments |= {"statement_cache_size": 0, "prepared_statement_cache_size": 0}
    engine = create_async_engine(
        DRIVER,
        pool_size=options.max_overflow,
        max_overflow=0,
        pool_timeout=options.timeout,
        pool_pre_ping=True,
        connect_args=arguments,
        # The connection decodes it already, for those who read as well as for SQLAlchemy.
        json_deserializer=lambda value: value,
    )
    listen(engine.sync_engine, "connect", lambda adapted, _: adapted.run_async(decode_json_at_once))
    return engine


async def decode_json(connection: asyncpg.Connection) -> None:
    """Have jsonb columns arrive as Python lists and dicts; what is JSON already is sent as it is."""
    await connection.set_type_codec(
        "jsonb",
        schema="pg_catalog",
        encoder=lambda value: value if isinstance(value, str) else orjson.dumps(value).decode(),
        decoder=orjson.loads,
    )


async def decode_json_at_once(connection: asyncpg.Connection) -> None:
    """Do the same in one transaction: in others PgBouncer may hand the two messages to two servers."""
    async with connection.transaction():
        await decode_json(connection)


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


# Every way in which a server is out of reach, refuses us, or leaves us in the middle: none is the fault of the
# statement, and each may be over in a moment.
_OUT_OF_REACH = (
    OSError,
    PoolTimeoutError,
    OperationalError,
    InterfaceError,
    asyncpg.InterfaceError,
    asyncpg.PostgresConnectionError,
    # A password that was changed, a role or a database that isn't there any more.
    asyncpg.InvalidAuthorizationSpecificationError,
    asyncpg.InvalidCatalogNameError,
    # A full disk, no memory, no connection left.
    asyncpg.InsufficientResourcesError,
    # Shut down, starting up, crashed.
    asyncpg.OperatorInterventionError,
    # Serialization, deadlocks, conflicts with what a standby replays.
    asyncpg.TransactionRollbackError,
    asyncpg.ReadOnlySQLTransactionError,
    asyncpg.PostgresIOError,
    # asyncpg's, where the server's goodbye was read in part when the next statement was sent.
    asyncpg.InternalClientError,
)

# What a read is tried once more for: it was over before another connection could tell.
_PASSING = (
    ConnectionError,
    asyncpg.PostgresConnectionError,
    asyncpg.AdminShutdownError,
    asyncpg.CrashShutdownError,
    asyncpg.IdleSessionTimeoutError,
    asyncpg.TransactionRollbackError,
    asyncpg.InternalClientError,
)


@contextmanager
def translating_driver_errors() -> Iterator[None]:
    """Turn every way in which a server is out of reach into DatabaseUnavailableError."""
    try:
        yield
    except Exception as error:  # noqa: BLE001 - as above
        raise_told(error)


def raise_told(error: Exception) -> NoReturn:
    """Raise what callers are told of a driver's error."""
    if (told := translate_driver_error(error)) is None:
        raise error
    raise told from error


def translate_driver_error(error: Exception) -> Exception | None:
    """Return what callers are told of a driver's error; None for an error that is no matter of reach or time."""
    if isinstance(error, asyncpg.QueryCanceledError):
        return StatementTimeoutError(str(error))
    if isinstance(error, _OUT_OF_REACH):
        return DatabaseUnavailableError(f"The database can't be reached: {words_of(error)}")
    # SQLAlchemy's own exception wraps the driver's.
    if isinstance(error, DBAPIError) and (
        error.connection_invalidated or isinstance(getattr(error.orig, "__cause__", None), _OUT_OF_REACH)
    ):
        return DatabaseUnavailableError(f"The database can't be reached: {error.orig}")
    return None


def words_of(error: Exception) -> str:
    """Return what happened; a deadline that has passed says nothing by itself."""
    return str(error) or ("no answer in time" if isinstance(error, TimeoutError) else type(error).__name__)


async def ask_server(url: str) -> None:
    """Have a server answer over a connection of its own; raises what the driver does."""
    address = read_address(url)
    connection = await asyncpg.connect(address.dsn, server_settings=dict(address.session))
    try:
        await connection.execute("SELECT 1")
    finally:
        connection.terminate()


@asynccontextmanager
async def connection_to(url: str) -> AsyncIterator[asyncpg.Connection]:
    """Open one asyncpg connection for the block: for COPY, which no pool is needed for.

    Raises DatabaseUnavailableError where the server can't be reached.
    """
    with translating_driver_errors():
        address = read_address(url)
        timeout = address.connect_timeout or CONNECT_TIMEOUT
        connection = await asyncpg.connect(address.dsn, timeout=timeout, server_settings=dict(address.session))
    try:
        yield connection
    finally:
        await connection.close(timeout=CONNECT_TIMEOUT)
