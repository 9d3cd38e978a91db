"""`ariesone db`: the database's migrations."""

import asyncio
from pathlib import Path
from typing import Annotated

import typer

from db import migrations
from db.address import read_address
from db.embedded import postgresql
from db.engine import Database
from db.revision import revision as revision_of
from graph.commands.configuration import read_settings
from graph.commands.consent import require_consent, warn_of_loss
from graph.commands.dumps import read_dump, write_dump
from graph.commands.psql import open_psql, psql_line, redis_line
from graph.commands.servers import database_url, fail, running

commands = typer.Typer(help="Migrate the database, keep copies of it, look into it.", no_args_is_help=True)


@commands.command()
def upgrade(revision: Annotated[str, typer.Argument(help="The revision to go up to.")] = "head") -> None:
    """Bring the database up to a revision, the newest by default."""
    with running(read_settings(), transient=True) as settings:
        migrations.upgrade(database_url(settings), revision)
    typer.echo(f"The database is at {revision}.")


@commands.command(context_settings={"ignore_unknown_options": True})
def downgrade(
    revision: Annotated[
        str, typer.Argument(help="Where to go back to: a revision, -1 for one step, or base, which empties it.")
    ],
    *,
    yes: Annotated[bool, typer.Option("--yes", help="Don't ask.")] = False,
) -> None:
    """Take the database back to a revision; says what is lost, and asks."""
    with running(read_settings(), transient=True) as settings:
        url = database_url(settings)
        warn_of_loss(url, revision)
        require_consent(given=yes, how="--yes")
        migrations.downgrade(url, revision)
    typer.echo(f"The database is at {revision}.")


@commands.command()
def revision(message: Annotated[str, typer.Argument(help="What changes, in a few words.")]) -> None:
    """Write a migration from what differs between the code's tables and the database's."""
    if not migrations.is_source():
        fail("Migrations are written in a checkout of the source; this is an installed package.")
    with running(read_settings(), transient=True) as settings:
        path = migrations.revise(database_url(settings), message)
    typer.echo("Nothing differs, so nothing was written." if path is None else f"{path} written.")


@commands.command()
def check() -> None:
    """Fail where the code's tables differ from the database's."""
    with running(read_settings(), transient=True) as settings:
        migrations.check(database_url(settings))
    typer.echo("Nothing differs.")


@commands.command(context_settings={"ignore_unknown_options": True, "allow_extra_args": True})
def shell(context: typer.Context) -> None:
    """Open psql on the database; what follows goes to psql."""
    with running(read_settings(), transient=True) as settings:
        code = open_psql(settings, context.args)
    raise typer.Exit(code)


@commands.command()
def connect() -> None:
    """Print how psql and redis-cli reach the servers; the embedded ones while `ariesone serve` runs."""
    given = read_settings()
    if given.database_url is None and postgresql.find_served(given.data_dir) is None:
        typer.echo("No server runs here, so this leads nowhere: start `ariesone serve`, then ask again.", err=True)
    with running(given, transient=True) as settings:
        typer.echo(psql_line(read_address(database_url(settings)), settings.data_dir))
        typer.echo(redis_line(settings))


@commands.command()
def dump(file: Annotated[Path, typer.Argument(help="The file to write.")]) -> None:
    """Write the whole database into a file, as it is at this moment; servers may go on."""
    with running(read_settings(), transient=True) as settings:
        write_dump(settings, file)
    typer.echo(f"{file} has the database, {file.stat().st_size / 1e6:,.1f} MB.")


@commands.command()
def restore(
    file: Annotated[Path, typer.Argument(help="What `db dump` or pg_dump wrote.", exists=True, dir_okay=False)],
) -> None:
    """Read such a file into an empty database."""
    with running(read_settings(), transient=True) as settings:
        url = database_url(settings)
        if asyncio.run(known_revision(url)) is not None:
            fail("The database isn't empty: name a new one by DATABASE_URL, or a new folder by DATA_DIR.")
        read_dump(settings, file)
        revision = asyncio.run(known_revision(url))
    typer.echo(f"The database is at {revision}.")


@commands.command()
def current() -> None:
    """Print the database's revision."""
    with running(read_settings(), transient=True) as settings:
        known = asyncio.run(known_revision(database_url(settings)))
    newest = migrations.head()
    if known is None:
        typer.echo(f"The database is empty; `ariesone db upgrade` brings it to {newest}.")
    else:
        typer.echo(f"{known} (head)" if known == newest else f"{known}, behind {newest}")


async def known_revision(url: str) -> str | None:
    """Return the revision that a database is at; None where it is empty."""
    async with Database.open(url) as database:
        return await revision_of(database)
