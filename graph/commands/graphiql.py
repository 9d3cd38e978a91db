"""`ariesone graphiql`: the files of the page at /graphql."""

from collections.abc import Callable
from threading import Thread

import typer

from graph.commands.configuration import read_settings
from graph.settings import Settings
from graph.site.graphiql import npm
from graph.site.graphiql.npm import NpmError
from graph.site.graphiql.sources import source_for

commands = typer.Typer(help="Get the page that browsers see at /graphql.", no_args_is_help=True)


@commands.callback()
def subject() -> None:
    """Get the page that browsers see at /graphql."""


@commands.command()
def fetch() -> None:
    """Fetch GraphiQL from a registry of npm packages, or a public CDN, and keep it in DATA_DIR; a wheel has it."""
    settings = read_settings()
    folder = npm.folder_in(settings.data_dir)
    if folder != npm.PACKAGED:
        npm.fetch(source_for(settings.npm_registry), folder)
    typer.echo(f"{npm.PACKAGES[0]} is in {folder}.")


def fetch_behind(settings: Settings, notify: Callable[[str], None]) -> None:
    """Fetch what is missing while the server already serves; without it everything but the page works."""
    if settings.shows_graphiql and not npm.is_complete(npm.folder_in(settings.data_dir)):
        Thread(target=fetch_and_tell, args=(settings, notify), daemon=True).start()


def fetch_and_tell(settings: Settings, notify: Callable[[str], None]) -> None:
    """Fetch the files, and say what came of it."""
    notify("Fetching GraphiQL, once ...")
    try:
        npm.fetch(source_for(settings.npm_registry), npm.folder_in(settings.data_dir))
    except NpmError as error:
        notify(f"No GraphiQL yet, the API serves without: {error} `ariesone graphiql fetch` tries again.")
    else:
        notify("GraphiQL is here: open /graphql in a browser.")
