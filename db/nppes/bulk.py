"""Writing into an empty directory: indexes and keys are dropped and made again, which costs less."""

from dataclasses import dataclass

import asyncpg

_TABLES = ("companies", "locations", "licenses", "changes")

_INDEXES = """
    SELECT format('DROP INDEX %s', c.oid::regclass), pg_get_indexdef(c.oid)
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
    FROM pg_constraint k WHERE k.contype IN ('f', 'p') AND k.conrelid = ANY ($1::text[]::regclass[])
    ORDER BY k.contype, k.conname
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
    """The statements that make again what was dropped."""

    definitions: tuple[str, ...]


async def begin(connection: asyncpg.Connection) -> Bulk | None:
    """Drop the indexes and keys if and only if nothing has been loaded; in a transaction."""
    if not await _is_empty(connection):
        return None
    await connection.execute(f"LOCK TABLE {', '.join(_TABLES)} IN ACCESS EXCLUSIVE MODE")
    # Whoever wrote meanwhile has committed now.
    if not await _is_empty(connection):
        return None
    droppable = [
        *await connection.fetch(_KEYS, _TABLES),
        *await connection.fetch(_INDEXES, _TABLES),
    ]
    for drop, _ in droppable:
        await connection.execute(drop)
    await connection.execute(_RAISE_FLOOR)
    # What is written into files made in the same transaction needs no log where wal_level is minimal, as in the
    # embedded server (PostgreSQL manual, 14.4.7).
    await connection.execute(f"TRUNCATE {', '.join(_TABLES)}")
    return Bulk(tuple(definition for _, definition in reversed(droppable)))


async def end(connection: asyncpg.Connection, bulk: Bulk) -> None:
    """Make again what was dropped, and count the rows for the planner; in the same transaction."""
    # Before the indexes, since counting what is in indexes on functions takes seconds; autovacuum does that later.
    await connection.execute(f"ANALYZE {', '.join(_TABLES)}")
    for definition in bulk.definitions:
        await connection.execute(definition)


async def _is_empty(connection: asyncpg.Connection) -> bool:
    return bool(await connection.fetchval(_IS_EMPTY))
