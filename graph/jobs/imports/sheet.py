"""A file as rows: objects of JSON, one a line (NDJSON), or a table whose columns are fields (CSV, RFC 4180)."""

import csv
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from io import BufferedIOBase
from itertools import chain
from typing import Any, Final

from graphql import is_input_object_type

from graph.errors import BadRequestError, BadUserInputError
from graph.http.strict_json import read_json
from graph.jobs.imports.fields import Field, Fields

# Between the values of a table, whichever its header has most of.
SEPARATORS: Final = ",;\t|"
# Bytes of a line, and characters of a row, whose values may have several lines.
LONGEST: Final = 50_000
# What stands for null in a table, in which an empty cell gives nothing.
NULL: Final = "null"
_BOOLEANS: Final = {"true": True, "false": False}
_WHOLE = re.compile(r"-?[0-9]{1,10}")
# A text as exports write it that a spreadsheet would run as a formula (graph/execution/flat.py).
_QUOTED = re.compile(r"'[=+\-@\t\r]")
_BOM = b"\xef\xbb\xbf"

# A row's number, from 1 on, and its fields. Blank rows are counted and left out; a header isn't counted.
Numbered = tuple[int, Mapping[str, Any]]
# Yields the rows of a file, given the fields that they can have, and those one of which a table must have. Raises
# BadUserInputError where the file can't be read, and ForbiddenError for a field that isn't open to the viewer.
Reader = Callable[[BufferedIOBase, Fields, Sequence[str]], Iterator[Numbered]]


def rows_of_lines(file: BufferedIOBase, fields: Fields, _: Sequence[str]) -> Iterator[Numbered]:
    """Yield the rows of a file that has an object of JSON on each line."""
    for number, line in _lines(file):
        if not line.strip():
            continue
        where = f"Row {number}"
        try:
            row = read_json(line, where)
        except BadRequestError as error:
            raise BadUserInputError(error.message) from None
        if not isinstance(row, dict):
            raise BadUserInputError(f"{where} is not a JSON object.")
        fields.check(row, where)
        yield number, row


def rows_of_table(file: BufferedIOBase, fields: Fields, needed: Sequence[str]) -> Iterator[Numbered]:
    """Yield the rows of a table, whose header has a field's path over each column."""
    texts = _texts(file)
    first = next(texts, "")
    separator = max(SEPARATORS, key=first.count)
    records = _records(chain([first], texts), separator)
    _, names = next(records, (1, []))
    columns = _columns(names, fields)
    if columns.keys().isdisjoint(needed):
        raise BadUserInputError(f"The header has no column {' or '.join(needed)}.")
    for number, (line, cells) in enumerate(records, 1):
        where = f"Row {number} (line {line})"
        if any(map(str.strip, cells[len(columns) :])):
            raise BadUserInputError(f"{where} has {len(cells)} values; the header has {len(columns)} columns.")
        if any(map(str.strip, cells)):
            yield number, _row_of(columns, cells, where)


READERS: Final[Mapping[str, Reader]] = {"NDJSON": rows_of_lines, "CSV": rows_of_table}


def _lines(file: BufferedIOBase) -> Iterator[tuple[int, bytes]]:
    """Yield the lines of a file with their numbers; raises BadUserInputError for one that is too long."""
    number = 0
    while line := file.readline(LONGEST):
        number += 1
        if len(line) == LONGEST:
            raise BadUserInputError(f"Line {number} has {LONGEST:,} bytes or more.")
        yield number, line.removeprefix(_BOM) if number == 1 else line


def _texts(file: BufferedIOBase) -> Iterator[str]:
    for number, line in _lines(file):
        try:
            yield line.decode()
        except UnicodeDecodeError:
            message = f"Line {number} is not UTF-8; a spreadsheet saves such a file as `CSV UTF-8`."
            raise BadUserInputError(message) from None


def _records(texts: Iterator[str], separator: str) -> Iterator[tuple[int, list[str]]]:
    """Yield the values of each row with the number of the line that it ends on."""
    length = 0

    def bounded() -> Iterator[str]:
        nonlocal length
        for text in texts:
            length += len(text)
            if length > LONGEST:
                where = f"The row that goes on in line {reader.line_num + 1}"
                raise BadUserInputError(f"{where} has more than {LONGEST:,} characters; is a quote left open?")
            yield text

    reader = csv.reader(bounded(), strict=True, delimiter=separator)
    try:
        for cells in reader:
            length = 0
            yield reader.line_num, cells
    except csv.Error as error:
        raise BadUserInputError(f"Line {reader.line_num} is not CSV: {error}.") from None


def _columns(names: Sequence[str], fields: Fields) -> Mapping[str, Field]:
    """Return the fields of a header's columns, by their paths; raises BadUserInputError or ForbiddenError."""
    given = [name.strip() for name in names]
    while given and not given[-1]:
        given.pop()
    found: dict[str, Field] = {}
    for place, name in enumerate(given, 1):
        if not name:
            raise BadUserInputError(f"Column {place} has no name in the header.")
        if name in found:
            raise BadUserInputError(f"The header has the column {name} twice.")
        found[name] = fields.find(name, "The header")
    return found


def _row_of(columns: Mapping[str, Field], cells: Sequence[str], where: str) -> Mapping[str, Any]:
    """Return the fields that the cells of a row give; raises BadUserInputError."""
    row: dict[str, Any] = {}
    # Spreadsheets leave out the last cells where they are empty.
    for (path, field), cell in zip(columns.items(), cells, strict=False):
        if not cell.strip():
            continue
        if is_input_object_type(field.type) and cell.strip() != NULL:
            raise BadUserInputError(f"{where} has a value for {path}; give it by its parts, such as {path}.line1.")
        *outer, name = field.way
        inside = row
        for each in outer:
            inside = inside.setdefault(each, {})
            if inside is None:
                raise BadUserInputError(f"{where} gives {each} as null, and {path} besides.")
        if name in inside:
            raise BadUserInputError(f"{where} gives {path} as null, and parts of it besides.")
        inside[name] = _value_of(cell, field)
    return row


def _value_of(cell: str, field: Field) -> Any:  # noqa: ANN401 - of the field's type, if it can be
    """Return the value that a cell gives."""
    text = cell.strip()
    if text == NULL:
        return None
    if field.type.name == "Boolean":
        return _BOOLEANS.get(text.casefold(), text)
    if field.type.name == "Int":
        return int(text) if _WHOLE.fullmatch(text) else text
    return cell[1:] if _QUOTED.match(cell) else cell
