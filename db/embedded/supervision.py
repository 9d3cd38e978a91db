"""Keeps a program running: one that ends by itself is started again, less and less soon."""

import logging
import signal
import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from threading import Event, Lock, Thread

from db.embedded import launcher
from db.embedded.errors import EmbeddedError

# Seconds that a program has run for its end to count as its first again.
SETTLED = 10.0
# Seconds to wait before the second start in a row, doubled for each one after it.
FIRST_PAUSE = 0.5
LONGEST_PAUSE = 30.0
# Ends in a row after which it isn't started again, where somebody wants to know.
MOST = 5

log = logging.getLogger("ariesone.embedded")


@dataclass(frozen=True)
class Program:
    """What is kept running: its name, how it is started and stopped, and what is called once that is given up."""

    name: str
    start: Callable[[], subprocess.Popen[bytes]]
    steps: Sequence[tuple[signal.Signals, float]]
    # None has it tried for ever.
    give_up: Callable[[], None] | None = None


@contextmanager
def kept_running(program: Program, process: subprocess.Popen[bytes]) -> Iterator[None]:
    """Start a program again whenever it ends, for the life of the block; then stop it.

    Raises:
        EmbeddedError: it was given up.
    """
    supervisor = Supervisor(program, process)
    supervisor.begin()
    try:
        yield
    finally:
        supervisor.stop()
        if supervisor.failure is not None:
            raise EmbeddedError(supervisor.failure)


class Supervisor:
    """A thread that waits for a program's end."""

    def __init__(self, program: Program, process: subprocess.Popen[bytes]) -> None:
        self._program = program
        self._process = process
        # The kernel ties a program to the thread that started it, so this one lives as long as the program may.
        self._thread = Thread(target=self._watch, name=program.name, daemon=True)
        self._stopping = Event()
        # Held while it is started: who stops it must know what was started.
        self._starting = Lock()
        self.failure: str | None = None

    def begin(self) -> None:
        """Begin to watch."""
        self._thread.start()

    def stop(self) -> None:
        """Stop the program, which isn't started again."""
        self._stopping.set()
        with self._starting:
            launcher.stop(self._process, self._program.steps)
        self._thread.join()

    def _watch(self) -> None:
        ends = 0
        while True:
            began = time.monotonic()
            code = self._process.wait()
            if self._stopping.is_set():
                return
            ends = 1 if time.monotonic() - began > SETTLED else ends + 1
            outlook = "given up" if self._is_hopeless(ends) else "started again"
            log.warning("%s ended with %s; it is %s", self._program.name, ending(code), outlook)
            if not self._start_again(ends, ending(code)):
                return

    def _start_again(self, ends: int, reason: str) -> bool:
        """Return whether it runs again; it doesn't where it is given up, or stopped."""
        began = time.monotonic()
        while True:
            if self._is_hopeless(ends):
                self._give_up(ends, reason)
                return False
            if self._stopping.wait(pause_before(ends)):
                return False
            try:
                with self._starting:
                    if self._stopping.is_set():
                        return False
                    self._process = self._program.start()
            # Besides what the program says: this process may have no file or process to spare for a moment.
            except (EmbeddedError, OSError) as error:
                log.warning("%s can't be started: %s", self._program.name, error)
                ends, reason = ends + 1, str(error)
            else:
                log.warning("%s runs again after %.1f s", self._program.name, time.monotonic() - began)
                return True

    def _is_hopeless(self, ends: int) -> bool:
        """Tell whether a program that has ended so often isn't started again."""
        return self._program.give_up is not None and ends >= MOST

    def _give_up(self, ends: int, reason: str) -> None:
        self.failure = f"{self._program.name} ended {ends} times in a row; the last time: {reason.rstrip('.')}."
        if self._program.give_up is not None:
            self._program.give_up()


def pause_before(ends: int) -> float:
    """Return the seconds to wait before a start, after so many ends in a row."""
    return 0.0 if ends <= 1 else min(FIRST_PAUSE * 2 ** (ends - 2), LONGEST_PAUSE)


def ending(code: int) -> str:
    """Return how a process ended, in words."""
    return signal.Signals(-code).name if code < 0 else f"code {code}"
