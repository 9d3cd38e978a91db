"""The merge of other names: an NPI's rows replace the list it had."""

from collections import Counter

import asyncpg

from db.nppes.statements import assigned, fill, rows

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
_GROUP = """
    CREATE TEMPORARY TABLE name_lists ON COMMIT DROP AS
    SELECT npi, jsonb_agg(jsonb_build_object('name', name, 'kind', kind) ORDER BY line) AS names
    FROM staged_names GROUP BY npi
"""
# A full file also speaks of those it doesn't name: they have no other names.
_EMPTY_THE_REST = """
    INSERT INTO name_lists
    SELECT c.npi, '[]' FROM companies c
    WHERE c.source = '{source}' AND c.further_names <> '[]'
      AND NOT EXISTS (SELECT FROM staged_names s WHERE s.npi = c.npi)
"""
_UPDATE = """
    WITH updated AS (
      UPDATE companies c SET {assignments} FROM name_lists n
      WHERE c.npi = n.npi AND c.further_names <> n.names RETURNING c.npi
    )
    INSERT INTO changes (npi, kind, fields, load_id)
    SELECT npi, 'COMPANY_UPDATED', '{{further_names}}', $1 FROM updated
"""


async def merge(connection: asyncpg.Connection, source: str, load_id: int, *, is_full: bool) -> Counter[str]:
    """Merge staged names; return counts as FileSummary names them."""
    counts: Counter[str] = Counter()
    counts["strangers"] = rows(await connection.execute(fill(_SKIP_STRANGERS, source=source)))
    counts.update(await group(connection))
    if is_full:
        await connection.execute(fill(_EMPTY_THE_REST, source=source))
        await connection.execute("ANALYZE name_lists")
    update = fill(_UPDATE, assignments=assigned({"further_names": "n.names"}))
    counts["names_changed"] = rows(await connection.execute(update, load_id))
    return counts


async def group(connection: asyncpg.Connection) -> Counter[str]:
    """Make the table `name_lists` of staged names, for the rest of the transaction."""
    duplicates = rows(await connection.execute(_FIRST_ROW_STANDS))
    await connection.execute(_GROUP)
    await connection.execute("CREATE INDEX ON name_lists (npi)")
    await connection.execute("ANALYZE name_lists")
    return Counter(duplicates=duplicates)
