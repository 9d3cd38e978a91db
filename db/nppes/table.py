"""Lines of CSV as frames of text, by column name; rows of the wrong width and with NUL characters set aside."""

import csv
from dataclasses import dataclass
from io import StringIO

import polars as pl
from polars.exceptions import ComputeError

from db.nppes.blocks import Block
from db.nppes.errors import BrokenFileError
from db.nppes.layout import HEADERS, REQUIRED, FileKind, kind_of, normalised
from db.nppes.rejects import Reject

# <UNAVAIL> stands where CMS holds a value back; the masks hide SSNs, ITINs and EINs that were typed in by mistake.
ABSENT = ["", "<UNAVAIL>", "$$$$$$$$$", "*********", "========="]

# How many missing columns an error names.
_NAMED = 3


@dataclass(frozen=True)
class Table:
    """The columns of one file: `schema` is all of them in order, ours under the names of the layout."""

    kind: FileKind
    schema: dict[str, type[pl.String]]
    wanted: list[str]

    @property
    def width(self) -> int:
        """Return how many values a row has."""
        return len(self.schema)

    def frame(self, block: Block) -> tuple[pl.DataFrame, list[Reject]]:
        """Return a block's good rows (the wanted columns, and `line`) and the rows that are none.

        Values are as they stand, with null for the empty ones and those which CMS holds back.
        """
        rows = block.data.count(b"\n")
        if self._is_regular(block.data, rows):
            try:
                frame = self._read(block.data)
            except ComputeError:
                pass
            else:
                if frame.height == rows:
                    return frame.with_row_index("line", block.first_line), []
        return self._one_by_one(block)

    def _is_regular(self, data: bytes, rows: int) -> bool:
        """Return whether every value seems quoted, and no row can be too short unless another is too long.

        Polars refuses a row that is too long, so the two together leave no row of the wrong width.
        """
        return (
            data.count(b'"') == 2 * self.width * rows
            and data.count(b'","') == (self.width - 1) * rows
            and b"\0" not in data
        )

    def _read(self, data: bytes) -> pl.DataFrame:
        # Lazily, so that columns which aren't wanted aren't made.
        rows = pl.scan_csv(data, has_header=False, schema=self.schema, null_values=ABSENT, low_memory=True)
        return rows.select(self.wanted).collect()

    def _one_by_one(self, block: Block) -> tuple[pl.DataFrame, list[Reject]]:
        good, lines, rejects = [], [], []
        for line, text in enumerate(block.data.decode().split("\n")[:-1], block.first_line):
            if not text.strip():
                continue
            values = _values(text)
            if isinstance(values, str):
                rejects.append(Reject(line, _npi(text), values))
            elif len(values) != self.width:
                reason = f"{len(values)} values instead of {self.width}"
                rejects.append(Reject(line, _npi(text), reason))
            else:
                good.append(values)
                lines.append(line)
        frame = pl.DataFrame(good, schema=self.schema, orient="row").select(self.wanted)
        absent = pl.all().replace(ABSENT, [None] * len(ABSENT))
        return frame.select(pl.Series("line", lines, pl.UInt32), absent), rejects


def table_of(header: str, name: str, expected: FileKind | None) -> Table:
    """Return the columns that a header line names; BrokenFileError where it is no header of the expected kind."""
    columns = _values(header)
    kind = kind_of(columns) if isinstance(columns, list) else None
    if kind is None or isinstance(columns, str):
        raise BrokenFileError(f"{name} is no NPPES file: its first line doesn't name the columns of one.")
    if expected not in {None, kind}:
        raise BrokenFileError(f"{name} holds the columns of a {kind.prefix}*.csv file.")
    ours = {normalised(column): column for column in HEADERS[kind]}
    names = [ours.get(normalised(column), f"{place} {column}") for place, column in enumerate(columns)]
    _must_have(REQUIRED[kind], names, name)
    wanted = [column for column in dict.fromkeys(names) if column in ours.values()]
    return Table(kind, dict.fromkeys(names, pl.String), wanted)


def _must_have(required: list[str], names: list[str], name: str) -> None:
    missing = [column for column in required if column not in names]
    if missing:
        more = f" and {len(missing) - _NAMED} more" if len(missing) > _NAMED else ""
        listed = ", ".join(f'"{column}"' for column in missing[:_NAMED])
        raise BrokenFileError(f"{name} lacks the column {listed}{more}.")
    if len(set(names)) < len(names):
        twice = next(column for column in names if names.count(column) > 1)
        raise BrokenFileError(f'{name} has the column "{twice}" twice.')


def _values(line: str) -> list[str] | str:
    """Return a line's values, or why it has none."""
    if "\0" in line:
        return "a NUL character"
    try:
        return next(csv.reader(StringIO(line), strict=True))
    except (csv.Error, StopIteration) as error:
        return f"not CSV: {error}"


def _npi(line: str) -> str:
    return line.split(",", 1)[0].strip().strip('"').replace("\0", "")[:20]
