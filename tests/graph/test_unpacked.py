"""What was sent is read without the gzip round it: whole, undamaged, and no more of it than it may be."""

import gzip
from pathlib import Path

import pytest

from graph.errors import BadUserInputError, NotFoundError
from graph.files import Files

CONTENT = b"1234567893\n" * 100_000


def sent(folder: Path, content: bytes, max_bytes: int = len(CONTENT)) -> bytes:
    """What is read of a file that was sent."""
    files = Files(folder, max_bytes)
    with files.receiving() as file:
        file.write(content)
    with files.reading(file.name) as source:
        return source.read()


@pytest.mark.parametrize("content", [CONTENT, b"", b"\x1f", "\ufeffNPI".encode("utf-16")])
def test_a_file_is_read_as_it_is_or_without_gzip(tmp_path: Path, content: bytes) -> None:
    assert sent(tmp_path, content) == content
    assert sent(tmp_path, gzip.compress(content)) == content
    assert sent(tmp_path, gzip.compress(content[:5]) + gzip.compress(content[5:])) == content


PACKED = gzip.compress(CONTENT)


@pytest.mark.parametrize(
    "content",
    [PACKED[:-1], PACKED[:5], PACKED[:-8] + bytes(8), PACKED[:50] + bytes(50) + PACKED[100:], PACKED + b"more"],
    ids=["no end", "no beginning", "another sum", "damaged", "followed by something"],
)
def test_damaged_gzip_is_told(tmp_path: Path, content: bytes) -> None:
    with pytest.raises(BadUserInputError, match="its gzip is damaged, or ends early"):
        sent(tmp_path, content, 10**8)


@pytest.mark.parametrize("content", [CONTENT, PACKED], ids=["plain", "packed"])
def test_no_more_is_read_than_may_be(tmp_path: Path, content: bytes) -> None:
    with pytest.raises(BadUserInputError, match="more than 1,099,999 bytes, unpacked"):
        sent(tmp_path, content, len(CONTENT) - 1)


def test_a_file_that_is_elsewhere_is_told(tmp_path: Path) -> None:
    with pytest.raises(NotFoundError, match="FILES_DIR"), Files(tmp_path).reading("upload-1.bin"):
        pass
