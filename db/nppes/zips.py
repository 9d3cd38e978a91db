"""ZIP centroids: what puts a location on the map, and into a time zone, as well as its ZIP does."""

import csv
from collections.abc import Iterable
from dataclasses import dataclass
from io import BytesIO, StringIO
from pathlib import Path

import asyncpg

from db.nppes import facets, staging, touching
from db.nppes.centroids import Centroid, read_centroids
from db.nppes.errors import RowsRejectedError
from db.nppes.places import places
from db.nppes.run import record_changes
from db.nppes.statements import assigned, differences, fill
from db.nppes.telling import telling

_STAGE = """
    CREATE TEMPORARY TABLE staged_zips (zip text, position point, city text, state text, time_zone text)
    ON COMMIT DROP
"""
_MERGE = """
    INSERT INTO zips (zip, position, city, state, time_zone)
    SELECT zip, position, city, state, time_zone FROM staged_zips
    ON CONFLICT (zip) DO UPDATE SET
      position = excluded.position, time_zone = excluded.time_zone,
      city = coalesce(excluded.city, zips.city), state = coalesce(excluded.state, zips.state)
    WHERE NOT zips.position ~= excluded.position
       OR (zips.time_zone, zips.city, zips.state) IS DISTINCT FROM (
         excluded.time_zone, coalesce(excluded.city, zips.city), coalesce(excluded.state, zips.state)
       )
"""
_ADD_UNKNOWN = """
    INSERT INTO zips (zip, position, city, state, time_zone)
    SELECT zip, position, city, state, time_zone FROM staged_zips ON CONFLICT (zip) DO NOTHING
"""
# People may have given the places that they entered another time zone.
_ZONE = "CASE WHEN l.source = 'MANUAL' THEN coalesce(l.time_zone, z.time_zone) ELSE z.time_zone END"
# A position better than a centroid stays. Who edits one of the places meanwhile is waited for.
_COMPARE = """
    CREATE TEMPORARY TABLE moved_locations ON COMMIT DROP AS
    SELECT l.id, l.npi, z.position, {zone} AS time_zone, {differences}
    FROM companies c JOIN locations l ON l.npi = c.npi
    JOIN zips z ON z.zip = left(l.postal_code, 5) AND l.country = 'US'
    WHERE l.position_precision IS DISTINCT FROM 'ROOFTOP'
      AND (l.position IS NULL OR NOT l.position ~= z.position OR l.time_zone IS DISTINCT FROM {zone})
    ORDER BY l.npi, l.id FOR NO KEY UPDATE OF c, l
"""
_DIFFERENCES = {
    "position": ("l.position::text", "z.position::text"),
    "position_precision": ("l.position_precision", "'ZIP5_CENTROID'"),
    "time_zone": ("l.time_zone", _ZONE),
}
_PLACE = """
    WITH placed AS (
      UPDATE locations l SET {assignments} FROM moved_locations m WHERE l.id = m.id
      RETURNING l.npi, l.id, l.version, m.fields, m.old, m.new
    )
    INSERT INTO noted_changes (npi, location_id, part_version, kind, fields, old, new, load_id)
    SELECT npi, id, version, 'LOCATION_UPDATED', fields, old, new, $1 FROM placed
"""
_PLACED = {"position": "m.position", "position_precision": "'ZIP5_CENTROID'", "time_zone": "m.time_zone"}
_NOTE_LOAD = """
    INSERT INTO loads (file_kind, file_name, source, is_full, counts)
    VALUES ('ZIPS', $1, 'MANUAL', true, jsonb_build_object('read', $2::int, 'changed', $3::int)) RETURNING id
"""


@dataclass(frozen=True)
class ZipSummary:
    """What became of a file of centroids; `without_position` rows had no coordinates."""

    read: int
    changed: int
    located: int
    without_position: int
    rejected: int


async def load_zips(
    connection: asyncpg.Connection, path: Path, *, max_rejected: int = 0, rejects: Path | None = None
) -> ZipSummary:
    """Load a file of ZIP centroids and place the locations whose ZIP it knows; all of it or nothing.

    What it may be is said in db/nppes/centroids.py. Raises LoadError.
    """
    file = read_centroids(path, max_rejected, rejects)
    if file.rejects.count > max_rejected:
        raise RowsRejectedError(file.rejects.refusal())
    with telling():
        async with connection.transaction():
            await _stage(connection, file.by_zip.values())
            changed = _count(await connection.execute(_MERGE))
            load_id = await connection.fetchval(_NOTE_LOAD, path.name, file.read, changed)
            located = await _place(connection, load_id)
    return ZipSummary(file.read, changed, located, file.without_position, file.rejects.count)


async def load_places(connection: asyncpg.Connection) -> None:
    """Add the centroids of the built-in sample's places, where nothing is known of those ZIPs yet."""
    centroids = (Centroid(p.zip, p.latitude, p.longitude, p.city, p.state) for p in places())
    async with connection.transaction():
        await _stage(connection, centroids)
        await connection.execute(_ADD_UNKNOWN)


async def _place(connection: asyncpg.Connection, load_id: int) -> int:
    """Move locations to where their ZIPs are now, and record it; return how many."""
    # db/nppes/facets.py
    await connection.execute("SET LOCAL ariesone.lists_later = 'on'")
    await staging.create_for_changes(connection)
    await connection.execute(fill(_COMPARE, zone=_ZONE, differences=differences(_DIFFERENCES)))
    await connection.execute("ANALYZE moved_locations")
    await facets.note_before(connection, "SELECT npi FROM moved_locations")
    located = _count(await connection.execute(fill(_PLACE, assignments=assigned(_PLACED)), load_id))
    await touching.touch(connection)
    await record_changes(connection)
    return located


async def _stage(connection: asyncpg.Connection, centroids: Iterable[Centroid]) -> None:
    await connection.execute(_STAGE)
    buffer = StringIO()
    csv.writer(buffer).writerows(centroid.row for centroid in centroids)
    await connection.copy_to_table("staged_zips", source=BytesIO(buffer.getvalue().encode()), format="csv")


def _count(tag: str) -> int:
    return int(tag.rsplit(" ", 1)[-1])
