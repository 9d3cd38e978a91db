"""Rows of another table inside one column of their owner's row, as JSON that PostgreSQL writes.

Where nobody needs those rows one by one, they come with their owner in one statement, and go into the answer as
they are.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from hashlib import blake2b

from sqlalchemy import Boolean, Column, Integer, Table, Text


@dataclass(frozen=True, slots=True)
class Constant:
    """A text that is the same in every object."""

    text: str


@dataclass(frozen=True, slots=True)
class Object:
    """A JSON object over a row: its members by their keys, which are names as GraphQL's grammar has them.

    A member is a column by its name, another object over the same row, or one of the others.
    """

    members: tuple[tuple[str, "str | Constant | Rows | Object"], ...]


@dataclass(frozen=True, slots=True)
class Rows:
    """A list with an object for each row."""

    each: Object


Member = str | Constant | Rows | Object


@dataclass(frozen=True, slots=True)
class Nested:
    """A column that holds JSON: its expression in SQL over the owner's row, and what it is called for a reader."""

    sql: str
    title: str

    @property
    def name(self) -> str:
        """Return its name in the rows that have it."""
        return f"nested_{blake2b(self.sql.encode(), digest_size=6).hexdigest()}"

    def __str__(self) -> str:
        return f"{self.title} as JSON"


@dataclass(frozen=True, slots=True)
class JsonColumn:
    """What is in JSON what a column is: an expression of SQL that is never null, and whether it may say `null`."""

    sql: str
    nullable: bool = False


JsonColumns = Mapping[str, JsonColumn]


def json_columns(table: Table, but: Collection[str], words: Collection[str]) -> JsonColumns:
    """Return a table's texts, integers and booleans, all `but` some; `words` need no escaping in JSON."""
    found = {column.name: _written(column, words) for column in table.c if column.name not in but}
    return {
        name: JsonColumn(
            f"coalesce({sql}, 'null')" if table.c[name].nullable else sql, bool(table.c[name].nullable)
        )
        for name, sql in found.items()
        if sql is not None
    }


def _written(column: Column[object], words: Collection[str]) -> str | None:
    name = f"{column.table.name}.{column.name}"
    if isinstance(column.type, Boolean):
        return f"CASE WHEN {name} THEN 'true' ELSE 'false' END"
    if column.name in words:
        return quoted(name)
    if isinstance(column.type, Text):
        return f"to_json({name})::text"
    return f"{name}::text" if isinstance(column.type, Integer) else None


def quoted(sql: str) -> str:
    """Write a text that holds nothing that JSON would escape."""
    return f"""'"' || {sql} || '"'"""


def object_of(written: Object, columns: JsonColumns, rows: str = "") -> str:
    """Write an object; `rows` is the rest of the SELECT that gives the rows of its lists."""
    if not written.members:
        # All of its fields may be left out by @skip and @include.
        return "'{}'"
    members = [
        f"""'{"," if number else "{"}"{key}":' || {_value(member, columns, rows)}"""
        for number, (key, member) in enumerate(written.members)
    ]
    return " || ".join([*members, "'}'"]).replace("' || '", "")


def _value(member: Member, columns: JsonColumns, rows: str) -> str:
    if isinstance(member, Constant):
        return f"""'"{member.text}"'"""
    if isinstance(member, Rows):
        each = object_of(member.each, columns)
        return f"'[' || array_to_string(array(SELECT {each} {rows}), ',') || ']'"
    return columns[member].sql if isinstance(member, str) else object_of(member, columns, rows)
