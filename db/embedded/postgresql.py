"""An embedded PostgreSQL in a data directory: made at the first start, stopped with its owner."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from urllib.parse import quote

from db.embedded import launcher, memory, ownership, predecessor
from db.embedded.cluster import DATABASE, USER, create
from db.embedded.errors import EmbeddedError
from db.embedded.ownership import Newcomer, one_server
from db.embedded.programs import Programs, choose
from db.embedded.sockets import socket_directory
from db.embedded.supervision import Program, kept_running

LOCK = "postgresql.lock"
# The port is only part of the socket's name.
PORT = 5432
LONGEST_SOCKET_NAME = f".s.PGSQL.{PORT}.lock"

# Recovery after a power cut replays up to max_wal_size.
STARTUP_SECONDS = 300.0
# Children of a killed postmaster hold its shared memory until they notice.
ORPHANS_SECONDS = 15.0
RETRY_SECONDS = 0.2

FAST_THEN_IMMEDIATE = ((signal.SIGINT, 60.0), (signal.SIGQUIT, 10.0))

SETTINGS = {
    "listen_addresses": "",
    "port": str(PORT),
    "unix_socket_permissions": "0700",
    "max_connections": "100",
    # A solid-state disk, short queries, and loads of some gigabytes.
    "shared_buffers": f"{memory.for_buffers()}MB",
    "work_mem": "16MB",
    "random_page_cost": "1.1",
    "jit": "off",
    "max_wal_size": "4GB",
    "checkpoint_timeout": "15min",
    # Nobody replicates from here, and COPY into a new table then skips the log.
    "wal_level": "minimal",
    "max_wal_senders": "0",
    # One file for each day of the week, emptied when its day comes round again.
    "logging_collector": "on",
    "log_directory": "log",
    "log_filename": "postgresql-%a.log",
    "log_rotation_age": "1d",
    "log_rotation_size": "0",
    "log_truncate_on_rotation": "on",
    "log_checkpoints": "off",
    # An error's details have keys and whole rows in them.
    "log_error_verbosity": "terse",
    # What is slow, and what fails, without the values that were asked for.
    "log_min_duration_statement": "1s",
    "log_parameter_max_length": "0",
    "log_parameter_max_length_on_error": "0",
}
# After a crash, one call instead of one for each of a thousand files: 0.8 s where it took 4.
if sys.platform == "linux":
    SETTINGS["recovery_init_sync_method"] = "syncfs"

# What PostgreSQL says while something of its predecessor is still there.
STILL_HELD = ("pre-existing shared memory block", "lock file")

# Whatever is dropped is looked for in all buffers, and tests drop much.
NOT_DURABLE = {
    "fsync": "off", "synchronous_commit": "off", "full_page_writes": "off", "shared_buffers": f"{memory.LEAST}MB",
}  # fmt: skip


@contextmanager
def postgresql(
    directory: Path,
    *,
    durable: bool = True,
    transient: bool = False,
    notify: Callable[[str], None] | None = None,
    patience: float = 600.0,
    using: Programs | None = None,
    give_up: Callable[[], None] | None = None,
) -> Iterator[str]:
    """Yield the postgresql:// URL of a running server whose data lies in `directory`/postgresql-<major>.

    The server ends with the calling thread, even when that is killed. `durable=False` trades the
    data's safety in a power cut for speed, for tests. A `transient` caller is a command that passes:
    it uses the server of a live `serve`, or waits for another command to finish. `notify` receives
    one sentence when there is a wait, which lasts `patience` seconds at most. `using` names the
    programs, which are looked for otherwise. With `give_up` a server that ends is started again; it is
    called, from another thread, when that happens again and again.

    Raises:
        EmbeddedError: there is no PostgreSQL here, it does not start, it was given up, or another `serve`
            owns the directory.
    """
    directory = directory.resolve()
    start = partial(_server, directory, durable=durable, using=using, give_up=give_up)
    newcomer = Newcomer(transient, notify, patience)
    with one_server(directory / LOCK, start, newcomer) as url:
        yield url


def find_served(directory: Path) -> str | None:
    """The URL of the server of a live `serve` on a directory; None where there is none."""
    return ownership.find_served(directory.resolve() / LOCK)


@contextmanager
def _server(
    directory: Path, *, durable: bool, using: Programs | None, give_up: Callable[[], None] | None
) -> Iterator[str]:
    """Yield the URL of a server that we start and stop; the lock is held."""
    programs = using or choose(directory)
    data = programs.data_in(directory)
    if not data.exists():
        create(programs, data, durable=durable)
    with socket_directory(directory, LONGEST_SOCKET_NAME) as sockets:
        command: launcher.Command = [programs.folder / "postgres", "-D", data, *_options(sockets, durable=durable)]

        def start() -> subprocess.Popen[bytes]:
            predecessor.clear(data, sockets)
            return _start(command, data, directory / "postgresql.log")

        url = f"postgresql://{USER}@/{DATABASE}?host={quote(os.fsencode(sockets))}"
        process = start()
        if give_up is None:
            try:
                yield url
            finally:
                launcher.stop(process, FAST_THEN_IMMEDIATE)
            return
        with kept_running(Program("PostgreSQL", start, FAST_THEN_IMMEDIATE, give_up), process):
            yield url


def _options(sockets: Path, *, durable: bool) -> list[str]:
    # The value is a list of names; quoted, a comma in the path is only a comma.
    quoted = '"' + str(sockets).replace('"', '""') + '"'
    settings = {**SETTINGS, **({} if durable else NOT_DURABLE), "unix_socket_directories": quoted}
    return [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]


def _start(command: launcher.Command, data: Path, log: Path) -> subprocess.Popen[bytes]:
    """Return the process once it answers, trying again while children of a killed predecessor remain."""
    deadline = time.monotonic() + ORPHANS_SECONDS
    while True:
        with log.open("wb") as output:
            process = launcher.spawn(command, death_signal=signal.SIGINT, output=output, data=data)
        if launcher.await_ready(process, partial(_is_ready, process.pid, data), STARTUP_SECONDS):
            return process
        words = _last_words(log, data)
        if time.monotonic() > deadline or not any(phrase in words for phrase in STILL_HELD):
            raise EmbeddedError(f"PostgreSQL did not start ({words}): see {log}, or set DATABASE_URL.")
        time.sleep(RETRY_SECONDS)


def _is_ready(pid: int, data: Path) -> bool:
    """Read postmaster.pid: the eighth line is the state, as pg_ctl reads it."""
    try:
        lines = (data / "postmaster.pid").read_text(encoding="utf-8", errors="replace").splitlines()
    except FileNotFoundError:
        return False
    return len(lines) >= 8 and lines[0] == str(pid) and lines[7].strip() == "ready"  # noqa: PLR2004 - see above


def _last_words(log: Path, data: Path) -> str:
    """Return why it gave up: from the log of the start, else from the day's log."""
    logs = sorted((data / "log").glob("*.log"), key=lambda path: path.stat().st_mtime)
    texts = [path.read_text(encoding="utf-8", errors="replace") for path in (log, *logs[-1:])]
    texts = [text.rpartition("starting PostgreSQL")[2] for text in texts]
    return launcher.last_words(next((text for text in texts if "FATAL" in text), texts[0]))
