"""One load: every file staged by blocks and merged in one transaction, or left without a trace."""

import os
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from pathlib import Path

import asyncpg

from db.nppes import (
    first,
    merge_companies,
    merge_locations,
    merge_names,
    merge_primaries,
    merge_statuses,
    parking,
    removal,
    repeats,
    staging,
    touching,
)
from db.nppes.edition import Edition, edition_of
from db.nppes.errors import RefusedError
from db.nppes.layout import FileKind
from db.nppes.numbers import NO_NUMBERS, known_numbers
from db.nppes.repeats import NO_REPEATS, Repeats
from db.nppes.run import Copied, Run
from db.nppes.source import Source
from db.nppes.summary import FileSummary, Progress, Summary
from db.nppes.telling import telling

# One load at a time in a database; the number is ours and means nothing.
_LOCK = 5_205_080_840

_ALREADY = """
    SELECT max(loaded_at) FROM loads l
    WHERE l.file_kind = $1 AND l.file_name = $2 AND l.bytes = $3 AND l.source = 'NPPES'
      AND NOT l.counts ? 'rejected'
      AND EXISTS (
        SELECT FROM loads n WHERE n.file_kind = l.file_kind AND n.source = 'NPPES' AND n.period_end > $4
      )
"""

# How often a file is merged again where an edit came in between.
_TRIES = 5
# A deadlock, which PostgreSQL ends after a second; and a company, or a company's primary place, that somebody has
# entered since the file was compared with what is there.
_CAME_BETWEEN = (asyncpg.DeadlockDetectedError, asyncpg.UniqueViolationError)

# As `nice` has it unless told otherwise.
_NICENESS = 10

_SETTINGS = {
    "jit": "off",
    "work_mem": "64MB",
    "maintenance_work_mem": "256MB",
    # What is written goes to the disk while the cores work on, and not all at once in the end: to commit a fifth
    # of the country took 2.7 s where it took 7.2, on a busy machine.
    "backend_flush_after": "1MB",
    # What is analysed here is analysed for one merge.
    "default_statistics_target": "10",
    "statement_timeout": "0",
    "lock_timeout": "0",
    "idle_in_transaction_session_timeout": "0",
    # db/nppes/facets.py
    "ariesone.lists_later": "on",
}


async def load(
    connection: asyncpg.Connection,
    sources: Iterable[Source],
    *,
    source: str = "NPPES",
    max_rejected: int = 0,
    rejects: Path | None = None,
    progress: Callable[[Progress], None] = lambda _: None,
) -> Summary:
    """Load files into the directory over an asyncpg connection that nobody else uses meanwhile.

    Each file is one transaction, all of it or nothing; into an empty directory the whole first release is one.
    `source` is what new rows are marked with, NPPES or SAMPLE. A file with more than `max_rejected` rows that
    can't be taken is refused; those rows are appended to the CSV file `rejects`. Raises LoadError; the files
    before the one it names stay loaded.
    """
    run = Run(connection, source, max_rejected, rejects, progress)
    files = list(sources)
    async with _session(connection):
        release = first.release_of(files)
        if release and (summaries := await first.load(run, release)) is not None:
            run.summary.files.extend(summaries)
            files = files[len(summaries) :]
        for file in files:
            run.summary.files.append(await _load_file(run, file))
    return run.summary


def give_way() -> None:
    """Have everybody else of this machine go first, such as who answers requests: for a process that only loads.

    PostgreSQL's own process for the load isn't held back, since others would wait for what it holds.
    """
    os.setpriority(os.PRIO_PROCESS, 0, max(_NICENESS, os.getpriority(os.PRIO_PROCESS, 0)))


@asynccontextmanager
async def _session(connection: asyncpg.Connection) -> AsyncIterator[None]:
    """Hold the lock and the staging tables; tell of a lost database in one sentence."""
    with telling():
        if not await connection.fetchval("SELECT pg_try_advisory_lock($1)", _LOCK):
            raise RefusedError("Another load is running in this database; wait for its end.")
        try:
            for name, value in _SETTINGS.items():
                await connection.execute(f"SET {name} = '{value}'")
            await staging.create(connection)
            yield
        finally:
            await _tidy(connection)


