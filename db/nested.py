"""Rows of another table inside one column of their owner's row, as JSON that PostgreSQL writes.

Where nobody needs those rows one by one, they come with their owner in one statement, and go into the answer as
they are.
"""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from hashlib import blake2b
from typing import assert_never

from sqlalchemy import Boolean, Column, Date, DateTime, Integer, Table, Text


@dataclass(frozen=True, slots=True)
class Constant:
    """A text that is the same in every object."""

    text: str


@dataclass(frozen=True, slots=True)
class Object:
    """A JSON object over a row, or over a page of rows; null where the column `unless` is.

    Its members stand by their keys, which are names as GraphQL's grammar has them. A member is the name of
    something that the row or the page has in JSON, another object over the same, or one of the others.
    """

    members: tuple[tuple[str, "str | Constant | Rows | Object"], ...]
    unless: str | None = None


@dataclass(frozen=True, slots=True)
class Rows:
    """A list with an object for each row of a page."""

    each: Object


Member = str | Constant | Rows | Object


@dataclass(frozen=True, slots=True)
class Nested:
    """A column that holds JSON: its expression in SQL over the owner's row, and what it is called for a reader.

    `$(name)` in the expression stands for a value that comes with each request.
    """

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
    """Return what a table's columns are in JSON, all `but` some; `words` need no escaping there."""
    found = {column.name: _written(column, words) for column in table.c if column.name not in but}
    return {
        name: JsonColumn(
            f"coalesce({sql}, 'null')" if table.c[name].nullable else sql, bool(table.c[name].nullable)
        )
        for name, sql in found.items()
        if sql is not None
    }


def _written(column: Column[object], words: Collection[str]) -> str | None:  # noqa: PLR0911 - one for each type
    name = f"{column.table.name}.{column.name}"
    if column.name in words:
        return quoted(name)
    match column.type:
        case Boolean():
            return f"CASE WHEN {name} THEN 'true' ELSE 'false' END"
        case Text():
            return f"to_json({name})::text"
        case Integer():
            return f"{name}::text"
        case Date():
            return quoted(f"to_char({name}, 'YYYY-MM-DD')")
        case DateTime():
            # As Python has it: no fraction where it is nothing.
            instant = f"to_char({name} AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US')"
            return f"""'"' || replace({instant}, '.000000', '') || '+00:00"'"""
        case _:
            return None


def quoted(sql: str) -> str:
    """Write a text that holds nothing that JSON would escape."""
    return f"""'"' || {sql} || '"'"""


def decimal(sql: str) -> str:
    """Write a number with a fraction as Python does, who gives whole ones a fraction, too."""
    return f"CASE WHEN {sql} = trunc({sql}) THEN {sql}::text || '.0' ELSE {sql}::text END"


@dataclass(frozen=True, slots=True)
class RowSource:
    """Where a page's rows come from: their table, a SELECT's conditions and order, and what they have in JSON."""

    table: str
    conditions: str
    columns: JsonColumns
    # The text of each row's cursor.
    cursor: str


def object_of(written: Object, columns: JsonColumns, lists: Mapping[Object, str] | None = None) -> str:
    """Write an object over a row or a page; `lists` has the lists in it, by what each of their rows is to be."""
    if not written.members:
        # All of its fields may be left out by @skip and @include.
        return _unless(written, "'{}'")
    members = [
        f"""'{"," if number else "{"}"{key}":' || {_value(member, columns, lists or {})}"""
        for number, (key, member) in enumerate(written.members)
    ]
    return _unless(written, " || ".join([*members, "'}'"]).replace("' || '", ""))


def _unless(written: Object, sql: str) -> str:
    return sql if written.unless is None else f"CASE WHEN {written.unless} IS NULL THEN 'null' ELSE {sql} END"


