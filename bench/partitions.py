"""A directory in partitions by a hash of the NPI: its schema, rewritten from a dump, and what it costs to ask it.

    .venv/bin/python -m bench.partitions [--companies 20000] [--counts 4 16]

Each copy is asked the same as the directory that it was made of. A partition has what a server of its own would
have, so this shows which keys, constraints and statements hold, and what PostgreSQL does more for a question to
several of them; not what a network between them costs.
"""

import argparse
import asyncio
import os
import re
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

import uvloop
from sqlalchemy import ForeignKeyConstraint, MetaData, PrimaryKeyConstraint, Table, UniqueConstraint

from bench import sample
from bench.growth import measure
from bench.report import table
from db.embedded.postgresql import postgresql
from db.embedded.programs import choose
from db.engine import connection_to

KEY = "npi"
# Each row of these belongs to a company, and stands where the company does.
SHARDED = (
    "companies",
    "listings",
    "locations",
    "licenses",
    "removed_locations",
    "deactivations",
    "parked_locations",
    "parked_names",
    "read_rows",
)
# Few rows, seldom written: each server has all of them.
COPIED = ("zips", "taxonomies")
# One order of changes for everybody, and what belongs to a viewer or to the server itself: on one server.
CENTRAL = (
    "changes",
    "change_marks",
    "touched_tags",
    "loads",
    "idempotency_keys",
    "watch_lists",
    "watch_list_members",
    "jobs",
    "job_parts",
    "uploads",
    "revoked_tokens",
    "field_usage",
    "field_usage_days",
    "deliveries",
    "dead_letters",
    "webhooks",
    "webhook_waiting",
    "webhook_deliveries",
)


def place_of(name: str) -> str:
    """Return where a table would stand; raises KeyError for one that was given no place."""
    for place, names in (("sharded", SHARDED), ("copied", COPIED), ("central", CENTRAL)):
        if name in names:
            return place
    raise KeyError(name)


def keys_without_npi(metadata: MetaData) -> Iterator[str]:
    """Yield the unique keys of sharded tables that lack the NPI: no server alone can tell that one is unique."""
    for each in (metadata.tables[name] for name in SHARDED):
        for name, columns in unique_keys(each):
            if KEY not in columns:
                yield name


def unique_keys(each: Table) -> Iterator[tuple[str, Sequence[str]]]:
    """Yield the name and the columns of a table's primary key, unique constraints and unique indexes."""
    for constraint in each.constraints:
        if isinstance(constraint, (PrimaryKeyConstraint, UniqueConstraint)):
            yield str(constraint.name or f"{each.name}_pkey"), [column.name for column in constraint.columns]
    for index in each.indexes:
        if index.unique:
            yield str(index.name), [column.name for column in index.columns]


def references_between_servers(metadata: MetaData) -> Iterator[str]:
    """Yield the foreign keys that couldn't be checked on one server: to another place, or not by the NPI."""
    for each in metadata.tables.values():
        for constraint in each.constraints:
            if isinstance(constraint, ForeignKeyConstraint) and not is_local(each, constraint):
                yield f"{each.name}.{', '.join(constraint.column_keys)}"


def is_local(each: Table, constraint: ForeignKeyConstraint) -> bool:
    """Return whether a row and what it refers to are on the same server."""
    other = constraint.referred_table
    if place_of(each.name) != place_of(other.name):
        return place_of(other.name) == "copied"
    return place_of(each.name) != "sharded" or KEY in constraint.column_keys