async def _tidy(connection: asyncpg.Connection) -> None:
    if not connection.is_closed():
        await staging.drop(connection)
        await connection.execute("RESET ALL")
        await connection.fetchval("SELECT pg_advisory_unlock($1)", _LOCK)


async def _load_file(run: Run, file: Source) -> FileSummary:
    already = await _already(run, file)
    if already is not None:
        return FileSummary(file.name, file.kind, skipped=already)
    copied = await _stage(run, file)
    run.tell(file, "merging", file.size, copied.summary.read)
    summary = await _merge_patiently(run, file, copied)
    await staging.empty(run.connection)
    return summary


async def _stage(run: Run, file: Source) -> Copied:
    """Copy a file without the rows that only say again what the last full one said; all of it, if in doubt."""
    copied = await _copy(run, file, await _repeats(run, file))
    if not await repeats.are_disputed(run.connection):
        return copied
    await staging.empty(run.connection)
    return await _copy(run, file, NO_REPEATS)


async def _copy(run: Run, file: Source, said: Repeats) -> Copied:
    is_small = file.kind in {FileKind.NAMES, FileKind.LOCATIONS}
    known = NO_NUMBERS if is_small else await known_numbers(run.connection)
    copied = await run.copy(file, known, repeats=said)
    await staging.analyze(run.connection)
    return copied


async def _repeats(run: Run, file: Source) -> Repeats:
    if file.kind is not FileKind.COMPANIES:
        return NO_REPEATS
    edition = await edition_of(run.connection, file, file.kind, is_full=run.is_full(file), source=run.source)
    return await repeats.known_rows(run.connection, edition)


async def _merge_patiently(run: Run, file: Source, copied: Copied) -> FileSummary:
    """Merge what is staged of a file, again where an edit came in between."""
    for _ in range(_TRIES):
        with suppress(*_CAME_BETWEEN):
            return await _merge_staged(run, file, copied)
    return await _merge_staged(run, file, copied)


async def _merge_staged(run: Run, file: Source, copied: Copied) -> FileSummary:
    """Merge what is staged of a file: all of it or nothing, and it stays staged."""
    summary, kind, is_full = replace(copied.summary), copied.kind, run.is_full(file)
    async with run.connection.transaction():
        # Before the file is itself among those loaded.
        edition = await edition_of(run.connection, file, kind, is_full=is_full, source=run.source)
        load_id = await run.begin(file, kind, is_full=is_full)
        summary.take(await _merge(run, kind, load_id, edition))
        await removal.give_back(run.connection)
        await touching.touch(run.connection)
        if kind is FileKind.COMPANIES:
            await repeats.note(run.connection, edition)
        await run.finish(load_id, summary)
    return summary


async def _already(run: Run, file: Source) -> str | None:
    """Return why a file needn't be loaded: it has been, all of it, and a newer one of its kind as well."""
    if file.period is None or file.kind is None or run.source != "NPPES":
        return None
    loaded_at = await run.connection.fetchval(_ALREADY, file.kind.name, file.name, file.size, file.period.end)
    return f"it was loaded on {loaded_at:%Y-%m-%d}, and newer ones since" if loaded_at else None


async def _merge(run: Run, kind: FileKind, load_id: int, edition: Edition) -> Counter[str]:
    connection = run.connection
    if kind is FileKind.LOCATIONS:
        return await merge_locations.merge(connection, run.source, load_id, edition)
    if kind is FileKind.NAMES:
        return await merge_names.merge(connection, run.source, load_id, edition)
    counts = await merge_companies.merge(connection, run.source, load_id, edition)
    counts.update(await merge_statuses.merge(connection, load_id, edition))
    counts.update(await merge_primaries.merge(connection, run.source, load_id))
    counts["locations_added"] += await parking.settle(connection, load_id, edition)
    return counts
