"""`ariesone schema`: the schema as text, checked in and compared; and who uses which part of it."""

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer
from graphql import GraphQLError
from rich.console import Console
from rich.text import Text

from graph import sdl
from graph.commands.findings import told
from graph.commands.servers import fail
from graph.commands.usage import all_uses, usage, uses_in
from graph.compatibility import QUIET_DAYS, Change, compare
from graph.roles.matrix import page
from graph.schema_changes import FILE as FILE_OF_CHANGES
from graph.schema_changes import RELEASED, read_record, release_of, write_record

commands = typer.Typer(help="Write, check and compare the GraphQL schema; see who uses it.", no_args_is_help=True)

FILE = Path("schema.graphql")
DOCS = Path("docs")
ACCESS = DOCS / "access.md"
COLOURS = {"breaking": "red", "excused": "magenta", "dangerous": "yellow", "safe": "green"}
# In place of a file: what the database of the settings has.
DATABASE = "database"

SchemaFile = Annotated[Path, typer.Argument(help="A schema in SDL.", dir_okay=False)]


@commands.command()
def export(file: SchemaFile = FILE) -> None:
    """Write the schema, sorted by name."""
    file.write_text(sdl.printed(), encoding="utf-8")
    typer.echo(f"{file} written.")


@commands.command()
def check(file: SchemaFile = FILE) -> None:
    """Fail where the file isn't the schema that this code serves."""
    if not file.is_file():
        fail(f"{file} isn't there; `ariesone schema export` writes it.")
    if file.read_text(encoding="utf-8") != sdl.printed():
        fail(f"{file} isn't the schema of this code; `ariesone schema export` brings it up to date.")
    typer.echo(f"{file} is up to date.")


@commands.command()
def access(file: Annotated[Path, typer.Argument(help="A page in Markdown.", dir_okay=False)] = ACCESS) -> None:
    """Write who may use what: every field by role."""
    file.write_text(page(), encoding="utf-8")
    typer.echo(f"{file} written.")


@commands.command()
def diff(
    old: SchemaFile,
    new: Annotated[
        Path | None, typer.Argument(help="A newer one in SDL; if left out, that of this code.", dir_okay=False)
    ] = None,
    *,
    recorded: Annotated[
        str | None,
        typer.Option("--usage", help=f"Who uses what: a file of `schema usage --json`, or `{DATABASE}`."),
    ] = None,
    quiet_days: Annotated[
        int, typer.Option(min=1, help="Days for which nobody must have used something that goes.")
    ] = QUIET_DAYS,
) -> None:
    """Name what changed since an older schema; fail if anything breaks before its sunset that somebody may use."""
    uses = None if recorded is None else all_uses() if recorded == DATABASE else uses_in(Path(recorded))
    written = sdl.printed() if new is None else text_of(new)
    try:
        changes = compare(text_of(old), written, uses, datetime.now(UTC).date(), quiet_days)
    except (GraphQLError, TypeError) as error:
        fail(f"{old} is no schema: {str(error).partition(chr(10))[0]}")
    console = Console(highlight=False, soft_wrap=True)
    for change in changes:
        console.print(line_of(change))
    if not changes:
        console.print("Nothing changed.")
    if any(change.is_forbidden for change in changes):
        raise typer.Exit(1)


@commands.command()
def release(
    version: Annotated[str, typer.Argument(help="The version that is released.")],
    *,
    folder: Annotated[Path, typer.Option(help="Where the docs are.", file_okay=False)] = DOCS,
) -> None:
    """Record how the schema changed since the last release, and that this one is released now."""
    record_file, released = folder / FILE_OF_CHANGES, folder / RELEASED
    try:
        record = read_record(text_of(record_file))
    except ValueError as error:
        fail(f"{record_file} can't be read: {error}")
    if version in {each.version for each in record.releases}:
        fail(f"{record_file} has the release {version} already; a version is released once.")
    new = release_of(version, datetime.now(UTC).date(), text_of(released), sdl.printed())
    record_file.write_text(write_record(replace(record, releases=(new, *record.releases))), encoding="utf-8")
    released.write_text(sdl.printed(), encoding="utf-8")
    typer.echo(f"{record_file} has {len(new.changes)} changes of {version}, and {released} its schema.")


def text_of(file: Path) -> str:
    """Return what a file holds; ends the command where it is no text."""
    try:
        return file.read_text(encoding="utf-8")
    except FileNotFoundError:
        fail(f"{file} isn't there.")
    except UnicodeDecodeError as error:
        fail(f"{file} is no schema: {error}")


def line_of(change: Change) -> Text:
    """Return a change as a line; one that breaks says why it may be, or why not."""
    verdict = change.verdict
    word = "excused" if verdict is not None and verdict.may_be else change.severity
    why = Text() if verdict is None else Text(" - ") + told(verdict.reason)
    return Text.assemble((f"{word:9} ", COLOURS[word]), told(change.description), why)


commands.command()(usage)
