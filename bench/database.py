"""The PostgreSQL that is measured on, which every server keeps its connections to, and the directories in it."""

import asyncio
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from bench import sample
from db.embedded.postgresql import SETTINGS, postgresql
from db.engine import connection_to

# For thirteen servers with twenty each, and the further ones that this server may open for transactions.
CONNECTIONS = 400


@contextmanager
def server_of(given: str | None, folder: Path) -> Iterator[str]:
    """Yield the URL of the PostgreSQL that was given, or of an embedded one in a folder."""
    if given:
        asyncio.run(_check(given))
        yield given
    else:
        SETTINGS["max_connections"] = str(CONNECTIONS)
        with postgresql(folder) as url:
            yield url


async def _check(url: str) -> None:
    async with connection_to(url) as connection:
        found = int(await connection.fetchval("SHOW max_connections"))
    if found < CONNECTIONS:
        sys.exit(f"All servers stay connected: set max_connections to {CONNECTIONS} or more; it is {found}.")


@dataclass(frozen=True, slots=True)
class Directory:
    """A database to serve, and the NPIs in it."""

    url: str
    npis: Sequence[str]


def directory(server_url: str, companies: int) -> Directory:
    """Return a directory of so many companies, made where it isn't there yet."""
    url = sample.loaded(server_url, companies)
    return asyncio.run(_described(url))


async def _described(url: str) -> Directory:
    async with connection_to(url) as connection:
        rows = await connection.fetch("SELECT npi FROM companies ORDER BY npi")
    return Directory(url, [row["npi"] for row in rows])
