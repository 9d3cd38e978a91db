"""`ariesone schema` and `ariesone db`, from the outside."""

import json
import subprocess
import tomllib
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path

import pytest

from db import migrations
from db.engine import connection_to

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
    assert changed.stdout == "breaking  Gone was removed. - --usage can tell whether anybody uses it\n"
    assert command("schema", "diff", tmp_path / "nothing").stderr == f"Error: {tmp_path}/nothing isn't there.\n"


NPI_STATUS = '  """The status of its NPI in the registry."""\n  npiStatus: NpiStatus!\n'


@pytest.mark.slow
def test_a_release_is_recorded_once_with_what_changed_since_the_last_one(command: Command, tmp_path: Path) -> None:
    command("schema", "export")
    docs = tmp_path / "docs"
    docs.mkdir()
    (docs / "schema-changes.toml").write_text("since = 2026-11-26\n")
    schema = (tmp_path / "schema.graphql").read_text()
    (docs / "released.graphql").write_text(schema.replace(NPI_STATUS, "", 1))
    first = command("schema", "release", "1.2.0")
    assert (
        first.stdout == "docs/schema-changes.toml has 1 changes of 1.2.0, and docs/released.graphql its schema.\n"
    )
    [release] = tomllib.loads((docs / "schema-changes.toml").read_text())["release"]
    assert release["change"] == [{"severity": "safe", "description": "Field Company.npiStatus was added."}]
    assert (docs / "released.graphql").read_text() == schema
    assert "has the release 1.2.0 already" in command("schema", "release", "1.2.0").stderr
    assert "0 changes of 1.3.0" in command("schema", "release", "1.3.0").stdout


OLD = """
directive @sunset(since: String!, on: String!) on FIELD_DEFINITION
type Query { a: Int b: Int @deprecated(reason: "x") @sunset(since: "2020-01-01", on: "DAY") }
"""


@pytest.mark.slow
async def test_diff_fails_for_what_somebody_uses_until_its_sunset_and_names_them(
    command: Command, tmp_path: Path, database_url: str
) -> None:
    old, new, usage = (tmp_path / name for name in ("old.graphql", "new.graphql", "usage.json"))
    new.write_text("type Query { a: Int }")
    old.write_text(OLD.replace("DAY", "2999-01-01"))
    async with connection_to(database_url) as connection:
        await connection.execute("""
            INSERT INTO field_usage_days (day, is_whole) VALUES ('2020-01-01', false);
            INSERT INTO field_usage VALUES (current_date, 'NAMED', 'Web [red]shop', '2', 'Query.b', 3, now())
        """)
    told = command("schema", "usage", "--json", DATABASE_URL=database_url)
    usage.write_text(told.stdout)
    for source in ("database", usage):
        failed = command("schema", "diff", old, new, "--usage", source, DATABASE_URL=database_url)
        assert failed.returncode == 1
        reason = "its sunset is 2999-01-01; used by Web [red]shop 2, last on "
        assert failed.stdout.startswith(f"breaking  Field Query.b was removed. - {reason}")
    # Nobody uses it any more; then its time is over.
    usage.write_text(told.stdout.replace("Query.b", "Query.a"))
    unused = command("schema", "diff", old, new, "--usage", usage)
    assert unused.returncode == 0
    assert "excused   Field Query.b was removed. - nobody has used it for 90 days\n" in unused.stdout
    old.write_text(OLD.replace("DAY", "2020-12-31"))
    past = command("schema", "diff", old, new)
    assert past.returncode == 0
    assert "excused   Field Query.b was removed. - its sunset was 2020-12-31\n" in past.stdout
    usage.write_text("[]")
    refused = command("schema", "diff", old, new, "--usage", usage)
    assert "isn't what `ariesone schema usage --json` prints" in refused.stderr


async def test_usage_tells_who_used_what_and_when_last(command: Command, database_url: str) -> None:
    empty = command("schema", "usage", DATABASE_URL=database_url)
    assert empty.stdout.startswith("Nobody used it, as far as that is counted.\nNothing is counted yet")
    async with connection_to(database_url) as connection:
        await connection.execute(USED)
    lines = command("schema", "usage", DATABASE_URL=database_url).stdout.splitlines()
    assert [line.split() for line in lines if line.startswith("Company.fax")] == [
        ["Company.fax", "shop", "2", "(without", "a", "token)", "1,234", "2026-03-01", "12:13"],
        ["Company.fax", "anonymous", "5", "2026-03-01", "12:13"],
    ]
    assert lines[-1] == (
        "What is deprecated is counted since 2026-01-01, "
        "the whole schema since 2026-01-01 (days and times in UTC)."
    )
    assert lines[3].split() == ["Company.name", "token", "of", "5f0c27f3b1d9a844", "1", "2026-03-02", "01:02"]
    since = ("schema", "usage", "Company.fax", "--since", "2026-02-02", "--json")
    late = command(*since, DATABASE_URL=database_url)
    assert [each["uses"] for each in json.loads(late.stdout)["uses"]] == [34, 5]


USED = """
    INSERT INTO field_usage_days (day, is_whole) VALUES ('2026-01-01', true);
    INSERT INTO field_usage VALUES
      ('2026-02-01', 'CLAIMED', 'shop', '2', 'Company.fax', 1200, '2026-02-01 10:11Z'),
      ('2026-03-01', 'CLAIMED', 'shop', '2', 'Company.fax', 34, '2026-03-01 12:13Z'),
      ('2026-03-01', 'ANONYMOUS', '', '', 'Company.fax', 5, '2026-03-01 12:13Z'),
      ('2026-03-01', 'VIEWER', '5f0c27f3b1d9a844', '', 'Company.name', 1, '2026-03-02 1:02Z')
"""


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
