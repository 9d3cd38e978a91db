"""The socket that a process serves on, and the HTTP server that answers there until a signal ends it."""

import errno
import gc
import logging
import socket
from collections.abc import Awaitable, Callable
from types import FrameType
from typing import Any, NoReturn

import uvicorn

from graph.app import create_app
from graph.commands.reporting import reporting
from graph.commands.servers import fail
from graph.http.frames import PATIENCE, Frames
from graph.http.uvicorn import Connection
from graph.settings import Settings

# Seconds for requests under way to end after SIGTERM.
DRAIN_SECONDS = 8
# When Python's collector walks through the young, the older and all objects. What a request made goes with it, but
# for cycles that graphql-core leaves. Seldom as this, most of what the collector meets is over. At Python's own
# (700, 10, 10) requests under way were taken for old, and what became of them made walks of 100 ms and more.
COLLECTOR_THRESHOLDS = (5_000, 5, 10)

# Where a socket on every address is reached from this machine.
EVERY = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - looked for, not bound

log = logging.getLogger("ariesone")

# Signals that have asked this process to end.
_asked: list[int] = []


class Server(uvicorn.Server):
    """uvicorn's server, which also ends for a signal that came while it was being set up.

    That one's SystemExit is lost where it is raised in code that ignores exceptions.
    """

    def __init__(self, config: uvicorn.Config, tell: Callable[[], None] = lambda: None) -> None:
        super().__init__(config)
        self._tell = tell

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Begin to serve, and tell it when requests are answered."""
        await super().startup(sockets)
        self.should_exit = self.should_exit or bool(_asked)
        if self.started and not self.should_exit:
            self._tell()


def listening(settings: Settings, *, is_shared: bool = False) -> socket.socket:
    """Return a socket bound to the address to serve on; other processes may bind one to a shared address."""
    try:
        family, place = place_of(settings.host, settings.port)
        listener = socket.socket(family)
    except OSError as error:
        fail(refusal(settings, error))
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    if is_shared:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    try:
        listener.bind(place)
    except OSError as error:
        listener.close()
        fail(refusal(settings, error))
    return listener


def place_of(host: str, port: int) -> tuple[socket.AddressFamily, Any]:
    """Return the first address of a host, one of IPv4 where it has any, as a socket takes it. Raises OSError."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    family, _, _, _, place = min(found, key=lambda each: each[0] != socket.AF_INET)
    return family, place


def refusal(settings: Settings, error: OSError) -> str:
    """Return why an address can't be served on, and what to set."""
    place = f"{url_host(settings.host)}:{settings.port}"
    rights = "; ports below 1024 need a right that this user hasn't" if error.errno == errno.EACCES else ""
    return f"{place} can't be served on ({error.strerror}{rights}); set HOST or PORT."


def url_host(host: str) -> str:
    """Return an address as a URL has it."""
    return f"[{host}]" if ":" in host else host


def url_of(listener: socket.socket) -> str:
    """Return the URL that leads to a bound socket; one on every address is reached by this machine's own."""
    host, port = listener.getsockname()[:2]
    return f"http://{url_host(EVERY.get(host, host))}:{port}"


def run(
    settings: Settings,
    listener: socket.socket,
    *,
    tell: Callable[[], None] = lambda: None,
    notify: Callable[[], Awaitable[None]] | None = None,
) -> None:
    """Run the server on a socket until a signal ends it.

    `tell` is called once it serves; `notify` then, and now and then.
    """
    config = config_of(settings, notify)
    server = Server(config, tell)
    config.load()
    with reporting(settings):
        collect_seldom()
        url = url_of(listener)
        try:
            server.run(sockets=[listener])
        finally:
            log.info("the server on %s has stopped", url)


def config_of(settings: Settings, notify: Callable[[], Awaitable[None]] | None = None) -> uvicorn.Config:
    """Return how the server is served; `notify` is called once it serves, and now and then."""
    return uvicorn.Config(
        create_app(settings),
        loop="uvloop",
        http=Connection,
        ws=Frames,
        ws_max_size=settings.max_body_bytes,
        ws_ping_interval=settings.listener_heartbeat,
        ws_ping_timeout=PATIENCE,
        # It would take more memory for each client than all else that is held for it.
        ws_per_message_deflate=False,
        log_config=None,
        access_log=False,
        server_header=False,
        # The way in sees to them.
        proxy_headers=False,
        timeout_graceful_shutdown=DRAIN_SECONDS,
        callback_notify=notify,
    )


def collect_seldom() -> None:
    """Keep the garbage collector from making requests and jobs wait.

    What is there before the first one stays for ever; left to the collector, it is walked through again and again,
    some 150 ms each time.
    """
    gc.set_threshold(*COLLECTOR_THRESHOLDS)
    gc.collect()
    gc.freeze()


def end(number: int, _frame: FrameType | None) -> NoReturn:
    """End in good order: the embedded servers are stopped on the way out."""
    _asked.append(number)
    raise SystemExit(0)
