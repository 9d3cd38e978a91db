"""The database: short reads and transactions; the only file that commits."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any, Self

import asyncpg
import orjson

from db import comments
from db.address import read_address
from db.failures import (
    PASSING,
    DatabaseUnavailableError,
    OutcomeUnknownError,
    raise_told,
    translate_driver_error,
    translating_driver_errors,
)
from db.lookups import Lookup, Lookups
from db.pipeline import connect
from db.pool import OPENING, Pool, PooledConnection, PoolState
from db.reads import Read
from db.session import LOCK_TIMEOUT, Session
from db.shortage import Shortages
from db.silence import Silence
from db.snapshot import BEGIN, Snapshot
from db.statement import Statement
from db.tally import note
from db.transaction import Transaction

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
# Has a transaction find the views of the schema `past` in place of tables; the number is a change's.
TURN_TO_THE_PAST = """
    SELECT set_config('search_path', 'past, ' || current_setting('search_path'), true),
      set_config('ariesone.as_of', '{as_of:d}', true)
"""


@dataclass(frozen=True, slots=True)
class PoolOptions:
    """How many connections to hold and how long anything may take; times are in seconds."""

    size: int = 20
    max_overflow: int = 10
    timeout: float = 1.0
    statement_timeout: float = 12.0
    # Until a server that opens no connection counts as unreachable.
    connect_timeout: float = CONNECT_TIMEOUT
    # Until Silence asks a server, and how long it waits for the answer; None for its own.
    patience: float | None = None
    deadline: float | None = None
    # What the server is called in the log.
    name: str = "the database"
    # PgBouncer in transaction mode hands each transaction another server connection: no named prepared
    # statements, no session settings, and each read inside a transaction of its own.
    pgbouncer: bool = False
    # Whether statements say in a comment for which operation they are (db/comments.py).
    comments: bool = False


class Database:
    """Pools over one PostgreSQL: `read` for statements that change nothing, `transaction` for the others."""

    def __init__(
        self,
        url: str,
        reads: Pool,
        writes: Pool,
        options: PoolOptions,
        silence: Silence,
        observe: Callable[[Read], None] | None = None,
        shortages: Shortages | None = None,
    ) -> None:
        self._url = url
        self._reads = reads
        self._silence = silence
        self._writes = writes
        self._options = options
        self._observe = observe
        self._lookups = Lookups()
        self._apart = asyncio.Semaphore(APART)
        self.shortages = shortages or Shortages()

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
        reads = Pool(read_pool(url, options), options.timeout)
        writes = Pool(write_pool(url, options), options.timeout)
        silence = Silence(reads, partial(ask_server, url), options.patience, options.deadline, options.name)
        async with reads.open(), writes.open():
            watching = asyncio.create_task(silence.watch())
            try:
                yield cls(url, reads, writes, options, silence, observe)
            finally:
                watching.cancel()

    def observed(self, observe: Callable[[Read], None]) -> Self:
        """Return the same database with its reads told to somebody."""
        shared = (self._reads, self._writes, self._options, self._silence)
        return type(self)(self._url, *shared, observe, self.shortages)

    def pools(self) -> Mapping[str, PoolState]:
        """How the pools stand at this moment, by what they are for."""
        return {"reads": self._reads.state(), "transactions": self._writes.state()}

    @property
    def has_comments(self) -> bool:
        """Whether statements say in a comment for which operation they are."""
        return self._options.comments

    async def warm(self) -> None:
        """Open some connections for reads before they are needed."""
        # A SET would stay in a session of PgBouncer's, which is somebody else's in a moment.
        await self._reads.warm(plans=(False,) if self._options.pgbouncer else (True, False))

    async def read(self, statement: Statement, values: Mapping[str, object] | None = None) -> list[Any]:
        """Return the rows of a statement as its row class; one short connection, given back at once.

        Raises DatabaseUnavailableError where the server can't be reached or no connection is free in time.
        """
        arguments = statement.arguments(values or {})
        rows: list[Any] = []
        started = time.perf_counter()
        try:
            rows = await self._fetched(statement, arguments)
        except Exception as error:  # noqa: BLE001 - every one is raised again below
            # Written out: a context manager takes a tenth of what the statement does.
            is_young = time.perf_counter() - started < YOUNG
            if not (is_young and isinstance(error, PASSING)):
                self.shortages.note(error)
                raise_told(error)
            rows = await self._fetched_again(statement, arguments)
        finally:
            note(statement.text, len(rows), started)
        if self._observe:
            self._observe(Read.of(statement, arguments, rows, started))
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
            self.shortages.note(error)
            raise_told(error)

    async def _fetched(self, statement: Statement, arguments: Sequence[object]) -> list[Any]:
        self._require_answers()
        # PgBouncer hands each transaction another session, so nothing is known of how it plans.
        rows: list[Any]
        plans_once = statement.plans_once and not self._options.pgbouncer
        connection = self._reads.at_hand(plans_once=plans_once) or await self._reads.take(plans_once=plans_once)
        try:
            if self._options.pgbouncer or statement.as_of is not None:
                async with connection.transaction(readonly=True):
                    if statement.as_of is not None:
                        await connection.execute(TURN_TO_THE_PAST.format(as_of=statement.as_of))
                    rows = await comments.fetch(connection, statement, arguments)
            elif self._options.comments:
                rows = await comments.fetch(connection, statement, arguments)
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

    def _require_answers(self) -> None:
        """Raise DatabaseUnavailableError while the server says nothing, which Silence finds out."""
        if self._silence.reason is not None:
            raise DatabaseUnavailableError(f"The database can't be reached: {self._silence.reason}")

    @asynccontextmanager
    async def snapshot(self) -> AsyncIterator[Snapshot]:
        """Have reads see one moment for the block, however long it takes, over a connection of its own.

        Raises DatabaseUnavailableError where the server can't be reached, as its reads do where it is lost later.
        """
        # The transaction ends with the connection.
        async with connection_to(self._url, pgbouncer=self._options.pgbouncer) as connection:
            with translating_driver_errors():
                await connection.transaction(isolation="repeatable_read", readonly=True).start()
                await connection.execute(BEGIN)
                await decode_json(connection)
            yield Snapshot(connection)

    def transaction(self) -> "Opened":
        """Run a block in a transaction: committed at its end, undone by any exception or where it says so.

        Raises DatabaseUnavailableError where the server can't be reached or no connection is free in time,
        OutcomeUnknownError where that happens at the commit, and LockedError where others hold for too long what
        it needs; after all but OutcomeUnknownError nothing was kept.
        """
        session = Session(self._writes, pgbouncer=self._options.pgbouncer, comments=self._options.comments)
        return Opened(session, self.shortages, self._observe)


class Opened:
    """The block of a transaction; written out, since two generators take longer than what they do."""

    def __init__(self, session: Session, shortages: Shortages, observe: Callable[[Read], None] | None) -> None:
        self._session = session
        self._shortages = shortages
        self._transaction = Transaction(session, observe)

    async def __aenter__(self) -> Transaction:
        """Take a connection."""
        try:
            await self._session.take()
        except Exception as error:  # noqa: BLE001 - it is raised again
            self._shortages.note(error)
            raise_told(error)
        return self._transaction

    async def __aexit__(self, _: object, error: BaseException | None, trace: object) -> None:
        """Commit or undo, and return the connection."""
        try:
            if error is not None or self._transaction.is_undone:
                await self._session.rollback()
            else:
                await commit(self._session)
        except BaseException as failure:
            self._session.let_go()
            self._shortages.note(failure)
            if isinstance(failure, Exception):
                raise_told(failure)
            raise
        if error is None:
            await self._session.give_back()
        else:
            self._session.let_go()
            self._shortages.note(error)
            if isinstance(error, Exception) and (told := translate_driver_error(error)) is not None:
                raise told from error


async def commit(session: Session) -> None:
    """Commit; raises OutcomeUnknownError where the server's answer doesn't come."""
    try:
        await session.commit()
    except Exception as error:
        told = translate_driver_error(error)
        if isinstance(told, DatabaseUnavailableError):
            raise OutcomeUnknownError(str(told)) from error
        raise


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
    """Return the pool for reads."""
    return pool_of(url, options, {}, max_size=options.size, connection_class=PooledConnection)


def write_pool(url: str, options: PoolOptions) -> asyncpg.Pool:
    """Return the pool for transactions, which don't wait for locks for long."""
    # They find what they read and write by keys: planning that anew takes longer than running it.
    session = {"lock_timeout": str(LOCK_TIMEOUT), "plan_cache_mode": "force_generic_plan"}
    session = {} if options.pgbouncer else session
    own = {"max_size": options.max_overflow, "connection_class": PooledConnection, "connect": connect}
    return pool_of(url, options, session, **own)


