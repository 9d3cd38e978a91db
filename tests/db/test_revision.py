"""Which migration a database is at."""

from db import migrations
from db.engine import Database, connection_to
from db.revision import revision


async def test_a_migrated_database_is_at_the_head(database: Database) -> None:
    assert await revision(database) == migrations.head()


async def test_a_database_that_was_never_migrated_has_no_revision(database: Database, database_url: str) -> None:
    async with connection_to(database_url) as connection:
        await connection.execute("DELETE FROM alembic_version")
        assert await revision(database) is None
        await connection.execute("DROP TABLE alembic_version")
        assert await revision(database) is None
