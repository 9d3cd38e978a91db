"""`ariesone schema` and `ariesone db`, from the outside."""

import subprocess
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path

import pytest

from db import migrations

Command = Callable[..., subprocess.CompletedProcess[str]]


@pytest.mark.slow
def test_export_then_check_then_drift(command: Command, tmp_path: Path) -> None:
    assert command("schema", "check").returncode == 1
    assert command("schema", "export").returncode == 0
    assert command("schema", "check").returncode == 0
    file = tmp_path / "schema.graphql"
    file.write_text(file.read_text().replace("version: Int!", "version: String!"))
    drifted = command("schema", "check")
    assert drifted.returncode == 1
    assert "ariesone schema export" in drifted.stderr


@pytest.mark.slow
def test_diff_names_what_breaks_and_fails(command: Command, tmp_path: Path) -> None:
    command("schema", "export")
    file = tmp_path / "schema.graphql"
    assert command("schema", "diff", file).stdout.strip() == "Nothing changed."
    file.write_text(file.read_text() + "\ntype Gone {\n  field: Int\n}\n")
    changed = command("schema", "diff", file)
    assert changed.returncode == 1
    assert changed.stdout.split() == ["breaking", *["Gone", "was", "removed."]]


@pytest.mark.slow
def test_the_database_goes_down_and_up(command: Command, database_url: str) -> None:
    assert command("db", "current", DATABASE_URL=database_url).stdout.strip().endswith("(head)")
    assert command("db", "downgrade", "base", "--yes", DATABASE_URL=database_url).returncode == 0
    assert command("db", "current", DATABASE_URL=database_url).stdout.startswith("The database is empty;")
    assert command("db", "upgrade", DATABASE_URL=database_url).returncode == 0
    assert command("db", "current", DATABASE_URL=database_url).stdout.strip().endswith("(head)")


def test_a_database_out_of_reach_is_one_clear_error(command: Command) -> None:
    refused = command("db", "current", DATABASE_URL="postgresql://nobody@127.0.0.1:1/nothing")
    assert refused.returncode == 1
    assert refused.stderr.startswith("Error: The database can't be reached")
    assert "Traceback" not in refused.stderr


def test_a_setting_that_cannot_be_is_named(command: Command) -> None:
    refused = command("db", "current", DATABASE_URL="mysql://nobody@127.0.0.1/nothing")
    assert refused.returncode == 1
    assert "DATABASE_URL" in refused.stderr
    assert "postgresql://" in refused.stderr


def test_version(command: Command) -> None:
    assert command("version").stdout.strip() == version("ariesone")


def test_where_nothing_differs_no_migration_is_written(command: Command, database_url: str) -> None:
    before = set(migrations.SCRIPTS.rglob("*.py"))
    written = command("db", "revision", "nothing", DATABASE_URL=database_url)
    assert written.stdout == "Nothing differs, so nothing was written.\n"
    assert set(migrations.SCRIPTS.rglob("*.py")) == before


def test_a_database_that_is_not_there_is_told_before_anything_is_started(command: Command, tmp_path: Path) -> None:
    refused = command("serve", DATABASE_URL="postgresql://nobody@127.0.0.1:1/nothing", PORT="0")
    assert refused.returncode == 1
    assert "The database can't be reached" in refused.stderr
    assert not (tmp_path / ".ariesone").exists()
