"""`ariesone load`: files of the registry, the built-in sample, ZIP centroids, and names of taxonomy codes."""

import asyncio
import errno
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any, TypeVar

import typer
from rich import box
from rich.table import Table

from db.engine import connection_to
from db.nppes.errors import LoadError
from db.nppes.load import give_way, load
from db.nppes.sample_load import load_sample
from db.nppes.source import discover
from db.nppes.summary import FileSummary, Summary
from db.nppes.taxonomies import TaxonomySummary, load_taxonomies
from db.nppes.writer import write_sample
from db.nppes.zips import ZipSummary, load_zips
from graph.commands.configuration import read_settings
from graph.commands.progress import LoadProgress
from graph.commands.servers import console, fail, migrated

commands = typer.Typer(help="Put companies, ZIPs and taxonomies into the directory.", no_args_is_help=True)

MaxRejected = Annotated[
    int, typer.Option(min=0, help="Load a file even though this many of its rows can't be taken.")
]
Rejects = Annotated[Path, typer.Option(help="Where rows that can't be taken are listed.", dir_okay=False)]
REJECTS = Path("rejected.csv")

# What the machine's own files answer, as when the disk is full where a sample is written.
LOCAL = {errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EACCES, errno.EFBIG, errno.ENAMETOOLONG}

Result = TypeVar("Result")

# The lines of the closing table, and the counts of a file that they show.
COUNTS = {
    "rows read": "read",
    "individuals skipped": "individuals",
    "companies new": "created",
    "companies changed": "changed",
    "companies deactivated": "deactivated",
    "companies reactivated": "reactivated",
    "companies that became individuals": "became_individuals",
    "companies unchanged": "unchanged",
    "sample companies removed": "removed",
    "deactivated numbers without a name": "deactivations_noted",
    "locations added": "locations_added",
    "locations updated": "locations_updated",
    "locations removed": "locations_removed",
    "companies whose other names changed": "names_changed",
    "rows of no company here": "strangers",
    "duplicate rows": "duplicates",
    "rows older than what is known": "older",
    "lines read as Windows-1252": "recoded",
    "ZIPs not stored, without their zeros": "lost_zeros",
    "rows rejected": "rejected",
}


# Those of them that say that something in the directory became different.
CHANGING = (
    "created", "changed", "deactivated", "reactivated", "became_individuals", "removed", "deactivations_noted",
    "locations_added", "locations_updated", "locations_removed", "names_changed",
)  # fmt: skip


@commands.command()
def nppes(
    paths: Annotated[
        list[Path],
        typer.Argument(help="A ZIP, a folder, CSV files, or the report of deactivations."),
    ],
    max_rejected: MaxRejected = 0,
    rejects: Rejects = REJECTS,
) -> None:
    """Load the registry's files: monthly ones, weekly ones and reports of deactivations, in any order."""

    async def loaded(connection: Any, progress: LoadProgress) -> Summary:  # noqa: ANN401 - asyncpg's connection
        sources = discover(paths)
        return await load(connection, sources, max_rejected=max_rejected, rejects=rejects, progress=progress.tell)

    show(run(loaded))


@commands.command()
def sample(
    companies: Annotated[int, typer.Option(min=1, help="How many companies to invent.")] = 2_000,
    seed: Annotated[int, typer.Option(help="Another seed makes other companies.")] = 1,
    write: Annotated[
        Path | None, typer.Option(help="Write the files into this folder, as CMS would, and load nothing.")
    ] = None,
    people: Annotated[
        float, typer.Option(min=0, help="With --write, how many individuals for each company; CMS has 3.75.")
    ] = 0,
) -> None:
    """Make and load a directory of invented companies; every NPI in it starts with 2, as no real one does.

    The whole country, 9 million rows in 11 GB, is --companies 1900000 --people 3.75 --write FOLDER.
    """
    if write is not None:
        with told():
            for path in write_sample(write, companies, seed, people):
                typer.echo(f"{path} written.")
        return
    if people:
        fail("--people is for files: individuals are never loaded. Say --write FOLDER as well.")
    show(run(lambda connection, progress: load_sample(connection, companies, seed, progress.tell)))


@commands.command()
def zips(
    file: Annotated[
        Path,
        typer.Argument(help="A file of GeoNames, of the Census, or a CSV file."),
    ],
    max_rejected: MaxRejected = 0,
    rejects: Rejects = REJECTS,
) -> None:
    """Load the centroids of ZIPs, which put locations on the map."""
    found: ZipSummary = run(
        lambda connection, _: load_zips(connection, file, max_rejected=max_rejected, rejects=rejects)
    )
    typer.echo(
        f"{found.read:,} ZIPs read, {found.changed:,} new or changed, {found.without_position:,} without "
        f"coordinates, {found.rejected:,} rejected; {found.located:,} locations placed."
    )


@commands.command()
def taxonomies(file: Annotated[Path, typer.Argument(help="The NUCC's CSV file of taxonomy codes.")]) -> None:
    """Load what taxonomy codes stand for, from a file of the NUCC that takes the place of the one before."""
    found: TaxonomySummary = run(lambda connection, _: load_taxonomies(connection, file))
    typer.echo(
        f"{found.read:,} taxonomy codes read, {found.changed:,} new or changed, {found.removed:,} no longer there."
    )


def fill_empty(url: str, companies: int) -> None:
    """Load the sample into a directory that has never been loaded into."""

    async def filled() -> None:
        async with connection_to(url) as connection:
            if not await connection.fetchval("SELECT EXISTS (SELECT FROM loads)"):
                with LoadProgress() as progress:
                    await load_sample(connection, companies, progress=progress.tell)

    asyncio.run(filled())


def run(work: Callable[[Any, LoadProgress], Awaitable[Result]]) -> Result:
    """Run a load over a connection of its own behind a progress bar; end with one clear error if it fails."""

    async def connected(url: str) -> Result:
        give_way()
        async with connection_to(url) as connection:
            with LoadProgress() as progress:
                return await work(connection, progress)

    with told(), migrated(read_settings()) as url:
        return asyncio.run(connected(url))


@contextmanager
def told() -> Iterator[None]:
    """End with one clear error where a load fails, or a file of this machine can't be read or written."""
    try:
        yield
    except LoadError as error:
        fail(str(error))
    except OSError as error:
        if error.errno not in LOCAL:
            raise
        where = f" ({error.filename})" if error.filename else ""
        fail(f"A file of this machine can't be read or written{where}: {error.strerror}.")


def show(summary: Summary) -> None:
    """Print what a load did: a line a count, a column a file."""
    for file in summary.files:
        if file.skipped is not None:
            console.print(f"{file.name} skipped: {file.skipped}.", soft_wrap=True, markup=False)
    done = [file for file in summary.files if file.skipped is None]
    if done:
        console.print(table_of(done))
    if done and not any(summary.total(name) for name in CHANGING):
        console.print("Nothing changed: all of this was known.")


def table_of(files: list[FileSummary]) -> Table:
    """Return the closing table; counts that are zero in every file are left out."""
    headings = (file.name.replace("_pfile_", "\n").replace("-", "-\n").removesuffix(".csv") for file in files)
    table = Table("", *headings, box=box.MINIMAL)
    for column in table.columns[1:]:
        column.justify = "right"
    for title, name in COUNTS.items():
        counts = [getattr(file, name) for file in files]
        if any(counts) or name in {"read", "rejected"}:
            table.add_row(title, *(f"{count:,}" if count or name == "rejected" else "" for count in counts))
    return table
