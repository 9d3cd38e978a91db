"""The processes of `ariesone serve --workers`: started as new programs, watched, and stopped together."""

import logging
import os
import selectors
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from tempfile import TemporaryDirectory
from types import TracebackType
from typing import NoReturn, Self

from prometheus_client.multiprocess import mark_process_dead

from db.embedded.supervision import ending
from graph.commands.listen import DRAIN_SECONDS, listening
from graph.commands.servers import fail
from graph.settings import Settings

COMMAND = [sys.executable, "-P", "-m", "graph.commands.worker"]

# Seconds that a worker has lived for another to take its place at once; else it has to wait as long as PAUSE.
SETTLED = 5.0
PAUSE = 1.0
# Seconds beyond those for draining after which a worker is killed.
GRACE = 0.5

# Connections that the embedded PostgreSQL has for the reads and the transactions of all workers; it takes 100.
EMBEDDED_READS = 60
EMBEDDED_TRANSACTIONS = 30

log = logging.getLogger("ariesone.workers")


def serve_with_workers(settings: Settings, tell: Callable[[], None]) -> NoReturn:
    """Keep `settings.workers` processes serving until a signal ends this one; `tell` when all serve."""
    # The address stays taken while no worker listens.
    with (
        listening(settings, is_shared=True),
        TemporaryDirectory(prefix="ariesone-metrics-", ignore_cleanup_errors=True) as metrics,
    ):
        # A worker finds the code where this process found it, whatever lies in the folder it runs in.
        path = os.pathsep.join(sys.path)
        environment = settings.as_environment(PROMETHEUS_MULTIPROC_DIR=metrics, PYTHONPATH=path)
        with Workers(environment, settings.workers, tell) as workers:
            workers.watch()


def sharing_connections(settings: Settings) -> Settings:
    """Return the settings of one worker where the embedded PostgreSQL must do for all of them."""
    size = min(settings.database_pool_size, EMBEDDED_READS // settings.workers)
    overflow = min(settings.database_max_overflow, EMBEDDED_TRANSACTIONS // settings.workers)
    bounds = {"database_pool_size": max(size, 1), "database_max_overflow": max(overflow, 1)}
    return settings.model_copy(update=bounds)


@dataclass(eq=False)
class Worker:
    """A running process, the socket whose other end it holds, and whether it has served yet."""

    process: subprocess.Popen[bytes]
    tie: socket.socket
    began: float
    serves: bool = False


class Workers:
    """As many processes as asked for; one that ends is replaced."""

    def __init__(self, environment: dict[str, str], count: int, tell: Callable[[], None]) -> None:
        self._environment = environment
        self._count = count
        self._tell: Callable[[], None] | None = tell
        self._ties = selectors.DefaultSelector()
        self._workers: set[Worker] = set()
        # When to start those that are missing.
        self._due = [time.monotonic()] * count

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def watch(self) -> NoReturn:
        """Start what is missing and hear what becomes of it, for ever."""
        while True:
            now = time.monotonic()
            for _ in [due for due in self._due if due <= now]:
                self._start()
            self._due = [due for due in self._due if due > now]
            wait = min(self._due) - now if self._due else None
            for key, _ in self._ties.select(wait):
                self._hear(key.data)

    def stop(self) -> None:
        """Have all of them answer what they have accepted, and end."""
        for worker in self._workers:
            worker.process.send_signal(signal.SIGTERM)
        deadline = time.monotonic() + DRAIN_SECONDS + GRACE
        for worker in self._workers:
            try:
                worker.process.wait(max(deadline - time.monotonic(), 0))
            except subprocess.TimeoutExpired:
                worker.process.kill()
                worker.process.wait()
            worker.tie.close()
        self._ties.close()

    def _start(self) -> None:
        ours, theirs = socket.socketpair()
        with theirs:
            # In a session of its own: Ctrl-C is for the parent, which then tells each of them once.
            process = subprocess.Popen(  # noqa: S603 - this program
                COMMAND, stdin=theirs.fileno(), env=self._environment, start_new_session=True
            )
        worker = Worker(process, ours, time.monotonic())
        self._workers.add(worker)
        self._ties.register(ours, selectors.EVENT_READ, worker)

    def _hear(self, worker: Worker) -> None:
        if not worker.tie.recv(1):
            self._replace(worker)
            return
        worker.serves = True
        if self._tell and sum(each.serves for each in self._workers) == self._count:
            self._tell()
            self._tell = None

    def _replace(self, worker: Worker) -> None:
        """Have another process take the place of one that has ended; end where none can start."""
        self._ties.unregister(worker.tie)
        worker.tie.close()
        self._workers.remove(worker)
        code = worker.process.wait()
        # What it has counted stays; what it had no longer is.
        mark_process_dead(worker.process.pid, self._environment["PROMETHEUS_MULTIPROC_DIR"])  # type: ignore[no-untyped-call]
        if not worker.serves and not any(each.serves for each in self._workers):
            fail(f"The workers can't start; the first ended with {ending(code)}, for the reason it gave above.")
        log.warning("worker %d ended with %s; another takes its place", worker.process.pid, ending(code))
        now = time.monotonic()
        self._due.append(now if now - worker.began > SETTLED else now + PAUSE)
