"""What went wrong in the database during a load, in a sentence that says why and what to do."""

from collections.abc import Iterator
from contextlib import contextmanager

import asyncpg

from db.nppes.errors import DatabaseGoneError, LoadError

# PostgreSQL's SQLSTATE (manual, appendix A), and what to do about it.
_REASONS = {
    "53100": ("The database's disk is full", "Make room there, and load it again."),
    "53200": ("The database ran out of memory", "Give it more, and load it again."),
    "53300": ("The database has no connection free", "Load it again later, or raise its max_connections."),
    "25006": ("The database takes no writes", "It is a standby, or set to read only: load into its primary."),
    "42501": ("The database's user may not write", "Load it as the user that owns the tables."),
    "57P01": ("The database was shut down", "Load it again when it runs."),
    "57P03": ("The database is starting or shutting down", "Load it again when it runs."),
}


@contextmanager
def telling() -> Iterator[None]:
    """Turn what the database or its driver raises into LoadError, with the reason in plain words."""
    try:
        yield
    except asyncpg.PostgresError as error:
        if error.sqlstate in _REASONS:
            raise _told(*_REASONS[error.sqlstate], error) from error
        if isinstance(error, asyncpg.PostgresConnectionError | asyncpg.OperatorInterventionError):
            raise _gone(error) from error
        raise LoadError(f"The database refused the load, and nothing of the file was written: {error}") from error
    except (asyncpg.InterfaceError, OSError) as error:
        # A lost connection shows as an error of the driver, raised while the real one is handled.
        if isinstance(error.__context__, asyncpg.PostgresError) and error.__context__.sqlstate in _REASONS:
            raise _told(*_REASONS[error.__context__.sqlstate], error.__context__) from error
        raise _gone(error) from error


def _told(what: str, remedy: str, error: BaseException) -> LoadError:
    # The first line is the message, hints and context follow.
    message = str(error).partition("\n")[0]
    return LoadError(f"{what}: {message}. Nothing of the file was written. {remedy}")


def _gone(error: BaseException) -> DatabaseGoneError:
    reason = str(error) or type(error).__name__
    return DatabaseGoneError(
        f"The database went away during the load ({reason}); its log says why. Nothing of the file was written; "
        "load it again."
    )
