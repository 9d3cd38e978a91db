"""`ariesone verify`: a list of NPIs as CSV, each row with the verdict on its number beside it."""

import asyncio
import csv
import os
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from io import BufferedReader
from itertools import islice
from pathlib import Path
from typing import Annotated, Any, TextIO

import typer

from db import verification
from db.columns import Columns
from db.engine import Database
from db.nppes.summary import Progress
from graph.commands.configuration import read_settings
from graph.commands.load import LOCAL
from graph.commands.progress import LoadProgress
from graph.commands.roster import ADDED, Roster, RosterError, Row, open_roster
from graph.commands.servers import console, database_at, database_url, fail, running
from graph.types.scalars import bare

# Numbers of one batch: two statements for all of them.
BATCH = 5_000
# Rows that are told of; all of them are marked in what is written.
TOLD = 20
# How the command ends where some rows couldn't be read.
SOME_UNREADABLE = 3

UNREADABLE = "UNREADABLE"
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
            roster = open_roster(source, column)
            with writing(output) as target, LoadProgress() as progress:
                run = Run(roster, target, file, source, progress)
                asyncio.run(run.verify(database_url(settings)))
    except RosterError as error:
        fail(f"{told(file)} can't be verified. {error}")
    for problem in run.problems:
        console.print(problem, soft_wrap=True, markup=False)
    if run.counts[UNREADABLE] > TOLD:
        console.print(f"... and {run.counts[UNREADABLE] - TOLD:,} more; npi_result of them is {UNREADABLE}.")
    console.print(run.summary, soft_wrap=True, markup=False)
    if run.counts[UNREADABLE]:
        sys.exit(SOME_UNREADABLE)


class Run:
    """One list on its way: rows are read, verified and written batch by batch."""

    def __init__(
        self, roster: Roster, target: TextIO, name: str, source: BufferedReader, progress: LoadProgress
    ) -> None:
        self._roster = roster
        self._writer = csv.writer(target, delimiter=roster.separator)
        self._name, self._source, self._progress = told(name), source, progress
        self._size = os.fstat(source.fileno()).st_size
        # A list that was verified before has its columns anew.
        self._kept = [place for place, name in enumerate(roster.columns) if name not in ADDED]
        self.counts: Counter[str] = Counter()
        self.problems: list[str] = []

    @property
    def summary(self) -> str:
        """What was found, in a line."""
        found = (f"{self.counts[each]:,} {each}" for each in RESULTS if self.counts[each])
        return f"{self.counts.total():,} rows: {', '.join(found) or 'nothing to verify'}."

    async def verify(self, url: str) -> None:
        """Verify all rows against a database."""
        async with database_at(url) as database:
            self._writer.writerow([*(self._roster.columns[place] for place in self._kept), *ADDED])
            while rows := list(islice(self._roster.rows, BATCH)):
                await self._write(database, rows)
                done = self._source.tell() if self._source.seekable() else 0
                self._progress.tell(Progress(self._name, "checking", done, self._size, self.counts.total()))

    async def _write(self, database: Database, rows: Sequence[Row]) -> None:
        place = self._roster.place
        readable = [row for row in rows if row.problem is None]
        verdicts = iter(await verified(database, [bare(row.values[place]) for row in readable]))
        for row in rows:
            if row.problem is None:
                verdict = next(verdicts)
                values = row.values
            else:
                verdict = {"result": UNREADABLE}
                # Nothing is lost: the line stands where the number would.
                values = ["" if each != place else row.values[0] for each in range(len(self._roster.columns))]
                if len(self.problems) < TOLD:
                    self.problems.append(f"Line {row.line:,} can't be read: {row.problem}.")
            self.counts[verdict["result"]] += 1
            self._writer.writerow(
                [
                    *(values[each] for each in self._kept),
                    *(verdict.get(name) for name in ADDED.values()),
                ]
            )


async def verified(database: Database, numbers: Sequence[str]) -> list[dict[str, Any]]:
    """Return the verdict on each number, with the numbers that a mistyped one may have been meant as."""
    found = await verification.verdicts(database, numbers, numbers)
    candidates = [verification.candidates(each["input"], each["result"]) for each in found]
    meant = await verification.meant(database, candidates, Columns(("npi",)))
    return [
        {**each, "did_you_mean": " ".join(company["npi"] for company in companies)}
        for each, companies in zip(found, meant, strict=True)
    ]


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
