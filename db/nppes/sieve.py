"""Lines of which nothing would come, left out before anything is parsed: individuals, and what was said before."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

import polars as pl

from db.nppes import blocks
from db.nppes.blocks import Block
from db.nppes.people import People
from db.nppes.repeats import Repeats, digests_of
from db.nppes.table import Table

# From how many blocks at most rows are parsed together, and how many blocks' bytes are enough: with 330 columns,
# half as many rows at a time cost a third more each, and twice as many take 40 MB more.
_TOGETHER, _ENOUGH = 8, 1
# The first value of a line.
_NPI = '^"?([12][0-9]{9})"?'


@dataclass(frozen=True)
class Sieve:
    """What is left out of a file."""

    table: Table
    people: People
    repeats: Repeats

    def sifted(self, whole: Iterable[Block]) -> Iterator[Block]:
        """Yield blocks of the lines that are to be parsed, with their digests, and with what was left out."""
        parts: list[Block] = []
        for block in whole:
            parts.append(self._sifted(block))
            size = sum(len(part.data) for part in parts)
            if len(parts) == _TOGETHER or size >= _ENOUGH * blocks.BLOCK_BYTES:
                yield _joined(parts)
                parts = []
        if parts:
            yield _joined(parts)

    def _sifted(self, block: Block) -> Block:
        every = _lines(block.data)
        is_person = self.people.are(every)
        lines, numbers = every.filter(~is_person), block.numbers.filter(~is_person)
        digests = digests_of(lines, self.table)
        npis = lines.str.extract(_NPI).cast(pl.UInt32)
        is_repeat = self.repeats.hold(npis, digests)
        rest = lines.filter(~is_repeat)
        return replace(
            block,
            data=(rest + "\n").str.join("").item().encode(),
            numbers=numbers.filter(~is_repeat),
            people=len(every) - len(lines),
            digests=digests.filter(~is_repeat),
            repeats=npis.filter(is_repeat),
        )


def _lines(data: bytes) -> pl.Series:
    """Return lines without their line feeds."""
    # One carriage return more, since polars takes one away.
    kept = data.replace(b"\r\n", b"\r\r\n") if b"\r" in data else data
    return pl.scan_lines(kept).collect()["line"]


def _joined(parts: Sequence[Block]) -> Block:
    """Return blocks that follow each other as one."""
    if len(parts) == 1:
        return parts[0]
    return Block(
        data=b"".join(part.data for part in parts),
        numbers=pl.concat([part.numbers for part in parts]),
        consumed=parts[-1].consumed,
        recoded=sum(part.recoded for part in parts),
        people=sum(part.people for part in parts),
        digests=pl.concat([part.digests for part in parts if part.digests is not None]),
        repeats=pl.concat([part.repeats for part in parts if part.repeats is not None]),
    )
