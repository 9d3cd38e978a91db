"""What callers are told of a driver's errors: the database is out of reach, busy, slow, or none of these."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import NoReturn

import asyncpg
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from db.shortage import find_shortage


class DatabaseUnavailableError(Exception):
    """The database can't be reached, or has no connection free."""


class OutcomeUnknownError(DatabaseUnavailableError):
    """The connection was lost while a transaction was being committed: it may have been, or not."""


class LockedError(Exception):
    """Another transaction came first: it holds what is needed, for too long or in a circle, or has written it."""


class StatementTimeoutError(Exception):
    """PostgreSQL gave a statement up, since it took too long."""


class QuotingError(Exception):
    """An error whose message may quote what somebody has sent: it is for them, and for no log."""


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
    # Serialization, conflicts with what a standby replays.
    asyncpg.TransactionRollbackError,
    asyncpg.ReadOnlySQLTransactionError,
    asyncpg.PostgresIOError,
    # The server has said that it ends the connection, and hasn't closed it yet.
    asyncpg.InternalClientError,
)

# The connection is no good any more; another one may be.
LOST = (
    ConnectionError,
    asyncpg.PostgresConnectionError,
    asyncpg.AdminShutdownError,
    asyncpg.CrashShutdownError,
    asyncpg.IdleSessionTimeoutError,
    asyncpg.InternalClientError,
)

# What a read is tried once more for: it was over before another connection could tell.
PASSING = (*LOST, asyncpg.TransactionRollbackError)

# Statements look for what must be there once only before they write it: whoever writes it meanwhile comes first.
_OTHERS_CAME_FIRST = (asyncpg.LockNotAvailableError, asyncpg.DeadlockDetectedError, asyncpg.UniqueViolationError)

# Errors that speak of code, servers and files only, whoever raises them; and packages all of whose errors do.
# Others, such as ValueError and KeyError, have values in their messages, which may be anybody's.
_PLAIN = (OSError, TypeError, AttributeError, NameError, ImportError, RuntimeError, MemoryError)
_PLAIN_PACKAGES = frozenset(
    {"graph", "db", "asyncpg", "asyncio", "redis", "hiredis", "aio_pika", "aiormq", "httpcore2"}
)
# What Redis quotes follows these words.
_ARGUMENTS_OF_REDIS = ", with args"
# Classes of SQLSTATE whose messages quote values: of data, and of functions in PL/pgSQL that raise something.
_ABOUT_VALUES = frozenset({"22", "P0"})


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
        return StatementTimeoutError(words_of(error))
    if isinstance(error, _OTHERS_CAME_FIRST):
        return LockedError(words_of(error))
    if isinstance(error, _OUT_OF_REACH):
        return DatabaseUnavailableError(f"The database can't be reached: {words_of(error)}")
    # SQLAlchemy's own exception wraps the driver's.
    if isinstance(error, DBAPIError):
        cause = getattr(error.orig, "__cause__", None)
        if error.connection_invalidated or isinstance(cause, _OUT_OF_REACH):
            return DatabaseUnavailableError(f"The database can't be reached: {words_of(cause or error)}")
    return None


def words_of(error: BaseException) -> str:
    """Return what happened, for a log: the message, unless it may quote what somebody has sent or stored."""
    if isinstance(error, asyncpg.PostgresError):
        return _words_of_postgresql(error)
    package = type(error).__module__.partition(".")[0]
    if isinstance(error, QuotingError) or not (package in _PLAIN_PACKAGES or isinstance(error, _PLAIN)):
        return type(error).__name__
    words = str(error).partition(_ARGUMENTS_OF_REDIS)[0]
    # A deadline that has passed says nothing by itself.
    return words or ("no answer in time" if isinstance(error, TimeoutError) else type(error).__name__)


def _words_of_postgresql(error: asyncpg.PostgresError) -> str:
    """Return the message alone: its details have keys and whole rows in them, as have those about values."""
    if error.sqlstate is None or error.sqlstate[:2] in _ABOUT_VALUES:
        return f"{type(error).__name__} (SQLSTATE {error.sqlstate})"
    return str(error.args[0]) if error.args else type(error).__name__


def describe(error: BaseException) -> str:
    """Return why a database can't be used, for operators: in words that hold no address and no name."""
    if shortage := find_shortage(error):
        return shortage.value
    match error.__cause__:
        case asyncpg.InvalidAuthorizationSpecificationError():
            return "PostgreSQL refuses the user or the password"
        case asyncpg.InvalidCatalogNameError():
            return "PostgreSQL has no such database"
        case asyncpg.OperatorInterventionError():
            return "PostgreSQL is starting or stopping"
        case TimeoutError() | None:
            return "the database doesn't answer"
    return "the database can't be reached"
