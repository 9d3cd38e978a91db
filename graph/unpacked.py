"""The content of a file that somebody sent: the gzip round it taken off, and no more than it may be."""

import gzip
import zlib
from io import BufferedReader, RawIOBase
from typing import Any, Final

from graph.errors import BadUserInputError

# What gzip begins with (RFC 1952, 2.3.1); no text does.
GZIP: Final = b"\x1f\x8b"
# Bytes that are unpacked at a time.
PIECE: Final = 64 * 1024


def unpacked(source: BufferedReader, max_bytes: int) -> BufferedReader:
    """Return the content of a file; reading it raises BadUserInputError for bad gzip, and for too many bytes."""
    is_packed = source.peek(len(GZIP)).startswith(GZIP)
    content = gzip.GzipFile(fileobj=source) if is_packed else source
    return BufferedReader(Unpacked(content, max_bytes), PIECE)


class Unpacked(RawIOBase):
    """What unpacks a file, and counts."""

    def __init__(self, content: gzip.GzipFile | BufferedReader, max_bytes: int) -> None:
        self._content = content
        self._max_bytes = max_bytes
        self._bytes = 0

    def readable(self) -> bool:
        """Return that it can be read."""
        return True

    def readinto(self, target: Any, /) -> int:  # noqa: ANN401 - whatever has a buffer
        """Read bytes into a buffer; how many, 0 at the end."""
        try:
            size = self._content.readinto(target)
        except (EOFError, zlib.error, gzip.BadGzipFile):
            raise BadUserInputError("The upload can't be unpacked: its gzip is damaged, or ends early.") from None
        self._bytes += size
        if self._bytes > self._max_bytes:
            raise BadUserInputError(f"The upload has more than {self._max_bytes:,} bytes, unpacked.")
        return size
