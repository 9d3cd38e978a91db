"""Imports a file: looks through all of it, checks its rows where all must be good, and writes them in batches.

Each batch is one transaction, which records the outcomes of its rows, too (db/job_parts.py): whichever process
goes on with the job goes on after the last batch that was committed.
"""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Generator, Iterator, Sequence
from contextlib import aclosing, closing, contextmanager
from dataclasses import replace
from itertools import islice
from typing import Final, ParamSpec, TypeVar

from db import changes, job_parts
from db.changes import Author
from db.failures import LockedError, StatementTimeoutError
from db.job_parts import Part, Progress, TokenRevokedError
from db.jobs import Outcome
from db.transaction import Transaction
from graph.context import Context, Writing
from graph.directives.cost import MAX_ROWS
from graph.errors import BadUserInputError, ServiceUnavailableError, UnauthenticatedError
from graph.files import CompressedFile
from graph.jobs.imports.fields import Fields
from graph.jobs.imports.outcomes import RowOutcome, as_tried, header_of, lines_of, not_done
from graph.jobs.imports.sheet import READERS, Numbered
from graph.jobs.imports.subject import Subject
from graph.jobs.imports.writer import Given, RowWriter
from graph.jobs.work import Work
from graph.mutations.import_input import ImportOperation
from graph.telemetry.tracing import trace_here

P = ParamSpec("P")
T = TypeVar("T")

# Rows of a file: what tells them from each other is held in memory.
MOST_ROWS: Final = 500_000
# Seconds to wait before a batch is tried again whose companies somebody else is changing: two minutes in all.
RETRIES: Final = (0.1, 0.5, 2.0, 5.0, 15.0, 30.0, 60.0)


