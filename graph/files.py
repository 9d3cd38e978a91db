"""The folder that jobs write their files to, from where these are downloaded (FILES_DIR)."""

import hashlib
import re
import time
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, Final
from uuid import uuid4

# The end of a file's name while it is being written.
PART: Final = ".part"
# What a whole one is called, and one that is written: its kind, an id, and what is packed in it.
OURS: Final = re.compile(rf"[a-z-]+-[0-9a-f-]{{36}}\.[a-z]+\.gz({re.escape(PART)})?")
# Seconds after which nobody writes to such a file any more.
FORSAKEN: Final = 3600.0
DAY: Final = 86_400
# gzip's own form (zlib's manual, deflateInit2), and the level that takes the least CPU.
GZIP: Final = 31
LEVEL: Final = 1


class CompressedFile:
    """A file that is being written, compressed with gzip; `bytes` and `sha256` are of the compressed file."""

    def __init__(self, name: str, target: BinaryIO) -> None:
        self.name = name
        self.bytes = 0
        self._target = target
        self._digest = hashlib.sha256()
        self._compress = zlib.compressobj(LEVEL, wbits=GZIP)

    @property
    def sha256(self) -> str:
        """The digest of what was written, in hexadecimal."""
        return self._digest.hexdigest()

    def write(self, content: bytes) -> None:
        """Write more content; a thread may do it, one at a time."""
        self._put(self._compress.compress(content))

    def end(self) -> None:
        """Write what is left."""
        self._put(self._compress.flush())

    def _put(self, packed: bytes) -> None:
        self._target.write(packed)
        self._digest.update(packed)
        self.bytes += len(packed)


class Files:
    """A folder of files that only the server's user may read; it is created when it is first needed."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def path_of(self, name: str) -> Path:
        """The path of a file with a name of this folder."""
        return self._folder / name

    @contextmanager
    def writing(self, kind: str, ending: str) -> Iterator[CompressedFile]:
        """Write a file of some kind in the block; it is there as a whole after the block, or not at all."""
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        name = f"{kind}-{uuid4()}.{ending}.gz"
        part = self.path_of(name + PART)
        try:
            with part.open("xb") as target:
                part.chmod(0o600)
                file = CompressedFile(name, target)
                yield file
                file.end()
            part.replace(self.path_of(name))
        except BaseException:
            part.unlink(missing_ok=True)
            raise

    def remove(self, name: str) -> None:
        """Remove a file, if it is there."""
        self.path_of(name).unlink(missing_ok=True)

    def remove_old(self, days: int) -> None:
        """Remove the files that were written so many days ago, and parts of files that nobody writes any more.

        What else lies in the folder is somebody else's.
        """
        now = time.time()
        for path in self._folder.glob("*.gz*"):
            kept = FORSAKEN if path.name.endswith(PART) else days * DAY
            if OURS.fullmatch(path.name) and path.is_file() and path.stat().st_mtime < now - kept:
                path.unlink(missing_ok=True)
