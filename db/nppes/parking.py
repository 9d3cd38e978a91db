"""What the two smaller files say that can't be shown yet, kept until it can, whatever order files are loaded in.

That is what they say of numbers that are no companies here so far, and secondary locations which are their
company's primary one over again. Once a full main file of the same day or later is there, the other numbers are
individuals', of whom nothing is kept.
"""

import asyncpg

from db.nppes import facets, twins
from db.nppes.edition import Edition
from db.nppes.statements import LOCATION, NOTE_ADDED, OF_ZIP, fill, listed, rows

_IS_COVERED = """
    SELECT EXISTS (
      SELECT FROM loads WHERE file_kind = 'COMPANIES' AND source = 'NPPES' AND is_full AND period_end >= $1
    )
"""
_NEWER = """
    INSERT INTO newer
    SELECT s.npi FROM (SELECT DISTINCT npi FROM {staged}) s
    LEFT JOIN companies c ON c.npi = s.npi AND c.source = 'NPPES'
    LEFT JOIN (SELECT DISTINCT npi, as_of FROM {parked}) p ON p.npi = s.npi
    WHERE {is_newer}
"""
_NEWER_ANYWHERE = """
    INSERT INTO newer
    SELECT npi FROM companies WHERE source = 'NPPES' AND {column} > '{as_of}'
    UNION SELECT npi FROM {parked} WHERE as_of > '{as_of}'
    EXCEPT SELECT npi FROM newer
"""
_REPLACE_ALL = "DELETE FROM {parked} p WHERE NOT EXISTS (SELECT FROM newer n WHERE n.npi = p.npi)"
_REPLACE = "DELETE FROM {parked} p WHERE EXISTS (SELECT FROM {staged} s WHERE s.npi = p.npi)"

_IS_STRANGER = "NOT EXISTS (SELECT FROM companies c WHERE c.npi = s.npi AND c.source = 'NPPES')"
_MAY_BE_COMPANY = "EXISTS (SELECT FROM deactivations d WHERE d.npi = s.npi AND d.deactivated_on IS NOT NULL)"

_PARK_PRIMARIES = """
    INSERT INTO parked_locations (npi, id, {columns}, as_of)
    SELECT l.npi, l.id, {values}, c.locations_as_of FROM locations l JOIN companies c USING (npi)
    WHERE l.id IN (SELECT id FROM twins) AND l.source = 'NPPES' AND l.kind = 'SECONDARY_PRACTICE'
    ON CONFLICT DO NOTHING
"""

_NAMED = "SELECT p.npi FROM parked_names p JOIN companies c USING (npi) WHERE c.source = 'NPPES'"
_NAME = """
    WITH named AS (
      UPDATE companies c SET further_names = p.names, names_as_of = p.as_of, updated_at = now(),
             version = CASE WHEN c.updated_at = now() THEN c.version ELSE c.version + 1 END
      FROM parked_names p JOIN companies o ON o.npi = p.npi
      WHERE p.npi = c.npi AND c.source = 'NPPES'
      RETURNING c.npi, c.created_at, o.further_names AS before, p.names
    ), gone AS (
      DELETE FROM parked_names p USING named n WHERE n.npi = p.npi
    ), completed AS (
      UPDATE noted_changes c SET new = c.new || jsonb_build_object('further_names', n.names)
      FROM named n WHERE c.npi = n.npi AND c.kind = 'COMPANY_CREATED' AND n.created_at = now()
    )
    INSERT INTO noted_changes (npi, kind, fields, old, new, load_id)
    SELECT npi, 'COMPANY_UPDATED', '{{further_names}}', jsonb_build_object('further_names', before),
      jsonb_build_object('further_names', names), $1
    FROM named WHERE created_at <> now()
"""
_DATE_SETS = """
    UPDATE companies c SET locations_as_of = p.as_of
    FROM (SELECT DISTINCT npi, as_of FROM parked_locations) p
    WHERE p.npi = c.npi AND c.source = 'NPPES' AND c.locations_as_of IS DISTINCT FROM p.as_of
"""
_PRIMARIES = """
    SELECT l.npi, l.line1, l.line2, l.city, l.state, l.postal_code
    FROM (SELECT DISTINCT npi FROM parked_locations) p JOIN locations l USING (npi)
    WHERE l.source = 'NPPES' AND l.kind = 'PRIMARY_PRACTICE'
"""
_PLACED = """
    SELECT s.npi FROM parked_locations s JOIN companies c USING (npi)
    WHERE c.source = 'NPPES' AND NOT EXISTS (SELECT FROM twins t WHERE t.id = s.id)
"""
_PLACE = """
    WITH placed AS (
      DELETE FROM parked_locations s USING companies c
      WHERE c.npi = s.npi AND c.source = 'NPPES' AND NOT EXISTS (SELECT FROM twins t WHERE t.id = s.id)
      RETURNING s.*
    ), added AS (
      INSERT INTO locations (npi, id, kind, source, {columns}, position, position_precision, time_zone)
      SELECT s.npi, s.id, 'SECONDARY_PRACTICE', 'NPPES', {values},
             z.position, CASE WHEN z.position IS NOT NULL THEN 'ZIP5_CENTROID' END, z.time_zone
      FROM placed s {zip}
      RETURNING *
    )
    {note}
"""
_FORGET_INDIVIDUALS = """
    DELETE FROM {parked} s
    WHERE {is_stranger} AND NOT {may_be_company}
      AND coalesce(s.as_of, (
        SELECT max(period_end) FROM loads WHERE file_kind = '{kind}' AND source = 'NPPES' AND is_full
      )) <= '{as_of}'
"""


