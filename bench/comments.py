"""What comments on statements cost: `python -m bench.comments`.

A company is read by its NPI, and a page of 25, without a comment, with one that is the same each time, and with
one of each request: the milliseconds that it takes, and the CPU of this process, the medians of rounds in turn.
Then what a connection of PostgreSQL's has in memory once it has prepared the page for many operations.
"""

import asyncio
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from sqlalchemy import text

from db import migrations
from db.comments import Comment, comment_mine, written
from db.embedded.postgresql import postgresql
from db.engine import Database, PoolOptions, connection_to
from db.nppes.sample_load import load_sample
from db.statement import Statement, compiled

ROUNDS, READS, OPERATIONS = 15, 200, 100
KEY = compiled(text("SELECT npi, name FROM companies WHERE npi = :npi"), plans_once=True)
PAGE = compiled(
    text(
        "SELECT c.npi, c.name, (SELECT jsonb_agg(l.city) FROM locations l WHERE l.npi = c.npi) AS cities"
        " FROM companies c ORDER BY c.name_folded, c.npi LIMIT 25"
    )
)
MEMORY = compiled(text("SELECT sum(total_bytes)::bigint AS bytes FROM pg_backend_memory_contexts"))
LASTING = written({"document": "a" * 16, "operation": "Names"})


def passing(number: int) -> Comment:
    """Return the comment of one request."""
    trace = f"00-{number:032x}-{number:016x}-01"
    return Comment("", written({"document": "a" * 16, "operation": "Names", "traceparent": trace}))


async def read(
    database: Database, statement: Statement, comment: Callable[[int], Comment | None]
) -> tuple[float, float]:
    """Return milliseconds of a read, and of CPU that it takes this process."""
    values = {"npi": "1000000004"} if statement is KEY else {}
    began, cpu = time.perf_counter(), time.process_time()
    for number in range(1, READS + 1):
        comment_mine(comment(number))
        await database.read(statement, values)
    return (time.perf_counter() - began) / READS * 1e3, (time.process_time() - cpu) / READS * 1e3


async def times(database: Database) -> None:
    """Print what reads take."""
    ways: dict[str, Callable[[int], Comment | None]] = {
        "no comment": lambda _: None,
        "one that is the same each time": lambda _: Comment(LASTING, ""),
        "one of each request": passing,
    }
    for name, statement in (("a company by its NPI", KEY), ("a page of 25 companies", PAGE)):
        found: dict[str, list[tuple[float, float]]] = {way: [] for way in ways}
        for _ in range(ROUNDS):
            for way, comment in ways.items():
                found[way].append(await read(database, statement, comment))
        print(name)
        for way, each in found.items():
            milliseconds, cpu = (statistics.median(values) for values in zip(*each, strict=True))
            print(f"  {way:32} {milliseconds:6.3f} ms, {cpu:6.3f} ms of CPU here")


async def memory(url: str) -> None:
    """Print what one connection takes after as many operations have asked for the same page."""
    async with Database.open(url, PoolOptions(size=1, comments=True)) as database:
        await database.read(PAGE)
        [before] = await database.read(MEMORY)
        for number in range(OPERATIONS):
            comment_mine(Comment(written({"operation": f"Names{number}"}), ""))
            # PostgreSQL decides on the plan that it keeps after five.
            for _ in range(6):
                await database.read(PAGE)
        comment_mine(None)
        [after] = await database.read(MEMORY)
    each = (after["bytes"] - before["bytes"]) / OPERATIONS / 1024
    print(f"a connection's memory: {each:.0f} kB for each of {OPERATIONS} comments on the same page")


async def measure(url: str) -> None:
    """Print all of it."""
    async with connection_to(url) as connection:
        await load_sample(connection, companies=1_000, seed=1)
        await connection.execute("ANALYZE")
    async with Database.open(url, PoolOptions(size=1, comments=True)) as database:
        await times(database)
    await memory(url)


def main() -> None:
    """Measure on a PostgreSQL of its own."""
    with tempfile.TemporaryDirectory(prefix="ariesone-bench-") as folder, postgresql(Path(folder)) as url:
        migrations.upgrade(url)
        asyncio.run(measure(url))


if __name__ == "__main__":
    main()
