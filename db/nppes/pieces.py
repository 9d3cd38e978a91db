"""A file as pieces ready to be copied: a thread reads and parses the next block while the last one is copied."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, asynccontextmanager
from dataclasses import dataclass

import polars as pl

from db.nppes import companies, locations, names, staging
from db.nppes.blocks import Block, Encoding, header_and_blocks
from db.nppes.layout import FileKind
from db.nppes.rejects import Reject
from db.nppes.source import Source, reading
from db.nppes.table import Table, table_of


@dataclass(frozen=True)
class Piece:
    """One block, ready to be copied: bytes by staging table, and what was found on the way."""

    staged: dict[str, bytes]
    rows: int
    individuals: int
    rejects: list[Reject]
    consumed: int


@dataclass(frozen=True)
class Pieces:
    """An opened file: its kind, and its pieces in order."""

    kind: FileKind
    iterate: AsyncIterator[Piece]


@asynccontextmanager
async def opened(file: Source, encoding: Encoding, deactivated: pl.Series) -> AsyncIterator[Pieces]:
    """Open a file to be staged; `deactivated` are the NPIs which it matters to see among individuals.

    Raises BrokenFileError where it can't be read as what it claims to be, NotUtf8 where it must be read otherwise.
    """
    with ExitStack() as stack:
        with reading(file.name):
            stream = stack.enter_context(file.opened())
            header, blocks = header_and_blocks(stream, file.name, encoding)
        table = table_of(header, file.name, file.kind)
        # One thread only: memory that several allocate from isn't given back.
        worker = stack.enter_context(ThreadPoolExecutor(1))
        pieces = _ahead(worker, file.name, blocks, _Parser(table, deactivated))
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
    deactivated: pl.Series

    def piece(self, block: Block) -> Piece:
        frame, misshapen = self.table.frame(block)
        individuals = 0
        if self.table.kind is FileKind.COMPANIES:
            parsed = companies.parse(frame)
            individuals, rejects = len(parsed.people), parsed.rejects
            staged = self._staged_companies(parsed)
        elif self.table.kind is FileKind.LOCATIONS:
            located, rejects = locations.parse(frame)
            staged = {"staged_locations": staging.csv_of(located)}
        else:
            named, rejects = names.parse(frame)
            staged = {"staged_names": staging.csv_of(named)}
        rows = frame.height + len(misshapen)
        return Piece(staged, rows, individuals, [*misshapen, *rejects], block.consumed)

    def _staged_companies(self, parsed: companies.Parsed) -> dict[str, bytes]:
        people = parsed.people.filter(parsed.people.is_in(self.deactivated.implode()))
        return {
            "staged_companies": staging.csv_of(parsed.organisations),
            "staged_deactivations": staging.csv_of(parsed.deactivations),
            "staged_people": staging.csv_of(people.to_frame()),
        }
