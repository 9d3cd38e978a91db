"""What a main file or a report of deactivations may still say: its last word on a number, if none is newer."""

from collections import Counter

import asyncpg

from db.nppes.edition import Edition
from db.nppes.statements import fill, rows

# Of the rows of one organisation the one with the latest "Last Update Date" stands, of equals the first.
_LATEST_ORGANISATION = """
    WITH twice AS (SELECT npi FROM staged_companies GROUP BY npi HAVING count(*) > 1), latest AS (
      SELECT DISTINCT ON (npi) npi, line FROM staged_companies JOIN twice USING (npi)
      ORDER BY npi, nppes_updated_on DESC NULLS LAST, line
    )
    DELETE FROM staged_companies s USING latest d WHERE s.npi = d.npi AND s.line <> d.line
"""
_LATEST_DEACTIVATION = """
    WITH twice AS (SELECT npi FROM staged_deactivations GROUP BY npi HAVING count(*) > 1), latest AS (
      SELECT DISTINCT ON (npi) npi, line FROM staged_deactivations JOIN twice USING (npi)
      ORDER BY npi, deactivated_on DESC, line
    )
    DELETE FROM staged_deactivations s USING latest d WHERE s.npi = d.npi AND s.line <> d.line
"""
# An organisation's row was written after the day that a row of number and date names.
_OUTLIVED = """
    DELETE FROM staged_deactivations s USING {organisations} d
    WHERE s.npi = d.npi AND s.deactivated_on < d.nppes_updated_on
"""
_ORGANISATIONS_FIRST = """
    DELETE FROM staged_people p USING staged_companies s WHERE s.npi = p.npi
"""
_PEOPLE_NEXT = """
    DELETE FROM staged_deactivations s USING staged_people p WHERE s.npi = p.npi
"""

_OLDER_RECORDS = """
    DELETE FROM staged_companies s USING companies c
    WHERE c.npi = s.npi AND c.source = 'NPPES' AND {is_newer}
"""
_KEEP_STATUS = """
    UPDATE staged_companies s
    SET npi_status = c.npi_status, deactivated_on = c.deactivated_on, replacement_npi = c.replacement_npi,
        status_as_of = c.status_as_of, is_status_kept = true
    FROM companies c
    WHERE c.npi = s.npi AND (c.source = 'NPPES' OR c.status_as_of IS NOT NULL) AND {is_newer}
"""
_KEEP_REMEMBERED = """
    UPDATE staged_companies s
    SET npi_status = CASE WHEN d.deactivated_on IS NULL THEN 'UNKNOWN' ELSE 'DEACTIVATED' END,
        deactivated_on = d.deactivated_on, replacement_npi = d.replacement_npi, status_as_of = d.as_of,
        is_status_kept = true
    FROM deactivations d WHERE d.npi = s.npi AND {is_newer}
"""
_OLDER_STATUS = """
    DELETE FROM {staged} s USING companies c
    WHERE c.npi = s.npi AND (c.source = 'NPPES' OR c.status_as_of IS NOT NULL) AND {is_newer}
"""
_OLDER_REMEMBERED = "DELETE FROM {staged} s USING deactivations d WHERE d.npi = s.npi AND {is_newer}"

# What only the full file before this one said keeps that file's day, since null stands for this one from now on.
_KEEP_DAYS = (
    # Whom the file doesn't name is found out once, since two million companies are compared with as many rows.
    """
    CREATE TEMPORARY TABLE unnamed ON COMMIT DROP AS SELECT c.npi FROM companies c
    WHERE c.source = 'NPPES' AND (c.record_as_of IS NULL OR c.status_as_of IS NULL)
      AND NOT EXISTS (SELECT FROM staged_companies s WHERE s.npi = c.npi)
      AND NOT EXISTS (SELECT FROM staged_repeats s WHERE s.npi = c.npi)
    """,
    "ANALYZE unnamed",
    """
    UPDATE companies c SET record_as_of = '{day}' FROM unnamed u
    WHERE u.npi = c.npi AND c.record_as_of IS NULL
    """,
    """
    UPDATE companies c SET status_as_of = '{day}' FROM unnamed u
    WHERE u.npi = c.npi AND c.status_as_of IS NULL
      AND NOT EXISTS (SELECT FROM staged_deactivations s WHERE s.npi = c.npi)
      AND NOT EXISTS (SELECT FROM staged_people s WHERE s.npi = c.npi)
    """,
    """
    UPDATE deactivations d SET as_of = '{day}'
    WHERE d.as_of IS NULL AND NOT EXISTS (SELECT FROM staged_deactivations s WHERE s.npi = d.npi)
    """,
)


async def sift(connection: asyncpg.Connection, edition: Edition) -> Counter[str]:
    """Leave in the staging tables one word a number, and only where nothing newer is known; return counts.

    An organisation's row that is newer than the company's record but older than what is known of its status keeps
    that status.
    """
    counts = Counter(duplicates=await _drop_duplicates(connection))
    if not edition.is_newest:
        counts["older"] = await _drop_older(connection, edition)
    await keep_days(connection, edition)
    return counts


async def drop_outlived(connection: asyncpg.Connection, organisations: str) -> int:
    """Take away deactivations that an organisation's row of the same file outlived; return how many."""
    twice = await drop_repeated(connection)
    return twice + rows(await connection.execute(fill(_OUTLIVED, organisations=organisations)))


async def drop_repeated(connection: asyncpg.Connection) -> int:
    """Leave the latest of the deactivations of each number; return how many are taken away."""
    return rows(await connection.execute(_LATEST_DEACTIVATION))


async def keep_days(connection: asyncpg.Connection, edition: Edition) -> None:
    """Before a full file becomes the one that null stands for: date what it doesn't speak of."""
    if edition.is_baseline and not edition.is_sample and edition.as_of != edition.baseline:
        for statement in _KEEP_DAYS:
            await connection.execute(fill(statement, day=str(edition.earlier_baseline)))


async def _drop_duplicates(connection: asyncpg.Connection) -> int:
    count = rows(await connection.execute(_LATEST_ORGANISATION))
    count += rows(await connection.execute(_ORGANISATIONS_FIRST))
    count += rows(await connection.execute(_PEOPLE_NEXT))
    return count + await drop_outlived(connection, "staged_companies")


async def _drop_older(connection: asyncpg.Connection, edition: Edition) -> int:
    record, status, remembered = (
        edition.is_newer(column) for column in ("c.record_as_of", "c.status_as_of", "d.as_of")
    )
    count = rows(await connection.execute(fill(_OLDER_RECORDS, is_newer=record)))
    await connection.execute(fill(_KEEP_STATUS, is_newer=status))
    await connection.execute(fill(_KEEP_REMEMBERED, is_newer=remembered))
    for staged in ("staged_deactivations", "staged_people"):
        older = rows(await connection.execute(fill(_OLDER_STATUS, staged=staged, is_newer=status)))
        older += rows(await connection.execute(fill(_OLDER_REMEMBERED, staged=staged, is_newer=remembered)))
        count += older if staged == "staged_deactivations" else 0
    return count