class Import:
    """An import that is being done."""

    def __init__(self, work: Work, subject: Subject) -> None:
        given, facts = work.arguments, work.runner.facts
        self._work = work
        self._subject = subject
        self._format: str = given["format"]
        self._keeps_good: bool = given["keeps_good"]
        self._is_trial: bool = given["is_trial"]
        self._author = Author(work.viewer.issuer, work.viewer.subject or "", trace_here())
        inputs = [verb.input.__name__ for verb in (subject.create, subject.update)]
        self._fields = Fields(facts, inputs, work.viewer.roles)
        self._writer = RowWriter(subject, ImportOperation(given["operation"]), facts)

    async def run(self) -> Outcome:
        """Do it, or what is left of it; raises a ClientError where nothing can be done, or nothing more."""
        self._work.total = await asyncio.to_thread(self._count)
        if self._is_trial:
            return await self._check(as_tried)
        progress = await job_parts.progress(self._work.database, self._work.id)
        if not self._keeps_good and not progress.parts and self._work.total > MAX_ROWS:
            checked = await self._check(not_done)
            if checked.failed:
                return replace(checked, failed=self._work.total)
            self._work.files.remove(checked.file)
        return await self._finish(await self._write(progress))

    def _count(self) -> int:
        """Look through all of the file, before anything is done: how many rows it has."""
        count = 0
        with closing(self._rows()) as rows:
            for number, _ in rows:
                count += 1
                if count > MOST_ROWS:
                    raise BadUserInputError(f"The file has more than {MOST_ROWS:,} rows, at row {number:,}.")
        if not count:
            raise BadUserInputError("The file has no rows.")
        return count

    def _rows(self) -> Generator[Numbered]:
        with self._work.files.reading(self._work.arguments["upload"]) as file:
            yield from READERS[self._format](file, self._fields, self._subject.needed)

    async def _batches_after(self, done: int) -> AsyncGenerator[list[Given]]:
        """Yield the rows after those that are done, as many as a transaction takes."""
        with closing(self._given()) as given:
            while rows := list(islice(given, min(done, MAX_ROWS) or MAX_ROWS)):
                if done:
                    done -= len(rows)
                    # The lease must be renewed meanwhile.
                    await asyncio.sleep(0)
                else:
                    yield rows

    def _given(self) -> Generator[Given]:
        seen: set[str | None] = set()
        with closing(self._rows()) as rows:
            for number, fields in rows:
                key = self._writer.key_of(fields)
                yield Given(number, fields, key is not None and key in seen)
                seen.add(key)

    async def _check(self, show: Callable[[Sequence[RowOutcome]], Sequence[RowOutcome]]) -> Outcome:
        """Try all rows without keeping anything, and write down what is shown of their outcomes."""
        failed = 0
        with self._writing() as file:
            async with aclosing(self._batches_after(0)) as batches:
                async for rows in batches:
                    outcomes = await self._insist(self._try, rows)
                    failed += sum(not each.is_done for each in outcomes)
                    await self._put(file, lines_of(show(outcomes), self._format))
                    if self._is_trial:
                        self._work.done += len(rows)
        return self._outcome(file, failed)

    async def _try(self, rows: Sequence[Given]) -> list[RowOutcome]:
        """Return what would become of rows."""
        work = self._work
        async with work.database.transaction() as transaction:
            await job_parts.require_held(transaction, work.id, work.holder)
            outcomes, _ = await self._writer.do(self._context(transaction), rows)
            await transaction.flush()
            transaction.undo()
        return outcomes

    async def _write(self, progress: Progress) -> Progress:
        """Do the rows after those that are done, up to a batch with a bad row where all must be good."""
        async with aclosing(self._batches_after(progress.rows)) as batches:
            async for rows in batches:
                if progress.failed and not self._keeps_good:
                    break
                outcomes = await self._insist(self._do, rows, progress)
                failed = sum(not each.is_done for each in outcomes)
                progress = Progress(progress.parts + 1, progress.rows + len(rows), progress.failed + failed)
                self._work.done = progress.rows
        return progress

    async def _do(self, rows: Sequence[Given], progress: Progress) -> list[RowOutcome]:
        """Do rows in one transaction; where all must be good and one isn't, only record that."""
        async with self._work.database.transaction() as transaction:
            outcomes, made = await self._writer.do(self._context(transaction), rows)
            is_kept = self._keeps_good or all(each.is_done for each in outcomes)
            if is_kept:
                await self._record(transaction, outcomes, progress)
                await changes.record(transaction, made, self._author)
            else:
                transaction.undo()
        if not is_kept:
            outcomes = not_done(outcomes)
            async with self._work.database.transaction() as transaction:
                await self._record(transaction, outcomes, progress)
        return outcomes

    async def _record(self, transaction: Transaction, outcomes: Sequence[RowOutcome], progress: Progress) -> None:
        """Record the next part after what is done."""
        failed = sum(not each.is_done for each in outcomes)
        part = Part(progress.parts, len(outcomes), failed, lines_of(outcomes, self._format))
        done = progress.rows + len(outcomes)
        await job_parts.add(transaction, self._work.id, self._work.holder, part, done)

    async def _finish(self, progress: Progress) -> Outcome:
        """Write down the outcomes of all rows."""
        work = self._work
        with self._writing() as file:
            async for content in job_parts.contents(work.database, work.id, progress.parts):
                await self._put(file, content)
            async with aclosing(self._batches_after(progress.rows)) as batches:
                async for rows in batches:
                    left = [RowOutcome.of_not_done(each.number) for each in rows]
                    await self._put(file, lines_of(left, self._format))
        left_out = (work.total or 0) - progress.rows
        return replace(self._outcome(file, progress.failed + left_out), cursor=await changes.last(work.database))

    @contextmanager
    def _writing(self) -> Iterator[CompressedFile]:
        """Write the file of outcomes for the block."""
        ending = self._format.lower()
        with self._work.files.writing(self._subject.name, ending) as file:
            file.write(header_of(self._format))
            yield file

    async def _put(self, file: CompressedFile, content: bytes) -> None:
        await asyncio.to_thread(file.write, content)

    def _outcome(self, file: CompressedFile, failed: int) -> Outcome:
        return Outcome(file.name, self._work.total or 0, file.bytes, file.sha256, failed=failed)

    def _context(self, transaction: Transaction) -> Context:
        """Return what verbs are handed that write in a transaction, as they are for a request of the owner's."""
        work = self._work
        whole = Context(work.database, viewer=work.viewer, runner=work.runner)
        return whole.over(Writing(transaction, self._author, work.database))

    async def _insist(self, do: Callable[P, Awaitable[T]], *given: P.args, **named: P.kwargs) -> T:
        """Do something, and once more for as long as somebody else changes the same."""
        for wait in (*RETRIES, None):
            try:
                return await do(*given, **named)
            except (LockedError, StatementTimeoutError):
                if wait is None:
                    break
                await asyncio.sleep(wait)
            except TokenRevokedError:
                message = "The token that started this job has been revoked; the rows that are done stay."
                raise UnauthenticatedError(message, "REVOKED") from None
        message = "Somebody else keeps changing the same companies; start another job for the rows that are left."
        raise ServiceUnavailableError(message)
