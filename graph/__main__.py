"""The commands of the console script `ariesone`."""

import gc
from importlib.metadata import version as installed_version
from pathlib import Path
from typing import Annotated

import typer
from alembic.util import CommandError

from db.embedded.errors import EmbeddedError
from db.failures import DatabaseUnavailableError
from graph.commands import cache, database, events, graphiql, load, schema, settings, token, webhooks
from graph.commands.configuration import read_settings
from graph.commands.deliver import deliver
from graph.commands.doctor import doctor
from graph.commands.explain import explain
from graph.commands.serve import serve as run_server
from graph.commands.servers import fail
from graph.commands.verify import verify
from graph.commands.work import work
from graph.http.manifests import ManifestError
from graph.site.graphiql.npm import NpmError

commands = typer.Typer(
    help="AriesOne: a GraphQL API over healthcare companies and their locations.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)
commands.add_typer(load.commands, name="load")
commands.add_typer(schema.commands, name="schema")
commands.add_typer(database.commands, name="db")
commands.command()(doctor)
commands.command()(verify)
commands.command()(explain)
commands.command()(deliver)
commands.command()(work)
commands.add_typer(events.commands, name="events")
commands.add_typer(webhooks.commands, name="webhooks")
commands.add_typer(cache.commands, name="cache")
commands.add_typer(graphiql.commands, name="graphiql")
commands.add_typer(token.commands, name="token")
commands.add_typer(settings.commands, name="settings")


@commands.command()
def serve(
    *,
    host: Annotated[str | None, typer.Option(help="The address to serve on; else HOST.")] = None,
    port: Annotated[int | None, typer.Option(min=0, max=65535, help="The port to serve on; else PORT.")] = None,
    data_dir: Annotated[Path | None, typer.Option(help="Where to keep data; else DATA_DIR.")] = None,
    workers: Annotated[int | None, typer.Option(min=1, help="How many processes serve; else WORKERS.")] = None,
    profile: Annotated[
        Path | None, typer.Option(dir_okay=False, help="Write to this file where the time went (cProfile).")
    ] = None,
    until_parent_ends: Annotated[
        bool, typer.Option("--until-parent-ends", help="Stop when the process that started this ends.")
    ] = False,
) -> None:
    """Serve the API; on an embedded PostgreSQL and Valkey unless DATABASE_URL and REDIS_URL are set."""
    options = {"host": host, "port": port, "data_dir": data_dir, "workers": workers}
    given = {name: value for name, value in options.items() if value is not None}
    run_server(read_settings(**given), until_parent_ends=until_parent_ends, profile=profile)


@commands.command()
def version() -> None:
    """Print the version."""
    typer.echo(installed_version("ariesone"))


def main() -> None:
    """Run a command; what a person can mend is told in one sentence."""
    # What is imported stays to the end, which comes half a second later where the collector walks through it.
    gc.freeze()
    try:
        commands()
    except (EmbeddedError, DatabaseUnavailableError, CommandError, ManifestError, NpmError) as error:
        fail(str(error))


if __name__ == "__main__":
    main()
