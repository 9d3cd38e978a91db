"""`ariesone serve`: the server, on embedded databases unless the settings name others."""

import gc
import os
import signal
import socket
import sys
import time
from pathlib import Path
from threading import Thread
from types import FrameType
from typing import NoReturn

import uvicorn

from db import migrations
from graph.app import create_app
from graph.commands import load
from graph.commands.servers import console, database_url, fail, running
from graph.http.connection import Connection
from graph.settings import Settings
from graph.telemetry import configure_logging

# Seconds for requests under way to end after SIGTERM.
DRAIN_SECONDS = 8

WELCOME = """
[bold]AriesOne[/] serves [bold]{address}/graphql[/]

  curl {address}/graphql -H 'content-type: application/json' \\
    -d '{{"query": "{{ companies(first: 3) {{ nodes {{ npi name }} totalCount {{ value }} }} }}"}}'

  {address}/readyz    whether it can answer
  {address}/metrics   counts and durations for Prometheus
  {command} load nppes PATH    real companies, from the files that CMS publishes

Press Ctrl-C to stop."""


def serve(settings: Settings, *, until_parent_ends: bool = False) -> None:
    """Serve until told to stop; an empty embedded directory is filled with the sample first."""
    signal.signal(signal.SIGTERM, end)
    if until_parent_ends:
        Thread(target=end_with_parent, args=(os.getppid(),), daemon=True).start()
    configure_logging(settings.log_level)
    with listening(settings) as listener, running(settings, transient=False) as found:
        url = database_url(found)
        if settings.migrate_on_start:
            migrations.upgrade(url)
        if settings.database_url is None and settings.sample_companies:
            load.fill_empty(url, settings.sample_companies)
        host, port = listener.getsockname()[:2]
        console.print(WELCOME.format(address=f"http://{host}:{port}", command=command_name()), soft_wrap=True)
        run(found, listener)


def command_name() -> str:
    """Return how this command is called from here."""
    own = Path(sys.argv[0])
    inside = own.is_absolute() and own.is_relative_to(Path.cwd())
    return str(own.relative_to(Path.cwd())) if inside else "ariesone"


def listening(settings: Settings) -> socket.socket:
    """Return the socket to serve on, taken before anything else is started."""
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    listener = socket.socket(family)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((settings.host, settings.port))
    except OSError as error:
        listener.close()
        fail(f"{settings.host}:{settings.port} can't be served on ({error.strerror}); set HOST or PORT.")
    return listener


def run(settings: Settings, listener: socket.socket) -> None:
    """Run the server on a socket until a signal ends it."""
    config = uvicorn.Config(
        create_app(settings),
        loop="uvloop",
        http=Connection,
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=DRAIN_SECONDS,
    )
    server = uvicorn.Server(config)
    config.load()
    # What is there before the first request stays for ever; left to the collector, it is walked through again
    # and again, some 150 ms each time.
    gc.collect()
    gc.freeze()
    server.run(sockets=[listener])


def end_with_parent(parent: int) -> None:
    """Stop this process when the one that started it is gone, however that one ended."""
    while os.getppid() == parent:
        time.sleep(0.25)
    os.kill(os.getpid(), signal.SIGTERM)


def end(_number: int, _frame: FrameType | None) -> NoReturn:
    """End in good order: the embedded servers are stopped on the way out."""
    raise SystemExit(0)
