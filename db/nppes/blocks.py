"""A file's bytes as blocks of whole lines of UTF-8, two megabytes each."""

import codecs
from collections.abc import Iterator
from dataclasses import dataclass
from typing import IO, cast

import polars as pl

from db.nppes.errors import BrokenFileError

# Small, since a block is held in several forms at once, and by several threads.
BLOCK_BYTES = 2_000_000
# Whether a part is ASCII is asked at once; where it isn't, the first other byte is looked for.
_PART_BYTES = 4_096
# A header is 12 kB and a row of the main file seldom over 2 kB.
_LONGEST_LINE = 1_000_000
_BOM = b"\xef\xbb\xbf"
_UTF_16 = {codecs.BOM_UTF16_LE: "utf-16-le", codecs.BOM_UTF16_BE: "utf-16-be"}


@dataclass(frozen=True)
class Block:
    """Whole lines of a file as UTF-8; `numbers` are theirs, the header's is 1, and `consumed` is bytes so far.

    `recoded` lines weren't UTF-8 in the file. What was left out (db/nppes/sieve.py): so many rows of `people`, and
    those of organisations whose numbers are `repeats`. `digests` are of the lines, where any were made.
    """

    data: bytes
    numbers: pl.Series
    consumed: int
    recoded: int = 0
    people: int = 0
    digests: pl.Series | None = None
    repeats: pl.Series | None = None


def header_and_blocks(stream: IO[bytes], name: str) -> tuple[str, Iterator[Block]]:
    """Return a file's first line without its end, and its other lines in blocks.

    A line that isn't UTF-8 is read as Windows-1252; UTF-16 is known by its byte order mark. Raises BrokenFileError
    where the bytes are no text.
    """
    first = stream.readline(_LONGEST_LINE)
    if encoding := _UTF_16.get(first[:2]):
        stream, first = _as_utf_16(stream, first, encoding)
    if not first.strip():
        raise BrokenFileError(f"{name} is empty.")
    if b"\0" in first or (not first.endswith(b"\n") and len(first) >= _LONGEST_LINE):
        raise BrokenFileError(f"{name} is no text.")
    header = decoded(first.removeprefix(_BOM)).rstrip("\r\n")
    return header, _blocks(stream, name, len(first))


def decoded(line: bytes) -> str:
    """Return a line as text: UTF-8 if it is that, else Windows-1252 (the five bytes unknown there as latin-1)."""
    try:
        return line.decode()
    except UnicodeDecodeError:
        return line.decode("cp1252", "latin_1_for_unknown")


def text_of(data: bytes) -> str:
    """Return a whole small file as text: UTF-16 or UTF-8 if it is that, else each line as `decoded` has it."""
    if data[:2] in {codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE}:
        return data.decode("utf-16", "replace")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return "\n".join(map(decoded, data.splitlines()))


def _latin_1(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeDecodeError):
        raise error
    return error.object[error.start : error.end].decode("latin-1"), error.end


codecs.register_error("latin_1_for_unknown", _latin_1)


def _as_utf_16(stream: IO[bytes], first: bytes, encoding: str) -> tuple[IO[bytes], bytes]:
    """Return the stream as UTF-8 from its second line on, and the first line."""
    # The line feed that readline stopped at is one byte of two.
    rest = stream.read(1) if encoding == "utf-16-le" else b""
    reader, writer = codecs.getreader(encoding), codecs.getwriter("utf-8")
    utf_8 = codecs.lookup("utf-8")
    recoder = codecs.StreamRecoder(stream, utf_8.encode, utf_8.decode, reader, writer, errors="replace")
    return cast("IO[bytes]", recoder), (first[2:] + rest).decode(encoding, "replace").encode()


def _blocks(stream: IO[bytes], name: str, consumed: int) -> Iterator[Block]:
    line = 2
    for data in _whole_lines(stream, name):
        consumed += len(data)
        utf_8, recoded = _as_utf_8(data)
        end = line + data.count(b"\n")
        yield Block(utf_8, pl.int_range(line, end, dtype=pl.UInt32, eager=True), consumed, recoded)
        line = end


def _whole_lines(stream: IO[bytes], name: str) -> Iterator[bytes]:
    """Yield blocks that end with a line; the file's last line gets an end where it has none."""
    rest = b""
    while piece := stream.read(BLOCK_BYTES):
        end = piece.rfind(b"\n") + 1
        if end == 0 and len(rest) + len(piece) > _LONGEST_LINE:
            raise BrokenFileError(f"{name} is no text: it has a line of more than {_LONGEST_LINE:,} bytes.")
        if end:
            yield b"".join((rest, memoryview(piece)[:end]))
            rest = b""
        rest += piece[end:]
    if rest:
        yield rest + b"\n"


def _as_utf_8(data: bytes) -> tuple[bytes, int]:
    """Return lines as UTF-8, and how many of them weren't."""
    if _is_utf_8(data):
        return data, 0
    parts: list[bytes | memoryview] = []
    whole, done, recoded = memoryview(data), 0, 0
    for start, end in _lines_beyond_ascii(data):
        line = data[start:end]
        if not _is_utf_8(line):
            parts += whole[done:start], decoded(line).encode()
            done, recoded = end, recoded + 1
    return b"".join((*parts, whole[done:])), recoded


def _is_utf_8(data: bytes) -> bool:
    try:
        return data.isascii() or data.decode() is not None
    except UnicodeDecodeError:
        return False


def _lines_beyond_ascii(data: bytes) -> Iterator[tuple[int, int]]:
    """Yield where the lines begin and end, without their line feeds, that have more than ASCII."""
    end = 0
    while (place := _first_beyond_ascii(data, end)) is not None:
        start, end = data.rfind(b"\n", 0, place) + 1, data.index(b"\n", place)
        yield start, end


def _first_beyond_ascii(data: bytes, start: int) -> int | None:
    """Return the place of the first byte from `start` on that isn't ASCII, None where all are."""
    for place in range(start, len(data), _PART_BYTES):
        part = data[place : place + _PART_BYTES]
        if not part.isascii():
            try:
                part.decode("ascii")
            except UnicodeDecodeError as error:
                return place + error.start
    return None
