"""Rows as they are given to a statement that writes them: JSON in its value `rows`."""

from collections.abc import Sequence

from sqlalchemy import Table
from sqlalchemy.dialects import postgresql

_DIALECT = postgresql.dialect()  # type: ignore[no-untyped-call]


def rows_in_json(table: Table, columns: Sequence[str], name: str) -> str:
    """Write in SQL what a FROM clause has the rows by: these columns of a table and `ordinality`, under a name.

    jsonb_populate_recordset looks at all columns of the table, which takes longer than writing some of them.
    """
    types = ", ".join(f"{column} {table.c[column].type.compile(_DIALECT)}" for column in columns)
    return f"ROWS FROM (jsonb_to_recordset(CAST(:rows AS jsonb)) AS ({types})) WITH ORDINALITY AS {name}"
