"""The main file's merge, second half: each company's primary practice location."""

from collections import Counter

import asyncpg

from db.nppes import facets, parking, removal, twins
from db.nppes.statements import ADDRESS, NOTE_ADDED, OF_ZIP, PLACED, assigned, differences, fill, listed, rows

_NEW = {field: f"s.{field}" for field in ADDRESS} | {"phone": "s.location_phone", "fax": "s.location_fax"}

# Where the address stays, so does what is known of the place.
_COMPARE = """
    CREATE TEMPORARY TABLE changed_primaries ON COMMIT DROP AS
    SELECT s.npi, s.location_id AS id, l.id IS NULL AS is_new, {placed}, {differences}
    FROM staged_companies s LEFT JOIN locations l ON l.id = s.location_id {zip}
    CROSS JOIN LATERAL (
      SELECT ({old_address}) IS DISTINCT FROM ({new_address}) AS is_so OFFSET 0
    ) moves
    WHERE s.has_location AND (l.id IS NULL OR ({old}) IS DISTINCT FROM ({new}))
"""
_NEW_PLACE = {
    "position": "CASE WHEN moves.is_so THEN z.position ELSE l.position END",
    "position_precision": """
        CASE WHEN NOT moves.is_so THEN l.position_precision
             WHEN z.position IS NOT NULL THEN 'ZIP5_CENTROID' END
    """,
    "time_zone": "CASE WHEN moves.is_so THEN z.time_zone ELSE l.time_zone END",
}
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
      FROM changed_primaries d JOIN staged_companies s USING (npi) WHERE l.id = d.id AND NOT d.is_new
      RETURNING l.npi, l.id, l.version, d.fields, d.old, d.new
    )
    INSERT INTO noted_changes (npi, location_id, part_version, kind, fields, old, new, load_id)
    SELECT npi, id, version, 'LOCATION_UPDATED', fields, old, new, $1 FROM updated
"""
# By hand another location may have become the primary one, and it stays that.
_ADD = """
    WITH added AS (
      INSERT INTO locations (npi, id, kind, is_primary, source, {columns}, {placed})
      SELECT s.npi, s.location_id, 'PRIMARY_PRACTICE',
             NOT EXISTS (SELECT FROM locations p WHERE p.npi = s.npi AND p.is_primary), '{source}', {new}, {place}
      FROM changed_primaries d JOIN staged_companies s USING (npi) WHERE d.is_new
      RETURNING *
    )
    {note}
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
    # Points have no equality of their own.
    pairs["position"] = ("l.position::text", f"({_NEW_PLACE['position']})::text")
    pairs |= {name: (f"l.{name}", _NEW_PLACE[name]) for name in ("position_precision", "time_zone")}
    pieces = {
        "differences": differences(pairs),
        "placed": ", ".join(f"{value} AS {name}" for name, value in _NEW_PLACE.items()),
        "zip": OF_ZIP,
        "old_address": listed(ADDRESS, "l"),
        "new_address": listed(ADDRESS, "s"),
        "old": listed(tuple(_NEW), "l"),
        "new": ", ".join(_NEW.values()),
    }
    await connection.execute(fill(_COMPARE, **pieces))
    await connection.execute("ANALYZE changed_primaries")


async def _update(connection: asyncpg.Connection, load_id: int) -> int:
    values = _NEW | {name: f"d.{name}" for name in PLACED}
    return rows(await connection.execute(fill(_UPDATE, assignments=assigned(values)), load_id))


async def _add(connection: asyncpg.Connection, source: str, load_id: int) -> int:
    pieces = {
        "columns": listed(tuple(_NEW)),
        "new": ", ".join(_NEW.values()),
        "placed": listed(PLACED),
        "place": listed(PLACED, "d"),
        "note": NOTE_ADDED,
    }
    return rows(await connection.execute(fill(_ADD, source=source, **pieces), load_id))
