"""Which migration a database is at, whether it has what this code reads, and what it holds."""

from sqlalchemy import func, select, text

from db.engine import Database
from db.statement import compiled
from db.usage_tables import metadata

_VERSION = ("alembic_version", "version_num")
_COLUMNS = [
    _VERSION,
    *((table.name, column.name) for table in metadata.tables.values() for column in table.columns),
]
_WANTED = ", ".join(f"('{table}', '{column}')" for table, column in _COLUMNS)

_MISSING = compiled(
    text(
        f"SELECT wanted.owner, wanted.name FROM (VALUES {_WANTED}) AS wanted (owner, name) WHERE NOT EXISTS "  # noqa: S608 - names of this code's own tables
        "(SELECT FROM pg_attribute WHERE attrelid = to_regclass(wanted.owner) AND attname = wanted.name "
        "AND NOT attisdropped)"
    )
)
_REVISION = compiled(text("SELECT version_num FROM alembic_version"))
_ONE = compiled(text("SELECT 1 AS one"))
_TABLES = compiled(text("SELECT tablename FROM pg_tables WHERE schemaname = current_schema()"))


async def ask(database: Database) -> None:
    """Have the database answer the shortest of statements."""
    await database.read_apart(_ONE)


async def missing(database: Database) -> list[tuple[str, str]]:
    """Return the columns that this code knows and the database doesn't have, each with its table."""
    return [(row["owner"], row["name"]) for row in await database.read_apart(_MISSING)]


async def revision(database: Database) -> str | None:
    """Return the database's revision, or None where nothing was ever migrated."""
    return (await state(database))[1]


async def state(database: Database) -> tuple[list[tuple[str, str]], str | None]:
    """Return what `missing` and `revision` do, in two statements."""
    lacks = await missing(database)
    rows = [] if _VERSION in lacks else await database.read_apart(_REVISION)
    return lacks, rows[0]["version_num"] if rows else None


async def rows_held(database: Database) -> dict[str, int]:
    """Return how many rows each of our tables holds that is there."""
    there = {row["tablename"] for row in await database.read_apart(_TABLES)}
    found = {}
    for each in metadata.sorted_tables:
        if each.name in there:
            [row] = await database.read_apart(compiled(select(func.count().label("rows")).select_from(each)))
            found[each.name] = row["rows"]
    return found
