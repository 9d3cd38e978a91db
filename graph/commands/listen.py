"""The socket that a process serves on, and the HTTP server that answers there until a signal ends it."""

import gc
import socket
from collections.abc import Awaitable, Callable
from types import FrameType
from typing import NoReturn

import uvicorn

from graph.app import create_app
from graph.commands.servers import fail
from graph.http.uvicorn import Connection
from graph.settings import Settings

# Seconds for requests under way to end after SIGTERM.
DRAIN_SECONDS = 8
# When Python's collector walks through the young, the older and all objects. What a request made goes with it, but
# for cycles that graphql-core leaves. Seldom as this, most of what the collector meets is over. At Python's own
# (700, 10, 10) requests under way were taken for old, and what became of them made walks of 100 ms and more.
COLLECTOR_THRESHOLDS = (5_000, 5, 10)


# Signals that have asked this process to end.
_asked: list[int] = []


class Server(uvicorn.Server):
    """uvicorn's server, which also ends for a signal that came while it was being set up.

    That one's SystemExit is lost where it is raised in code that ignores exceptions.
    """

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Begin to serve."""
        await super().startup(sockets)
        self.should_exit = self.should_exit or bool(_asked)


def listening(settings: Settings, *, is_shared: bool = False) -> socket.socket:
    """Return a socket bound to the address to serve on; other processes may bind one to a shared address."""
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    listener = socket.socket(family)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    if is_shared:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    try:
        listener.bind((settings.host, settings.port))
    except OSError as error:
        listener.close()
        fail(f"{settings.host}:{settings.port} can't be served on ({error.strerror}); set HOST or PORT.")
    return listener


def run(settings: Settings, listener: socket.socket, notify: Callable[[], Awaitable[None]] | None = None) -> None:
    """Run the server on a socket until a signal ends it; `notify` is called once it serves, and now and then."""
    config = uvicorn.Config(
        create_app(settings),
        loop="uvloop",
        http=Connection,
        log_config=None,
        access_log=False,
        server_header=False,
        # The way in sees to them.
        proxy_headers=False,
        timeout_graceful_shutdown=DRAIN_SECONDS,
        callback_notify=notify,
    )
    server = Server(config)
    config.load()
    collect_seldom()
    server.run(sockets=[listener])


def collect_seldom() -> None:
    """Keep the garbage collector from making requests wait.

    What is there before the first request stays for ever; left to the collector, it is walked through again and
    again, some 150 ms each time.
    """
    gc.set_threshold(*COLLECTOR_THRESHOLDS)
    gc.collect()
    gc.freeze()


def end(number: int, _frame: FrameType | None) -> NoReturn:
    """End in good order: the embedded servers are stopped on the way out."""
    _asked.append(number)
    raise SystemExit(0)
