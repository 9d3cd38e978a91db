"""What a process and all that it started have used, as Linux tells it in /proc."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from db.engine import connection_to

_TICKS_A_SECOND = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True, slots=True)
class Stat:
    """A process's parent, its name, and its ticks of CPU with those of its ended children."""

    parent: int
    name: str
    ticks: int


def cpu_seconds(root: int) -> float:
    """Return the seconds of CPU used so far by a process, its descendants, and those that have ended."""
    found = stats()
    return sum(found[pid].ticks for pid in tree(root, found)) / _TICKS_A_SECOND


def cpu_seconds_of(root: int, program: str) -> float:
    """Return the seconds of CPU used so far by those descendants of a process that run a program."""
    found = stats()
    return sum(found[pid].ticks for pid in tree(root, found) if found[pid].name == program) / _TICKS_A_SECOND


def memory_mb(root: int) -> float:
    """Return the resident megabytes of a process and its descendants; what they share is counted once."""
    return sum(_proportional_kb(pid) for pid in tree(root, stats())) / 1024


def peak_memory_mb() -> float:
    """Return the most resident megabytes that this process has had; getrusage's are those of its parent, too."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM:")) / 1024


async def postmaster_of(url: str) -> int | None:
    """Return the process of a PostgreSQL that starts all others; None where it isn't on this machine."""
    async with connection_to(url) as connection:
        backend = stats().get(await connection.fetchval("SELECT pg_backend_pid()"))
    return backend.parent if backend and backend.name.startswith("postgres") else None


def tree(root: int, found: Mapping[int, Stat]) -> list[int]:
    """Return a process that is still there, and its descendants."""
    pids = [root] if root in found else []
    for pid in pids:
        pids.extend(child for child, stat in found.items() if stat.parent == pid)
    return pids


def stats() -> dict[int, Stat]:
    """Return every process that can be seen."""
    read = ((int(process.name), _stat(process)) for process in Path("/proc").glob("[0-9]*"))
    return {pid: stat for pid, stat in read if stat is not None}


def _stat(process: Path) -> Stat | None:
    """Return a process's stat; None where it has just ended."""
    try:
        before, after = (process / "stat").read_text().rsplit(")", 1)
    except OSError:
        return None
    fields = after.split()
    # Fields 4 and 14 to 17 of proc(5): the parent; own time in user and system mode, and that of ended children.
    return Stat(int(fields[1]), before.partition("(")[2], sum(int(ticks) for ticks in fields[11:15]))


def _proportional_kb(pid: int) -> int:
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) for line in lines if line.startswith("Pss:")), 0)
