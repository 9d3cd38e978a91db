"""The built-in sample, loaded: its ZIPs, then its three files through the same way as real ones."""

import tempfile
from collections.abc import Callable
from pathlib import Path

import asyncpg

from db.nppes import zips
from db.nppes.errors import RefusedError
from db.nppes.load import load
from db.nppes.source import discover
from db.nppes.summary import Progress, Summary
from db.nppes.writer import write_sample

_IS_REAL = "SELECT EXISTS (SELECT FROM companies WHERE source <> 'SAMPLE')"


async def load_sample(
    connection: asyncpg.Connection,
    companies: int = 2_000,
    seed: int = 1,
    progress: Callable[[Progress], None] = lambda _: None,
) -> Summary:
    """Load a sample into an empty directory, or in place of the sample there; return what it did.

    Raises RefusedError where the directory holds companies of NPPES or entered by hand.
    """
    if await connection.fetchval(_IS_REAL):
        raise RefusedError(
            "The directory holds real companies, or some entered by hand: a sample would mix with them. "
            "Load it into an empty database."
        )
    await zips.load_places(connection)
    with tempfile.TemporaryDirectory(prefix="ariesone-sample-") as folder:
        paths = write_sample(Path(folder), companies, seed)
        return await load(connection, discover(paths), source="SAMPLE", progress=progress)
