"""Rows written as CMS writes its files: every column, every value quoted, latin-1."""

import random
from collections.abc import Iterable
from contextlib import ExitStack
from pathlib import Path

import polars as pl

from db.nppes import sample
from db.nppes.layout import HEADERS, RELEASE, FileKind
from db.nppes.sample import Row, person
from db.nppes.sample_people import VARIETY, People

PERIOD = f"{sample.FIRST_DAY:%Y%m%d}-{sample.LAST_DAY:%Y%m%d}"


def file_name(kind: FileKind, period: str = PERIOD) -> str:
    """Return a file's name as CMS gives it; the period is YYYYMMDD-YYYYMMDD, both days included."""
    return f"{kind.prefix}{period}.csv"


def write_sample(directory: Path, companies: int, seed: int, people: float = 0.0) -> list[Path]:
    """Write a sample as the three files of a full release, of any size; return them.

    `people` is how many rows of individuals there are for each company; CMS has 3.75. The companies are the same
    with them and without. Raises LoadError where there aren't numbers for so many.
    """
    directory.mkdir(parents=True, exist_ok=True)
    paths = {kind: directory / file_name(kind) for kind in RELEASE}
    among = _people(companies, seed, people) if people else None
    with ExitStack() as stack:
        files = {kind: stack.enter_context(path.open("wb")) for kind, path in paths.items()}
        for kind, file in files.items():
            file.write(csv_bytes(kind, []))
        for batch in sample.batches(companies, seed):
            for kind, file in files.items():
                rows = rows_bytes(kind, batch.rows[kind])
                if among and kind is FileKind.COMPANIES:
                    file.writelines(among.among(rows.splitlines(keepends=True)))
                else:
                    file.write(rows)
    return list(paths.values())


def _people(companies: int, seed: int, share: float) -> People:
    rng = random.Random(seed)  # noqa: S311 (nothing here is secret)
    rows = rows_bytes(FileKind.COMPANIES, [person(rng) for _ in range(VARIETY)])
    return People(companies, share, rows.splitlines(keepends=True), rng)


def rows_bytes(kind: FileKind, rows: list[Row]) -> bytes:
    """Return rows, which are by column name, without a header line."""
    return _bytes(_frame(HEADERS[kind], rows), header=False) if rows else b""


def csv_bytes(kind: FileKind, rows: Iterable[Row], header: list[str] | None = None) -> bytes:
    """Return a whole file: the header line of V.2, or the given one, and rows by column name."""
    return _bytes(_frame(header or HEADERS[kind], list(rows)), header=True)


def _frame(header: list[str], rows: list[Row]) -> pl.DataFrame:
    values = {column: [row.get(column, "") for row in rows] for column in _used(header, rows)}
    filled = pl.DataFrame(values, schema=dict.fromkeys(values, pl.String))
    empty = pl.lit("", pl.String)
    return filled.select(pl.col(column) if column in values else empty.alias(column) for column in header)


def _used(header: list[str], rows: list[Row]) -> list[str]:
    """Return the columns with a value in some row, and always the first, which gives the frame its height."""
    present = set().union(*(row.keys() for row in rows))
    return [column for place, column in enumerate(header) if place == 0 or column in present]


def _bytes(frame: pl.DataFrame, *, header: bool) -> bytes:
    inner = frame.with_columns(pl.all().str.replace_all('"', "'", literal=True)) if frame.height else frame
    return inner.write_csv(include_header=header, quote_style="always").encode("latin-1", "replace")
