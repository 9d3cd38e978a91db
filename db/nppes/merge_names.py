"""The merge of other names: an NPI's rows replace the list it had."""

from collections import Counter

import asyncpg

from db.nppes import facets, parking
from db.nppes.edition import Edition
from db.nppes.statements import assigned, fill, rows, stamped

_SKIP_STRANGERS = """
    DELETE FROM staged_names s
    WHERE NOT EXISTS (SELECT FROM companies c WHERE c.npi = s.npi AND c.source = '{source}')
"""
_FIRST_ROW_STANDS = """
    DELETE FROM staged_names s USING (
      SELECT npi, name, kind, min(line) AS line FROM staged_names GROUP BY 1, 2, 3 HAVING count(*) > 1
    ) d
    WHERE (s.npi, s.name, s.kind) = (d.npi, d.name, d.kind) AND s.line > d.line
"""
_LISTS = """
    SELECT npi, jsonb_agg(jsonb_build_object('name', name, 'kind', kind) ORDER BY line) AS names
    FROM staged_names s WHERE {condition} GROUP BY npi
"""
_PARK = f"INSERT INTO parked_names (npi, names, as_of) SELECT npi, names, {{stamp}} FROM ({_LISTS}) l"  # noqa: S608
_GROUP = f"CREATE TEMPORARY TABLE name_lists ON COMMIT DROP AS {fill(_LISTS, condition='true')}"
# A full file also speaks of those it doesn't name: they have no other names.
_EMPTY_THE_REST = """
    INSERT INTO name_lists
    SELECT c.npi, '[]' FROM companies c
    WHERE c.source = '{source}' AND c.further_names <> '[]'
      AND NOT EXISTS (SELECT FROM staged_names s WHERE s.npi = c.npi)
      AND NOT EXISTS (SELECT FROM newer n WHERE n.npi = c.npi)
"""
_STAMP_ALL = """
    UPDATE companies c SET names_as_of = NULL
    WHERE c.names_as_of IS NOT NULL AND NOT EXISTS (SELECT FROM newer n WHERE n.npi = c.npi)
"""
_STAMP = """
    UPDATE companies c SET names_as_of = {stamp} FROM name_lists n
    WHERE n.npi = c.npi AND c.names_as_of IS DISTINCT FROM {stamp}
"""
_CHANGED = "SELECT n.npi FROM name_lists n JOIN companies c USING (npi) WHERE c.further_names <> n.names"
_UPDATE = """
    WITH before AS (
      SELECT c.npi, c.further_names FROM companies c JOIN name_lists n USING (npi) WHERE c.further_names <> n.names
    ), updated AS (
      UPDATE companies c SET {assignments} FROM name_lists n
      WHERE c.npi = n.npi AND c.further_names <> n.names RETURNING c.npi, n.names
    )
    INSERT INTO noted_changes (npi, kind, fields, old, new, load_id)
    SELECT npi, 'COMPANY_UPDATED', '{{further_names}}', jsonb_build_object('further_names', b.further_names),
      jsonb_build_object('further_names', u.names), $1
    FROM updated u JOIN before b USING (npi)
"""


async def merge(connection: asyncpg.Connection, source: str, load_id: int, edition: Edition) -> Counter[str]:
    """Merge staged names; return counts as FileSummary names them."""
    counts = Counter(duplicates=rows(await connection.execute(_FIRST_ROW_STANDS)))
    counts["older"] = await parking.drop_newer(connection, edition, "staged_names", "parked_names", "names_as_of")
    counts["strangers"] = await park_strangers(connection, source, edition)
    await _group(connection)
    if edition.is_baseline:
        await connection.execute(fill(_EMPTY_THE_REST, source=source))
        await connection.execute("ANALYZE name_lists")
    await facets.note_before(connection, _CHANGED)
    update = fill(_UPDATE, assignments=assigned({"further_names": "n.names"}))
    counts["names_changed"] = rows(await connection.execute(update, load_id))
    await connection.execute(_STAMP_ALL if edition.is_baseline else fill(_STAMP, stamp=stamped(edition.stamp)))
    return counts


async def park_strangers(connection: asyncpg.Connection, source: str, edition: Edition) -> int:
    """Take staged names of other numbers away, and park those that may become companies; return how many rows."""
    condition = await parking.strangers_to_park(connection, edition)
    if condition is not None:
        await connection.execute(fill(_PARK, condition=condition, stamp=stamped(edition.stamp)))
    return rows(await connection.execute(fill(_SKIP_STRANGERS, source=source)))


async def finish_first(connection: asyncpg.Connection, source: str, edition: Edition) -> None:
    """After a first release, whose companies were written with their names: park the others, date the lists."""
    await park_strangers(connection, source, edition)
    if edition.stamp:
        await _group(connection)
        await connection.execute(fill(_STAMP, stamp=stamped(edition.stamp)))


async def _group(connection: asyncpg.Connection) -> None:
    """Make the table `name_lists` of staged names, for the rest of the transaction."""
    await connection.execute(_GROUP)
    await connection.execute("CREATE INDEX ON name_lists (npi)")
    await connection.execute("ANALYZE name_lists")
