"""`ariesone verify`: a list of NPIs as CSV, each row with the verdict on its number beside it."""

import asyncio
import os
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import aclosing, contextmanager
from functools import partial
from io import BufferedReader
from pathlib import Path
from typing import Annotated, TextIO

import typer

from db.nppes.summary import Progress
from graph.commands.configuration import read_settings
from graph.commands.listen import collect_seldom
from graph.commands.load import LOCAL
from graph.commands.progress import LoadProgress
from graph.commands.servers import console, database_at, database_url, fail, running
from graph.rosters.roster import RosterError, open_roster
from graph.rosters.verdicts import TOLD, UNREADABLE, VerifiedRoster

# How the command ends where some rows couldn't be read.
SOME_UNREADABLE = 3

RESULTS = ("ACTIVE", "DEACTIVATED", "NOT_FOUND", "INVALID_CHECK_DIGIT", "INVALID_FORMAT", UNREADABLE)


def verify(
    file: Annotated[str, typer.Argument(help="A CSV file, or - for standard input.")],
    output: Annotated[
        Path | None, typer.Option(dir_okay=False, help="Write to this file instead of standard output.")
    ] = None,
    column: Annotated[
        str | None, typer.Option(help="The column of the NPIs, by its name or its number; else it is looked for.")
    ] = None,
) -> None:
    """Check a list of NPIs against the directory: writes each row with the verdict on its number.

    Ends with 3 where some rows can't be read, which are written as they are, and with 1 where nothing can be done.
    """
    try:
        with opened(file) as source, running(read_settings(), transient=True) as settings:
            verified = VerifiedRoster(open_roster(source, column))
            with writing(output) as target, LoadProgress() as progress:
                collect_seldom()
                tell = partial(tell_progress, progress, told(file), source)
                asyncio.run(write_verified(verified, target, database_url(settings), tell))
    except RosterError as error:
        fail(f"{told(file)} can't be verified. {error}")
    for problem in verified.problems:
        console.print(problem, soft_wrap=True, markup=False)
    unreadable = verified.counts[UNREADABLE]
    if unreadable > TOLD:
        console.print(f"... and {unreadable - TOLD:,} more; npi_result of them is {UNREADABLE}.")
    console.print(summary(verified.counts), soft_wrap=True, markup=False)
    if unreadable:
        sys.exit(SOME_UNREADABLE)


def tell_progress(progress: LoadProgress, name: str, source: BufferedReader, rows: int) -> None:
    """Tell how much of a file has been read, and how many rows of it are verified."""
    done = source.tell() if source.seekable() else 0
    progress.tell(Progress(name, "checking", done, os.fstat(source.fileno()).st_size, rows))


async def write_verified(verified: VerifiedRoster, target: TextIO, url: str, tell: Callable[[int], None]) -> None:
    """Verify a roster against a database, and write it; `tell` of its rows as they are written."""
    async with database_at(url) as database, aclosing(verified.parts(database)) as parts:
        async for part in parts:
            target.write(part)
            tell(verified.counts.total())


def summary(counts: Counter[str]) -> str:
    """Return what was found, in a line."""
    found = (f"{counts[each]:,} {each}" for each in RESULTS if counts[each])
    return f"{counts.total():,} rows: {', '.join(found) or 'nothing to verify'}."


def told(file: str) -> str:
    """Return what a file is called."""
    return "Standard input" if file == "-" else file


@contextmanager
def opened(file: str) -> Iterator[BufferedReader]:
    """Open a file to be read, or standard input; ends the command where it can't be."""
    if file == "-":
        yield sys.stdin.buffer  # type: ignore[misc]  # the buffer of a file, a pipe or a terminal
        return
    try:
        source = Path(file).open("rb")  # noqa: SIM115 - it is closed below
    except OSError as error:
        fail(f"{file} can't be read: {error.strerror}.")
    with source:
        yield source


@contextmanager
def writing(output: Path | None) -> Iterator[TextIO]:
    """Open what is written to: a file is there once it is whole, and as it was before until then."""
    if output is None:
        sys.stdout.reconfigure(encoding="utf-8", newline="")  # type: ignore[union-attr]  # it is a text file's
        yield sys.stdout
        return
    part = output.with_name(f".{output.name}.part")
    try:
        target = part.open("w", encoding="utf-8", newline="")
    except OSError as error:
        fail(f"{output} can't be written: {error.strerror}.")
    try:
        with target:
            yield target
        part.replace(output)
    except OSError as error:
        if error.errno not in LOCAL:
            raise
        fail(f"{output} can't be written: {error.strerror}.")
    finally:
        part.unlink(missing_ok=True)
