"""What a file says of a number's status alone: deactivated, or given to an individual."""

from collections import Counter

import asyncpg

from db.nppes import facets, repeats
from db.nppes.edition import Edition
from db.nppes.merge_companies import flag_and_kind, record
from db.nppes.sifting import drop_outlived, drop_repeated
from db.nppes.statements import assigned, differences, fill, rows, stamped

_COMPARE_DEACTIVATED = """
    CREATE TEMPORARY TABLE deactivated_companies ON COMMIT DROP AS
    SELECT s.npi, s.deactivated_on, {replacement} AS replacement_npi, {kind} AS kind, {is_active} AS is_active,
      {diff}
    FROM staged_deactivations s JOIN companies c USING (npi)
    WHERE (c.npi_status, c.deactivated_on, c.replacement_npi)
      IS DISTINCT FROM ('DEACTIVATED', s.deactivated_on, {replacement})
    ORDER BY s.npi FOR NO KEY UPDATE OF c
"""
# The report of deactivations names none, and takes none away.
_REPLACEMENT = "coalesce(s.replacement_npi, c.replacement_npi)"
# What the company was stays on record; only a company of NPPES can have become an individual there.
_COMPARE_INDIVIDUALS = """
    CREATE TEMPORARY TABLE individual_companies ON COMMIT DROP AS
    SELECT s.npi, {kind} AS kind, {is_active} AS is_active, {diff}
    FROM staged_people s JOIN companies c USING (npi)
    WHERE c.source = 'NPPES'
      AND (c.npi_status, c.deactivated_on, c.replacement_npi) IS DISTINCT FROM ('UNKNOWN', NULL::date, NULL::text)
    ORDER BY s.npi FOR NO KEY UPDATE OF c
"""
_UPDATE = "UPDATE companies c SET {assignments} FROM {table} d WHERE c.npi = d.npi"
_STAMP = """
    UPDATE companies c SET status_as_of = {stamp} FROM {staged} s
    WHERE c.npi = s.npi AND c.status_as_of IS DISTINCT FROM {stamp}
"""

_IS_STAGED = "SELECT EXISTS (SELECT FROM staged_deactivations) OR EXISTS (SELECT FROM staged_people)"
# Each look through all companies takes seconds where there is no index on their numbers yet. They are counted,
# since EXISTS is planned as if one of the first were among them.
_COMPANIES = """
    SELECT count(*) FROM companies
    WHERE npi IN (SELECT npi FROM staged_deactivations UNION ALL SELECT npi FROM staged_people)
"""
_IS_NO_COMPANY = "NOT EXISTS (SELECT FROM companies c WHERE c.npi = s.npi)"
_REMEMBER = """
    INSERT INTO deactivations AS d (npi, deactivated_on, replacement_npi, as_of)
    SELECT s.npi, s.deactivated_on, s.replacement_npi, {stamp} FROM staged_deactivations s
    WHERE {is_no_company}
    ON CONFLICT (npi) DO UPDATE SET deactivated_on = excluded.deactivated_on, as_of = excluded.as_of,
      replacement_npi = coalesce(excluded.replacement_npi, d.replacement_npi)
    WHERE (d.deactivated_on, d.replacement_npi)
      IS DISTINCT FROM (excluded.deactivated_on, coalesce(excluded.replacement_npi, d.replacement_npi))
"""
_STAMP_REMEMBERED = """
    UPDATE deactivations d SET as_of = {stamp} FROM staged_deactivations s
    WHERE s.npi = d.npi AND d.as_of IS DISTINCT FROM {stamp}
"""
# An older file may still come that names the number as deactivated.
_REMEMBER_REACTIVATED = """
    INSERT INTO deactivations (npi, deactivated_on, as_of)
    SELECT DISTINCT s.npi, NULL::date, {stamp} FROM staged_people s
    WHERE s.was_deactivated AND {is_no_company}
    ON CONFLICT (npi) DO UPDATE SET deactivated_on = NULL, replacement_npi = NULL, as_of = excluded.as_of
    WHERE (deactivations.deactivated_on, deactivations.as_of) IS DISTINCT FROM (NULL::date, excluded.as_of)
"""
# Two statements, since only a condition that stands alone is a join.
_FORGET = (
    "DELETE FROM deactivations d WHERE EXISTS (SELECT FROM companies c WHERE c.npi = d.npi)",
    """
    DELETE FROM deactivations d
    WHERE EXISTS (SELECT FROM staged_people p WHERE p.npi = d.npi AND NOT p.was_deactivated)
    """,
)


