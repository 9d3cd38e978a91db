"""Starts a program as a child that cannot outlive its owner, waits for it, and stops it."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import IO

from db.embedded.errors import EmbeddedError

CHILD = Path(__file__).with_name("child.py")

# Linux tells a child of its parent's death; elsewhere a watcher waits for the end of a pipe.
TIE = "kernel" if sys.platform == "linux" else "pipe"

# Nothing of the caller's environment (PGPORT, LANG, ...) may change what a server does.
ENVIRONMENT = {"LC_ALL": "C", "TZ": "UTC", "PATH": "/usr/bin:/bin"}

POLL_SECONDS = 0.005

Command = Sequence[str | Path]


def spawn(
    command: Command,
    *,
    death_signal: signal.Signals,
    output: IO[bytes],
    data: Path | None = None,
    tie: str = TIE,
) -> subprocess.Popen[bytes]:
    """Start `command` in a session of its own and return it.

    `data` is the folder of a program that refuses root. `death_signal` reaches the program when the
    calling thread ends, so call from one that lives as long as the process.

    Raises:
        EmbeddedError: the caller is root where there is no way to leave root.
    """
    if data is not None and sys.platform != "linux" and os.geteuid() == 0:
        raise EmbeddedError(
            "PostgreSQL does not run as root on this system: run as a normal user, or set DATABASE_URL."
        )
    return subprocess.Popen(  # noqa: S603 - the programs of the wheels, or PostgreSQL's own
        _child_command(command, death_signal, tie, data),
        stdin=subprocess.DEVNULL if tie == "kernel" else subprocess.PIPE,
        stdout=output,
        stderr=subprocess.STDOUT,
        env=ENVIRONMENT,
        start_new_session=True,
    )


def run(command: Command, *, data: Path, libraries: str = "", text: str = "") -> None:
    """Run `command`, whose shared libraries lie in `libraries`, to its end with `text` as its input.

    Raises:
        EmbeddedError: it failed; the message carries its last line.
    """
    # A pipe cannot bind it as well as carry `text`; without the kernel it simply runs to its end.
    tie = TIE if TIE == "kernel" else "none"
    finished = subprocess.run(  # noqa: S603 - as above
        _child_command(command, signal.SIGTERM, tie, data),
        input=text.encode(),
        capture_output=True,
        env={**ENVIRONMENT, "LD_LIBRARY_PATH": libraries},
        start_new_session=True,
        check=False,
    )
    if finished.returncode != 0:
        words = last_words((finished.stdout + finished.stderr).decode(errors="replace"))
        raise EmbeddedError(f"{Path(command[0]).name} failed ({words}): mend that, or set DATABASE_URL.")


def await_ready(process: subprocess.Popen[bytes], is_ready: Callable[[], bool], seconds: float) -> bool:
    """Wait until `is_ready()`; False, and the process is gone, when it ended first or the seconds passed."""
    deadline = time.monotonic() + seconds
    ready = False
    try:
        while not (ready := is_ready()) and process.poll() is None and time.monotonic() < deadline:
            time.sleep(POLL_SECONDS)
    finally:
        if not ready:
            stop(process, [(signal.SIGTERM, 10.0)])
    return ready


def stop(process: subprocess.Popen[bytes], steps: Sequence[tuple[signal.Signals, float]]) -> None:
    """Send each signal in turn and wait its seconds for the end; the last resort is SIGKILL."""
    try:
        for number, seconds in steps:
            process.send_signal(number)
            if _ended(process, seconds):
                return
        process.kill()
        process.wait()
    finally:
        if process.stdin is not None:
            process.stdin.close()


def last_words(text: str) -> str:
    """Return the line that says why a program gave up: the last fatal one, else the last one."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    fatal = [line for line in lines if "FATAL" in line or "error:" in line or "ERROR" in line]
    return (fatal or lines or ["it said nothing"])[-1]


def _child_command(command: Command, death_signal: signal.Signals, tie: str, data: Path | None) -> list[str]:
    binding = [str(os.getpid()), str(int(death_signal)), tie, str(data or "")]
    return [sys.executable, "-I", "-S", str(CHILD), *binding, *map(str, command)]


def _ended(process: subprocess.Popen[bytes], seconds: float) -> bool:
    try:
        process.wait(seconds)
    except subprocess.TimeoutExpired:
        return False
    return True
