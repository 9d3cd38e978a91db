"""The file of the log (LOG_FILE): several processes append to it, and rotate it by size."""

import fcntl
import os
import stat
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from threading import RLock
from typing import Final

# Those who run the server read it, and others of its group.
MODE: Final = 0o640


class LogFile:
    """A stream of whole lines into a file that other processes may write, too.

    Each write is one call at the file's end (O_APPEND): lines don't mix, and no process waits for another. Whoever
    finds the file full renames it to `.1`, and older ones to `.2` and so on; the others notice before their next
    write. What can't be written is told once by `tell`, which may write here, and never raised.
    """

    def __init__(self, path: Path, max_bytes: int, kept: int, tell: Callable[[str], None]) -> None:
        """Open the file; raises OSError where it can't be written or rotated. `kept` is of the old ones."""
        self._path = path.absolute()
        self._max_bytes = max_bytes
        self._kept = kept
        self._tell = tell
        self._lock = RLock()
        self._lost = 0
        self._is_torn = False
        self._file, self._opened = self._open()
        if not os.access(self._path.parent, os.W_OK | os.X_OK):
            os.close(self._file)
            raise PermissionError(0, "nothing in its folder may be renamed, which rotation has to do")

    def write(self, text: str) -> int:
        """Append whole lines, or lose them."""
        content = text.encode("utf-8", "backslashreplace")
        with self._lock:
            try:
                self._turn_to_current(len(content))
                self._append(content)
            except OSError as error:
                self._note_loss(text.count("\n"), error)
            else:
                self._note_success()
        return len(text)

    def flush(self) -> None:
        """Do nothing: what was written is there."""

    def close(self) -> None:
        """Close the file, to which nothing is written any more."""
        os.close(self._file)

    def _turn_to_current(self, size: int) -> None:
        """Have the file be the one at the path, with room for so many bytes."""
        found = self._find()
        if found is None:
            self._reopen()
        elif found.st_size and found.st_size + size > self._max_bytes:
            self._rotate()

    def _rotate(self) -> None:
        """Rename the file unless another process is doing so, in which case one more line fits in."""
        try:
            # Of the file that is renamed: who gets it later finds another file at the path.
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return
        # A file that can't be renamed any more is still written.
        with suppress(OSError):
            if self._find() is not None:
                # The first number that is free, or the oldest one's.
                numbers = range(1, self._kept)
                free = next((number for number in numbers if not self._old(number).exists()), self._kept)
                for number in range(free - 1, 0, -1):
                    self._old(number).replace(self._old(number + 1))
                self._path.replace(self._old(1))
        # The lock goes with the old one.
        self._reopen()

    def _find(self) -> os.stat_result | None:
        """Look at the file at the path; None where that isn't the open one any more."""
        with suppress(FileNotFoundError):
            found = self._path.stat()
            if os.path.samestat(found, self._opened):
                return found
        return None

    def _old(self, number: int) -> Path:
        return self._path.with_name(f"{self._path.name}.{number}")

    def _reopen(self) -> None:
        former = self._file
        self._file, self._opened = self._open()
        os.close(former)

    def _open(self) -> tuple[int, os.stat_result]:
        """Open the file at the path; raises OSError."""
        # A pipe that nobody reads would be waited for.
        file = os.open(self._path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC | os.O_NONBLOCK, MODE)
        found = os.fstat(file)
        if not stat.S_ISREG(found.st_mode):
            os.close(file)
            raise OSError(0, "it is no regular file")
        return file, found

    def _append(self, content: bytes) -> None:
        if self._is_torn:
            content = b"\n" + content
        written = os.write(self._file, content)
        while written < len(content):
            # The disk has just become full, most likely.
            self._is_torn = True
            written += os.write(self._file, content[written:])
        self._is_torn = False

    def _note_loss(self, lines: int, error: OSError) -> None:
        is_news = not self._lost
        self._lost += lines
        if is_news:
            self._tell(f"LOG_FILE can't be written ({error.strerror}); standard error has each line")

    def _note_success(self) -> None:
        if self._lost:
            lost, self._lost = self._lost, 0
            self._tell(f"LOG_FILE is written again; {lost} lines are on standard error alone")
