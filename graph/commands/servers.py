"""The servers a command works on: those that the settings name, embedded ones for the rest."""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack, asynccontextmanager, contextmanager
from typing import NoReturn

from pydantic import SecretStr
from rich.console import Console

from db import migrations
from db.embedded.postgresql import postgresql
from db.embedded.valkey import valkey
from db.engine import Database, PoolOptions, connection_to
from db.revision import missing
from graph.settings import Settings
from graph.vault import key_in

console = Console(stderr=True, highlight=False)


@contextmanager
def running(settings: Settings, *, transient: bool) -> Iterator[Settings]:
    """Yield the settings with both URLs set, embedded servers running behind those that weren't.

    A `transient` command uses the servers of a live `serve` on the same data directory, and needs no cache.
    Raises EmbeddedError where a server can't be had, DatabaseUnavailableError where a named one doesn't answer.
    """
    if settings.database_url is not None:
        # Before anything is started: what is wrong with it has nothing to do with what is started.
        asyncio.run(require(settings.database_url.get_secret_value()))
    found: dict[str, SecretStr] = {}
    directory = settings.data_dir
    with ExitStack() as stack:
        if settings.database_url is None:
            give_up = None if transient else end_this_process
            url = stack.enter_context(
                postgresql(directory, transient=transient, notify=console.print, give_up=give_up)
            )
            found["database_url"] = SecretStr(url)
            if settings.webhook_key is None and settings.environment == "development":
                # Beside the data it keeps nothing secret from who has these: production has to bring its own.
                found["webhook_key"] = SecretStr(key_in(directory))
        if settings.redis_url is None and not transient:
            cache = stack.enter_context(valkey(directory, notify=console.print))
            found |= {"redis_url": SecretStr(cache)} if cache else {}
        yield settings.model_copy(update=found)


def end_this_process() -> None:
    """Have this process end in good order; from any thread."""
    os.kill(os.getpid(), signal.SIGTERM)


async def require(url: str) -> None:
    """Raise DatabaseUnavailableError where a database doesn't answer."""
    async with connection_to(url):
        pass


@contextmanager
def migrated(settings: Settings) -> Iterator[str]:
    """Yield the URL of the database, brought up to this code's newest migration; say which one it is."""
    with running(settings, transient=True) as found:
        url = database_url(found)
        place = (
            "DATABASE_URL"
            if settings.database_url
            else f"the embedded PostgreSQL in {settings.data_dir.absolute()}"
        )
        console.print(f"Into {place}.", soft_wrap=True, markup=False)
        migrations.upgrade(url)
        yield url


def database_url(settings: Settings) -> str:
    """Return the database's URL of settings that have one."""
    if settings.database_url is None:
        raise ValueError("no database is running")
    return settings.database_url.get_secret_value()


@asynccontextmanager
async def database_at(url: str, options: PoolOptions | None = None) -> AsyncIterator[Database]:
    """Open a database for the life of the block; ends the command if its schema isn't this version's."""
    async with Database.open(url, options) as database:
        if await missing(database):
            fail("The database isn't at this version's schema: run ariesone db upgrade.")
        yield database


def fail(message: str) -> NoReturn:
    """End the command with one clear error."""
    console.print("Error:", style="bold red", end=" ")
    console.print(message, soft_wrap=True, markup=False)
    sys.exit(1)
