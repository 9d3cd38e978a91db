"""Locations that NPPES no longer has: removed and recorded, and their company left with a primary one."""

import asyncpg

from db.content import content_of
from db.nppes import facets
from db.nppes.statements import assigned, fill
from db.tables import locations

_GONE = """
    CREATE TEMPORARY TABLE gone_locations ON COMMIT DROP AS
    SELECT l.id, l.npi FROM locations l WHERE l.source = '{source}' AND {condition}
"""
_REMOVE = """
    WITH removed AS (
      DELETE FROM locations l USING gone_locations g WHERE g.id = l.id
      RETURNING l.npi, l.id, l.is_primary, l.name, l.email, l.is_active, {content} AS content,
        to_jsonb(l) - '{{city_folded,rank}}'::text[] AS whole
    ), kept AS (
      INSERT INTO removed_locations (npi, id, content)
      SELECT npi, id, whole FROM removed WHERE name IS NOT NULL OR email IS NOT NULL OR NOT is_active
    ), recorded AS (
      INSERT INTO noted_changes (npi, location_id, kind, old, load_id)
      SELECT npi, id, 'LOCATION_REMOVED', content, $1 FROM removed
    )
    SELECT count(*), array_agg(npi) FILTER (WHERE is_primary) FROM removed
"""
# By hand another location may have become the primary one; without it, NPPES's own is that again, or else the
# oldest of those entered by hand. Of NPPES's secondary ones none is: their age depends on the order of the files.
_PROMOTE = """
    WITH promoted AS (
      UPDATE locations l SET {assignments}
      WHERE l.id IN (
        SELECT DISTINCT ON (n.npi) n.id FROM locations n
        WHERE n.npi = ANY ($2) AND (n.source = 'MANUAL' OR n.kind = 'PRIMARY_PRACTICE')
          AND NOT EXISTS (SELECT FROM locations p WHERE p.npi = n.npi AND p.is_primary)
        ORDER BY n.npi, n.kind = 'PRIMARY_PRACTICE' DESC, n.created_at, n.id
      )
      RETURNING l.npi, l.id, l.version
    )
    INSERT INTO noted_changes (npi, location_id, part_version, kind, fields, old, new, load_id)
    SELECT npi, id, version, 'LOCATION_UPDATED', '{{is_primary}}',
      '{{"is_primary": false}}', '{{"is_primary": true}}', $1
    FROM promoted
"""
# A place that NPPES had closed has what people owned of it again as soon as it is there.
_GIVE_BACK = """
    WITH kept AS (
      DELETE FROM removed_locations r USING locations l WHERE l.id = r.id
      RETURNING r.id, r.content ->> 'name' AS name, r.content ->> 'email' AS email,
        (r.content -> 'is_active')::boolean AS is_active
    ), own AS (
      UPDATE locations l SET name = k.name, email = k.email, is_active = k.is_active
      FROM kept k WHERE k.id = l.id RETURNING l.id, l.name, l.email, l.is_active
    )
    UPDATE noted_changes n SET new = n.new || jsonb_strip_nulls(to_jsonb(own) - 'id')
    FROM own WHERE n.location_id = own.id AND n.kind = 'LOCATION_ADDED'
"""


async def remove(connection: asyncpg.Connection, source: str, load_id: int, condition: str) -> int:
    """Remove locations `l` of a source for which an SQL condition holds; return how many.

    What people own of them is kept for `give_back`.
    """
    await connection.execute(fill(_GONE, source=source, condition=condition))
    await facets.note_before(connection, "SELECT npi FROM gone_locations")
    removed = await connection.fetch(fill(_REMOVE, content=content_of(locations, "l")), load_id)
    count, orphaned = removed[0]
    if orphaned:
        promote = fill(_PROMOTE, assignments=assigned({"is_primary": "true"}))
        await connection.execute(promote, load_id, orphaned)
    return int(count)


async def give_back(connection: asyncpg.Connection) -> None:
    """Give places that a load has added what people owned of them before they were removed by one."""
    await connection.execute(_GIVE_BACK)
