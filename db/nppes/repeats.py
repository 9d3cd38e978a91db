"""Rows that say again what the last full file said: left out by their lines, since nothing would come of them.

Of each organisation the directory keeps a digest of the line that its row was written from, and the transaction
that wrote it. Whoever writes the row anew, whatever of it, makes it another transaction's: its line is read again
then. See decision 69.
"""

from dataclasses import dataclass
from functools import cache
from hashlib import blake2b
from io import BytesIO
from pathlib import Path

import asyncpg
import polars as pl

from db.nppes.edition import Edition
from db.nppes.table import Table

# What the full file before said last, and nobody has written since.
_KNOWN = """
    SELECT r.npi, r.digest FROM read_rows r JOIN companies c USING (npi)
    WHERE r.written_by = c.xmin AND c.source = 'NPPES' AND c.record_as_of IS NULL AND c.status_as_of IS NULL
"""
# What stands of a number that comes with other words, too, is told by the merge alone. They are counted, since
# EXISTS is planned as if one of the first were among them.
_ARE_DISPUTED = """
    SELECT (SELECT count(*) > count(DISTINCT npi) FROM staged_repeats) OR 0 < (
      SELECT count(*) FROM staged_repeats WHERE npi IN (
        SELECT npi FROM staged_companies UNION ALL SELECT npi FROM staged_deactivations
        UNION ALL SELECT npi FROM staged_people
      )
    )
"""
_IS_SAID_ONCE = """
    NOT EXISTS (SELECT FROM staged_deactivations d WHERE d.npi = {row}.npi)
    AND NOT EXISTS (SELECT FROM staged_people p WHERE p.npi = {row}.npi)
"""
_NOTE = f"""
    INSERT INTO read_rows (npi, digest, written_by)
    SELECT s.npi, s.digest, c.xmin FROM staged_companies s JOIN companies c USING (npi)
    WHERE s.digest IS NOT NULL AND {_IS_SAID_ONCE.format(row="s")}
    ON CONFLICT (npi) DO UPDATE SET digest = excluded.digest, written_by = excluded.written_by
"""  # noqa: S608 - ours
_FORGET_DISPUTED = f"DELETE FROM read_rows r WHERE NOT ({_IS_SAID_ONCE.format(row='r')})"  # noqa: S608 - ours


@dataclass(frozen=True)
class Repeats:
    """Numbers, sorted, and the digests of the lines that are theirs: two million companies take 24 MB."""

    numbers: pl.Series
    digests: pl.Series

    def hold(self, npis: pl.Series, digests: pl.Series) -> pl.Series:
        """Return whether each of some numbers, null for none, has the digest beside it."""
        if self.numbers.is_empty():
            return pl.Series("held", [False], pl.Boolean).new_from_index(0, npis.len())
        asked = npis.fill_null(0)
        places = self.numbers.search_sorted(asked).clip(upper_bound=self.numbers.len() - 1)
        return (self.numbers.gather(places) == asked) & (self.digests.gather(places) == digests)


NO_REPEATS = Repeats(pl.Series("npi", [], pl.UInt32), pl.Series("digest", [], pl.Int64))


async def known_rows(connection: asyncpg.Connection, edition: Edition) -> Repeats:
    """Return the rows that a file of companies needn't say again: none, unless it is the newest full one."""
    if not tells_all(edition):
        return NO_REPEATS
    buffer = BytesIO()
    await connection.copy_from_query(_KNOWN, output=buffer)
    if not buffer.tell():
        return NO_REPEATS
    schema = {"npi": pl.UInt32, "digest": pl.Int64}
    frame = pl.read_csv(buffer.getvalue(), has_header=False, separator="\t", schema=schema).sort("npi")
    return Repeats(frame["npi"], frame["digest"])


async def are_disputed(connection: asyncpg.Connection) -> bool:
    """Return whether a file says something else, too, of a number whose row was left out."""
    return bool(await connection.fetchval(_ARE_DISPUTED))


async def note(connection: asyncpg.Connection, edition: Edition) -> None:
    """Note which lines the companies come from, once a full file has been merged; in the same transaction."""
    if tells_all(edition):
        await connection.execute(_NOTE)


async def forget_disputed(connection: asyncpg.Connection) -> None:
    """Take away what a first release noted of those of whom it says something else, too."""
    await connection.execute(_FORGET_DISPUTED)


def tells_all(edition: Edition) -> bool:
    """Return whether a file is the newest, a full one, and no sample: null stands for it (db/nppes/edition.py)."""
    return edition.is_baseline and edition.is_newest and not edition.is_sample


def digests_of(lines: pl.Series, table: Table) -> pl.Series:
    """Return numbers that differ where lines do, or what they are read by: columns, and this package's code."""
    return lines.hash(_seed(tuple(table.schema), table.separator)).reinterpret(signed=True)


@cache
def _seed(columns: tuple[str, ...], separator: str) -> int:
    told = "\n".join((*columns, separator, pl.__version__)).encode()
    return int.from_bytes(blake2b(told, digest_size=8, key=_code()).digest())


@cache
def _code() -> bytes:
    """Return what stands for the code by which rows are read."""
    files = sorted(Path(__file__).parent.glob("*.py"))
    return blake2b(b"\0".join(file.read_bytes() for file in files)).digest()
