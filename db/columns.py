"""The columns that a reader asks for: filled into statements that were compiled without them.

A row has the columns asked for first and in their order, so that a reader may go by position; what the read
itself needs comes after them. Compiling a statement costs milliseconds, filling in its columns microseconds.
"""

from collections.abc import Iterable, Iterator, Mapping
from types import MappingProxyType
from typing import Any

from sqlalchemy import Table, literal_column
from sqlalchemy.sql.elements import ColumnClause

from db.nested import Nested
from db.statement import MARK as MARK_TEXT
from db.statement import Statement

# Stands in a statement for the columns to come.
MARK: ColumnClause[Any] = literal_column(MARK_TEXT)

# Not columns of a table: the keys of a row's place in its list, and its distance from where it was looked for.
CURSOR = "cursor"
DISTANCE = "distance_km"

# A table's columns in SQL, by name.
Selectable = Mapping[str, str]

NOTHING: Mapping[str, object] = MappingProxyType({})


class Columns:
    """Columns by name, or what holds rows of another table; `values` are what these take, by parameter.

    Two are equal where they ask for the same, whatever their values: statements are kept by them.
    """

    __slots__ = ("_hash", "names", "values")

    def __init__(
        self, names: Iterable[str | Nested], values: Mapping[str, object] = NOTHING, known_hash: int | None = None
    ) -> None:
        self.names = tuple(names)
        self.values = values
        self._hash = hash(self.names) if known_hash is None else known_hash

    def taking(self, values: Mapping[str, object]) -> "Columns":
        """Return the same columns with values."""
        return Columns(self.names, values, self._hash)

    def having(self, name: str) -> "Columns":
        """Return the same columns with one more at their end, where it isn't among them."""
        return self if name in self.names else Columns((*self.names, name), self.values)

    def __hash__(self) -> int:
        return self._hash

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Columns) and self.names == other.names

    def __contains__(self, name: str | Nested) -> bool:
        return name in self.names

    def __iter__(self) -> Iterator[str | Nested]:
        return iter(self.names)

    def __repr__(self) -> str:
        return f"Columns({self.names!r}, {dict(self.values)!r})"


# None asks for all columns that have names.
Asked = Columns | None


def selectable(table: Table, but: Iterable[str]) -> Selectable:
    """Return the columns of a table that may be asked for: all `but` some."""
    return {column.name: f"{table.name}.{column.name}" for column in table.c if column.name not in but}


def never_null(table: Table) -> frozenset[str]:
    """Return the names of a table's columns that always hold something."""
    return frozenset(column.name for column in table.c if not column.nullable)


def selecting(statement: Statement, known: Selectable, columns: Asked, *needed: str) -> Statement:
    """Return a statement with the columns asked for, then those that are needed besides.

    Names that are not `known` are passed over.
    """
    if columns is None:
        return statement.selecting(", ".join(known.values()))
    asked = [_written(known, column) for column in columns if isinstance(column, Nested) or column in known]
    sql = ", ".join([*asked, *(known[name] for name in needed if name not in columns)]) or "null"
    return statement.selecting(sql)


def _written(known: Selectable, column: str | Nested) -> str:
    return f"{column.sql} AS {column.name}" if isinstance(column, Nested) else known[column]


def asks_for(columns: Asked, name: str) -> bool:
    """Return whether something is among the columns asked for."""
    return columns is None or name in columns


def with_values(columns: Asked, values: dict[str, object]) -> dict[str, object]:
    """Return a statement's values with those that the columns take."""
    return {**values, **columns.values} if columns is not None and columns.values else values
