"""`alembic` by its own name, as every guide writes it, on the embedded database and on the configured one."""

import os
import pty
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from db import migrations
from tests.graph.commands.conftest import ROOT, environment

pytestmark = pytest.mark.slow

Alembic = Callable[..., subprocess.CompletedProcess[str]]
Command = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def alembic(tmp_path: Path) -> Alembic:
    """Run alembic to its end in a checkout of its own."""
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    shutil.copytree(ROOT / "migrations", tmp_path / "migrations")

    def run(*words: str, **settings: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "alembic", *words],
            cwd=tmp_path,
            env=environment(**settings),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )

    return run


def test_the_embedded_database_goes_up_and_is_what_the_code_describes(alembic: Alembic, tmp_path: Path) -> None:
    assert alembic("upgrade", "head").returncode == 0
    assert (tmp_path / ".ariesone").is_dir()
    assert f"{migrations.head()} (head)" in alembic("current").stdout
    checked = alembic("check")
    assert "No new upgrade operations detected." in checked.stdout, checked.stderr
    written = alembic("revision", "--autogenerate", "-m", "nothing new")
    assert written.returncode == 0, written.stderr
    number = f"{int(migrations.head()) + 1:04}"
    text = (tmp_path / "migrations" / "versions" / f"{number}_nothing_new.py").read_text()
    assert "op." not in text.replace("alembic import op", "")
    assert alembic("history").stdout.startswith(f"{migrations.head()} -> {number} (head)")
    assert alembic("upgrade", "head").returncode == 0


def test_what_destroys_data_says_what_is_lost_and_wants_consent(alembic: Alembic, database_url: str) -> None:
    refused = alembic("downgrade", "base", DATABASE_URL=database_url)
    assert refused.returncode == 1
    assert "0001: The directory" in refused.stderr
    assert "alembic -x yes downgrade" in refused.stderr
    assert f"{migrations.head()} (head)" in alembic("current", DATABASE_URL=database_url).stdout
    assert alembic("-x", "yes", "downgrade", "base", DATABASE_URL=database_url).returncode == 0
    assert migrations.head() not in alembic("current", DATABASE_URL=database_url).stdout


def test_statements_are_printed_without_a_database(alembic: Alembic, tmp_path: Path) -> None:
    printed = alembic("upgrade", "head", "--sql")
    assert "CREATE TABLE companies" in printed.stdout
    assert not (tmp_path / ".ariesone").exists()


@pytest.mark.parametrize(
    ("words", "settings", "told"),
    [
        (("upgrade", "head"), {"DATABASE_URL": "postgresql://u:sesame@127.0.0.1:1/d"}, "can't be reached"),
        (("upgrade", "head"), {"DATABASE_URL": "postgresql://u:sesame@h:abc/d"}, "DATABASE_URL: its port is no"),
        (("-x", "yes", "downgrade", "nonsense"), {}, "No such revision"),
    ],
)
def test_what_goes_wrong_is_one_sentence(
    alembic: Alembic, database_url: str, words: tuple[str, ...], settings: dict[str, str], told: str
) -> None:
    done = alembic(*words, **{"DATABASE_URL": database_url, **settings})
    assert done.returncode != 0
    assert told in done.stderr + done.stdout
    assert "Traceback" not in done.stderr
    assert "sesame" not in done.stderr + done.stdout


def test_going_down_asks_and_no_is_no(command: Command, database_url: str) -> None:
    refused = command("db", "downgrade", "base", DATABASE_URL=database_url)
    assert refused.returncode == 1
    assert "say `--yes`" in refused.stderr
    assert "(head)" in command("db", "current", DATABASE_URL=database_url).stdout
    assert command("db", "downgrade", "-1", "--yes", DATABASE_URL=database_url).returncode == 0
    assert "behind" in command("db", "current", DATABASE_URL=database_url).stdout


@pytest.mark.parametrize(("answer", "is_done"), [(b"n\n", False), (b"y\n", True)])
def test_on_a_terminal_a_person_decides(tmp_path: Path, database_url: str, answer: bytes, is_done: bool) -> None:  # noqa: FBT001 - a parameter
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "graph", "db", "downgrade", "base"],
        cwd=tmp_path,
        env=environment(DATABASE_URL=database_url),
        stdin=theirs,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    os.write(ours, answer)
    output = b"".join(process.communicate(timeout=60))
    os.close(ours)
    os.close(theirs)
    assert b"Go on?" in output
    assert (process.returncode == 0) is is_done, output


def test_psql_is_opened_and_the_ways_there_are_printed(command: Command, database_url: str) -> None:
    counted = command("db", "shell", "-Atc", "SELECT count(*) FROM companies", DATABASE_URL=database_url)
    assert counted.stdout == "0\n", counted.stderr
    named = command("db", "shell", "-Atc", "SHOW application_name", DATABASE_URL=database_url)
    assert named.stdout == "ariesone db shell\n"
    url = "postgresql://u:sesame@127.0.0.1:1/d"
    lines = command("db", "connect", DATABASE_URL=database_url, REDIS_URL="redis://:sesame@h:6379/2")
    assert lines.returncode == 0, lines.stderr
    first, second = lines.stdout.splitlines()
    assert "psql" in first
    assert second == "redis-cli -u redis://h:6379/2"
    assert "sesame" not in command("db", "shell", DATABASE_URL=url).stderr


def test_the_embedded_servers_are_named(command: Command) -> None:
    told = command("db", "connect")
    lines = told.stdout.splitlines()
    assert "psql" in lines[0]
    assert "No server runs here" in told.stderr
    assert lines[1].startswith("redis-cli -s /")
