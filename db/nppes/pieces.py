"""A file as pieces ready to be copied: while one is, a thread parses the next, and another reads the one after."""

import asyncio
from collections import deque
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, asynccontextmanager
from dataclasses import dataclass

import polars as pl

from db.nppes import companies, deactivations, locations, names
from db.nppes.blocks import Block, header_and_blocks
from db.nppes.copying import Rows, Tables, rows_of
from db.nppes.layout import FileKind
from db.nppes.numbers import Numbers
from db.nppes.people import people_in
from db.nppes.rejects import Reject
from db.nppes.repeats import NO_REPEATS, Repeats
from db.nppes.sieve import Sieve
from db.nppes.source import Source, reading
from db.nppes.table import Table, table_of

# How many blocks are read, and how many pieces parsed, before they are asked for: what takes longest, the parsing,
# waits for neither, and with one alone both would wait for it.
_AHEAD = 3

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
async def opened(
    file: Source, known: Numbers, turn: Turn, most_rejects: int, repeats: Repeats = NO_REPEATS
) -> AsyncIterator[Pieces]:
    """Open a file to be copied; `known` are the numbers which it matters to see among individuals.

    Rows of organisations that are `repeats` aren't parsed. What a block holds for the staging tables goes through
    `turn`, in the thread. A block's rows past `most_rejects` misshapen ones aren't looked at.

    Raises BrokenFileError where it can't be read as what it claims to be.
    """
    with ExitStack() as stack:
        with reading(file.name):
            stream = stack.enter_context(file.opened())
            header, blocks = header_and_blocks(stream, file.name)
        table = table_of(header, file.name, file.kind)
        people = people_in(table, known)
        if people:
            blocks = Sieve(table, people, repeats).sifted(blocks)
        # A thread each: memory that several allocate from isn't given back.
        reader, worker = (stack.enter_context(ThreadPoolExecutor(1)) for _ in range(2))
        parser = _Parser(table, known, turn, most_rejects)
        pieces = _ahead(worker, file.name, _read_ahead(reader, blocks), parser)
        try:
            yield Pieces(table.kind, pieces)
        finally:
            await pieces.aclose()


def _read_ahead(reader: ThreadPoolExecutor, blocks: Iterator[Block]) -> Iterator[Block]:
    """Yield blocks, of which the thread reads some while those before are worked on."""
    ahead = deque(reader.submit(next, blocks, None) for _ in range(_AHEAD))
    while (block := ahead.popleft().result()) is not None:
        ahead.append(reader.submit(next, blocks, None))
        yield block


async def _ahead(
    worker: ThreadPoolExecutor, name: str, blocks: Iterator[Block], parser: "_Parser"
) -> AsyncGenerator[Piece, None]:
    loop = asyncio.get_running_loop()

    def start() -> asyncio.Future[Piece | None]:
        return loop.run_in_executor(worker, _next, name, blocks, parser)

    ahead = deque(start() for _ in range(_AHEAD))
    try:
        while (piece := await ahead.popleft()) is not None:
            ahead.append(start())
            yield piece
    finally:
        # The thread reads from the stream, which must not be closed under it.
        await asyncio.gather(*ahead, return_exceptions=True)


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
        parsed = self._parsed(frame)
        tables, repeated = parsed.tables, 0
        if block.repeats is not None:
            tables["staged_repeats"] = block.repeats.to_frame("npi")
            repeated = block.repeats.len()
        rows = [rows_of(table, each) for table, each in self.turn(tables).items()]
        return Piece(
            rows,
            frame.height + len(misshapen) + block.people + repeated,
            parsed.individuals + block.people,
            block.recoded,
            parsed.lost_zeros,
            [*misshapen, *parsed.rejects],
            block.consumed,
        )

    def _parsed(self, frame: pl.DataFrame) -> "_Parsed":
        if self.table.kind is FileKind.LOCATIONS:
            located, lost_zeros, rejects = locations.parse(frame)
            return _Parsed({"staged_locations": located}, rejects, lost_zeros=lost_zeros)
        if self.table.kind is FileKind.NAMES:
            named, rejects = names.parse(frame)
            return _Parsed({"staged_names": named}, rejects)
        if self.table.kind is FileKind.DEACTIVATIONS:
            reported, rejects = deactivations.parse(frame)
            return _Parsed({"staged_deactivations": reported}, rejects)
        parsed = companies.parse(frame)
        # Few individuals' numbers matter: companies', those remembered as deactivated, and reactivated ones.
        matters = self.known.hold(parsed.people["npi"]) | parsed.people["was_deactivated"]
        tables = {
            "staged_companies": parsed.organisations,
            "staged_deactivations": parsed.deactivations,
            "staged_people": parsed.people.filter(matters),
        }
        return _Parsed(tables, parsed.rejects, parsed.individuals, parsed.lost_zeros)


@dataclass(frozen=True)
class _Parsed:
    tables: Tables
    rejects: list[Reject]
    individuals: int = 0
    lost_zeros: int = 0
