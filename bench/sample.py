"""The sample that is measured on: every company with five locations, loaded once and kept for the next run."""

import tempfile
from collections.abc import Iterator
from contextlib import ExitStack
from functools import partial
from itertools import cycle, islice
from pathlib import Path

import asyncpg

from bench.kept import kept
from db.nppes import sample
from db.nppes.layout import NPI, RELEASE, FileKind
from db.nppes.load import load
from db.nppes.sample import Batch, Row
from db.nppes.source import discover
from db.nppes.writer import csv_bytes, file_name, rows_bytes
from db.nppes.zips import load_places

SECONDARIES = 4
_SEED = 1
_PREFIX = "ariesone_bench_serve_"

# What PostGraphile offers beside the tables: it makes a field of each function in the schemas that it is given.
_PEERS = """
CREATE SCHEMA peers;
CREATE FUNCTION peers.companies_by_npi(npis text[]) RETURNS SETOF companies STABLE LANGUAGE sql AS
  'SELECT * FROM companies WHERE npi = ANY (npis) ORDER BY npi';
COMMENT ON FUNCTION peers.companies_by_npi(text[])
  IS '@behavior -queryField:resource:connection queryField:resource:list';
"""


def loaded(server_url: str, companies: int) -> str:
    """Return the URL of a database with so many companies beside the given one, made where it isn't there yet."""
    fill = partial(_fill, companies=companies)
    return kept(server_url, f"{_PREFIX}{companies}", f"{companies:,} companies", fill)


async def _fill(connection: asyncpg.Connection, companies: int) -> None:
    await load_places(connection)
    with tempfile.TemporaryDirectory(prefix="ariesone-bench-") as folder:
        write(Path(folder), companies)
        await load(connection, discover([Path(folder)]), source="SAMPLE")
    await connection.execute(_PEERS)
    await connection.execute("VACUUM (FREEZE, ANALYZE)")


def write(folder: Path, companies: int) -> None:
    """Write the files of a full release, in which every company has as many secondary locations as the others."""
    with ExitStack() as stack:
        files = {kind: stack.enter_context((folder / file_name(kind)).open("wb")) for kind in RELEASE}
        for kind, file in files.items():
            file.write(csv_bytes(kind, []))
        for batch in sample.batches(companies, _SEED):
            batch.rows[FileKind.LOCATIONS] = list(dealt(batch))
            for kind, file in files.items():
                file.write(rows_bytes(kind, batch.rows[kind]))


def dealt(batch: Batch) -> Iterator[Row]:
    """Deal the secondary locations of a batch out to its companies, over again when there are none left."""
    addresses = cycle(batch.rows[FileKind.LOCATIONS])
    for company in batch.rows[FileKind.COMPANIES]:
        yield from ({**address, NPI: company[NPI]} for address in islice(addresses, SECONDARIES))
