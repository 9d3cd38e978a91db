"""Locations that NPPES no longer has: removed and recorded, and their company left with a primary one."""

import asyncpg

from db.nppes import facets
from db.nppes.statements import assigned, fill

_GONE = """
    CREATE TEMPORARY TABLE gone_locations ON COMMIT DROP AS
    SELECT l.id, l.npi FROM locations l WHERE l.source = '{source}' AND {condition}
"""
_REMOVE = """
    WITH removed AS (
      DELETE FROM locations l USING gone_locations g WHERE g.id = l.id
      RETURNING l.npi, l.id, l.is_primary, to_jsonb(l) - '{city_folded,rank}'::text[] AS content
    ), recorded AS (
      INSERT INTO noted_changes (npi, location_id, kind, old, load_id)
      SELECT npi, id, 'LOCATION_REMOVED', content, $1 FROM removed
    )
    SELECT count(*), array_agg(npi) FILTER (WHERE is_primary) FROM removed
"""
# By hand a secondary location may have become the primary one; without it, NPPES's own is that again.
_PROMOTE = """
    WITH promoted AS (
      UPDATE locations l SET {assignments}
      WHERE l.npi = ANY ($2) AND l.kind = 'PRIMARY_PRACTICE' AND l.source = '{source}'
        AND NOT EXISTS (SELECT FROM locations p WHERE p.npi = l.npi AND p.is_primary)
      RETURNING l.npi, l.id
    )
    INSERT INTO noted_changes (npi, location_id, kind, fields, old, new, load_id)
    SELECT npi, id, 'LOCATION_UPDATED', '{{is_primary}}', '{{"is_primary": false}}', '{{"is_primary": true}}', $1
    FROM promoted
"""


async def remove(connection: asyncpg.Connection, source: str, load_id: int, condition: str) -> int:
    """Remove locations `l` of a source for which an SQL condition holds; return how many."""
    await connection.execute(fill(_GONE, source=source, condition=condition))
    await facets.note_before(connection, "SELECT npi FROM gone_locations")
    removed = await connection.fetch(_REMOVE, load_id)
    count, orphaned = removed[0]
    if orphaned:
        promote = fill(_PROMOTE, assignments=assigned({"is_primary": "true"}), source=source)
        await connection.execute(promote, load_id, orphaned)
    return int(count)
