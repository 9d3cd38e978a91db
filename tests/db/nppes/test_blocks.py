"""A file's bytes become whole lines of UTF-8, whatever they are and however they are cut."""

from io import BytesIO

import pytest
from hypothesis import given
from hypothesis import strategies as st

from db.nppes.blocks import decoded, header_and_blocks

# What is ASCII, what is UTF-8, what is Windows-1252 (or neither), and what is cut off.
PIECES = (b"a", b"some plain words", b"\n", "Ñ".encode(), "\u2028".encode(), b"\xd1", b"\x81", b"\xe2\x80")
FILES = st.lists(st.sampled_from(PIECES), max_size=40).map(b"".join)


@given(FILES, st.integers(1, 50), st.integers(1, 20))
def test_each_line_is_read_as_utf_8_or_else_as_windows_1252(content: bytes, block: int, part: int) -> None:
    lines = content.split(b"\n")
    read = [decoded(line).encode() for line in lines]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("db.nppes.blocks.BLOCK_BYTES", block)
        patch.setattr("db.nppes.blocks._PART_BYTES", part)
        header, blocks = header_and_blocks(BytesIO(b"header\n" + content), "a file")
        found = list(blocks)
    assert header == "header"
    whole = b"\n".join(read)
    assert b"".join(each.data for each in found) == whole + b"\n" * (not whole.endswith(b"\n") and whole != b"")
    assert sum(each.recoded for each in found) == sum(map(bytes.__ne__, lines, read))
    numbers = [number for each in found for number in each.numbers]
    assert numbers == list(range(2, 2 + len(lines) - (not lines[-1])))
    assert all(each.data.endswith(b"\n") for each in found)
