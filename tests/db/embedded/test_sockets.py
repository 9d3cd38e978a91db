import os
import stat
import tempfile
from pathlib import Path

import pytest

from db.embedded.errors import EmbeddedError
from db.embedded.sockets import LIMIT_BYTES, socket_directory


def test_a_short_path_keeps_its_sockets_in_the_directory_and_closes_the_folder(tmp_path: Path) -> None:
    (tmp_path / "run").mkdir(mode=0o755)
    with socket_directory(tmp_path, "x") as folder:
        assert folder == tmp_path / "run"
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700


def test_a_long_path_gets_the_same_short_folder_each_time(tmp_path: Path) -> None:
    long = tmp_path / ("x" * 100)
    with socket_directory(long, "name") as first, socket_directory(long, "name") as second:
        assert first == second
        assert len(os.fsencode(first / "name")) < LIMIT_BYTES


def test_a_short_folder_that_others_may_enter_is_refused(tmp_path: Path) -> None:
    long = tmp_path / ("x" * 100)
    with socket_directory(long, "name") as folder:
        folder.chmod(0o755)
        with pytest.raises(EmbeddedError, match="remove it"), socket_directory(long, "name"):
            pass


def test_what_a_killed_server_left_is_removed_by_the_next_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", "/tmp")  # noqa: S108 - a path short enough for sockets
    left, young = (Path("/tmp") / f"ariesone-test-{name}-{os.getpid()}" for name in ("left", "young"))  # noqa: S108
    for folder in (left, young):
        folder.mkdir(mode=0o700)
    os.utime(left, (0, 0))
    with socket_directory(tmp_path / ("x" * 100), "name"):
        assert not left.exists()
        assert young.exists()
    young.rmdir()
