"""A file's bytes as blocks of whole lines of UTF-8, a few megabytes each."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import IO, Literal

from db.nppes.errors import BrokenFileError

Encoding = Literal["utf-8", "latin-1"]

# Parsing was fastest from 4 MB a block on: below, the 330 columns cost more than the rows.
BLOCK_BYTES = 4_000_000
# Texts of this size stay in the processor's cache: twice as fast as a block at once.
_PIECE_BYTES = 16_000
# A header is 12 kB and a row of the main file seldom over 2 kB.
_LONGEST_LINE = 1_000_000
_BOM = b"\xef\xbb\xbf"
# Control characters other than blanks: none is in any text in latin-1, all are in most files that are no text.
_NO_LATIN = bytes((*range(9), *range(0x80, 0xA0)))


class NotUtf8(Exception):  # noqa: N818 (it is no error: the file is read again as latin-1)
    """A file has bytes that aren't UTF-8, so all of it must be read as latin-1."""


@dataclass(frozen=True)
class Block:
    """Whole lines of a file as UTF-8; `first_line` counts from 1, `consumed` is bytes of the file so far."""

    data: bytes
    first_line: int
    consumed: int


def header_and_blocks(stream: IO[bytes], name: str, encoding: Encoding) -> tuple[str, Iterator[Block]]:
    """Return a file's first line without its end, and its other lines in blocks.

    Raises BrokenFileError where the bytes are no text; the blocks raise NotUtf8 where they should be UTF-8.
    """
    first = stream.readline(_LONGEST_LINE)
    if not first.strip():
        raise BrokenFileError(f"{name} is empty.")
    if b"\0" in first or (not first.endswith(b"\n") and len(first) >= _LONGEST_LINE):
        raise BrokenFileError(f"{name} is no text.")
    header = first.removeprefix(_BOM).decode("latin-1").rstrip("\r\n")
    return header, _blocks(stream, name, encoding, len(first))


def _blocks(stream: IO[bytes], name: str, encoding: Encoding, consumed: int) -> Iterator[Block]:
    line = 2
    for data in _whole_lines(stream, name):
        consumed += len(data)
        yield Block(_as_utf8(data, name, encoding, line), line, consumed)
        line += data.count(b"\n")


def _whole_lines(stream: IO[bytes], name: str) -> Iterator[bytes]:
    """Yield blocks that end with a line; the file's last line gets an end where it has none."""
    rest = b""
    while piece := stream.read(BLOCK_BYTES):
        end = piece.rfind(b"\n") + 1
        if end == 0 and len(rest) + len(piece) > _LONGEST_LINE:
            raise BrokenFileError(f"{name} is no text: it has a line of more than {_LONGEST_LINE:,} bytes.")
        if end:
            yield rest + piece[:end]
            rest = b""
        rest += piece[end:]
    if rest:
        yield rest + b"\n"


def _as_utf8(data: bytes, name: str, encoding: Encoding, first_line: int) -> bytes:
    if data.isascii():
        return data
    if encoding == "utf-8":
        try:
            data.decode()
        except UnicodeDecodeError as error:
            raise NotUtf8 from error
        return data
    if len(data.translate(None, _NO_LATIN)) < len(data):
        raise BrokenFileError(f"{name} is no text: {_first_control(data, first_line)}.")
    return _latin_as_utf8(data)


def _latin_as_utf8(data: bytes) -> bytes:
    pieces = (data[start : start + _PIECE_BYTES] for start in range(0, len(data), _PIECE_BYTES))
    return b"".join(piece if piece.isascii() else piece.decode("latin-1").encode() for piece in pieces)


def _first_control(data: bytes, first_line: int) -> str:
    place, byte = next((place, byte) for place, byte in enumerate(data) if byte in _NO_LATIN)
    return f"line {first_line + data.count(10, 0, place):,} has a byte 0x{byte:02x}"