async def merge(connection: asyncpg.Connection, load_id: int, edition: Edition) -> Counter[str]:
    """Merge what is staged of statuses, after the organisations; return counts as FileSummary names them."""
    stamp = stamped(edition.stamp)
    counts = await _deactivate(connection, load_id, notes_facets=True)
    counts["became_individuals"] = await _give_to_individuals(connection, load_id)
    for staged in ("staged_deactivations", "staged_people"):
        await connection.execute(fill(_STAMP, staged=staged, stamp=stamp))
    counts["deactivations_noted"] = await _remember(connection, stamp)
    await connection.execute(fill(_STAMP_REMEMBERED, stamp=stamp))
    return counts


async def merge_first(connection: asyncpg.Connection, load_id: int, edition: Edition) -> Counter[str]:
    """Do the same after a first release: its companies have their stamps, and nothing was known before."""
    if not await connection.fetchval(_IS_STAGED):
        return Counter()
    if not await connection.fetchval(_COMPANIES):
        counts = Counter(duplicates=await drop_repeated(connection))
        counts["deactivations_noted"] = await _note(connection, stamped(edition.stamp), "true")
        return counts
    await repeats.forget_disputed(connection)
    counts = Counter(duplicates=await drop_outlived(connection, "companies"))
    # There is no index yet by which a company's locations could be found.
    counts.update(await _deactivate(connection, load_id, notes_facets=False))
    counts["deactivations_noted"] = await _note(connection, stamped(edition.stamp), _IS_NO_COMPANY)
    return counts


async def _remember(connection: asyncpg.Connection, stamp: str) -> int:
    """Keep what is said of numbers without a company; return how many deactivations are new."""
    noted = await _note(connection, stamp, _IS_NO_COMPANY)
    for statement in _FORGET:
        await connection.execute(statement)
    return noted


async def _note(connection: asyncpg.Connection, stamp: str, is_no_company: str) -> int:
    pieces = {"stamp": stamp, "is_no_company": is_no_company}
    noted = rows(await connection.execute(fill(_REMEMBER, **pieces)))
    await connection.execute(fill(_REMEMBER_REACTIVATED, **pieces))
    return noted


async def _deactivate(connection: asyncpg.Connection, load_id: int, *, notes_facets: bool) -> Counter[str]:
    """Take the rows that hold only a number and a date: the last known record stays, its status changes."""
    is_active, kind = flag_and_kind("'DEACTIVATED'")
    pairs = {
        "npi_status": ("c.npi_status", "'DEACTIVATED'"),
        "deactivated_on": ("c.deactivated_on", "s.deactivated_on"),
        "replacement_npi": ("c.replacement_npi", _REPLACEMENT),
        "is_active": ("c.is_active", is_active),
    }
    pieces = {"kind": kind, "is_active": is_active, "diff": differences(pairs), "replacement": _REPLACEMENT}
    await connection.execute(fill(_COMPARE_DEACTIVATED, **pieces))
    if notes_facets:
        await facets.note_before(connection, "SELECT npi FROM deactivated_companies")
    values = {
        "npi_status": "'DEACTIVATED'", "deactivated_on": "d.deactivated_on",
        "replacement_npi": "d.replacement_npi", "is_active": "d.is_active",
    }  # fmt: skip
    await connection.execute(fill(_UPDATE, table="deactivated_companies", assignments=assigned(values)))
    return await record(connection, "deactivated_companies", load_id)


async def _give_to_individuals(connection: asyncpg.Connection, load_id: int) -> int:
    is_active, kind = flag_and_kind("'UNKNOWN'")
    pairs = {
        "npi_status": ("c.npi_status", "'UNKNOWN'"),
        "deactivated_on": ("c.deactivated_on", "NULL::date"),
        # Nothing stands for a number that is in use, whoever has it now.
        "replacement_npi": ("c.replacement_npi", "NULL::text"),
        "is_active": ("c.is_active", is_active),
    }
    await connection.execute(fill(_COMPARE_INDIVIDUALS, kind=kind, is_active=is_active, diff=differences(pairs)))
    await facets.note_before(connection, "SELECT npi FROM individual_companies")
    values = {
        "npi_status": "'UNKNOWN'", "deactivated_on": "NULL", "replacement_npi": "NULL", "is_active": "d.is_active",
    }  # fmt: skip
    await connection.execute(fill(_UPDATE, table="individual_companies", assignments=assigned(values)))
    return (await record(connection, "individual_companies", load_id)).total()
