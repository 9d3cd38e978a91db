"""A file as pieces ready to be copied: while one is, a thread makes the next, and another reads the rows after."""

import asyncio
import sys
from collections import deque
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass, replace

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

# How many frames are read, and how many pieces made, before they are asked for, so that no thread waits for one
# whose next takes longer. A frame of 330 columns has some ten megabytes.
_FRAMES, _PIECES = 1, 2
# After how many seconds a thread lets another one run Python. Feeding PostgreSQL needs that some ten times a
# piece, and by default it would wait for five milliseconds each time.
_TURN_SECONDS = 0.0005

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
        frames = (_read(table, block, most_rejects) for block in blocks)
        stack.enter_context(_short_turns())
        # A thread each: memory that several allocate from isn't given back.
        reader, worker = (stack.enter_context(ThreadPoolExecutor(1)) for _ in range(2))
        pieces = _ahead(worker, file.name, _read_ahead(reader, frames), _Parser(table.kind, known, turn))
        try:
            yield Pieces(table.kind, pieces)
        finally:
            await pieces.aclose()


@contextmanager
def _short_turns() -> Iterator[None]:
    before = sys.getswitchinterval()
    sys.setswitchinterval(_TURN_SECONDS)
    try:
        yield
    finally:
        sys.setswitchinterval(before)


@dataclass(frozen=True)
class _Frame:
    """The rows of a block as texts; `block` has no bytes any more."""

    block: Block
    rows: pl.DataFrame
    misshapen: list[Reject]


def _read(table: Table, block: Block, most_rejects: int) -> _Frame:
    return _Frame(replace(block, data=b""), *table.frame(block, most_rejects))


def _read_ahead(reader: ThreadPoolExecutor, frames: Iterator[_Frame]) -> Iterator[_Frame]:
    """Yield frames, of which the thread reads some while those before are worked on."""
    ahead = deque(reader.submit(next, frames, None) for _ in range(_FRAMES))
    while (frame := ahead.popleft().result()) is not None:
        ahead.append(reader.submit(next, frames, None))
        yield frame


async def _ahead(
    worker: ThreadPoolExecutor, name: str, frames: Iterator[_Frame], parser: "_Parser"
) -> AsyncGenerator[Piece, None]:
    loop = asyncio.get_running_loop()

    def start() -> asyncio.Future[Piece | None]:
        return loop.run_in_executor(worker, _next, name, frames, parser)

    ahead = deque(start() for _ in range(_PIECES))
    try:
        while (piece := await ahead.popleft()) is not None:
            ahead.append(start())
            yield piece
    finally:
        # The thread reads from the stream, which must not be closed under it.
        await asyncio.gather(*ahead, return_exceptions=True)


def _next(name: str, frames: Iterator[_Frame], parser: "_Parser") -> Piece | None:
    with reading(name):
        frame = next(frames, None)
    return None if frame is None else parser.piece(frame)


@dataclass(frozen=True)
class _Parser:
    kind: FileKind
    known: Numbers
    turn: Turn

    def piece(self, frame: _Frame) -> Piece:
        block, parsed, repeated = frame.block, self._parsed(frame.rows), 0
        tables = parsed.tables
        if block.repeats is not None:
            tables["staged_repeats"] = block.repeats.to_frame("npi")
            repeated = block.repeats.len()
        rows = [rows_of(table, each) for table, each in self.turn(tables).items()]
        return Piece(
            rows,
            frame.rows.height + len(frame.misshapen) + block.people + repeated,
            parsed.individuals + block.people,
            block.recoded,
            parsed.lost_zeros,
            [*frame.misshapen, *parsed.rejects],
            block.consumed,
        )

    def _parsed(self, frame: pl.DataFrame) -> "_Parsed":
        if self.kind is FileKind.LOCATIONS:
            located, lost_zeros, rejects = locations.parse(frame)
            return _Parsed({"staged_locations": located}, rejects, lost_zeros=lost_zeros)
        if self.kind is FileKind.NAMES:
            named, rejects = names.parse(frame)
            return _Parsed({"staged_names": named}, rejects)
        if self.kind is FileKind.DEACTIVATIONS:
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
