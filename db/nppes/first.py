"""The first release into an empty directory: one transaction for its three files, indexes made at the end.

Companies are written block by block while the next block is parsed, complete with their other names, and no
index is kept up to date meanwhile. Companies and locations are locked from beginning to end.
"""

from collections import Counter
from contextlib import suppress

from db.nppes import bulk, merge_companies, merge_locations, merge_names, merge_primaries, staging
from db.nppes.blocks import Encoding, NotUtf8
from db.nppes.layout import FileKind
from db.nppes.run import Run
from db.nppes.source import Source
from db.nppes.summary import FileSummary


def release_of(files: list[Source]) -> dict[FileKind, Source]:
    """Return the files at the head of a load that make one release, none if it starts otherwise."""
    release: dict[FileKind, Source] = {}
    if not files or files[0].kind is not FileKind.COMPANIES:
        return release
    for file in files:
        if file.kind is None or file.kind in release or file.period != files[0].period:
            break
        release[file.kind] = file
    return release


async def load(run: Run, release: dict[FileKind, Source]) -> list[FileSummary] | None:
    """Load a release into the empty directory; None where the directory turns out not to be empty."""
    encodings: dict[FileKind, Encoding] = dict.fromkeys(release, "utf-8")
    while True:
        with suppress(_Again):
            async with run.connection.transaction():
                indexes = await bulk.begin(run.connection)
                return await _load(run, release, encodings, indexes) if indexes else None
        await staging.empty(run.connection)


class _Again(Exception):  # noqa: N818 (it is no error: one file is read again as latin-1)
    """All of the release must be read again."""


async def _load(
    run: Run, release: dict[FileKind, Source], encodings: dict[FileKind, Encoding], indexes: bulk.Bulk
) -> list[FileSummary]:
    done: dict[FileKind, FileSummary] = {}
    # Names come first, so that each company is written with its names; locations need the companies.
    for kind in (FileKind.NAMES, FileKind.COMPANIES, FileKind.LOCATIONS):
        if kind in release:
            try:
                done[kind] = await _file(run, release[kind], kind, encodings[kind])
            except NotUtf8 as error:
                encodings[kind] = "latin-1"
                raise _Again from error
        elif kind is FileKind.NAMES:
            await merge_names.group(run.connection)
    file = release[FileKind.COMPANIES]
    run.tell(file, "indexing", file.size, done[FileKind.COMPANIES].read)
    await bulk.end(run.connection, indexes)
    return [done[kind] for kind in release]


async def _file(run: Run, file: Source, kind: FileKind, encoding: Encoding) -> FileSummary:
    load_id = await run.begin(file, kind, is_full=run.is_full(file))
    if kind is FileKind.COMPANIES:
        summary = await _companies(run, file, encoding, load_id)
    elif kind is FileKind.NAMES:
        summary, _ = await run.stage(file, encoding)
        summary.take(await merge_names.group(run.connection))
    else:
        summary, _ = await run.stage(file, encoding)
        await staging.analyze(run.connection)
        summary.take(await merge_locations.merge(run.connection, run.source, load_id, is_full=True))
    await run.finish(load_id, summary)
    return summary


async def _companies(run: Run, file: Source, encoding: Encoding, load_id: int) -> FileSummary:
    counts: Counter[str] = Counter()

    async def write() -> None:
        counts.update(await merge_companies.create_all(run.connection, run.source, load_id))
        counts.update(await merge_primaries.add_all(run.connection, run.source, load_id))
        await run.connection.execute("TRUNCATE staged_companies")

    summary, _ = await run.stage(file, encoding, write)
    counts.update(await merge_companies.deactivate(run.connection, load_id))
    summary.take(counts)
    return summary
