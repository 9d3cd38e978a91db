"""The main file's merge: new, changed, deactivated and reactivated companies, and what changed about each."""

from collections import Counter

import asyncpg

from db.content import content_of
from db.nppes import facets
from db.nppes.edition import Edition
from db.nppes.sifting import sift
from db.nppes.statements import assigned, differences, fill, listed, rows, stamped
from db.tables import companies, licenses, locations

# What NPPES says of a company; the other columns belong to people, to the other files or to the directory.
FIELDS = (
    "name", "other_names", "npi_status", "deactivated_on", "reactivated_on", "replacement_npi", "enumerated_on",
    "nppes_updated_on", "certified_on", "is_subpart", "parent_name", "taxonomies", "taxonomy_codes",
    "identifiers", "mailing_address", "phone", "fax", "authorized_official",
)  # fmt: skip

# NPPES's word moves the administrator's flag when it changes, unless the flag is pinned. A number entered by hand
# is UNKNOWN and good, one that NPPES has given to an individual is UNKNOWN and no good to a company.
_IS_GOOD = "(c.npi_status = 'ACTIVE' OR (c.npi_status = 'UNKNOWN' AND c.source <> 'NPPES'))"
_IS_ACTIVE = f"""
    CASE WHEN c.is_active_pinned THEN c.is_active
         WHEN {_IS_GOOD} AND {{status}} <> 'ACTIVE' THEN false
         WHEN NOT {_IS_GOOD} AND {{status}} = 'ACTIVE' THEN true
         ELSE c.is_active END
"""
_KIND = f"""
    CASE WHEN {_IS_GOOD} AND {{status}} <> 'ACTIVE' THEN 'COMPANY_DEACTIVATED'
         WHEN NOT {_IS_GOOD} AND {{status}} = 'ACTIVE' THEN 'COMPANY_REACTIVATED'
         ELSE 'COMPANY_UPDATED' END
"""

_COUNTED = {
    "COMPANY_UPDATED": "changed",
    "COMPANY_DEACTIVATED": "deactivated",
    "COMPANY_REACTIVATED": "reactivated",
}

_COUNT = "SELECT (SELECT count(*) FROM staged_companies) + (SELECT count(*) FROM staged_repeats)"
# Among two million companies that are none each statement about them takes seconds.
_IS_SAMPLE_THERE = "SELECT EXISTS (SELECT FROM companies WHERE source = 'SAMPLE')"
_SAMPLE = "SELECT c.npi FROM companies c WHERE c.source = 'SAMPLE' AND {condition}"
# Who takes a company away takes what it has away first.
_NOTE_PARTS_OF_SAMPLE = """
    INSERT INTO noted_changes (npi, {id}, kind, old, load_id, version)
    SELECT p.npi, p.id, '{kind}', {content}, $1, c.version + 1
    FROM {table} p JOIN companies c USING (npi) WHERE c.source = 'SAMPLE' AND {condition}
"""
_PARTS = ((locations, "location_id", "LOCATION_REMOVED"), (licenses, "license_id", "LICENSE_REMOVED"))
_REMOVE_SAMPLE = """
    WITH removed AS (
      DELETE FROM companies c WHERE c.source = 'SAMPLE' AND {condition}
      RETURNING c.npi, c.version, {content} AS content
    )
    INSERT INTO noted_changes (npi, kind, old, load_id, version)
    SELECT npi, 'COMPANY_REMOVED', content, $1, version + 1 FROM removed
"""
# Whoever edits one of them meanwhile is waited for: what people own is compared as they leave it.
_COMPARE = """
    CREATE TEMPORARY TABLE changed_companies ON COMMIT DROP AS
    SELECT s.npi, {kind} AS kind, {is_active} AS is_active, {diff}
    FROM staged_companies s JOIN companies c USING (npi)
    WHERE ({old}, c.source) IS DISTINCT FROM ({new}, '{source}')
    ORDER BY s.npi FOR NO KEY UPDATE OF c
"""
_UPDATE = """
    UPDATE companies c SET {assignments}
    FROM changed_companies d JOIN staged_companies s USING (npi) WHERE c.npi = d.npi
"""
_CREATE = """
    WITH created AS (
      INSERT INTO companies (npi, is_active, source, record_as_of, status_as_of, {columns})
      SELECT s.npi, s.npi_status = 'ACTIVE', '{source}', {stamp}, {status_stamp}, {new} FROM staged_companies s
      WHERE NOT EXISTS (SELECT FROM companies c WHERE c.npi = s.npi)
      RETURNING npi, is_active, is_active_pinned, source, created_at, {columns}
    )
    INSERT INTO noted_changes (npi, kind, new, load_id)
    SELECT npi, 'COMPANY_CREATED', to_jsonb(created) - 'npi', $1 FROM created
"""
_RECORD = """
    INSERT INTO noted_changes (npi, kind, fields, old, new, load_id)
    SELECT npi, kind, fields, old, new, $1 FROM {table} RETURNING kind
"""
# An unchanged row, too, is known from this file now.
_STAMP = """
    UPDATE companies c SET record_as_of = {stamp}, status_as_of = {status_stamp} FROM staged_companies s
    WHERE c.npi = s.npi AND {is_stamped}
      AND (c.record_as_of, c.status_as_of) IS DISTINCT FROM ({stamp}, {status_stamp})
"""


