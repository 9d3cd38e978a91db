"""Which migration a database is at."""

from sqlalchemy import text

from db.engine import Database
from db.statement import compiled

_MIGRATED = compiled(text("SELECT to_regclass('alembic_version') IS NOT NULL AS migrated"))
_REVISION = compiled(text("SELECT version_num FROM alembic_version"))


async def revision(database: Database) -> str | None:
    """Return the database's revision, or None where nothing was ever migrated."""
    [row] = await database.read_apart(_MIGRATED)
    if not row["migrated"]:
        return None
    rows = await database.read_apart(_REVISION)
    return rows[0]["version_num"] if rows else None
