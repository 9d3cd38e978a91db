"""A week and a month after a release: what differs, and that the release is as it was once it is left."""

from pathlib import Path

import pytest

from bench.later import GONE, IN_A_WEEK, MONTH, WEEK, changed, month_later, write_week
from db.npi import verdict
from db.nppes.layout import RELEASE, FileKind
from db.nppes.writer import file_name, write_sample

COMPANIES = 1_500


@pytest.fixture
def release(tmp_path: Path) -> Path:
    write_sample(tmp_path / "release", COMPANIES, seed=1, people=1)
    return tmp_path / "release"


def lines(folder: Path, kind: FileKind, period: str) -> list[bytes]:
    return (folder / file_name(kind, period)).read_bytes().splitlines()[1:]


def test_a_month_later_one_organisation_in_fifty_differs_and_then_none(release: Path) -> None:
    before = {path.name: path.read_bytes() for path in release.iterdir()}
    rows = before[file_name(FileKind.COMPANIES)].splitlines()[1:]
    with month_later(release):
        later = lines(release, FileKind.COMPANIES, MONTH)
        assert {path.name for path in release.iterdir()} == {file_name(kind, MONTH) for kind in RELEASE}
    differing = [(old, new) for old, new in zip(rows, later, strict=True) if old != new]
    assert len(differing) == COMPANIES // 50
    assert all(old[11:18] == b'","2","' and len(old) == len(new) for old, new in differing)
    assert {path.name: path.read_bytes() for path in release.iterdir()} == before


def test_a_week_has_some_numbers_with_all_that_there_is_of_them(release: Path, tmp_path: Path) -> None:
    write_week(tmp_path / "week", release)
    rows = lines(tmp_path / "week", FileKind.COMPANIES, WEEK)
    assert len(rows) == 2 * COMPANIES // IN_A_WEEK
    assert [b'"10/15/2025"' in row for row in rows] == [place % GONE == 0 for place in range(len(rows))]
    numbers = {row[1:11] for row in lines(release, FileKind.COMPANIES, "20050523-20251012")[::IN_A_WEEK]}
    for kind in (FileKind.NAMES, FileKind.LOCATIONS):
        assert {row[1:11] for row in lines(tmp_path / "week", kind, WEEK)} <= numbers


def test_changes_come_in_turn_and_leave_numbers_good(release: Path) -> None:
    row = next(row for row in lines(release, FileKind.COMPANIES, "20050523-20251012") if row[12:17] == b',"2",')
    forms = [changed(row, turn) for turn in range(4)]
    assert len({row, *forms}) == 5
    assert [form[1:2] for form in forms] == [b"2", b"2", b"2", b"1"]
    assert verdict(forms[3][1:11].decode()) == "VALID"
