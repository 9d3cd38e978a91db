"""Objects of an answer as rows of a table (CSV, RFC 4180): a column for each leaf that was asked for."""

import csv
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from io import StringIO
from typing import Any

import orjson
from graphql import get_nullable_type, is_leaf_type, is_list_type

from graph.errors import BadUserInputError
from graph.execution.arguments import Values
from graph.execution.tree import Field, Selection

# What a spreadsheet takes for a formula (https://owasp.org/www-community/attacks/CSV_Injection) begins so, but for
# a number with its sign, such as one to call.
_FORMULA = re.compile(r"[=+\-@\t\r]")
_SIGNED = re.compile(r"[+-][0-9]+(\.[0-9]+)?")
# Between the values of a list.
_BETWEEN = "; "


@dataclass(frozen=True, slots=True)
class Table:
    """The columns of a table, each by the response names that lead to it."""

    ways: Sequence[tuple[str, ...]]

    @classmethod
    def of(cls, selection: Selection, values: Values) -> "Table":
        """Return the table of objects with this selection; raises BadUserInputError where a row can't hold one."""
        return cls(tuple(_ways(selection, values, ())))

    def header(self) -> bytes:
        """Return the first line: companies' primaryLocation { city } is called primaryLocation.city."""
        return _written([[".".join(way) for way in self.ways]])

    def lines(self, objects: Iterable[Mapping[str, Any]]) -> bytes:
        """Return a line for each object."""
        return _written([_cell(_value(each, way)) for way in self.ways] for each in objects)


def _ways(selection: Selection, values: Values, way: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    for field, _ in selection.included(values):
        here = (*way, field.key)
        if is_leaf_type(field.fact.named):
            yield here
        else:
            yield from _ways(_only(field, here), values, here)


def _only(field: Field, way: tuple[str, ...]) -> Selection:
    """Return what is asked of an object; raises BadUserInputError for a list, or what can be of several types."""
    if is_list_type(get_nullable_type(field.fact.type)) or len(field.selections) != 1:
        raise BadUserInputError(
            f"{'.'.join(way)} is a list of objects, which doesn't fit a row of a table: leave it out, "
            "or ask for NDJSON (application/jsonl)."
        )
    [selection] = field.selections.values()
    return selection


def _value(found: Any, way: Sequence[str]) -> Any:  # noqa: ANN401 - whatever stands there
    for key in way:
        if found is None:
            return None
        found = found[key]
    return found


def _cell(value: object) -> str:
    match value:
        case None:
            return ""
        case bool():
            return "true" if value else "false"
        case list():
            return _cell(_BETWEEN.join(map(_plain, value)))
        case dict():
            return orjson.dumps(value).decode()
        case str():
            return f"'{value}" if _FORMULA.match(value) and not _SIGNED.fullmatch(value) else value
        case _:
            return str(value)


def _plain(value: object) -> str:
    return value if isinstance(value, str) else _cell(value)


def _written(rows: Iterable[Sequence[str]]) -> bytes:
    buffer = StringIO()
    csv.writer(buffer, lineterminator="\r\n").writerows(rows)
    return buffer.getvalue().encode()
