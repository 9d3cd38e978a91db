"""Statements about indexes: which are missing, which can't be used, aren't used, or are larger than needed."""

import asyncpg
from sqlalchemy import text
from sqlalchemy.dialects.postgresql.asyncpg import PGDialect_asyncpg
from sqlalchemy.schema import AddConstraint, CreateIndex

from db.reads import Reads
from db.statement import compiled
from db.usage_tables import metadata

# What this version's tables have, by name; every other one was made by hand.
OURS = frozenset(
    str(name)
    for table in metadata.tables.values()
    for name in (*(index.name for index in table.indexes), table.primary_key.columns and f"{table.name}_pkey")
    if name
)

_DIALECT = PGDialect_asyncpg()  # type: ignore[no-untyped-call]


class Index(asyncpg.Record):
    """An index: its name; where it was asked for, its `bytes`, and what else the question says."""


async def missing(database: Reads) -> list[str]:
    """Return the indexes that this version's tables have and the database hasn't."""
    return [row["name"] for row in await database.read(_MISSING, {"names": sorted(OURS)})]


def creating(name: str) -> str:
    """Return the statement that creates an index of this version's tables, while servers run if that can be."""
    for table in metadata.tables.values():
        if name == f"{table.name}_pkey":
            return written(AddConstraint(table.primary_key))
        for index in table.indexes:
            if name == index.name:
                return written(CreateIndex(index)).replace(" INDEX ", " INDEX CONCURRENTLY ", 1)
    raise LookupError(name)


def dropping(name: str) -> str:
    """Return the statement that drops an index while servers run."""
    return f"DROP INDEX CONCURRENTLY {_DIALECT.identifier_preparer.quote(name)}"


def rebuilding(name: str) -> str:
    """Return the statement that makes an index anew while servers run."""
    return f"REINDEX INDEX CONCURRENTLY {_DIALECT.identifier_preparer.quote(name)}"


def written(statement: AddConstraint | CreateIndex) -> str:
    """Return a statement about a table as one line of SQL."""
    return " ".join(str(statement.compile(dialect=_DIALECT)).split())


async def invalid(database: Reads) -> list[Index]:
    """Return the indexes that no query uses since they aren't complete; `is_being_made` is of one just now."""
    return await database.read(_INVALID)


async def repeated(database: Reads) -> list[Index]:
    """Return the indexes by hand that are as one of this version's tables, the `original`, but for the name."""
    return await database.read(_REPEATED, {"names": sorted(OURS)})


async def unused(database: Reads, least: int) -> list[Index]:
    """Return the indexes of so many bytes or more that no query has used, the largest first.

    Those that hold rows unique aren't among them.
    """
    return await database.read(_UNUSED, {"least": least})


async def counted_for(database: Reads) -> float:
    """Return the seconds for which it has been counted what is used, at least."""
    [row] = await database.read(_COUNTED)
    return float(row["seconds"])


async def bloated(database: Reads, least: int, times: float) -> list[Index]:
    """Return the B-trees of so many bytes or more that are so many times as large as their rows need.

    `needed` is an estimate in bytes, from the planner's statistics.
    """
    return await database.read(_BLOATED, {"least": least, "times": times})


_MISSING = compiled(
    text("""
    SELECT name FROM unnest(CAST(:names AS text[])) AS wanted (name) WHERE to_regclass(name) IS NULL ORDER BY name
    """)
)

_INVALID = compiled(
    text("""
    SELECT c.relname AS name,
      EXISTS (SELECT FROM pg_stat_progress_create_index AS p WHERE p.index_relid = c.oid) AS is_being_made
    FROM pg_index AS i JOIN pg_class AS c ON c.oid = i.indexrelid
    WHERE c.relnamespace = CAST(current_schema() AS regnamespace) AND NOT (i.indisvalid AND i.indisready)
    ORDER BY 1
    """),
    Index,
)

# What holds a constraint can't be dropped by itself, so it isn't told of.
_REPEATED = compiled(
    text("""
    WITH usable AS MATERIALIZED (
      SELECT c.relname AS name, i.indrelid, c.relname = ANY(CAST(:names AS text[])) AS is_ours,
        EXISTS (SELECT FROM pg_constraint WHERE conindid = c.oid) AS holds_a_constraint,
        replace(pg_get_indexdef(c.oid), format(' INDEX %I ON ', c.relname), ' INDEX ON ') AS definition
      FROM pg_index AS i JOIN pg_class AS c ON c.oid = i.indexrelid
      WHERE c.relnamespace = CAST(current_schema() AS regnamespace) AND i.indisvalid
    )
    SELECT second.name, usable.name AS original
    FROM usable JOIN usable AS second USING (indrelid, definition)
    WHERE usable.is_ours AND NOT second.is_ours AND NOT second.holds_a_constraint
    ORDER BY 1
    """),
    Index,
)

_UNUSED = compiled(
    text("""
    SELECT s.indexrelname AS name, pg_relation_size(s.indexrelid) AS bytes
    FROM pg_stat_user_indexes AS s JOIN pg_index AS i USING (indexrelid)
    WHERE s.schemaname = current_schema() AND s.idx_scan = 0 AND NOT i.indisunique AND i.indisvalid
      AND pg_relation_size(s.indexrelid) >= CAST(:least AS bigint)
    ORDER BY 2 DESC, 1
    """),
    Index,
)

# Counts outlive a restart, but not a crash, after which nobody says since when they are.
_COUNTED = compiled(
    text("""
    SELECT
      extract(epoch FROM now() - coalesce(stats_reset, pg_postmaster_start_time()))::double precision AS seconds
    FROM pg_stat_database WHERE datname = current_database()
    """)
)

# A row of a B-tree takes eight bytes, its values, and a pointer of four; a page of 8,192 is filled to nine tenths.
_BLOATED = compiled(
    text("""
    WITH large AS MATERIALIZED (
      SELECT i.indexrelid, i.indrelid, i.indkey, c.relname, t.relname AS table_name, c.reltuples,
        pg_relation_size(c.oid) AS bytes
      FROM pg_index AS i
      JOIN pg_class AS c ON c.oid = i.indexrelid
      JOIN pg_class AS t ON t.oid = i.indrelid
      JOIN pg_am AS m ON m.oid = c.relam AND m.amname = 'btree'
      WHERE c.relnamespace = CAST(current_schema() AS regnamespace) AND c.reltuples >= 0 AND i.indisvalid
        AND pg_relation_size(c.oid) >= CAST(:least AS bigint)
    ), measured AS (
      SELECT relname AS name, bytes,
        (reltuples * (20 + (
          SELECT coalesce(sum(coalesce(of_index.avg_width, of_table.avg_width, 8)), 8)
          FROM pg_attribute AS a
          LEFT JOIN pg_stats AS of_index ON of_index.schemaname = current_schema()
            AND of_index.tablename = large.relname AND of_index.attname = a.attname
          LEFT JOIN pg_attribute AS b ON b.attrelid = large.indrelid AND b.attnum = large.indkey[a.attnum - 1]
          LEFT JOIN pg_stats AS of_table ON of_table.schemaname = current_schema()
            AND of_table.tablename = large.table_name AND of_table.attname = b.attname
          WHERE a.attrelid = large.indexrelid
        )) / 0.9)::bigint AS needed
      FROM large
    )
    SELECT name, bytes, needed FROM measured
    WHERE bytes > CAST(:times AS double precision) * greatest(needed, 8192) ORDER BY bytes - needed DESC, name
    """),
    Index,
)
