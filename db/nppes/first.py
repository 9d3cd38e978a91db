"""The first release into an empty directory: one transaction for its three files, indexes made at the end.

Companies and their primary locations are copied as they stay, block by block while the next block is parsed, and
no index is kept up to date meanwhile. The tables are locked from beginning to end.
"""

import asyncpg

from db.nppes import bulk, merge_companies, merge_locations, staging
from db.nppes.blocks import Encoding, NotUtf8
from db.nppes.layout import FileKind
from db.nppes.name_lists import NameLists
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
        if file.kind is None or file.kind in release or file.period != files[0].period:
            break
        release[file.kind] = file
    names = release.get(FileKind.NAMES)
    return {} if names and names.size > _MOST_NAMES_BYTES else release


async def load(run: Run, release: dict[FileKind, Source]) -> list[FileSummary] | None:
    """Load a release into the empty directory; None where it must be merged file by file.

    That is where the directory turns out not to be empty, and where an NPI comes twice.
    """
    encodings: dict[FileKind, Encoding] = dict.fromkeys(release, "utf-8")
    while True:
        try:
            async with run.connection.transaction():
                indexes = await bulk.begin(run.connection)
                return await _load(run, release, encodings, indexes) if indexes else None
        except _Again:
            await staging.empty(run.connection)
        except asyncpg.UniqueViolationError:
            await staging.empty(run.connection)
            return None


class _Again(Exception):  # noqa: N818 (it is no error: one file is read again as latin-1)
    """All of the release must be read again."""


async def _load(
    run: Run, release: dict[FileKind, Source], encodings: dict[FileKind, Encoding], indexes: bulk.Bulk
) -> list[FileSummary]:
    done: dict[FileKind, FileSummary] = {}
    names = NameLists()
    # Names come first, so that each company is written with its names; locations need the companies.
    for kind in (FileKind.NAMES, FileKind.COMPANIES, FileKind.LOCATIONS):
        if kind in release:
            try:
                done[kind] = await _file(run, release[kind], kind, encodings[kind], names)
            except NotUtf8 as error:
                encodings[kind] = "latin-1"
                raise _Again from error
    file = release[FileKind.COMPANIES]
    run.tell(file, "indexing", file.size, done[FileKind.COMPANIES].read)
    await bulk.end(run.connection, indexes)
    return [done[kind] for kind in release]


async def _file(run: Run, file: Source, kind: FileKind, encoding: Encoding, names: NameLists) -> FileSummary:
    load_id = await run.begin(file, kind, is_full=run.is_full(file))
    if kind is FileKind.COMPANIES:
        summary = await _companies(run, file, encoding, load_id, names)
    elif kind is FileKind.NAMES:
        summary = (await run.copy(file, encoding, names.turn)).summary
        summary.duplicates = names.duplicates()
    else:
        summary = (await run.copy(file, encoding)).summary
        await staging.analyze(run.connection)
        summary.take(await merge_locations.add_all(run.connection, run.source, load_id))
    await run.finish(load_id, summary)
    return summary


async def _companies(run: Run, file: Source, encoding: Encoding, load_id: int, names: NameLists) -> FileSummary:
    release = Release(run.source, load_id, names, await zips(run.connection))
    copied = await run.copy(file, encoding, release.turn)
    summary = copied.summary
    summary.created, summary.locations_added = copied.rows["companies"], copied.rows["locations"]
    summary.take(await merge_companies.deactivate(run.connection, load_id))
    return summary
