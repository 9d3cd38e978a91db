"""Rows of individuals known by their lines before anything is parsed: four in five of the main file are that."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

import polars as pl

from db.nppes import blocks, layout
from db.nppes.blocks import Block
from db.nppes.checks import has_check_digit
from db.nppes.numbers import Numbers
from db.nppes.table import Table

# From how many blocks at most rows are parsed together, and how many blocks' bytes are enough: with 330 columns,
# half as many rows at a time cost a third more each, and twice as many take 40 MB more.
_TOGETHER, _ENOUGH = 16, 2

# What must stand in a column, without its quotes; in the others any plain value may.
_VALUES = {layout.NPI: "[12][0-9]{9}", layout.ENTITY_TYPE: "1", layout.DEACTIVATED: ""}
# Nothing but ASCII, since a search for all of Unicode takes twice as long; no quotes and no control characters.
_NOT_PLAIN = r"\x00-\x1f\x7f-\x{10FFFF}"


@dataclass(frozen=True)
class People:
    """What the lines of individuals look like in which nothing can be wrong, and whose number was always in force.

    `known` are the numbers which it matters to see among individuals all the same.
    """

    pattern: str
    known: Numbers

    def left_out(self, whole: Iterable[Block]) -> Iterator[Block]:
        """Yield blocks without such lines, but with their count."""
        parts: list[Block] = []
        for block in whole:
            parts.append(self._without(block))
            size = sum(len(part.data) for part in parts)
            if len(parts) == _TOGETHER or size >= _ENOUGH * blocks.BLOCK_BYTES:
                yield _joined(parts)
                parts = []
        if parts:
            yield _joined(parts)

    def _without(self, block: Block) -> Block:
        lines = _lines(block.data)
        is_person = lines.str.contains(self.pattern)
        npis = pl.select(pl.when(is_person).then(lines.str.extract("([0-9]{10})"))).to_series()
        is_good = pl.select(has_check_digit(pl.lit(npis)).fill_null(value=False)).to_series()
        is_idle = is_good & ~self.known.hold(npis.fill_null("0"))
        rest = lines.filter(~is_idle)
        data = (rest + "\n").str.join("").item().encode()
        return replace(block, data=data, numbers=block.numbers.filter(~is_idle), people=len(lines) - len(rest))


def people_in(table: Table, known: Numbers) -> People | None:
    """Return how individuals are told in a file; None where there are none, or the first column isn't the NPI."""
    columns = list(table.schema)
    if layout.ENTITY_TYPE not in columns or columns[0] != layout.NPI:
        return None
    values = [_value(_VALUES.get(column), table.separator) for column in columns]
    return People(f"^{f'[{table.separator}]'.join(values)}\r?$", known)


def _value(value: str | None, separator: str) -> str:
    """Return what matches a value, any where None is given, with quotes round it or without."""
    if value is not None:
        return f'(?:"{value}"|{value})'
    return f'(?:"[^"{_NOT_PLAIN}]*"|[^"{separator}{_NOT_PLAIN}]*)'


def _lines(data: bytes) -> pl.Series:
    """Return lines without their line feeds."""
    # One carriage return more, since polars takes one away.
    kept = data.replace(b"\r\n", b"\r\r\n") if b"\r" in data else data
    return pl.scan_lines(kept).collect()["line"]


def _joined(parts: list[Block]) -> Block:
    """Return blocks that follow each other as one."""
    if len(parts) == 1:
        return parts[0]
    return Block(
        data=b"".join(part.data for part in parts),
        numbers=pl.concat([part.numbers for part in parts]),
        consumed=parts[-1].consumed,
        recoded=sum(part.recoded for part in parts),
        people=sum(part.people for part in parts),
    )
