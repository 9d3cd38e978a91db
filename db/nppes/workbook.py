"""A workbook of Excel (.xlsx) as the CSV that it would be saved as, row by row in bounded memory."""

import csv
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from io import BufferedReader, RawIOBase, StringIO
from typing import IO, Any

from openpyxl import load_workbook

from db.nppes.errors import BrokenFileError
from db.nppes.layout import kind_of

# The report of deactivations has two columns; a title and notes stand above its header.
_MOST_COLUMNS = 400
_MOST_TITLES = 50
# The report of 2025 has some 300,000 rows, and 40 MB unpacked; a bomb has gigabytes.
_MOST_BYTES = 1_000_000_000
_IN_EVERY_WORKBOOK = "xl/workbook.xml"
# What openpyxl raises for a workbook that is damaged, when it is opened or only when the row is reached.
_DAMAGES = (LookupError, ValueError, OSError, SyntaxError, TypeError)


def is_workbook(archive: zipfile.ZipFile) -> bool:
    """Return whether a ZIP is a workbook of Excel."""
    return _IN_EVERY_WORKBOOK in archive.namelist()


@contextmanager
def as_csv(file: IO[bytes], name: str) -> Iterator[IO[bytes]]:
    """Yield the rows of the first sheet that has a header of ours, each in the line of its number.

    Raises BrokenFileError where there is none.
    """
    with zipfile.ZipFile(file) as archive:
        if sum(entry.file_size for entry in archive.infolist()) > _MOST_BYTES:
            raise BrokenFileError(f"{name} holds more than {_MOST_BYTES:,} bytes: it is no report of CMS.")
    with _reading(name):
        workbook = load_workbook(file, read_only=True, data_only=True, keep_links=False)
    try:
        for sheet in workbook.worksheets:
            rows = _rows(sheet.iter_rows(max_col=_MOST_COLUMNS, values_only=True), name)
            for titles, row in enumerate(rows):
                header = [_text(value) for value in row]
                while header and not header[-1]:
                    header.pop()
                if kind_of(header) is not None:
                    yield BufferedReader(_Lines(header, titles, rows))
                    return
                if titles == _MOST_TITLES:
                    break
        raise BrokenFileError(
            f"{name} is no report of CMS: no sheet has the columns NPI and NPPES Deactivation Date."
        )
    finally:
        workbook.close()


@contextmanager
def _reading(name: str) -> Iterator[None]:
    try:
        yield
    except _DAMAGES as error:
        raise BrokenFileError(f"{name} can't be read as a workbook of Excel ({error}).") from error


def _rows(found: Iterator[tuple[Any, ...]], name: str) -> Iterator[tuple[Any, ...]]:
    """Yield the rows of a sheet; raises BrokenFileError at one that is damaged."""
    with _reading(name):
        yield from found


class _Lines(RawIOBase):
    """Rows as bytes of CSV, written when they are asked for."""

    def __init__(self, header: list[str], titles: int, rows: Iterator[tuple[Any, ...]]) -> None:
        self._width = len(header)
        # Blank lines in place of the titles keep each row's number.
        self._rest = _line(header) + b"\n" * titles
        self._rows = rows

    def readable(self) -> bool:
        """Return that it can be read."""
        return True

    def readinto(self, buffer: Any) -> int:  # noqa: ANN401 - a writable buffer, which 3.11 has no type for
        """Fill a buffer from the rows; return how many bytes there were, 0 at the end."""
        while len(self._rest) < len(buffer) and (row := next(self._rows, None)) is not None:
            self._rest += _line([_text(value) for value in row[: self._width]])
        count = min(len(buffer), len(self._rest))
        buffer[:count], self._rest = self._rest[:count], self._rest[count:]
        return count


def _text(value: object) -> str:
    """Return a cell as CMS would write it."""
    if value is None:
        return ""
    if isinstance(value, date):
        return f"{value:%m/%d/%Y}"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value).strip()


def _line(values: list[str]) -> bytes:
    if not any(values):
        return b"\n"
    buffer = StringIO()
    csv.writer(buffer, lineterminator="\n").writerow(" ".join(value.split()) for value in values)
    return buffer.getvalue().encode()