async def merge(connection: asyncpg.Connection, source: str, load_id: int, edition: Edition) -> Counter[str]:
    """Merge staged organisations; return counts as FileSummary names them."""
    counts = await sift(connection, edition)
    counts["unchanged"] = await connection.fetchval(_COUNT)
    counts["removed"] = await _remove_sample(connection, source, load_id)
    updated = await _update(connection, source, load_id, edition)
    create = fill(_CREATE, columns=listed(FIELDS), new=listed(FIELDS, "s"), source=source, **_stamps(edition))
    counts["created"] = rows(await connection.execute(create, load_id))
    await facets.note_created(connection)
    counts["unchanged"] -= updated.total() + counts["created"]
    counts.update(updated)
    if not edition.is_sample:
        # Where the stamp is null most rows have it already.
        is_stamped = "true" if edition.stamp else "(c.record_as_of IS NOT NULL OR c.status_as_of IS NOT NULL)"
        await connection.execute(fill(_STAMP, is_stamped=is_stamped, **_stamps(edition)))
    return counts


def _stamps(edition: Edition) -> dict[str, str]:
    stamp = stamped(edition.stamp)
    return {"stamp": stamp, "status_stamp": f"CASE WHEN s.is_status_kept THEN s.status_as_of ELSE {stamp} END"}


async def _remove_sample(connection: asyncpg.Connection, source: str, load_id: int) -> int:
    """Make way: real companies for the whole sample, a new sample for what it lacks."""
    if not await connection.fetchval(_IS_SAMPLE_THERE):
        return 0
    absent = "NOT EXISTS (SELECT FROM staged_companies s WHERE s.npi = c.npi)"
    condition = absent if source == "SAMPLE" else "true"
    await facets.note_before(connection, fill(_SAMPLE, condition=condition))
    for table, id_, kind in _PARTS:
        pieces = {"table": table.name, "id": id_, "kind": kind, "content": content_of(table, "p")}
        await connection.execute(fill(_NOTE_PARTS_OF_SAMPLE, condition=condition, **pieces), load_id)
    remove = fill(_REMOVE_SAMPLE, condition=condition, content=content_of(companies, "c"))
    return rows(await connection.execute(remove, load_id))


async def _update(connection: asyncpg.Connection, source: str, load_id: int, edition: Edition) -> Counter[str]:
    is_active = fill(_IS_ACTIVE, status="s.npi_status")
    pairs = {field: (f"c.{field}", f"s.{field}") for field in FIELDS}
    pairs |= {"is_active": ("c.is_active", is_active), "source": ("c.source", f"'{source}'")}
    pieces = {"old": listed(FIELDS, "c"), "new": listed(FIELDS, "s"), "source": source}
    kind = fill(_KIND, status="s.npi_status")
    await connection.execute(fill(_COMPARE, kind=kind, is_active=is_active, diff=differences(pairs), **pieces))
    await facets.note_before(connection, "SELECT npi FROM changed_companies")
    stamps = _stamps(edition)
    values = {field: f"s.{field}" for field in FIELDS} | {"is_active": "d.is_active", "source": f"'{source}'"}
    values |= {"record_as_of": stamps["stamp"], "status_as_of": stamps["status_stamp"]}
    await connection.execute(fill(_UPDATE, assignments=assigned(values)))
    return await record(connection, "changed_companies", load_id)


async def record(connection: asyncpg.Connection, table: str, load_id: int) -> Counter[str]:
    """Write the changes that a table of `npi`, `kind` and `fields` holds; return how many of each kind."""
    counted = f"WITH recorded AS ({fill(_RECORD, table=table)}) SELECT kind, count(*) FROM recorded GROUP BY 1"  # noqa: S608
    return Counter({_COUNTED[kind]: count for kind, count in await connection.fetch(counted, load_id)})


def flag_and_kind(status: str) -> tuple[str, str]:
    """Return the SQL of a company's flag, and of the kind of change, once its status is the given SQL's."""
    return fill(_IS_ACTIVE, status=status), fill(_KIND, status=status)
