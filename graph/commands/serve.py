"""`ariesone serve`: the server, on embedded databases unless the settings name others."""

import os
import signal
import sys
import time
from contextlib import nullcontext
from functools import partial
from pathlib import Path
from shlex import quote
from threading import Thread

from db import migrations
from graph.commands import load
from graph.commands.graphiql import fetch_behind
from graph.commands.listen import EVERY, end, listening, run, url_of
from graph.commands.logs import configure_logging
from graph.commands.profiled import profiled
from graph.commands.servers import console, database_url, fail, running
from graph.commands.workers import serve_with_workers, sharing_connections
from graph.parts import trusted_documents
from graph.settings import Settings

WELCOME = """
[bold]AriesOne[/] serves [bold]{address}/graphql[/]

  curl {address}/graphql -H 'content-type: application/json' \\
    -d '{{"query": "{{ companies(first: 3) {{ nodes {{ npi name }} totalCount {{ value }} }} }}"}}'

  {address}/          in a browser: what it holds, guides, reference
{browser}  {address}/readyz    whether it can answer
  {address}/metrics   counts and durations for Prometheus
  {command} load nppes PATH    real companies, from the files that CMS publishes

Press Ctrl-C to stop."""

# A line of it, where there is such a page.
BROWSER = "  {address}/graphql   in a browser: GraphiQL\n"


def serve(settings: Settings, *, until_parent_ends: bool = False, profile: Path | None = None) -> None:
    """Serve until told to stop; an empty embedded directory is filled with the sample first."""
    if profile and settings.workers > 1:
        fail("--profile watches one process: leave --workers out, or set WORKERS=1.")
    signal.signal(signal.SIGTERM, end)
    if until_parent_ends:
        Thread(target=end_with_parent, args=(os.getppid(),), daemon=True).start()
    configure_logging(settings)
    # What is wrong with them is told before anything is started.
    trusted_documents(settings)
    with listening(settings) as listener, running(settings, transient=False) as found:
        prepare(settings, database_url(found))
        welcome = partial(tell, url_of(listener), found, command_for(settings))
        if settings.workers > 1:
            each = sharing_connections(found) if settings.database_url is None else found
            port = listener.getsockname()[1]
            listener.close()
            serve_with_workers(each.model_copy(update={"port": port}), welcome)
        with profiled(profile) if profile else nullcontext():
            run(found, listener, tell=welcome)


def prepare(settings: Settings, url: str) -> None:
    """Migrate the database, and fill an embedded one that is empty, once for all processes."""
    if settings.migrate_on_start:
        migrations.upgrade(url)
    if settings.database_url is None and settings.sample_companies:
        load.fill_empty(url, settings.sample_companies)


def tell(address: str, settings: Settings, command: str) -> None:
    """Say where the server is and what to ask it."""
    browser = BROWSER.format(address=address) if settings.shows_graphiql else ""
    console.print(WELCOME.format(address=address, browser=browser, command=command), soft_wrap=True)
    if settings.host in EVERY:
        console.print(f"It serves on every address of this machine ({settings.host}).", markup=False)
    if not (settings.hs256_secret() or settings.jwks_url or settings.jwks_file):
        console.print("It takes no tokens: set TOKEN_SECRET, or JWKS_URL, for those who need one.")
    fetch_behind(settings, console.print)


def command_for(settings: Settings) -> str:
    """Return how this command is called from here to work on the database that is served."""
    is_default = settings.data_dir == Settings.model_fields["data_dir"].default
    if is_default or settings.database_url is not None:
        return command_name()
    return f"DATA_DIR={quote(str(settings.data_dir))} {command_name()}"


def command_name() -> str:
    """Return how this command is called from here."""
    own = Path(sys.argv[0]).absolute()
    is_inside = own.name == "ariesone" and own.is_relative_to(Path.cwd())
    return str(own.relative_to(Path.cwd())) if is_inside else "ariesone"


def end_with_parent(parent: int) -> None:
    """Stop this process when the one that started it is gone, however that one ended."""
    while os.getppid() == parent:
        time.sleep(0.25)
    os.kill(os.getpid(), signal.SIGTERM)