def partitioned(schema: str, count: int) -> str:
    """Return a schema with its sharded tables in so many partitions, and the NPI in their primary keys."""
    for name in SHARDED:
        found = re.search(rf"^CREATE TABLE public\.{name} \(\n.*?^\);$", schema, re.MULTILINE | re.DOTALL)
        if found:
            parts = [
                f"CREATE TABLE public.{name}_{number} PARTITION OF public.{name}"
                f" FOR VALUES WITH (MODULUS {count}, REMAINDER {number});"
                for number in range(count)
            ]
            whole = f"{found[0].removesuffix(';')} PARTITION BY HASH ({KEY});"
            schema = schema.replace(found[0], "\n".join([whole, *parts]))
        # A constraint of a partitioned table is one of its partitions too.
        schema = schema.replace(f"ALTER TABLE ONLY public.{name}\n", f"ALTER TABLE public.{name}\n")
        schema = re.sub(rf"(CONSTRAINT {name}_pkey PRIMARY KEY \()(?!{KEY}\b)", rf"\1{KEY}, ", schema)
    return schema


def make_copy(url: str, copy_url: str, programs: Path, count: int) -> None:
    """Fill an empty database with a directory in so many partitions."""
    options = ["--quiet", "--no-psqlrc", "--set", "ON_ERROR_STOP=1"]
    psql: list[str | Path] = [programs / "psql", *options, "--dbname", copy_url]
    for section in ("pre-data", "data", "post-data"):
        options = ["--no-owner", "--load-via-partition-root", "--section", section]
        with tempfile.TemporaryFile("w+") as file:
            subprocess.run([programs / "pg_dump", *options, url], stdout=file, check=True)
            file.seek(0)
            if section == "data":
                subprocess.run(psql, stdin=file, stdout=subprocess.DEVNULL, check=True)
            else:
                rewritten = partitioned(file.read(), count)
                subprocess.run(psql, input=rewritten, stdout=subprocess.DEVNULL, text=True, check=True)


async def copies(url: str, programs: Path, counts: Sequence[int]) -> dict[int, str]:
    """Return the URLs of copies of a directory, made anew: as it is, under 1, and in so many partitions."""
    plain = await _empty(url, 1, f"TEMPLATE {database_of(url)}")
    async with connection_to(plain) as connection:
        # Of another measurement. As its functions need tables, a dump has these before functions that they need.
        await connection.execute("DROP SCHEMA peers CASCADE")
    found = {1: plain}
    for count in counts:
        found[count] = await _empty(url, count)
        make_copy(plain, found[count], programs, count)
    for each in found.values():
        async with connection_to(each) as connection:
            await connection.execute("VACUUM (FREEZE, ANALYZE)")
    return found


def database_of(url: str) -> str:
    """Return the name of the database in a URL."""
    return url.partition("?")[0].rpartition("/")[2]


async def _empty(url: str, count: int, options: str = "") -> str:
    """Make a database anew beside another one, and return its URL."""
    name = f"ariesone_bench_partitions_{count}"
    made = url.replace(f"/{database_of(url)}?", f"/{name}?")
    async with connection_to(url.replace(f"/{database_of(url)}?", "/postgres?")) as connection:
        await connection.execute(f"DROP DATABASE IF EXISTS {name}")
        await connection.execute(f"CREATE DATABASE {name} {options}")
    return made


def main() -> None:
    """Make the copies, measure, and tell."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--companies", type=int, default=20_000)
    parser.add_argument("--counts", type=int, nargs="+", default=(4, 16))
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--data", type=Path, default=Path(".ariesone/partitions"), help="where they are kept")
    given = parser.parse_args()
    with postgresql(given.data.absolute()) as server:
        programs = choose(given.data.absolute()).folder
        urls = asyncio.run(copies(sample.loaded(server, given.companies), programs, given.counts))
        costs = uvloop.run(measure(urls, given.rounds))
    columns = ("us of CPU, partitions:", *map(str, urls), "times")
    rows = [
        [name, *(f"{by[count]:,.0f}" for count in urls), f"{by[max(urls)] / by[1]:.2f}"]
        for name, by in costs.items()
    ]
    print(table(columns, rows))
    print(f"{given.companies:,} companies; load averages {os.getloadavg()}")


if __name__ == "__main__":
    main()
