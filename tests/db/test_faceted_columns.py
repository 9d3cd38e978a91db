"""Which columns the lists that a company is in are made of."""

from sqlalchemy import text

from db.engine import Database
from db.facets import FACETLESS
from db.statement import compiled
from db.tables import companies, licenses, locations

# Of columns that are made of others, those too.
_USED = compiled(
    text("""
    WITH RECURSIVE used AS (
      SELECT table_name::text, column_name::text FROM information_schema.view_column_usage
      WHERE view_name = 'listed'
      UNION
      SELECT made.table_name::text, made.column_name::text FROM used
      JOIN information_schema.column_column_usage AS made
        ON made.table_name = used.table_name AND made.dependent_column = used.column_name
    )
    SELECT DISTINCT column_name AS name FROM used
    """)
)


async def test_no_facet_is_made_of_a_column_that_is_said_to_have_none(database: Database) -> None:
    used = {row["name"] for row in await database.read(_USED)}
    assert {"name", "parent_name", "other_names", "is_active", "city", "state"} <= used
    assert not used & FACETLESS
    assert {column.name for table in (companies, locations, licenses) for column in table.c} >= FACETLESS
