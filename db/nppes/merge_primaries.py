"""The main file's merge, second half: each company's primary practice location."""

from collections import Counter

import asyncpg

from db.nppes import facets, parking, removal, twins
from db.nppes.statements import ADDRESS, OF_ZIP, assigned, differences, fill, listed, rows

_NEW = {field: f"s.{field}" for field in ADDRESS} | {"phone": "s.location_phone", "fax": "s.location_fax"}

_COMPARE = """
    CREATE TEMPORARY TABLE changed_primaries ON COMMIT DROP AS
    SELECT s.npi, s.location_id AS id, l.id IS NULL AS is_new, {differences}
    FROM staged_companies s LEFT JOIN locations l ON l.id = s.location_id
    WHERE s.has_location AND (l.id IS NULL OR ({old}) IS DISTINCT FROM ({new}))
"""
# A secondary location at the address that the primary has now, and a primary that NPPES no longer has.
_IS_GONE = """
    l.id IN (
      SELECT id FROM twins UNION ALL SELECT location_id FROM staged_companies WHERE NOT has_location
    )
"""
_MOVED = """
    SELECT s.npi, s.line1, s.line2, s.city, s.state, s.postal_code
    FROM changed_primaries d JOIN staged_companies s USING (npi) WHERE NOT d.is_new
"""
_UPDATE = """
    WITH updated AS (
      UPDATE locations l SET {assignments}
      FROM changed_primaries d JOIN staged_companies s USING (npi) {zip}
      WHERE l.id = d.id AND NOT d.is_new
      RETURNING l.npi, l.id, d.fields, d.old, d.new
    )
    INSERT INTO noted_changes (npi, location_id, kind, fields, old, new, load_id)
    SELECT npi, id, 'LOCATION_UPDATED', fields, old, new, $1 FROM updated
"""
# By hand another location may have become the primary one, and it stays that.
_ADD = """
    WITH added AS (
      INSERT INTO locations (npi, id, kind, is_primary, source, {columns}, position, position_precision, time_zone)
      SELECT s.npi, s.location_id, 'PRIMARY_PRACTICE',
             NOT EXISTS (SELECT FROM locations p WHERE p.npi = s.npi AND p.is_primary), '{source}', {new},
             z.position, CASE WHEN z.position IS NOT NULL THEN 'ZIP5_CENTROID' END, z.time_zone
      FROM changed_primaries d JOIN staged_companies s USING (npi) {zip} WHERE d.is_new
      RETURNING npi, id, kind, is_primary, {columns}
    )
    INSERT INTO noted_changes (npi, location_id, kind, new, load_id)
    SELECT npi, id, 'LOCATION_ADDED', to_jsonb(added) - '{{npi,id}}'::text[], $1 FROM added
"""


async def merge(connection: asyncpg.Connection, source: str, load_id: int) -> Counter[str]:
    """Merge the primary locations of staged companies; return counts as FileSummary names them."""
    await _compare(connection)
    await twins.find(connection, _MOVED)
    await parking.park_primaries(connection)
    await facets.note_before(connection, "SELECT npi FROM changed_primaries")
    counts: Counter[str] = Counter()
    counts["locations_removed"] = await removal.remove(connection, source, load_id, _IS_GONE)
    counts["locations_updated"] = await _update(connection, load_id)
    counts["locations_added"] = await _add(connection, source, load_id)
    return counts


async def _compare(connection: asyncpg.Connection) -> None:
    pairs = {field: (f"l.{field}", new) for field, new in _NEW.items()}
    old, new = listed(tuple(_NEW), "l"), ", ".join(_NEW.values())
    await connection.execute(fill(_COMPARE, differences=differences(pairs), old=old, new=new))
    await connection.execute("ANALYZE changed_primaries")


async def _update(connection: asyncpg.Connection, load_id: int) -> int:
    moved = f"d.fields && '{{{listed(ADDRESS)}}}'::text[]"
    values = _NEW | {
        "position": f"CASE WHEN {moved} THEN z.position ELSE l.position END",
        "position_precision": f"""
            CASE WHEN NOT {moved} THEN l.position_precision
                 WHEN z.position IS NOT NULL THEN 'ZIP5_CENTROID' END
        """,
        "time_zone": f"CASE WHEN {moved} THEN z.time_zone ELSE l.time_zone END",
    }
    return rows(await connection.execute(fill(_UPDATE, assignments=assigned(values), zip=OF_ZIP), load_id))


async def _add(connection: asyncpg.Connection, source: str, load_id: int) -> int:
    statement = fill(_ADD, columns=listed(tuple(_NEW)), new=", ".join(_NEW.values()), source=source, zip=OF_ZIP)
    return rows(await connection.execute(statement, load_id))
