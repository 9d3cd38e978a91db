"""The merge of secondary practice locations: an NPI's rows replace the set it had."""

from collections import Counter

import asyncpg

from db.nppes import facets, parking, removal, twins
from db.nppes.edition import Edition
from db.nppes.statements import (
    LOCATION,
    NOTE_ADDED,
    OF_ZIP,
    assigned,
    differences,
    fill,
    listed,
    rows,
    stamped,
)

_PARK = """
    INSERT INTO parked_locations (npi, id, {columns}, as_of)
    SELECT s.npi, s.id, {values}, {stamp} FROM staged_locations s WHERE {condition}
"""
# Found once: into an empty directory there is no index yet by which a company could be found.
_FIND_STRANGERS = """
    CREATE TEMPORARY TABLE strangers ON COMMIT DROP AS SELECT DISTINCT s.npi FROM staged_locations s
    WHERE NOT EXISTS (SELECT FROM companies c WHERE c.npi = s.npi AND c.source = '{source}')
"""
_IS_STRANGER = "s.npi IN (SELECT npi FROM strangers)"
_SKIP_STRANGERS = f"DELETE FROM staged_locations s WHERE {_IS_STRANGER}"  # noqa: S608 - ours
# The same place comes several times, spelled in several ways; its first row stands.
_FIRST_ROW_STANDS = """
    DELETE FROM staged_locations s
    USING (SELECT id, min(line) AS line FROM staged_locations GROUP BY id HAVING count(*) > 1) d
    WHERE s.id = d.id AND s.line > d.line
"""
_OWNERS = "CREATE TEMPORARY TABLE owners ON COMMIT DROP AS SELECT DISTINCT npi FROM staged_locations"
# Only a primary with the ZIP of one of the staged rows can be the same place.
_PRIMARIES = """
    SELECT l.npi, l.line1, l.line2, l.city, l.state, l.postal_code FROM locations l
    WHERE l.source = '{source}' AND l.kind = 'PRIMARY_PRACTICE' AND EXISTS (
      SELECT FROM staged_locations s
      WHERE s.npi = l.npi AND left(s.postal_code, 5) IS NOT DISTINCT FROM left(l.postal_code, 5)
    )
"""
_COMPARE = """
    CREATE TEMPORARY TABLE changed_locations ON COMMIT DROP AS
    SELECT s.id, s.npi, l.id IS NULL AS is_new, {differences}
    FROM staged_locations s LEFT JOIN locations l ON l.id = s.id
    WHERE l.id IS NULL OR ({old}) IS DISTINCT FROM ({new})
"""
_IS_GONE = """
    l.kind <> 'PRIMARY_PRACTICE' AND {owned} AND NOT EXISTS (SELECT FROM staged_locations s WHERE s.id = l.id)
"""
# A full file also speaks of those it doesn't name: they have no secondary locations.
_OWNED_BY_ALL = "NOT EXISTS (SELECT FROM newer n WHERE n.npi = l.npi)"
_STAMP_ALL = """
    UPDATE companies c SET locations_as_of = NULL
    WHERE c.locations_as_of IS NOT NULL AND NOT EXISTS (SELECT FROM newer n WHERE n.npi = c.npi)
"""
_STAMP = """
    UPDATE companies c SET locations_as_of = {stamp} FROM owners o
    WHERE o.npi = c.npi AND c.locations_as_of IS DISTINCT FROM {stamp}
"""
_UPDATE = """
    WITH updated AS (
      UPDATE locations l SET {assignments}
      FROM changed_locations d JOIN staged_locations s USING (id) WHERE l.id = d.id AND NOT d.is_new
      RETURNING l.npi, l.id, l.version, d.fields, d.old, d.new
    )
    INSERT INTO noted_changes (npi, location_id, part_version, kind, fields, old, new, load_id)
    SELECT npi, id, version, 'LOCATION_UPDATED', fields, old, new, $1 FROM updated
"""
_ADD_ALL = """
    INSERT INTO locations (npi, id, kind, source, {columns}, position, position_precision, time_zone)
    SELECT s.npi, s.id, 'SECONDARY_PRACTICE', '{source}', {new},
           z.position, CASE WHEN z.position IS NOT NULL THEN 'ZIP5_CENTROID' END, z.time_zone
    FROM staged_locations s LEFT JOIN zips z ON z.zip = left(s.postal_code, 5) AND s.country = 'US'
"""
# Nobody else records meanwhile, and few companies have changed since the load created them.
_RECORD_ALL = """
    INSERT INTO changes (npi, location_id, kind, occurred_at, load_id, version, part_version)
    SELECT s.npi, s.id, 'LOCATION_ADDED', (SELECT clock_timestamp()), $1, coalesce(c.version, 1), 1
    FROM staged_locations s LEFT JOIN (SELECT npi, version FROM companies WHERE version > 1) c USING (npi)
"""
_ADD = """
    WITH added AS (
      INSERT INTO locations (npi, id, kind, source, {columns}, position, position_precision, time_zone)
      SELECT s.npi, s.id, 'SECONDARY_PRACTICE', '{source}', {new},
             z.position, CASE WHEN z.position IS NOT NULL THEN 'ZIP5_CENTROID' END, z.time_zone
      FROM changed_locations d JOIN staged_locations s USING (id) {zip}
      WHERE d.is_new
      RETURNING *
    )
    {note}
"""


