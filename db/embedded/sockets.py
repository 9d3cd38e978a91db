"""The private folder in which a server's Unix socket lies, under a path that the kernel takes."""

import hashlib
import os
import stat
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from db.embedded.errors import EmbeddedError

# sun_path holds 108 bytes on Linux and 104 on macOS, and clients add to the path.
LIMIT_BYTES = 90
# Seconds after which an empty folder waits for nobody's socket.
LEFT_SECONDS = 60 * 60


@contextmanager
def socket_directory(directory: Path, longest_name: str) -> Iterator[Path]:
    """Yield a folder of mode 0700 where a socket of that name fits: `directory`/run, or a temporary one.

    Raises:
        EmbeddedError: the temporary folder belongs to someone else.
    """
    natural = directory / "run"
    if _fits(natural, longest_name):
        natural.mkdir(mode=0o700, exist_ok=True)
        natural.chmod(0o700)
        yield natural
        return
    short = _short(directory, longest_name)
    try:
        yield short
    finally:
        # It stays while the other server of the directory has its socket there.
        with suppress(OSError):
            short.rmdir()


def _short(directory: Path, longest_name: str) -> Path:
    name = _short_name(directory)
    bases = (Path(tempfile.gettempdir()), Path("/tmp"))  # noqa: S108 - what lies there is checked to be ours
    short = next((base / name for base in bases if _fits(base / name, longest_name)), bases[-1] / name)
    _remove_left(short.parent)
    short.mkdir(mode=0o700, exist_ok=True)
    _check_ours(short)
    return short


def _remove_left(base: Path) -> None:
    """Remove the empty folders that killed servers left long ago."""
    for left in base.glob("ariesone-*"):
        # Others' folders can't be removed, nor those with a socket in them.
        with suppress(OSError):
            if time.time() - left.lstat().st_mtime > LEFT_SECONDS:
                left.rmdir()


def _short_name(directory: Path) -> str:
    key = f"{os.geteuid()}:".encode() + os.fsencode(directory)
    return f"ariesone-{hashlib.sha256(key).hexdigest()[:10]}"


def _fits(folder: Path, name: str) -> bool:
    # To a client, a comma in the host separates two hosts.
    return len(os.fsencode(folder / name)) < LIMIT_BYTES and "," not in str(folder)


def _check_ours(folder: Path) -> None:
    """Refuse a folder that another user has put in our place: whoever owns it could pose as the server."""
    found = folder.lstat()
    is_private = stat.S_ISDIR(found.st_mode) and not found.st_mode & 0o077
    if not is_private or found.st_uid != os.geteuid():
        raise EmbeddedError(f"{folder} is not a private folder of this user: remove it and start again.")