def pool_of(url: str, options: PoolOptions, session: Mapping[str, str], **own: Any) -> asyncpg.Pool:  # noqa: ANN401 - asyncpg's
    """Return a pool as asyncpg makes it, but without its reset of four statements a release."""
    address = read_address(url)
    return asyncpg.create_pool(
        address.dsn,
        min_size=0,
        timeout=address.connect_timeout or options.connect_timeout,
        # PostgreSQL gives up first, and says so; this is for a server that says nothing any more.
        command_timeout=options.statement_timeout + SILENCE,
        statement_cache_size=0 if options.pgbouncer else 1024,
        max_cached_statement_lifetime=0,
        server_settings={**server_settings(options), **session, **dict(address.session)},
        init=decode_json_at_once if options.pgbouncer else decode_json,
        reset=keep_session,
        **own,
    )


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


async def keep_session(_: asyncpg.Connection) -> None:
    """Leave a connection as it is: reads change no session state."""


async def ask_server(url: str) -> None:
    """Have a server answer over a connection of its own; raises what the driver does."""
    address = read_address(url)
    connection = await asyncpg.connect(address.dsn, server_settings=dict(address.session))
    try:
        await connection.execute("SELECT 1")
    finally:
        connection.terminate()


@asynccontextmanager
async def connection_to(url: str, *, pgbouncer: bool = False) -> AsyncIterator[asyncpg.Connection]:
    """Open one asyncpg connection for the block: for COPY and for long reads, which no pool is needed for.

    Raises DatabaseUnavailableError where the server can't be reached.
    """
    with translating_driver_errors():
        address = read_address(url)
        timeout = address.connect_timeout or CONNECT_TIMEOUT
        connection = await asyncpg.connect(
            address.dsn,
            timeout=timeout,
            server_settings=dict(address.session),
            statement_cache_size=0 if pgbouncer else 100,
        )
    try:
        yield connection
    finally:
        await connection.close(timeout=CONNECT_TIMEOUT)
