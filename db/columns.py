"""The columns that a reader asks for: filled into statements that were compiled without them.

A row has the columns asked for first and in their order, so that a reader may go by position; what the read
itself needs comes after them. Compiling a statement costs milliseconds, filling in its columns microseconds.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy import Table, literal_column
from sqlalchemy.sql.elements import ColumnClause

from db.nested import Nested

# Columns by name, or what holds rows of another table; None asks for all that have names.
Columns = tuple[str | Nested, ...] | None

# Stands in a statement for the columns to come.
MARK: ColumnClause[Any] = literal_column("/*columns*/")

# Not columns of a table: the keys of a row's place in its list, and its distance from where it was looked for.
CURSOR = "cursor"
DISTANCE = "distance_km"

# A table's columns in SQL, by name.
Selectable = Mapping[str, str]


def selectable(table: Table, but: Iterable[str]) -> Selectable:
    """Return the columns of a table that may be asked for: all `but` some."""
    return {column.name: f"{table.name}.{column.name}" for column in table.c if column.name not in but}


def never_null(table: Table) -> frozenset[str]:
    """Return the names of a table's columns that always hold something."""
    return frozenset(column.name for column in table.c if not column.nullable)


def selected(known: Selectable, columns: Columns, *needed: str) -> str:
    """Return the columns asked for in SQL, then those that are needed besides; names of others are passed over."""
    if columns is None:
        return ", ".join(known.values())
    asked = [_written(known, column) for column in columns if isinstance(column, Nested) or column in known]
    return ", ".join([*asked, *(known[name] for name in needed if name not in columns)]) or "null"


def _written(known: Selectable, column: str | Nested) -> str:
    return f"{column.sql} AS {column.name}" if isinstance(column, Nested) else known[column]


def asks_for(columns: Columns, name: str) -> bool:
    """Return whether something is among the columns asked for."""
    return columns is None or name in columns
