"""The main file's merge: new, changed, deactivated and reactivated companies, and what changed about each."""

from collections import Counter

import asyncpg

from db.nppes.statements import assigned, differing, fill, listed, rows

# What NPPES says of a company; the other columns belong to people, to the other files or to the directory.
FIELDS = (
    "name", "other_names", "npi_status", "deactivated_on", "reactivated_on", "enumerated_on",
    "nppes_updated_on", "certified_on", "is_subpart", "parent_name", "taxonomies", "taxonomy_codes",
    "identifiers", "mailing_address", "phone", "fax", "authorized_official",
)  # fmt: skip

# NPPES's word moves the administrator's flag when it changes, unless the flag is pinned.
_IS_ACTIVE = """
    CASE WHEN c.is_active_pinned THEN c.is_active
         WHEN c.npi_status <> 'DEACTIVATED' AND {status} = 'DEACTIVATED' THEN false
         WHEN c.npi_status = 'DEACTIVATED' AND {status} = 'ACTIVE' THEN true
         ELSE c.is_active END
"""
_KIND = """
    CASE WHEN c.npi_status <> 'DEACTIVATED' AND {status} = 'DEACTIVATED' THEN 'COMPANY_DEACTIVATED'
         WHEN c.npi_status = 'DEACTIVATED' AND {status} = 'ACTIVE' THEN 'COMPANY_REACTIVATED'
         ELSE 'COMPANY_UPDATED' END
"""

_COUNTED = {
    "COMPANY_UPDATED": "changed",
    "COMPANY_DEACTIVATED": "deactivated",
    "COMPANY_REACTIVATED": "reactivated",
}

# CMS names an NPI once in a file; should it come twice, the first row stands.
_FIRST_ROW_STANDS = """
    DELETE FROM {table} s USING (SELECT npi, min(line) AS line FROM {table} GROUP BY npi HAVING count(*) > 1) d
    WHERE s.npi = d.npi AND s.line > d.line
"""
_REMOVE_SAMPLE = """
    WITH removed AS (
      DELETE FROM companies c WHERE c.source = 'SAMPLE' AND {condition} RETURNING c.npi
    )
    INSERT INTO changes (npi, kind, load_id) SELECT npi, 'COMPANY_REMOVED', $1 FROM removed
"""
_COMPARE = """
    CREATE TEMPORARY TABLE changed_companies ON COMMIT DROP AS
    SELECT s.npi, {kind} AS kind, {is_active} AS is_active, {fields} AS fields
    FROM staged_companies s JOIN companies c USING (npi)
    WHERE ({old}, c.source) IS DISTINCT FROM ({new}, '{source}')
"""
_UPDATE = """
    UPDATE companies c SET {assignments}
    FROM changed_companies d JOIN staged_companies s USING (npi) WHERE c.npi = d.npi
"""
_CREATE = """
    WITH created AS (
      INSERT INTO companies (npi, is_active, source, {columns})
      SELECT s.npi, s.npi_status = 'ACTIVE', '{source}', {new} FROM staged_companies s
      WHERE NOT EXISTS (SELECT FROM companies c WHERE c.npi = s.npi)
      RETURNING npi
    )
    INSERT INTO changes (npi, kind, load_id) SELECT npi, 'COMPANY_CREATED', $1 FROM created
"""
_COMPARE_DEACTIVATED = """
    CREATE TEMPORARY TABLE deactivated_companies ON COMMIT DROP AS
    SELECT s.npi, s.deactivated_on, {kind} AS kind, {is_active} AS is_active, {fields} AS fields
    FROM staged_deactivations s JOIN companies c USING (npi)
    WHERE c.npi_status <> 'DEACTIVATED' OR c.deactivated_on IS DISTINCT FROM s.deactivated_on
"""
_DEACTIVATE = "UPDATE companies c SET {assignments} FROM deactivated_companies d WHERE c.npi = d.npi"
_RECORD = """
    INSERT INTO changes (npi, kind, fields, load_id) SELECT npi, kind, fields, $1 FROM {table} RETURNING kind
"""
_REMEMBER = """
    INSERT INTO deactivations (npi, deactivated_on)
    SELECT s.npi, s.deactivated_on FROM staged_deactivations s
    WHERE NOT EXISTS (SELECT FROM companies c WHERE c.npi = s.npi)
    ON CONFLICT (npi) DO UPDATE SET deactivated_on = excluded.deactivated_on
    WHERE deactivations.deactivated_on <> excluded.deactivated_on
"""
_FORGET = """
    DELETE FROM deactivations d
    WHERE EXISTS (SELECT FROM companies c WHERE c.npi = d.npi)
       OR EXISTS (SELECT FROM staged_people p WHERE p.npi = d.npi)
"""


