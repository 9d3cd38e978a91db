"""Writing into an empty directory: indexes and keys are dropped and made again, which costs less."""

from collections.abc import Sequence
from dataclasses import dataclass

import asyncpg

from db.nppes import facets

_TABLES = ("companies", "locations", "licenses", "changes", "read_rows")
_LISTINGS = "listings"

# Of a table in partitions its index alone, which brings those of the partitions with it.
_INDEXES = """
    SELECT format('DROP INDEX %s', c.oid::regclass), replace(pg_get_indexdef(c.oid), ' ON ONLY ', ' ON ')
    FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
    WHERE i.indrelid = ANY ($1::text[]::regclass[])
      AND NOT EXISTS (SELECT FROM pg_constraint k WHERE k.conindid = c.oid AND k.contype IN ('p', 'u', 'x'))
    ORDER BY c.relname
"""
# Foreign keys need the primary keys, so they go first and come back last.
_KEYS = """
    SELECT format('ALTER TABLE %s DROP CONSTRAINT %I', k.conrelid::regclass, k.conname),
           format('ALTER TABLE %s ADD CONSTRAINT %I %s', k.conrelid::regclass, k.conname,
                  pg_get_constraintdef(k.oid))
    FROM pg_constraint k
    WHERE k.contype IN ('f', 'p') AND k.conparentid = 0 AND k.conrelid = ANY ($1::text[]::regclass[])
    ORDER BY k.contype, k.conname
"""
# They list what is written; in bulk all of it is listed at the end.
_TRIGGERS = """
    SELECT format('ALTER TABLE %s DISABLE TRIGGER %I', t.tgrelid::regclass, t.tgname),
           format('ALTER TABLE %s ENABLE TRIGGER %I', t.tgrelid::regclass, t.tgname)
    FROM pg_trigger t WHERE t.tgfoid = 'list_written'::regproc
"""

# What was loaded before may have said something newer, though no company came of it.
_IS_EMPTY = """
    SELECT NOT EXISTS (SELECT FROM companies) AND NOT EXISTS (SELECT FROM locations)
       AND NOT EXISTS (SELECT FROM loads WHERE file_kind <> 'ZIPS' AND source = 'NPPES')
"""


# Whoever follows the log must know that some of it is gone.
_RAISE_FLOOR = """
    INSERT INTO change_marks (cursor) SELECT max(id) FROM changes HAVING max(id) > 0 ON CONFLICT DO NOTHING;
    DELETE FROM change_marks WHERE cursor < (SELECT max(id) FROM changes)
"""


@dataclass(frozen=True)
class Bulk:
    """The statements that make again what was dropped: of the tables, and of listings."""

    definitions: tuple[str, ...]
    of_listings: tuple[str, ...]


async def begin(connection: asyncpg.Connection) -> Bulk | None:
    """Drop the indexes and keys if and only if nothing has been loaded; in a transaction."""
    if not await _is_empty(connection):
        return None
    await connection.execute(f"LOCK TABLE {', '.join((*_TABLES, _LISTINGS))} IN ACCESS EXCLUSIVE MODE")
    # Whoever wrote meanwhile has committed now.
    if not await _is_empty(connection):
        return None
    bulk = Bulk(await _drop(connection, _TABLES), await _drop(connection, [_LISTINGS]))
    for disable, _ in await connection.fetch(_TRIGGERS):
        await connection.execute(disable)
    await connection.execute(_RAISE_FLOOR)
    # What is written into files made in the same transaction needs no log where wal_level is minimal, as in the
    # embedded server (PostgreSQL manual, 14.4.7).
    await connection.execute(f"TRUNCATE {', '.join(_TABLES)}")
    return bulk


async def end(connection: asyncpg.Connection, bulk: Bulk) -> None:
    """Make again what was dropped, and count the rows for the planner; in the same transaction."""
    # Before the indexes, since counting what is in indexes on functions takes seconds; autovacuum does that later.
    await connection.execute(f"ANALYZE {', '.join(_TABLES)}")
    for definition in bulk.definitions:
        await connection.execute(definition)
    await facets.list_all(connection)
    await connection.execute(f"ANALYZE {_LISTINGS}")
    for definition in bulk.of_listings:
        await connection.execute(definition)
    for _, enable in await connection.fetch(_TRIGGERS):
        await connection.execute(enable)


async def _drop(connection: asyncpg.Connection, tables: Sequence[str]) -> tuple[str, ...]:
    """Drop the indexes and keys of tables; return the statements that make them again, in order."""
    droppable = [*await connection.fetch(_KEYS, tables), *await connection.fetch(_INDEXES, tables)]
    for drop, _ in droppable:
        await connection.execute(drop)
    return tuple(definition for _, definition in reversed(droppable))


async def _is_empty(connection: asyncpg.Connection) -> bool:
    return bool(await connection.fetchval(_IS_EMPTY))
