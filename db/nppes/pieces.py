"""A file as pieces ready to be copied: a thread reads and parses the next block while the last one is copied."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, asynccontextmanager
from dataclasses import dataclass

import polars as pl

from db.nppes import addresses, companies, deactivations, layout, locations, names
from db.nppes.blocks import Block, header_and_blocks
from db.nppes.copying import Rows, Tables, rows_of
from db.nppes.layout import FileKind
from db.nppes.numbers import Numbers
from db.nppes.rejects import Reject
from db.nppes.source import Source, reading
from db.nppes.table import Table, table_of

# What rows for the staging tables become before they are copied.
Turn = Callable[[Tables], Tables]


@dataclass(frozen=True)
class Piece:
    """One block, ready to be copied, and what was found on the way; `read` rows were in the file."""

    rows: list[Rows]
    read: int
    individuals: int
    recoded: int
    lost_zeros: int
    rejects: list[Reject]
    consumed: int


@dataclass(frozen=True)
class Pieces:
    """An opened file: its kind, and its pieces in order."""

    kind: FileKind
    iterate: AsyncIterator[Piece]


@asynccontextmanager
async def opened(file: Source, known: Numbers, turn: Turn, most_rejects: int) -> AsyncIterator[Pieces]:
    """Open a file to be copied; `known` are the numbers which it matters to see among individuals.

    What a block holds for the staging tables goes through `turn`, in the thread. A block's rows past
    `most_rejects` misshapen ones aren't looked at.

    Raises BrokenFileError where it can't be read as what it claims to be.
    """
    with ExitStack() as stack:
        with reading(file.name):
            stream = stack.enter_context(file.opened())
            header, blocks = header_and_blocks(stream, file.name)
        table = table_of(header, file.name, file.kind)
        # One thread only: memory that several allocate from isn't given back.
        worker = stack.enter_context(ThreadPoolExecutor(1))
        pieces = _ahead(worker, file.name, blocks, _Parser(table, known, turn, most_rejects))
        try:
            yield Pieces(table.kind, pieces)
        finally:
            await pieces.aclose()


async def _ahead(
    worker: ThreadPoolExecutor, name: str, blocks: Iterator[Block], parser: "_Parser"
) -> AsyncGenerator[Piece, None]:
    loop = asyncio.get_running_loop()

    def start() -> asyncio.Future[Piece | None]:
        return loop.run_in_executor(worker, _next, name, blocks, parser)

    ahead = start()
    try:
        while (piece := await ahead) is not None:
            ahead = start()
            yield piece
    finally:
        # The thread reads from the stream, which must not be closed under it.
        await asyncio.wait([ahead])


def _next(name: str, blocks: Iterator[Block], parser: "_Parser") -> Piece | None:
    with reading(name):
        block = next(blocks, None)
    return None if block is None else parser.piece(block)


@dataclass(frozen=True)
class _Parser:
    table: Table
    known: Numbers
    turn: Turn
    most_rejects: int

    def piece(self, block: Block) -> Piece:
        frame, misshapen = self.table.frame(block, self.most_rejects)
        tables, individuals, rejects = self._tables(frame)
        rows = [rows_of(table, each) for table, each in self.turn(tables).items()]
        read, rejected = frame.height + len(misshapen), [*misshapen, *rejects]
        return Piece(rows, read, individuals, block.recoded, self._lost_zeros(frame), rejected, block.consumed)

    def _lost_zeros(self, frame: pl.DataFrame) -> int:
        """Return in how many rows a ZIP isn't taken, since its leading zeros are lost."""
        if self.table.kind is FileKind.LOCATIONS:
            return int(frame.select(addresses.lost_zeros(layout.SECONDARY)).sum().item())
        if self.table.kind is not FileKind.COMPANIES:
            return 0
        lost = addresses.lost_zeros(layout.PRACTICE) | addresses.lost_zeros(layout.MAILING)
        return int(frame.select(lost & (pl.col(layout.ENTITY_TYPE) == "2")).sum().item() or 0)

    def _tables(self, frame: pl.DataFrame) -> tuple[Tables, int, list[Reject]]:
        if self.table.kind is FileKind.LOCATIONS:
            located, rejects = locations.parse(frame)
            return {"staged_locations": located}, 0, rejects
        if self.table.kind is FileKind.NAMES:
            named, rejects = names.parse(frame)
            return {"staged_names": named}, 0, rejects
        if self.table.kind is FileKind.DEACTIVATIONS:
            reported, rejects = deactivations.parse(frame)
            return {"staged_deactivations": reported}, 0, rejects
        parsed = companies.parse(frame)
        # Few individuals' numbers matter: companies', those remembered as deactivated, and reactivated ones.
        matters = self.known.hold(parsed.people["npi"]) | parsed.people["was_deactivated"]
        tables = {
            "staged_companies": parsed.organisations,
            "staged_deactivations": parsed.deactivations,
            "staged_people": parsed.people.filter(matters),
        }
        return tables, parsed.individuals, parsed.rejects