def _value(member: Member, columns: JsonColumns, lists: Mapping[Object, str]) -> str:
    match member:
        case Constant(text):
            return f"""'"{text}"'"""
        case Rows(each):
            return lists[each]
        case Object():
            return object_of(member, columns, lists)
        case str():
            return columns[member].sql
        case _:
            assert_never(member)


# What a page has in JSON besides its rows, over the columns of the SELECT in `page_of`; {size} is the page's size.
PAGE_COLUMNS: JsonColumns = {
    "has_next": JsonColumn("CASE WHEN page.found > {size} THEN 'true' ELSE 'false' END"),
    "has_previous": JsonColumn("'false'"),
    "start_cursor": JsonColumn("coalesce('\"' || page.cursors[least(1, {size})] || '\"', 'null')", nullable=True),
    "end_cursor": JsonColumn(
        "coalesce('\"' || page.cursors[least(page.found, {size})] || '\"', 'null')", nullable=True
    ),
}


def page_of(written: Object, source: RowSource, size: str, others: JsonColumns) -> str:
    """Write the object of a page that starts with the first row and has `size` rows (an expression in SQL).

    `others` is what the page has in JSON besides its rows and what PAGE_COLUMNS has.
    """
    each = list(dict.fromkeys(rows_in(written)))
    if not PAGE_COLUMNS.keys() & set(names_in(written)):
        columns = {**source.columns, "cursor": JsonColumn(quoted(source.cursor))}
        rows = f"FROM {source.table} {source.conditions} LIMIT {size}"
        lists = {one: list_of(f"array(SELECT {object_of(one, columns)} {rows})") for one in each}
        return object_of(written, others, lists)
    return _whole_page(written, source, size, others)


def _whole_page(written: Object, source: RowSource, size: str, others: JsonColumns) -> str:
    """Write a page that tells of its place: its rows are read once, with one more than it has."""
    each = list(dict.fromkeys(rows_in(written)))
    columns = {name: JsonColumn(column.sql.replace("{size}", size)) for name, column in PAGE_COLUMNS.items()}
    # There is no array of no rows.
    lists = {one: list_of(f"coalesce(page.rows_{number}[:{size}], '{{}}')") for number, one in enumerate(each)}
    shown = object_of(written, {**others, **columns}, lists)
    row_columns = {**source.columns, "cursor": JsonColumn(quoted(f"{source.table}.cursor"))}
    gathered = [
        f"array_agg(({object_of(one, row_columns)})::text) AS rows_{number}" for number, one in enumerate(each)
    ]
    if "page.cursors" in shown:
        gathered.append(f"array_agg({source.table}.cursor) AS cursors")
    # Only what is gathered: all columns would cost a sixth more.
    used = dict.fromkeys(re.findall(rf"\b{source.table}\.(\w+)", " ".join(gathered)))
    own = [f"{source.cursor} AS cursor" if name == "cursor" else f"{source.table}.{name}" for name in used]
    rows = f"SELECT {', '.join(own)} FROM {source.table} {source.conditions} LIMIT {size} + 1"  # noqa: S608 - ours
    found = f"SELECT {', '.join(['count(*) AS found', *gathered])} FROM ({rows}) AS {source.table}"  # noqa: S608
    return f"(SELECT {shown} FROM ({found}) AS page)"  # noqa: S608


def list_of(array: str) -> str:
    """Write a list of an array of JSON texts."""
    return f"'[' || array_to_string({array}, ',') || ']'"


def rows_in(written: Object) -> list[Object]:
    """Return what the rows of each list in a page's object are to be."""
    found = []
    for _, member in written.members:
        if isinstance(member, Rows):
            found.append(member.each)
        elif isinstance(member, Object):
            found += rows_in(member)
    return found


def names_in(written: Object) -> list[str]:
    """Return what a page's object has of the page itself, by name."""
    found = []
    for _, member in written.members:
        if isinstance(member, str):
            found.append(member)
        elif isinstance(member, Object):
            found += names_in(member)
    return found