async def drop_newer(
    connection: asyncpg.Connection, edition: Edition, staged: str, parked: str, column: str
) -> int:
    """Take away staged rows of numbers of which a newer file has spoken; return how many.

    Leaves those numbers in the temporary table `newer`; `column` is the stamp of companies. What is parked of all
    the others, of which the file speaks, goes.
    """
    await connection.execute("DROP TABLE IF EXISTS pg_temp.newer")
    await connection.execute('CREATE TEMPORARY TABLE newer (npi text COLLATE "C") ON COMMIT DROP')
    if edition.is_sample:
        return 0
    older = 0
    if not edition.is_newest:
        stamp = f"CASE WHEN c.npi IS NULL THEN p.as_of ELSE c.{column} END"
        is_newer = edition.is_newer(stamp)
        await connection.execute(fill(_NEWER, staged=staged, parked=parked, is_newer=is_newer))
        if edition.is_baseline:
            await connection.execute(fill(_NEWER_ANYWHERE, parked=parked, column=column, as_of=str(edition.as_of)))
        await connection.execute("ANALYZE newer")
        deleted = await connection.execute(
            fill("DELETE FROM {staged} s USING newer n WHERE n.npi = s.npi", staged=staged)
        )
        older = rows(deleted)
    replace = _REPLACE_ALL if edition.is_baseline else _REPLACE
    await connection.execute(fill(replace, parked=parked, staged=staged))
    return older


async def strangers_to_park(
    connection: asyncpg.Connection, edition: Edition, is_stranger: str = _IS_STRANGER
) -> str | None:
    """Return the SQL condition for staged rows `s` of numbers that may become companies; None where none can.

    `is_stranger` is the one that a row's number is no company's.
    """
    if edition.is_sample:
        return None
    is_covered = await connection.fetchval(_IS_COVERED, edition.as_of)
    return f"{is_stranger} AND {_MAY_BE_COMPANY}" if is_covered else is_stranger


async def park_primaries(connection: asyncpg.Connection) -> None:
    """Park the secondary locations that `twins` says are primary ones now, before they are removed."""
    await connection.execute(fill(_PARK_PRIMARIES, columns=listed(LOCATION), values=listed(LOCATION, "l")))


async def settle(connection: asyncpg.Connection, load_id: int, edition: Edition) -> int:
    """After a main file: give companies what was parked for them; return how many locations were added."""
    if edition.is_sample:
        return 0
    await facets.note_before(connection, _NAMED)
    await connection.execute(fill(_NAME), load_id)
    await connection.execute(_DATE_SETS)
    await twins.find(connection, _PRIMARIES)
    await facets.note_before(connection, _PLACED)
    place = fill(_PLACE, columns=listed(LOCATION), values=listed(LOCATION, "s"), zip=OF_ZIP, note=NOTE_ADDED)
    added = rows(await connection.execute(place, load_id))
    if edition.is_baseline:
        for parked, kind in (("parked_locations", "LOCATIONS"), ("parked_names", "NAMES")):
            pieces = {"is_stranger": _IS_STRANGER, "may_be_company": _MAY_BE_COMPANY}
            await connection.execute(
                fill(_FORGET_INDIVIDUALS, parked=parked, kind=kind, as_of=str(edition.as_of), **pieces)
            )
    return added