async def merge(connection: asyncpg.Connection, source: str, load_id: int, edition: Edition) -> Counter[str]:
    """Merge staged locations; return counts as FileSummary names them."""
    counts = await _sift(connection, source, edition)
    await connection.execute(_OWNERS)
    await connection.execute("ANALYZE owners, staged_locations")
    counts["duplicates"] += await _park_primaries(connection, source, edition)
    owned = _OWNED_BY_ALL if edition.is_baseline else "l.npi IN (SELECT npi FROM owners)"
    counts["locations_removed"] = await removal.remove(connection, source, load_id, fill(_IS_GONE, owned=owned))
    await _compare(connection)
    await facets.note_before(connection, "SELECT npi FROM changed_locations")
    values = {field: f"s.{field}" for field in LOCATION}
    counts["locations_updated"] = rows(
        await connection.execute(fill(_UPDATE, assignments=assigned(values)), load_id)
    )
    pieces = {"columns": listed(LOCATION), "new": listed(LOCATION, "s"), "zip": OF_ZIP, "note": NOTE_ADDED}
    add = fill(_ADD, source=source, **pieces)
    counts["locations_added"] = rows(await connection.execute(add, load_id))
    await connection.execute(_STAMP_ALL if edition.is_baseline else fill(_STAMP, stamp=stamped(edition.stamp)))
    return counts


async def add_all(connection: asyncpg.Connection, source: str, load_id: int, edition: Edition) -> Counter[str]:
    """Add staged locations to a directory that has only primary ones; return counts as FileSummary names them."""
    counts = await _sift(connection, source, edition)
    await connection.execute("ANALYZE staged_locations")
    counts["duplicates"] += await _park_primaries(connection, source, edition)
    values = {"columns": listed(LOCATION), "new": listed(LOCATION, "s"), "source": source}
    counts["locations_added"] = rows(await connection.execute(fill(_ADD_ALL, **values)))
    await connection.execute(_RECORD_ALL, load_id)
    if edition.stamp:
        await connection.execute(_OWNERS)
        await connection.execute(fill(_STAMP, stamp=stamped(edition.stamp)))
    return counts


async def _sift(connection: asyncpg.Connection, source: str, edition: Edition) -> Counter[str]:
    """Leave in staging what the file may say of companies, each place once; return what was taken away."""
    counts = Counter(duplicates=rows(await connection.execute(_FIRST_ROW_STANDS)))
    staged, parked = "staged_locations", "parked_locations"
    counts["older"] = await parking.drop_newer(connection, edition, staged, parked, "locations_as_of")
    await connection.execute(fill(_FIND_STRANGERS, source=source))
    await connection.execute("ANALYZE strangers")
    condition = await parking.strangers_to_park(connection, edition, _IS_STRANGER)
    if condition is not None:
        await _park(connection, edition, condition)
    counts["strangers"] = rows(await connection.execute(_SKIP_STRANGERS))
    return counts


async def _park(connection: asyncpg.Connection, edition: Edition, condition: str) -> None:
    pieces = {"columns": listed(LOCATION), "values": listed(LOCATION, "s"), "stamp": stamped(edition.stamp)}
    await connection.execute(fill(_PARK, condition=condition, **pieces))


async def _compare(connection: asyncpg.Connection) -> None:
    pairs = {field: (f"l.{field}", f"s.{field}") for field in LOCATION}
    old, new = listed(LOCATION, "l"), listed(LOCATION, "s")
    await connection.execute(fill(_COMPARE, differences=differences(pairs), old=old, new=new))
    await connection.execute("ANALYZE changed_locations")


async def _park_primaries(connection: asyncpg.Connection, source: str, edition: Edition) -> int:
    """Take away staged rows that are their company's primary location once more; return how many."""
    await twins.find(connection, fill(_PRIMARIES, source=source))
    if not edition.is_sample:
        await _park(connection, edition, "s.id IN (SELECT id FROM twins)")
    return rows(await connection.execute("DELETE FROM staged_locations s USING twins t WHERE s.id = t.id"))
