"""What an earlier owner may have left on a data directory: a server still stopping, a stale pid file."""

import os
import shutil
import signal
import subprocess
import time
from pathlib import Path

from db.embedded.errors import EmbeddedError

# A fast shutdown writes a checkpoint first; after this an immediate one leaves it to the next start.
FAST_SHUTDOWN_SECONDS = 60.0
POLL_SECONDS = 0.02


def clear(data: Path, sockets: Path) -> None:
    """Return when no server runs on `data` and no stale lock file of it misleads the next one.

    The caller holds the lock, so nobody starts one meanwhile.

    Raises:
        EmbeddedError: the server belongs to another user, or does not stop.
    """
    pid = recorded_pid(data)
    command = _command_line(pid) if pid else ""
    if command is None:
        return
    if str(data) in command:
        _stop(pid, data)
    else:
        # The number belongs to a stranger by now, or to a zombie: PostgreSQL would believe the files.
        for stale in (data / "postmaster.pid", *sockets.glob(".s.PGSQL.*")):
            stale.unlink(missing_ok=True)


def recorded_pid(data: Path) -> int:
    """Return the pid in postmaster.pid, or 0; a stand-alone backend writes it as a negative number."""
    try:
        first = (data / "postmaster.pid").read_text(encoding="utf-8", errors="replace").partition("\n")[0]
    except FileNotFoundError:
        return 0
    return abs(int(first)) if first.lstrip("-").isdecimal() else 0


def _stop(pid: int, data: Path) -> None:
    began = time.monotonic()
    _signal(pid, signal.SIGINT, data)
    while str(data) in (_command_line(pid) or ""):
        waited = time.monotonic() - began
        if waited > FAST_SHUTDOWN_SECONDS:
            _signal(pid, signal.SIGQUIT, data)
        if waited > 2 * FAST_SHUTDOWN_SECONDS:
            raise EmbeddedError(f"PostgreSQL (process {pid}) does not stop: end it and start again.")
        time.sleep(POLL_SECONDS)


def _signal(pid: int, number: signal.Signals, data: Path) -> None:
    try:
        os.kill(pid, number)
    except ProcessLookupError:
        return
    except PermissionError as error:
        raise EmbeddedError(
            f"PostgreSQL (process {pid}) of another user runs on {data}: stop it and start again."
        ) from error


def _command_line(pid: int) -> str | None:
    """Return what a process was started with, "" of a zombie, None where there is no such process."""
    try:
        return os.fsdecode(Path(f"/proc/{pid}/cmdline").read_bytes())
    except OSError:
        return _command_line_by_ps(pid)


def _command_line_by_ps(pid: int) -> str | None:
    """Ask ps, where there is no /proc (macOS, some chroots); without it nothing is known of the process."""
    ps = shutil.which("ps")
    if ps is None:
        return None
    answer = subprocess.run(  # noqa: S603 - a number is all we pass
        [ps, "-p", str(pid), "-o", "command="], capture_output=True, check=False
    )
    return os.fsdecode(answer.stdout.strip()) if answer.returncode == 0 else None
