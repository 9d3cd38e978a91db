"""`ariesone settings`: what is set, and the files that are written from the settings."""

from pathlib import Path

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from graph.commands import setting_files
from graph.commands.configuration import read_settings
from graph.commands.servers import fail
from graph.environment.groups import GROUPS
from graph.environment.words import without_account
from graph.settings import Settings

commands = typer.Typer(help="Show the settings.")


@commands.callback(invoke_without_command=True)
def show(context: typer.Context) -> None:
    """Print every setting as a server here would have it; secrets are hidden."""
    if context.invoked_subcommand is not None:
        return
    settings = read_settings()
    table = Table(box=None, show_header=False)
    for variable in (name for group in GROUPS for name in setting_files.fields_of(group)):
        name = variable.lower()
        value = getattr(settings, name)
        shown = str(value).lower() if isinstance(value, bool) else str("" if value is None else value)
        table.add_row(
            variable, Text(without_account(shown)), "" if value == Settings.model_fields[name].default else "set"
        )
    Console(highlight=False, soft_wrap=True).print(table)


@commands.command()
def export() -> None:
    """Write docs/settings.md, .env.example and docker-compose.yml anew, in a checkout."""
    for file, text in written().items():
        file.write_text(text, encoding="utf-8")
        typer.echo(f"{file} written.")


def written() -> dict[Path, str]:
    """Return the files of this checkout that are written from the settings, with what they should hold."""
    if not setting_files.PAGE.is_file():
        fail("These files are written in a checkout of the source; this folder has no docs/settings.md.")
    return {
        setting_files.PAGE: setting_files.page(setting_files.PAGE.read_text(encoding="utf-8")),
        setting_files.EXAMPLE: setting_files.example(),
        setting_files.COMPOSE: setting_files.compose(setting_files.COMPOSE.read_text(encoding="utf-8")),
    }