async def merge(connection: asyncpg.Connection, source: str, load_id: int) -> Counter[str]:
    """Merge staged companies and deactivations; return counts as FileSummary names them."""
    await connection.execute(fill(_FIRST_ROW_STANDS, table="staged_companies"))
    counts: Counter[str] = Counter(unchanged=await connection.fetchval("SELECT count(*) FROM staged_companies"))
    counts["removed"] = await _remove_sample(connection, source, load_id)
    updated = await _update(connection, source, load_id)
    create = fill(_CREATE, columns=listed(FIELDS), new=listed(FIELDS, "s"), source=source)
    counts["created"] = rows(await connection.execute(create, load_id))
    counts["unchanged"] -= updated.total() + counts["created"]
    counts.update(updated)
    counts.update(await deactivate(connection, load_id))
    return counts


async def _remove_sample(connection: asyncpg.Connection, source: str, load_id: int) -> int:
    """Make way: real companies for the whole sample, a new sample for what it lacks."""
    absent = "NOT EXISTS (SELECT FROM staged_companies s WHERE s.npi = c.npi)"
    condition = absent if source == "SAMPLE" else "true"
    return rows(await connection.execute(fill(_REMOVE_SAMPLE, condition=condition), load_id))


async def _update(connection: asyncpg.Connection, source: str, load_id: int) -> Counter[str]:
    is_active = fill(_IS_ACTIVE, status="s.npi_status")
    pairs = {field: (f"c.{field}", f"s.{field}") for field in FIELDS}
    pairs |= {"is_active": ("c.is_active", is_active), "source": ("c.source", f"'{source}'")}
    pieces = {"old": listed(FIELDS, "c"), "new": listed(FIELDS, "s"), "source": source}
    kind = fill(_KIND, status="s.npi_status")
    await connection.execute(fill(_COMPARE, kind=kind, is_active=is_active, fields=differing(pairs), **pieces))
    values = {field: f"s.{field}" for field in FIELDS} | {"is_active": "d.is_active", "source": f"'{source}'"}
    await connection.execute(fill(_UPDATE, assignments=assigned(values)))
    return await _record(connection, "changed_companies", load_id)


async def deactivate(connection: asyncpg.Connection, load_id: int) -> Counter[str]:
    """Take the staged rows that hold only a number and a date: the last known record stays, its status changes."""
    await connection.execute(fill(_FIRST_ROW_STANDS, table="staged_deactivations"))
    is_active = fill(_IS_ACTIVE, status="'DEACTIVATED'")
    pairs = {
        "npi_status": ("c.npi_status", "'DEACTIVATED'"),
        "deactivated_on": ("c.deactivated_on", "s.deactivated_on"),
        "is_active": ("c.is_active", is_active),
    }
    kind = fill(_KIND, status="'DEACTIVATED'")
    await connection.execute(fill(_COMPARE_DEACTIVATED, kind=kind, is_active=is_active, fields=differing(pairs)))
    values = {
        "npi_status": "'DEACTIVATED'", "deactivated_on": "d.deactivated_on", "is_active": "d.is_active",
    }  # fmt: skip
    await connection.execute(fill(_DEACTIVATE, assignments=assigned(values)))
    counts = await _record(connection, "deactivated_companies", load_id)
    counts["deactivations_noted"] = rows(await connection.execute(_REMEMBER))
    await connection.execute(_FORGET)
    return counts


async def _record(connection: asyncpg.Connection, table: str, load_id: int) -> Counter[str]:
    counted = f"WITH recorded AS ({fill(_RECORD, table=table)}) SELECT kind, count(*) FROM recorded GROUP BY 1"  # noqa: S608
    return Counter({_COUNTED[kind]: count for kind, count in await connection.fetch(counted, load_id)})
