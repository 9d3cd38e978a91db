"""The folder of the files that jobs write and of those that they are sent (FILES_DIR)."""

import hashlib
import re
import time
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from io import BufferedReader
from pathlib import Path
from typing import BinaryIO, Final, TypeVar
from uuid import uuid4

from graph.errors import NotFoundError
from graph.unpacked import unpacked

# The end of a file's name while it is being written.
PART: Final = ".part"
# The end of the name of one that was sent: nobody has looked what it holds.
SENT: Final = ".bin"
# What a whole one is called, and one that is written: its kind, an id, and what is packed in it.
OURS: Final = re.compile(rf"[a-z-]+-[0-9a-f-]{{36}}(\.[a-z]+\.gz|{re.escape(SENT)})({re.escape(PART)})?")
# Seconds after which nobody writes to such a file any more.
FORSAKEN: Final = 3600.0
DAY: Final = 86_400
# gzip's own form (zlib's manual, deflateInit2), and the level that takes the least CPU.
GZIP: Final = 31
LEVEL: Final = 1


class NewFile:
    """A file that is being written; `bytes` and `sha256` are of what has been written."""

    def __init__(self, name: str, target: BinaryIO) -> None:
        self.name = name
        self.bytes = 0
        self._target = target
        self._digest = hashlib.sha256()

    @property
    def sha256(self) -> str:
        """The digest of what was written, in hexadecimal."""
        return self._digest.hexdigest()

    def write(self, content: bytes) -> None:
        """Write more content; a thread may do it, one at a time."""
        self._target.write(content)
        self._digest.update(content)
        self.bytes += len(content)

    def end(self) -> None:
        """Write what is left."""


class CompressedFile(NewFile):
    """The same, compressed with gzip; `bytes` and `sha256` are of the compressed file."""

    def __init__(self, name: str, target: BinaryIO) -> None:
        super().__init__(name, target)
        self._compress = zlib.compressobj(LEVEL, wbits=GZIP)

    def write(self, content: bytes) -> None:
        """Write more content; a thread may do it, one at a time."""
        super().write(self._compress.compress(content))

    def end(self) -> None:
        """Write what is left."""
        super().write(self._compress.flush())


N = TypeVar("N", bound=NewFile)


class Files:
    """A folder of files that only the server's user may read; it is created when it is first needed."""

    def __init__(self, folder: Path, max_unpacked_bytes: int = 2**30) -> None:
        self._folder = folder
        self._max_unpacked_bytes = max_unpacked_bytes

    def path_of(self, name: str) -> Path:
        """The path of a file with a name of this folder."""
        return self._folder / name

    @contextmanager
    def writing(self, kind: str, ending: str) -> Iterator[CompressedFile]:
        """Write a file of some kind in the block; it is there as a whole after the block, or not at all."""
        with self._writing(f"{kind}-{uuid4()}.{ending}.gz", CompressedFile) as file:
            yield file

    @contextmanager
    def receiving(self) -> Iterator[NewFile]:
        """Write a file as it is sent in the block; it is there as a whole after the block, or not at all."""
        with self._writing(f"upload-{uuid4()}{SENT}", NewFile) as file:
            yield file

    @contextmanager
    def _writing(self, name: str, kind: type[N]) -> Iterator[N]:
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        part = self.path_of(name + PART)
        try:
            with part.open("xb") as target:
                part.chmod(0o600)
                file = kind(name, target)
                yield file
                file.end()
            part.replace(self.path_of(name))
        except BaseException:
            part.unlink(missing_ok=True)
            raise

    @contextmanager
    def reading(self, name: str) -> Iterator[BufferedReader]:
        """Read a file that was sent in the block, without the gzip round it, if there is any.

        Raises NotFoundError where it isn't there; reading raises BadUserInputError for what can't be unpacked, and
        for what unpacks to more than it may.
        """
        try:
            source = self.path_of(name).open("rb")
        except FileNotFoundError:
            message = "The upload isn't on this server; all servers must share one FILES_DIR."
            raise NotFoundError(message, field="upload") from None
        with source:
            yield unpacked(source, self._max_unpacked_bytes)

    def remove(self, name: str) -> None:
        """Remove a file, if it is there."""
        self.path_of(name).unlink(missing_ok=True)

    def remove_old(self, days: int) -> None:
        """Remove the files that were written so many days ago, and parts of files that nobody writes any more.

        What else lies in the folder is somebody else's.
        """
        now = time.time()
        for path in self._folder.glob("*-*"):
            kept = FORSAKEN if path.name.endswith(PART) else days * DAY
            if OURS.fullmatch(path.name) and path.is_file() and path.stat().st_mtime < now - kept:
                path.unlink(missing_ok=True)
