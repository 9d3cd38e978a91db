"""The first release into an empty directory: one transaction for its three files, indexes made at the end.

Companies and their primary locations are copied as they stay, block by block while the next block is parsed, and
no index is kept up to date meanwhile. The tables are locked from beginning to end.
"""

import asyncpg

from db.nppes import bulk, merge_locations, merge_names, merge_statuses, staging
from db.nppes.copying import copy, rows_of
from db.nppes.edition import Edition, edition_of
from db.nppes.layout import RELEASE, FileKind
from db.nppes.name_lists import NameLists
from db.nppes.numbers import NO_NUMBERS, deactivated_numbers
from db.nppes.release import Release, zips
from db.nppes.run import Run
from db.nppes.source import Source
from db.nppes.summary import FileSummary

# Names are held in memory, in twice the bytes of their file; CMS's has 31 MB.
_MOST_NAMES_BYTES = 64_000_000


def release_of(files: list[Source]) -> dict[FileKind, Source]:
    """Return the files at the head of a load that make one release, none if it starts otherwise.

    None, too, where its names would take too much memory.
    """
    release: dict[FileKind, Source] = {}
    if not files or files[0].kind is not FileKind.COMPANIES:
        return release
    for file in files:
        if file.kind not in RELEASE or file.kind in release or file.period != files[0].period:
            break
        release[file.kind] = file
    names = release.get(FileKind.NAMES)
    return {} if names and names.size > _MOST_NAMES_BYTES else release


async def load(run: Run, release: dict[FileKind, Source]) -> list[FileSummary] | None:
    """Load a release into the empty directory; None where it must be merged file by file.

    That is where the directory turns out not to be empty, and where an NPI comes twice.
    """
    try:
        async with run.connection.transaction():
            indexes = await bulk.begin(run.connection)
            return await _load(run, release, indexes) if indexes else None
    except asyncpg.UniqueViolationError:
        await staging.empty(run.connection)
        return None


async def _load(run: Run, release: dict[FileKind, Source], indexes: bulk.Bulk) -> list[FileSummary]:
    done: dict[FileKind, FileSummary] = {}
    names = NameLists()
    # Names come first, so that each company is written with its names; locations need the companies.
    for kind in (FileKind.NAMES, FileKind.COMPANIES, FileKind.LOCATIONS):
        if kind in release:
            done[kind] = await _file(run, release[kind], kind, names)
            if kind is FileKind.COMPANIES and FileKind.NAMES in release:
                await _finish_names(run, release[FileKind.NAMES], names)
    file = release[FileKind.COMPANIES]
    run.tell(file, "indexing", file.size, done[FileKind.COMPANIES].read)
    await bulk.end(run.connection, indexes)
    return [done[kind] for kind in release]


async def _file(run: Run, file: Source, kind: FileKind, names: NameLists) -> FileSummary:
    is_full = run.is_full(file)
    edition = await edition_of(run.connection, file, kind, is_full=is_full, source=run.source)
    load_id = await run.begin(file, kind, is_full=is_full)
    if kind is FileKind.COMPANIES:
        summary = await _companies(run, file, load_id, names, edition)
    elif kind is FileKind.NAMES:
        summary = (await run.copy(file, NO_NUMBERS, names.turn)).summary
        summary.duplicates = names.duplicates()
    else:
        summary = (await run.copy(file, NO_NUMBERS)).summary
        run.tell(file, "merging", file.size, summary.read)
        await staging.analyze(run.connection)
        summary.take(await merge_locations.add_all(run.connection, run.source, load_id, edition))
    await run.finish(load_id, summary)
    return summary


async def _finish_names(run: Run, file: Source, names: NameLists) -> None:
    is_full = run.is_full(file)
    # A full main file leaves no number unknown but those it names as deactivated.
    only = await deactivated_numbers(run.connection) if is_full else None
    await copy(run.connection, rows_of("staged_names", names.staged(only)))
    edition = await edition_of(run.connection, file, FileKind.NAMES, is_full=is_full, source=run.source)
    await merge_names.finish_first(run.connection, run.source, edition)


async def _companies(run: Run, file: Source, load_id: int, names: NameLists, edition: Edition) -> FileSummary:
    release = Release(run.source, load_id, names, await zips(run.connection), edition.stamp)
    copied = await run.copy(file, NO_NUMBERS, release.turn)
    summary = copied.summary
    run.tell(file, "merging", file.size, summary.read)
    summary.created, summary.locations_added = copied.rows["companies"], copied.rows["locations"]
    summary.take(await merge_statuses.merge_first(run.connection, load_id, edition))
    return summary
