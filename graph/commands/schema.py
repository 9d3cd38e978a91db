"""`ariesone schema`: the schema as text, checked in and compared."""

from pathlib import Path
from typing import Annotated

import typer
from graphql import GraphQLError
from rich.console import Console

from graph import sdl
from graph.commands.servers import fail
from graph.roles.matrix import page

commands = typer.Typer(help="Write, check and compare the GraphQL schema.", no_args_is_help=True)

FILE = Path("schema.graphql")
ACCESS = Path("docs/access.md")
COLOURS = {"breaking": "red", "dangerous": "yellow", "safe": "green"}

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
def diff(old: SchemaFile) -> None:
    """Name what changed since an older schema: breaking, dangerous and safe; fail where anything breaks."""
    if not old.is_file():
        fail(f"{old} isn't there.")
    try:
        changes = sdl.changes(old.read_text(encoding="utf-8"))
    except (GraphQLError, TypeError, UnicodeDecodeError) as error:
        fail(f"{old} is no schema: {str(error).partition(chr(10))[0]}")
    console = Console(highlight=False, soft_wrap=True)
    for severity, description in changes:
        console.print(f"[{COLOURS[severity]}]{severity:9}[/] {description}")
    if not changes:
        console.print("Nothing changed.")
    if any(severity == "breaking" for severity, _ in changes):
        raise typer.Exit(1)
