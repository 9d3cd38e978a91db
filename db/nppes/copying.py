"""Frames as COPY reads them, and their way into tables."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from io import BytesIO

import asyncpg
import polars as pl
from polars import selectors

from db.nppes.statements import rows as rows_in

_CHUNK_BYTES = 256 * 1024
# What stands for these characters inside a value (PostgreSQL manual, COPY, text format).
_ESCAPES = {"\\": "\\\\", "\t": "\\t", "\r": "\\r", "\n": "\\n"}

# Rows by the name of the table that they are meant for; a frame's columns are the table's.
Tables = dict[str, pl.DataFrame]


@dataclass(frozen=True)
class Rows:
    """Rows for a table, in COPY's text format with null as nothing."""

    table: str
    columns: list[str]
    data: bytes


def rows_of(table: str, frame: pl.DataFrame) -> Rows:
    """Return a frame as COPY reads it; an empty text, which no frame here holds, would become null."""
    data = _written(frame)
    if _is_plain(data, frame):
        return Rows(table, frame.columns, data.replace(b"\\", b"\\\\"))
    return Rows(table, frame.columns, _written(frame.with_columns(_escaped())))


async def copy(connection: asyncpg.Connection, rows: Rows) -> int:
    """Append rows to their table; return how many."""
    if not rows.data:
        return 0
    source = _chunks(rows.data)
    return rows_in(
        await connection.copy_to_table(rows.table, source=source, columns=rows.columns, format="text", null="")
    )


def _written(frame: pl.DataFrame) -> bytes:
    buffer = BytesIO()
    frame.write_csv(buffer, include_header=False, separator="\t", quote_style="never")
    return buffer.getvalue()


def _is_plain(data: bytes, frame: pl.DataFrame) -> bool:
    """Return whether no value has a character that ends values or lines."""
    values = (data.count(b"\n"), data.count(b"\t"))
    return values == (frame.height, frame.height * (frame.width - 1)) and b"\r" not in data


def _escaped() -> pl.Expr:
    return selectors.string().str.replace_many(list(_ESCAPES), list(_ESCAPES.values()))


async def _chunks(data: bytes) -> AsyncIterator[bytes]:
    """Yield the bytes in pieces; asyncpg would fetch those of a file object from a thread, one by one."""
    for start in range(0, len(data), _CHUNK_BYTES):
        yield data[start : start + _CHUNK_BYTES]
