"""The sample that is measured on: every company with five locations, loaded once and kept for the next run."""

import asyncio
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack
from itertools import cycle, islice
from pathlib import Path

from sqlalchemy import make_url

from db import migrations
from db.engine import connection_to
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
    name = f"{_PREFIX}{companies}"
    if not asyncio.run(_has(server_url, name)):
        print(f"Loading {companies:,} companies; the next run finds them there.", flush=True)
        fresh = _beside(server_url, f"{name}_new")
        asyncio.run(_run(server_url, f"DROP DATABASE IF EXISTS {name}_new", f"CREATE DATABASE {name}_new"))
        migrations.upgrade(fresh)
        asyncio.run(_fill(fresh, companies))
        asyncio.run(_run(server_url, f"ALTER DATABASE {name}_new RENAME TO {name}", "CHECKPOINT"))
    url = _beside(server_url, name)
    migrations.upgrade(url)
    return url


def _beside(url: str, database: str) -> str:
    return make_url(url).set(database=database).render_as_string(hide_password=False)


async def _has(server_url: str, database: str) -> bool:
    async with connection_to(server_url) as server:
        return bool(await server.fetchval("SELECT EXISTS (SELECT FROM pg_database WHERE datname = $1)", database))


async def _run(url: str, *statements: str) -> None:
    async with connection_to(url) as connection:
        for statement in statements:
            await connection.execute(statement)


async def _fill(url: str, companies: int) -> None:
    async with connection_to(url) as connection:
        await load_places(connection)
        with tempfile.TemporaryDirectory(prefix="ariesone-bench-") as folder:
            write(Path(folder), companies)
            await load(connection, discover([Path(folder)]), source="SAMPLE")
    await _run(url, _PEERS, "VACUUM (FREEZE, ANALYZE)")


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
