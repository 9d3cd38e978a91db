"""The names of taxonomy codes: a file of the NUCC takes the place of the one before."""

from dataclasses import dataclass
from pathlib import Path

import asyncpg

from db.nppes.statements import fill, listed, rows
from db.nppes.taxonomy_files import read_names
from db.nppes.telling import telling

_STAGE = """
    CREATE TEMPORARY TABLE staged_taxonomies (
      code text, "grouping" text, classification text, specialization text, name text, definition text, notes text,
      section text
    ) ON COMMIT DROP
"""
# One file at a time: of two side by side the later one stands.
_LOCK = "LOCK taxonomies IN SHARE ROW EXCLUSIVE MODE"
_REMOVE = "DELETE FROM taxonomies t WHERE NOT EXISTS (SELECT FROM staged_taxonomies s WHERE s.code = t.code)"
_MERGE = """
    INSERT INTO taxonomies AS t (code, {others}) SELECT code, {others} FROM staged_taxonomies
    ON CONFLICT (code) DO UPDATE SET ({others}) = ({new}) WHERE ({old}) IS DISTINCT FROM ({new})
"""
_OTHERS = ("grouping", "classification", "specialization", "name", "definition", "notes", "section")
# Who keeps answers takes a load for a change of everything (graph/cache/tags.py).
_NOTE_LOAD = """
    INSERT INTO loads (file_kind, file_name, source, is_full, counts)
    VALUES ('TAXONOMIES', $1, 'MANUAL', true, jsonb_build_object('read', $2::int, 'changed', $3::int))
"""


@dataclass(frozen=True)
class TaxonomySummary:
    """What became of a file: codes read, new or changed, and no longer in it."""

    read: int
    changed: int
    removed: int


async def load_taxonomies(connection: asyncpg.Connection, path: Path) -> TaxonomySummary:
    """Load a file of taxonomy codes with their names; all of it or nothing.

    What it may be is said in db/nppes/taxonomy_files.py. Raises LoadError.
    """
    names = read_names(path)
    pieces = {"others": listed(_OTHERS), "old": listed(_OTHERS, "t"), "new": listed(_OTHERS, "excluded")}
    merge = fill(_MERGE, **pieces)
    with telling():
        async with connection.transaction():
            await connection.execute(_STAGE)
            await connection.copy_records_to_table("staged_taxonomies", records=(name.row for name in names))
            await connection.execute(_LOCK)
            removed = rows(await connection.execute(_REMOVE))
            changed = rows(await connection.execute(merge))
            await connection.execute(_NOTE_LOAD, path.name, len(names), changed + removed)
    return TaxonomySummary(len(names), changed, removed)
