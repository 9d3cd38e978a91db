"""A PostgreSQL with streaming replicas, which tests kill, start again, or pause."""

import asyncio
import os
import signal
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import asyncpg

from db import migrations
from db.embedded import launcher
from db.embedded.cluster import DATABASE, USER, create
from db.embedded.programs import Programs, choose
from db.embedded.sockets import socket_directory
from db.engine import connection_to
from db.nppes.sample_load import load_sample

PATIENCE = 30.0
SOCKET = ".s.PGSQL.5432"
# What a server needs for replicas, and tests don't need for safety.
SETTINGS = {
    "listen_addresses": "", "wal_level": "replica", "max_wal_senders": "8", "hot_standby": "on", "fsync": "off",
    "full_page_writes": "off", "shared_buffers": "32MB", "max_connections": "100",
    "wal_retrieve_retry_interval": "100ms",
}  # fmt: skip


@dataclass(eq=False)
class Server:
    """A PostgreSQL, and the process that it is."""

    programs: Programs
    data: Path
    sockets: Path
    process: subprocess.Popen[bytes] | None = field(default=None, init=False)

    @property
    def url(self) -> str:
        """How it is reached."""
        return f"postgresql://{USER}@/{DATABASE}?host={self.sockets}"

    @property
    def socket(self) -> Path:
        """Its socket, for a proxy."""
        return self.sockets / SOCKET

    def start(self) -> None:
        """Start it, and wait until it answers."""
        settings = {**SETTINGS, "unix_socket_directories": str(self.sockets)}
        options = [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]
        command: launcher.Command = [self.programs.folder / "postgres", "-D", self.data, *options]
        log = self.data.with_suffix(".log")
        with log.open("ab") as output:
            self.process = launcher.spawn(command, death_signal=signal.SIGINT, output=output, data=self.data)
        assert launcher.await_ready(self.process, self._is_ready, PATIENCE), log.read_text(encoding="utf-8")

    def kill(self) -> None:
        """End it as a power cut does, with all of its sessions."""
        assert self.process is not None
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()
        self.socket.unlink(missing_ok=True)
        (self.data / "postmaster.pid").unlink(missing_ok=True)

    def stop(self) -> None:
        """End it."""
        if self.process is not None and self.process.poll() is None:
            launcher.stop(self.process, ((signal.SIGINT, PATIENCE), (signal.SIGQUIT, PATIENCE)))

    async def run(self, statement: str) -> object:
        """Run a statement, and return its first value."""
        connection = await asyncpg.connect(self.url)
        try:
            return await connection.fetchval(statement)
        finally:
            await connection.close()

    def _is_ready(self) -> bool:
        try:
            lines = (self.data / "postmaster.pid").read_text(encoding="utf-8").splitlines()
        except FileNotFoundError:
            return False
        # A replica says "standby" once it takes reads.
        return len(lines) >= 8 and lines[7].strip() in {"ready", "standby"} and self.socket.exists()


@dataclass(frozen=True)
class Replication:
    """A primary with the sample in it, and its replicas."""

    primary: Server
    replicas: Sequence[Server]

    async def settle(self) -> None:
        """Wait until each replica replays again, and has all that the primary has."""
        place = await self.primary.run("SELECT pg_current_wal_lsn()::text")
        for each in self.replicas:
            await each.run("SELECT pg_wal_replay_resume()")
            deadline = time.monotonic() + PATIENCE
            while not await each.run(f"SELECT pg_last_wal_replay_lsn() >= '{place}'"):
                assert time.monotonic() < deadline
                await asyncio.sleep(0.02)


@contextmanager
def replicated(folder: Path, companies: int, count: int = 2) -> Iterator[Replication]:
    """Run a primary with a sample of so many companies, and so many replicas, for the life of the block."""
    with ExitStack() as stack:
        primary = server_in(stack, folder / "primary")
        create(primary.programs, primary.data, durable=False)
        running(stack, primary)
        migrations.upgrade(primary.url)
        asyncio.run(load(primary.url, companies))
        replicas = [server_in(stack, folder / f"replica{number}") for number in range(count)]
        for each in replicas:
            copy(primary, each)
            running(stack, each)
        yield Replication(primary, replicas)


def server_in(stack: ExitStack, folder: Path) -> Server:
    """A server that isn't there yet."""
    folder.mkdir()
    sockets = stack.enter_context(socket_directory(folder, f"{SOCKET}.lock"))
    return Server(choose(folder), folder / "data", sockets)


def running(stack: ExitStack, server: Server) -> None:
    """Start a server, and stop it at the end."""
    stack.callback(server.stop)
    server.start()


def copy(primary: Server, replica: Server) -> None:
    """Make a replica as pg_basebackup does."""
    replica.data.mkdir(mode=0o700)
    command: launcher.Command = [
        primary.programs.folder / "pg_basebackup", "-D", replica.data, "-h", primary.sockets, "-U", USER,
        "-X", "stream", "-c", "fast", "-R", "--no-sync",
    ]  # fmt: skip
    launcher.run(command, data=replica.data, libraries=primary.programs.libraries)


async def load(url: str, companies: int) -> None:
    """Load the sample."""
    async with connection_to(url) as connection:
        await load_sample(connection, companies=companies, seed=7)
        await connection.execute("ANALYZE")
