"""The log's file: whole lines of several processes, rotated by size, and never the reason that a request fails."""

import json
import os
import resource
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path

import pytest

from graph.telemetry.log_file import LogFile

# Writes numbered lines, each at once, as one of several processes.
WRITER = """
import sys
from pathlib import Path
from graph.telemetry.log_file import LogFile

path, name, lines = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3])
file = LogFile(path, 20_000, 200, print)
sys.stdin.readline()
for number in range(lines):
    file.write(f'{{"writer": "{name}", "number": {number}, "padding": "{"x" * 60}"}}\\n')
"""


@pytest.fixture
def told() -> list[str]:
    return []


@pytest.fixture
def opened(tmp_path: Path, told: list[str]) -> Iterator[Callable[..., LogFile]]:
    files = []

    def open_file(max_bytes: int = 100, kept: int = 3, path: Path = tmp_path / "ariesone.log") -> LogFile:
        files.append(LogFile(path, max_bytes, kept, told.append))
        return files[-1]

    yield open_file
    for file in files:
        file.close()


def contents(folder: Path) -> dict[str, str]:
    return {path.name: path.read_text() for path in sorted(folder.iterdir())}


def test_a_full_file_is_renamed_and_only_so_many_are_kept(opened: Callable[..., LogFile], tmp_path: Path) -> None:
    file = opened(max_bytes=10, kept=2)
    for number in range(7):
        file.write(f"{number:04d}\n")
    assert contents(tmp_path) == {
        "ariesone.log": "0006\n",
        "ariesone.log.1": "0004\n0005\n",
        "ariesone.log.2": "0002\n0003\n",
    }


def test_what_is_larger_than_a_file_may_be_is_written_all_the_same(
    opened: Callable[..., LogFile], tmp_path: Path
) -> None:
    file = opened(max_bytes=10)
    file.write("a" * 50 + "\n")
    file.write("b\n")
    assert contents(tmp_path) == {"ariesone.log": "b\n", "ariesone.log.1": "a" * 50 + "\n"}


def test_a_file_that_is_there_is_gone_on_with(opened: Callable[..., LogFile], tmp_path: Path) -> None:
    (tmp_path / "ariesone.log").write_text("before\n")
    opened().write("after\n")
    assert contents(tmp_path) == {"ariesone.log": "before\nafter\n"}


def test_others_may_rename_or_remove_it(opened: Callable[..., LogFile], tmp_path: Path) -> None:
    file = opened()
    file.write("one\n")
    (tmp_path / "ariesone.log").rename(tmp_path / "by-logrotate")
    file.write("two\n")
    (tmp_path / "ariesone.log").unlink()
    file.write("three\n")
    assert contents(tmp_path) == {"ariesone.log": "three\n", "by-logrotate": "one\n"}


def test_processes_that_write_and_rotate_at_once_lose_no_line_and_tear_none(tmp_path: Path) -> None:
    path, lines = tmp_path / "shared.log", 3000
    writers = [
        subprocess.Popen([sys.executable, "-c", WRITER, path, name, str(lines)], stdin=subprocess.PIPE, text=True)
        for name in "abc"
    ]
    for writer in writers:
        assert writer.stdin is not None
        writer.stdin.write("go\n")
        writer.stdin.flush()
    for writer in writers:
        writer.communicate()
        assert writer.returncode == 0
    files = sorted(tmp_path.glob("shared.log*"))
    found = [json.loads(line) for file in files for line in file.read_text().splitlines()]
    assert Counter(each["writer"] for each in found) == {"a": lines, "b": lines, "c": lines}
    assert {(each["writer"], each["number"]) for each in found} == {
        (name, number) for name in "abc" for number in range(lines)
    }
    # It was rotated, and by one of them at a time: none of the old ones is nearly empty.
    old = [file.stat().st_size for file in files if file.name != path.name]
    assert len(old) > 10
    assert min(old) > 19_000


@pytest.fixture
def small_files() -> Iterator[None]:
    """No file of this process can be longer than 100 bytes; Python ignores the signal, so write fails."""
    former = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100, former[1]))
    yield
    resource.setrlimit(resource.RLIMIT_FSIZE, former)


@pytest.mark.usefixtures("small_files")
def test_a_full_disk_is_told_once_and_so_is_its_end(
    opened: Callable[..., LogFile], tmp_path: Path, told: list[str]
) -> None:
    path = tmp_path / "ariesone.log"
    file = opened(max_bytes=10_000)
    file.write("a" * 79 + "\n")
    for number in range(3):
        file.write(f"lost {number} {'b' * 30}\n")
    # The first of them was cut off where the space ended.
    assert path.stat().st_size == 100
    assert told == ["LOG_FILE can't be written (File too large); standard error has each line"]
    os.truncate(path, 90)
    file.write("after\n")
    assert path.read_text() == "a" * 79 + "\n" + "lost 0 bbb" + "\nafter\n"
    assert told[1:] == ["LOG_FILE is written again; 3 lines are on standard error alone"]


def test_telling_of_a_failure_may_write_to_the_file_itself(tmp_path: Path) -> None:
    path, told = tmp_path / "folder" / "ariesone.log", []

    def tell(words: str) -> None:
        told.append(words)
        file.write(f"{words}\n")

    path.parent.mkdir()
    file = LogFile(path, 100, 3, tell)
    path.unlink()
    path.parent.rmdir()
    for number in range(3):
        file.write(f"{number}\n")
    path.parent.mkdir()
    file.write("again\n")
    file.close()
    assert told == [
        "LOG_FILE can't be written (No such file or directory); standard error has each line",
        "LOG_FILE is written again; 4 lines are on standard error alone",
    ]
    assert path.read_text() == f"again\n{told[1]}\n"


@pytest.mark.parametrize("kind", ["a folder", "a pipe", "in no folder"])
def test_what_is_no_file_is_refused_at_once(kind: str, opened: Callable[..., LogFile], tmp_path: Path) -> None:
    path = tmp_path / "it"
    match kind:
        case "a folder":
            path.mkdir()
        case "a pipe":
            os.mkfifo(path)
        case _:
            path = path / "ariesone.log"
    with pytest.raises(OSError, match=r"."):
        opened(path=path)


def test_a_letter_that_has_no_bytes_is_written_as_its_number(
    opened: Callable[..., LogFile], tmp_path: Path
) -> None:
    opened().write("\ud800\n")
    assert contents(tmp_path) == {"ariesone.log": "\\ud800\n"}


def test_only_its_owner_and_group_read_it(opened: Callable[..., LogFile], tmp_path: Path) -> None:
    opened()
    assert (tmp_path / "ariesone.log").stat().st_mode & 0o007 == 0


def test_a_file_that_cannot_be_renamed_is_still_written(
    opened: Callable[..., LogFile], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = opened(max_bytes=10)
    attempts = count()

    def refuse(*_: object) -> None:
        next(attempts)
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(Path, "replace", refuse)
    for number in range(5):
        file.write(f"{number:04d}\n")
    assert contents(tmp_path) == {"ariesone.log": "".join(f"{number:04d}\n" for number in range(5))}
    assert next(attempts) == 3
