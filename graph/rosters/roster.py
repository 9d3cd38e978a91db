"""A list of NPIs as people have it: a CSV file of any make, which of its columns holds them, and its rows."""

import csv
import io
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, islice

from db import npi
from db.failures import QuotingError
from db.nppes.blocks import decoded
from db.nppes.table import values_of
from graph.types.scalars import bare

_SEPARATORS = (",", ";", "\t", "|")
_UTF_16 = (b"\xff\xfe", b"\xfe\xff")
_UTF_8 = b"\xef\xbb\xbf"
_WORKBOOK = b"PK\x03\x04"
# In characters. A row whose quote isn't closed after so many lines is no row.
_LONGEST_LINE = 1_000_000
_MOST_LINES = 50
# Rows that are looked at to find the column, and how many times as many NPIs as any other it must have: of other
# numbers with ten digits, such as telephone numbers, few can be one.
_LOOKED_AT = 200
_TIMES = 4

# Of columns in an error: how many are named, and how many characters of each.
_NAMED = 10
_LONGEST_NAME = 40

# Ten digits as spreadsheets and people write them: an apostrophe that makes them a text, blanks and dashes within,
# and a decimal point.
_WRITTEN = re.compile(r"'?([0-9](?:[\s\u2010-\u2015-]*[0-9]){9})(?:\.0*)?")
_NO_DIGIT = re.compile(r"[^0-9]+")
_TEN_DIGITS = re.compile(r"[0-9]{10}")
_NO_NUMBERS = (
    "None of its rows has a number of ten digits in column {}. Save the list as CSV, with nothing above the line "
    "of the columns' names, or as a number on each line; if another column has the NPIs, say which."
)

# What columns of NPIs are called besides NPI, as words.
_NAMES = frozenset({"national provider identifier", "national provider id", "national provider number"})
_UNNAMED = "column_{}"

# The columns that a verified list has besides, and what of a verdict they hold.
ADDED = {
    "npi_result": "result",
    "npi_name": "name",
    "npi_deactivated_on": "deactivated_on",
    "npi_reactivated_on": "reactivated_on",
    "npi_replacement": "replacement_npi",
    "npi_did_you_mean": "did_you_mean",
}


class RosterError(QuotingError):
    """A file that is no list of NPIs, and why."""


@dataclass(frozen=True, slots=True)
class Row:
    """A row of a list: the line that it begins at, its values, and what is wrong with it, if anything.

    Of a row that can't be read the line itself is its only value.
    """

    line: int
    values: list[str]
    problem: str | None = None


@dataclass(frozen=True, slots=True)
class Roster:
    """A list: what separates its values, its columns, which of them holds the NPIs, and its rows."""

    separator: str
    columns: list[str]
    place: int
    rows: Iterator[Row]


def open_roster(file: io.BufferedReader, column: str | None) -> Roster:
    """Return the list in a file; `column` is the name or the number of its NPIs' column. Raises RosterError."""
    numbered = enumerate(_lines(file), 1)
    first = next(((line, text) for line, text in numbered if text.strip()), None)
    if first is None:
        raise RosterError("It is empty.")
    separator = max(_SEPARATORS, key=lambda each: _width(first[1], each))
    rows = _rows(chain([first], numbered), separator)
    head = next(rows, None)
    if head is None:
        raise RosterError("It is empty.")
    if head.problem is not None:
        raise RosterError(f"Its first line can't be read: {head.problem}. Save the list as CSV.")
    names = [bare(value) for value in head.values]
    has_header = _is_header(names)
    looked_at = list(islice(rows, _LOOKED_AT))
    body = looked_at if has_header else [head, *looked_at]
    place = _place(names if has_header else ["" for _ in names], body, column)
    if not has_header:
        names = ["npi" if each == place else _UNNAMED.format(each + 1) for each in range(len(names))]
    shaped = (_shaped(row, len(names), separator) for row in chain(body, rows))
    may_be_empty = column is not None or _is_npi(names[place])
    return Roster(separator, names, place, _with_numbers(shaped, place, may_be_empty=may_be_empty))


def number_in(value: str) -> str:
    """Return the number that a value is: its ten digits alone, however they are written; any other value bare."""
    text = bare(value)
    written = None if text.isdecimal() else _WRITTEN.fullmatch(text)
    return _NO_DIGIT.sub("", written[1]) if written else text


def _lines(file: io.BufferedReader) -> Iterator[str]:
    """Yield the lines of a file without their ends, each decoded by itself: UTF-8, or else Windows-1252."""
    start = file.peek(len(_WORKBOOK))
    if start.startswith(_WORKBOOK):
        raise RosterError("It is a workbook, or a ZIP: save the sheet with the NPIs as CSV.")
    if start.startswith(_UTF_16):
        yield from _bounded(io.TextIOWrapper(file, "utf-16", errors="replace"))
        return
    for number, line in enumerate(_bounded(io.TextIOWrapper(file, "latin-1"))):
        found = line.encode("latin-1")
        yield decoded(found.removeprefix(_UTF_8) if number == 0 else found)


