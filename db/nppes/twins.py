"""Which secondary locations would be a company's primary one over again: the ids of their addresses."""

import asyncpg
import polars as pl

from db.nppes.copying import copy, rows_of
from db.nppes.locations import with_ids

_COLUMNS = ("npi", "line1", "line2", "city", "state", "postal_code")
_BATCH = 20_000


async def find(connection: asyncpg.Connection, primaries: str) -> None:
    """Make the temporary table `twins`: the ids of secondary locations at the addresses of primary ones.

    `primaries` is a query for NPI, line1, line2, city, state and postal_code. Inside a transaction.
    """
    await connection.execute("DROP TABLE IF EXISTS pg_temp.twins")
    await connection.execute("CREATE TEMPORARY TABLE twins (id uuid) ON COMMIT DROP")
    found: list[pl.DataFrame] = []
    batch: list[tuple[str | None, ...]] = []
    async for row in connection.cursor(primaries, prefetch=_BATCH):
        batch.append(tuple(row))
        if len(batch) == _BATCH:
            found.append(_ids(batch))
            batch = []
    for ids in (*found, _ids(batch)):
        await copy(connection, rows_of("twins", ids))


def _ids(primaries: list[tuple[str | None, ...]]) -> pl.DataFrame:
    frame = pl.DataFrame(primaries, schema=dict.fromkeys(_COLUMNS, pl.String), orient="row")
    return with_ids(frame).select("id")
