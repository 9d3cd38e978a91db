"""What a release needs, and that everything names the same version."""

import hashlib
import re
import subprocess
import tomllib
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from deploy.release.checks import UnreadyError, check, undated

ROOT = Path(__file__).resolve().parents[2]
VERSION = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["version"]
DAY = "2026-01-02"
# What names the image, and with it the version.
NAMING = ("deploy/kubernetes/kustomization.yaml", "deploy/kubernetes/migrate.yaml", "docs/deploying.md")


@pytest.mark.parametrize("file", NAMING)
def test_the_image_is_named_by_the_version_everywhere(file: str) -> None:
    text = (ROOT / file).read_text("utf-8")
    assert set(re.findall(r'(?:newTag: "|images\.example/ariesone:)([0-9.]+)', text)) == {VERSION}


def test_a_heading_names_the_version_and_a_day_that_has_come() -> None:
    today = datetime.now(UTC).date()
    assert undated(f"1.2.0 - {today}", "1.2.0") is None
    assert "in the future" in str(undated(f"1.2.0 - {today + timedelta(days=2)}", "1.2.0"))
    assert "there is no day 2026-02-30" in str(undated("1.2.0 - 2026-02-30", "1.2.0"))
    for heading in ("1.2.0", "1.2.0 - soon", "1.1.0 - 2026-01-02", "1.2.0 - 20260102", ""):
        assert f"it is `## {heading}`" in str(undated(heading, "1.2.0"))


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A checkout of a few files that is ready for 1.2.0."""
    (tmp_path / "pyproject.toml").write_text('[project]\nversion = "1.2.0"\n')
    (tmp_path / "CHANGELOG.md").write_text("# Changelog\n\n## 1.2.0 - 2026-01-02\n\n## 1.1.0 - 2025-01-02\n")
    record(tmp_path, "1.2.0", "type Query { a: Int }")
    git(tmp_path, "init", "--quiet")
    commit(tmp_path)
    return tmp_path


def record(folder: Path, version: str, schema: str) -> None:
    """Write a schema, and that it is a version's."""
    (folder / "schema.graphql").write_text(schema)
    (folder / "docs").mkdir(exist_ok=True)
    hash_ = hashlib.sha256(schema.encode()).hexdigest()
    lines = (f"since = {DAY}", "[[release]]", f'version = "{version}"', f"day = {DAY}", f'sha256 = "{hash_}"')
    (folder / "docs" / "schema-changes.toml").write_text("\n".join(lines))


def git(folder: Path, *words: str) -> None:
    author = ("-c", "user.name=a", "-c", "user.email=a@example.com")
    subprocess.run(["git", *author, *words], cwd=folder, check=True)  # noqa: S607 - the developer's git


def commit(folder: Path) -> None:
    git(folder, "add", "--all")
    git(folder, "commit", "--quiet", "--allow-empty", "--message", "a", "--date", "2026-01-02T00:00:00Z")


def test_what_is_ready_is_dated_by_its_commit(checkout: Path) -> None:
    assert abs(check(checkout, "1.2.0") - datetime.now(UTC).timestamp()) < 600


def test_another_version_than_the_projects_is_refused(checkout: Path) -> None:
    with pytest.raises(UnreadyError, match=r"at version 1\.2\.0, not 1\.3\.0"):
        check(checkout, "1.3.0")


def test_what_is_not_committed_is_refused_by_name(checkout: Path) -> None:
    (checkout / "new.py").write_text("")
    with pytest.raises(UnreadyError, match=r"new\.py"):
        check(checkout, "1.2.0")


def test_a_version_is_released_once(checkout: Path) -> None:
    git(checkout, "tag", "v1.2.0")
    with pytest.raises(UnreadyError, match="once"):
        check(checkout, "1.2.0")


def test_what_is_no_checkout_is_one_clear_error(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text('[project]\nversion = "1.2.0"\n')
    (tmp_path / "CHANGELOG.md").write_text("## 1.2.0 - 2026-01-02\n")
    record(tmp_path, "1.2.0", "type Query { a: Int }")
    with pytest.raises(UnreadyError, match="not a git repository"):
        check(tmp_path, "1.2.0")


def test_how_the_schema_changed_is_recorded_first(checkout: Path) -> None:
    record(checkout, "1.1.0", "type Query { a: Int }")
    with pytest.raises(UnreadyError, match=r"run `ariesone schema release 1\.2\.0`"):
        check(checkout, "1.2.0")
    (checkout / "docs" / "schema-changes.toml").write_text(f"since = {DAY}")
    with pytest.raises(UnreadyError, match="isn't recorded"):
        check(checkout, "1.2.0")


def test_a_schema_that_changed_after_it_was_recorded_is_refused(checkout: Path) -> None:
    (checkout / "schema.graphql").write_text("type Query { b: Int }")
    with pytest.raises(UnreadyError, match="the schema changed after it was recorded"):
        check(checkout, "1.2.0")
