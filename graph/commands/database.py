"""`ariesone db`: the database's migrations."""

from typing import Annotated

import typer

from db import migrations
from graph.commands.servers import database_url, running
from graph.settings import Settings

commands = typer.Typer(help="Migrate the database.", no_args_is_help=True)


@commands.command()
def upgrade(revision: Annotated[str, typer.Argument(help="The revision to go up to.")] = "head") -> None:
    """Bring the database up to a revision, the newest by default."""
    with running(Settings(), transient=True) as settings:
        migrations.upgrade(database_url(settings), revision)
    typer.echo(f"The database is at {revision}.")


@commands.command()
def downgrade(
    revision: Annotated[str, typer.Argument(help="Where to go back to: a revision, or base, which empties it.")],
) -> None:
    """Take the database back to a revision; what later ones hold is lost."""
    with running(Settings(), transient=True) as settings:
        migrations.downgrade(database_url(settings), revision)
    typer.echo(f"The database is at {revision}.")


@commands.command()
def revision(message: Annotated[str, typer.Argument(help="What changes, in a few words.")]) -> None:
    """Write a migration from what differs between the code's tables and the database's."""
    with running(Settings(), transient=True) as settings:
        migrations.revise(database_url(settings), message)


@commands.command()
def current() -> None:
    """Print the database's revision."""
    with running(Settings(), transient=True) as settings:
        migrations.current(database_url(settings))
