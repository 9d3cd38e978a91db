"""The numbers that the directory knows, as a set which is asked for a block's numbers at once."""

from dataclasses import dataclass
from io import BytesIO

import asyncpg
import polars as pl

_DEACTIVATED = "SELECT npi FROM deactivations WHERE deactivated_on IS NOT NULL"
_KNOWN = "SELECT npi FROM companies UNION ALL SELECT npi FROM deactivations"


@dataclass(frozen=True)
class Numbers:
    """NPIs, sorted, in four bytes each: two million companies take 8 MB."""

    values: pl.Series

    def hold(self, npis: pl.Series) -> pl.Series:
        """Return whether each of some NPIs, as texts or as numbers, is among them."""
        if self.values.is_empty():
            return pl.Series("held", [False], pl.Boolean).new_from_index(0, npis.len())
        asked = npis.cast(pl.UInt32)
        places = self.values.search_sorted(asked).clip(upper_bound=self.values.len() - 1)
        return self.values.gather(places) == asked


NO_NUMBERS = Numbers(pl.Series("npi", [], pl.UInt32))


async def known_numbers(connection: asyncpg.Connection) -> Numbers:
    """Return the numbers of companies, and those that were ever seen without a name."""
    return await _numbers(connection, _KNOWN)


async def deactivated_numbers(connection: asyncpg.Connection) -> Numbers:
    """Return the deactivated numbers that were never seen with a name."""
    return await _numbers(connection, _DEACTIVATED)


async def _numbers(connection: asyncpg.Connection, query: str) -> Numbers:
    buffer = BytesIO()
    await connection.copy_from_query(query, output=buffer)
    if not buffer.tell():
        return NO_NUMBERS
    frame = pl.read_csv(buffer.getvalue(), has_header=False, schema={"npi": pl.UInt32})
    return Numbers(frame["npi"].sort())
