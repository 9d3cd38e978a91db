"""Lines of CSV as frames of text, by column name; rows of the wrong width and with NUL characters set aside."""

import csv
from collections.abc import Iterator
from dataclasses import dataclass, replace
from io import StringIO

import polars as pl
from polars.exceptions import ComputeError, SchemaError

from db.nppes.blocks import Block
from db.nppes.controls import blanked
from db.nppes.errors import BrokenFileError
from db.nppes.layout import HEADERS, REQUIRED, FileKind, kind_of, normalised
from db.nppes.rejects import Reject

# <UNAVAIL> stands where CMS holds a value back; the masks hide SSNs, ITINs and EINs that were typed in by mistake.
ABSENT = ["", "<UNAVAIL>", "$$$$$$$$$", "*********", "========="]

# Spreadsheets write a semicolon where commas are decimal points, and tabs as "Unicode text".
_SEPARATORS = (",", ";", "\t")

# How many missing columns an error names.
_NAMED = 3


@dataclass(frozen=True)
class Table:
    """The columns of one file: `schema` is all of them in order, ours under the names of the layout."""

    kind: FileKind
    schema: dict[str, type[pl.String]]
    wanted: list[str]
    separator: str = ","

    @property
    def width(self) -> int:
        """Return how many values a row has."""
        return len(self.schema)

    def frame(self, block: Block, most_rejects: int) -> tuple[pl.DataFrame, list[Reject]]:
        """Return a block's good rows (the wanted columns, `line`, and `digest` if any) and the rows that are none.

        Values are as they stand, but for control characters, which are blanks; null stands for the empty ones and
        those which CMS holds back. After more than `most_rejects` misshapen rows the rest isn't looked at.
        """
        block = replace(block, data=blanked(block.data, self.separator))
        rows = block.numbers.len()
        if self._is_regular(block.data, rows):
            try:
                frame = self._read(block.data)
            except (ComputeError, SchemaError):
                pass
            else:
                if frame.height == rows:
                    return _with_digests(frame.insert_column(0, block.numbers.alias("line")), block), []
        return self._one_by_one(block, most_rejects)

    def _is_regular(self, data: bytes, rows: int) -> bool:
        """Return whether every value or none seems quoted, and no row can be too short unless another is too long.

        Polars refuses a row that is too long, so the two together leave no row of the wrong width.
        """
        quotes, separator = data.count(b'"'), self.separator.encode()
        between = separator if quotes == 0 else b'"' + separator + b'"'
        return (
            quotes in {0, 2 * self.width * rows}
            and data.count(between) == (self.width - 1) * rows
            and b"\0" not in data
        )

    def _read(self, data: bytes) -> pl.DataFrame:
        # Lazily, so that columns which aren't wanted aren't made.
        rows = pl.scan_csv(
            data, has_header=False, schema=self.schema, null_values=ABSENT, low_memory=True,
            separator=self.separator,
        )  # fmt: skip
        return rows.select(self.wanted).collect()

    def _one_by_one(self, block: Block, most_rejects: int) -> tuple[pl.DataFrame, list[Reject]]:
        good: list[list[str]] = []
        lines: list[int] = []
        rejects: list[Reject] = []
        for line, text in zip(block.numbers, _lines(block.data), strict=True):
            if not text.strip():
                continue
            values = self._values(text)
            if isinstance(values, str):
                rejects.append(Reject(line, self._npi(text), values))
                if len(rejects) > most_rejects:
                    break
            else:
                good.append(values)
                lines.append(line)
        frame = pl.DataFrame(good, schema=self.schema, orient="row").select(self.wanted)
        absent = pl.all().replace(ABSENT, [None] * len(ABSENT))
        return _with_digests(frame.select(pl.Series("line", lines, pl.UInt32), absent), block), rejects

    def _values(self, line: str) -> list[str] | str:
        """Return a row's values, or why it isn't one."""
        if '"' not in line and "\0" not in line:
            values: list[str] | str = line.rstrip("\r").split(self.separator)
        else:
            values = values_of(line, self.separator)
        if isinstance(values, list) and len(values) != self.width:
            return f"{len(values)} values instead of {self.width}"
        return values

    def _npi(self, line: str) -> str:
        return line[:100].split(self.separator, 1)[0].strip().strip('"').replace("\0", "")[:20]


def _with_digests(frame: pl.DataFrame, block: Block) -> pl.DataFrame:
    """Add the digests of the lines that became rows."""
    if block.digests is None:
        return frame
    if frame.height == block.numbers.len():
        return frame.insert_column(1, block.digests.alias("digest"))
    of_lines = pl.DataFrame({"line": block.numbers, "digest": block.digests})
    kept = frame.select("line").join(of_lines, on="line", how="left", maintain_order="left")
    return frame.insert_column(1, kept["digest"])


def table_of(header: str, name: str, expected: FileKind | None) -> Table:
    """Return the columns that a header line names; BrokenFileError where it is no header of the expected kind."""
    columns, separator = _columns(header)
    kind = kind_of(columns)
    if kind is None:
        raise BrokenFileError(f"{name} is no NPPES file: its first line doesn't name the columns of one.")
    if expected not in {None, kind}:
        raise BrokenFileError(f"{name} holds the columns of a {kind.prefix}*.csv file.")
    ours = {normalised(column): column for column in HEADERS[kind]}
    names = [ours.get(normalised(column), f"{place} {column}") for place, column in enumerate(columns)]
    _must_have(REQUIRED[kind], names, name)
    wanted = [column for column in dict.fromkeys(names) if column in ours.values()]
    return Table(kind, dict.fromkeys(names, pl.String), wanted, separator)


def values_of(line: str, separator: str) -> list[str] | str:
    """Return a line's values, or why it has none."""
    if "\0" in line:
        return "a NUL character"
    try:
        return next(csv.reader(StringIO(line), strict=True, delimiter=separator))
    except StopIteration:
        return "not CSV: nothing"
    except csv.Error as error:
        if str(error) == "unexpected end of data":
            return "not CSV: a quote is opened and not closed in this line"
        return f"not CSV: {error}"


def _columns(header: str) -> tuple[list[str], str]:
    """Return the columns that a header line names, and what separates them."""
    for separator in _SEPARATORS:
        columns = values_of(header, separator)
        if isinstance(columns, list) and kind_of(columns) is not None:
            return columns, separator
    return [], ","


def _must_have(required: list[str], names: list[str], name: str) -> None:
    missing = [column for column in required if column not in names]
    if missing:
        more = f" and {len(missing) - _NAMED} more" if len(missing) > _NAMED else ""
        listed = ", ".join(f'"{column}"' for column in missing[:_NAMED])
        raise BrokenFileError(f"{name} lacks the column {listed}{more}.")
    if len(set(names)) < len(names):
        twice = next(column for column in names if names.count(column) > 1)
        raise BrokenFileError(f'{name} has the column "{twice}" twice.')


def _lines(data: bytes) -> Iterator[str]:
    """Yield the lines of a block, one at a time: a list of millions of short ones would take much memory."""
    start = 0
    while (end := data.find(b"\n", start)) >= 0:
        yield data[start:end].decode()
        start = end + 1
