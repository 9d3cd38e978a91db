"""How much of this machine's memory PostgreSQL keeps pages of its tables in."""

import os
from pathlib import Path

# Bytes that a container may have, by either version of Linux's control groups.
LIMITS = (Path("/sys/fs/cgroup/memory.max"), Path("/sys/fs/cgroup/memory/memory.limit_in_bytes"))

# In megabytes. It is taken as it is needed, so that a small directory never has all of it.
LEAST, MOST = 128, 2048
# The rest is for whatever else runs, and for the pages that the system keeps.
SHARE = 8


def for_buffers() -> int:
    """Return megabytes for PostgreSQL's shared_buffers: an eighth of what there is, within bounds."""
    return min(max(_present() // (SHARE * 1024 * 1024), LEAST), MOST)


def _present() -> int:
    """Return the bytes of memory that this process and its like may have."""
    physical = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    return min([physical, *(limit for path in LIMITS if (limit := _limit(path)))])


def _limit(path: Path) -> int | None:
    """Return a container's limit; None where there is none."""
    try:
        text = path.read_text().strip()
    except OSError:
        return None
    return int(text) if text.isdecimal() else None