def _bounded(text: io.TextIOWrapper) -> Iterator[str]:
    try:
        while line := text.readline(_LONGEST_LINE):
            if len(line) == _LONGEST_LINE:
                raise RosterError(f"It has a line of {_LONGEST_LINE:,} characters or more, so it is no list.")
            yield line.rstrip("\n")
    finally:
        # It would close the file, unless that is closed already, as after an error.
        if not text.closed:
            text.detach()


def _width(line: str, separator: str) -> int:
    values = values_of(line, separator)
    return len(values) if isinstance(values, list) else 0


def _rows(lines: Iterator[tuple[int, str]], separator: str) -> Iterator[Row]:
    """Yield the rows; a value in quotes may have several lines."""
    waiting: list[tuple[int, str]] = []
    while True:
        number, text = waiting.pop(0) if waiting else next(lines, (0, ""))
        if not number:
            return
        if not text.strip(f"{separator} "):
            continue
        values = values_of(text, separator)
        if isinstance(values, str) and text.count('"') % 2:
            further = [*waiting, *islice(lines, _MOST_LINES - len(waiting))]
            whole, taken = _closed(text, [each for _, each in further], separator)
            values, waiting = (whole, further[taken:]) if whole else (values, further)
        yield Row(number, [text], values) if isinstance(values, str) else Row(number, values)


def _closed(text: str, further: Sequence[str], separator: str) -> tuple[list[str], int]:
    """Return the values of a row whose quote is closed in a later line, and how many lines more it has."""
    for taken, line in enumerate(further, 1):
        text = f"{text}\n{line}"
        if line.count('"') % 2:
            # The quote that was open ends in this line.
            try:
                [values] = csv.reader(io.StringIO(text, newline=""), strict=True, delimiter=separator)
            except (ValueError, csv.Error):
                return [], 0
            return values, taken
    return [], 0


def _is_header(names: Sequence[str]) -> bool:
    """Return whether a row names columns: one of them NPI, or all of what is there begins with a letter."""
    if any(map(_is_npi, names)):
        return True
    return all(name[:1].isalpha() for name in names if name)


def _is_npi(name: str) -> bool:
    words = _words(name)
    return name not in ADDED and (words in _NAMES or "npi" in words.split())


def _words(name: str) -> str:
    return re.sub(r"[^a-z0-9]+", " ", name.casefold()).strip()


def _place(names: Sequence[str], rows: Iterable[Row], column: str | None) -> int:
    """Return the place of the column that holds the NPIs; raises RosterError where that can't be told."""
    if column is not None:
        return _named(names, column)
    named = [place for place, name in enumerate(names) if _is_npi(name)]
    exact = [place for place in named if _words(names[place]) == "npi"]
    places = exact or named or list(range(len(names)))
    return places[0] if len(places) == 1 else _place_by_values(names, places, rows)


def _place_by_values(names: Sequence[str], places: Sequence[int], rows: Iterable[Row]) -> int:
    """Return which of some columns has NPIs in it; raises RosterError where none has, or several have."""
    counts = Counter(
        {
            place: sum(
                npi.verdict(number_in(row.values[place])) == "VALID" for row in rows if len(row.values) > place
            )
            for place in places
        }
    )
    (best, most), *others = [pair for pair in counts.most_common(2) if pair[1]] or [(0, 0)]
    if most and not any(count * _TIMES > most for _, count in others):
        return best
    told = _told(names[place] or f"column {place + 1}" for place in places)
    several = "Several of its columns have" if most else "None of its columns has"
    raise RosterError(f"{several} NPIs in it ({told}); say which column is meant.")


def _told(names: Iterable[str]) -> str:
    """Return names for an error, of which a file that is no list may have any number, of anything."""
    first = list(islice(names, _NAMED + 1))
    told = ["".join(each if each.isprintable() else " " for each in name[:_LONGEST_NAME]) for name in first]
    return ", ".join([*told[:_NAMED], "..."] if len(first) > _NAMED else told)


def _named(names: Sequence[str], column: str) -> int:
    found = [place for place, name in enumerate(names) if name and _words(name) == _words(column)]
    if len(found) == 1:
        return found[0]
    if column.isascii() and column.isdigit() and 1 <= int(column) <= len(names) and not found:
        return int(column) - 1
    there = _told(name for name in names if name) or f"1 to {len(names)}"
    raise RosterError(f"It has {'several columns' if found else 'no column'} {column}; there are {there}.")


def _with_numbers(rows: Iterable[Row], place: int, *, may_be_empty: bool) -> Iterator[Row]:
    """Yield rows; raises RosterError after the last if none has ten digits in its place: then this is no list."""
    has_numbers, is_empty = False, True
    for row in rows:
        is_empty = False
        if not has_numbers and row.problem is None:
            has_numbers = _TEN_DIGITS.fullmatch(number_in(row.values[place])) is not None
        yield row
    if not has_numbers and not (is_empty and may_be_empty):
        raise RosterError(_NO_NUMBERS.format(place + 1))


def _shaped(row: Row, width: int, separator: str) -> Row:
    """Return a row with as many values as there are columns; spreadsheets leave out the last empty ones."""
    if row.problem is not None or len(row.values) == width:
        return row
    values = row.values
    if any(values[width:]):
        return Row(row.line, [separator.join(values)], f"{len(values)} values instead of {width}")
    return Row(row.line, [*values[:width], *[""] * (width - len(values))])
