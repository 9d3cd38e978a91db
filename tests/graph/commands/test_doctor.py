"""`ariesone doctor` from the outside: what it prints, how it ends, and that it starts nothing."""

import json
import os
import pty
import re
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
import typer
from typer.testing import CliRunner, Result

from graph.commands.doctor import doctor
from graph.doctor.checks import CHECKS
from graph.identity.development_tokens import development_token
from graph.settings import Settings
from tests.graph.commands.conftest import Server, environment

Invoke = Callable[..., Result]


@pytest.fixture
def invoke(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Invoke:
    """Run the command in this process, in an empty folder."""
    monkeypatch.chdir(tmp_path)
    commands = typer.Typer()
    commands.command()(doctor)

    def run(*words: str, **settings: str) -> Result:
        return CliRunner().invoke(commands, words, env={"COLUMNS": "80", **settings})

    return run


def found_in(done: Result) -> dict[str, dict[str, Any]]:
    """What each check found."""
    return {each["id"]: each for each in json.loads(done.stdout)["checks"]}


@pytest.mark.slow
def test_a_server_that_is_well_and_one_that_is_not(invoke: Invoke, serve: Callable[..., Server]) -> None:
    server = serve(SAMPLE_COMPANIES="0")
    token = development_token(Settings(_env_file=None), "admin")
    done = invoke("--server", server.address, "--token", token, "--probe")
    lines = done.stdout.splitlines()
    assert max(map(len, lines[:-1])) <= 80
    told = re.findall(r"^(ok|warning|failed|not run) +([a-z-]+) ", done.stdout, re.MULTILINE)
    assert [id_ for _, id_ in told] == [each.id for each in CHECKS]
    assert lines[-1].endswith("Each check has its section on /docs/troubleshooting.")
    own = found_in(invoke("--json", "--probe"))
    # How fast this machine is, and what else it holds, is no matter of theirs.
    for id_ in ("settings-valid", "database-migrations", "events-jobs", "probe-mutations"):
        assert ("ok", id_) in told
        assert own[id_]["outcome"] == "ok"
    assert own["server-ready"]["outcome"] == "not run"
    server.process.kill()
    server.process.wait()
    dead = invoke("--json", "--only", "database")
    found = found_in(dead)
    assert dead.exit_code == 2
    assert json.loads(dead.stdout)["exitCode"] == 2
    assert found["database-reachable"]["outcome"] == "failed"
    assert found["database-version"]["seen"] == "see database-reachable"
    assert found["database-version"]["help"] == "/docs/troubleshooting#database-version"


def test_a_setting_that_is_wrong_is_all_that_is_looked_at(invoke: Invoke) -> None:
    done = invoke("--only", "settings", PORT="abc")
    assert done.exit_code == 2
    assert "PORT is 'abc': it must be a whole number" in " ".join(done.stdout.split())
    assert done.stdout.count("see settings-valid") == 3


@pytest.mark.parametrize("words", [("--only", "cache"), ("--only", "cache-reachable", "--skip", "settings")])
def test_why_nothing_is_looked_at_is_told_whatever_is_chosen(invoke: Invoke, words: Sequence[str]) -> None:
    done = invoke("--json", *words, REDIS_URL="http://x")
    found = found_in(done)
    assert done.exit_code == 2
    assert "REDIS_URL" in found.pop("settings-valid")["seen"]
    assert {each["seen"] for each in found.values()} == {"see settings-valid"}


def test_nothing_but_the_table_is_printed(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "graph", "doctor", "--only", "queue-reachable"],
        cwd=tmp_path, env=environment(AMQP_URL="amqp://127.0.0.1:1"), capture_output=True, text=True, check=False,
        timeout=60,
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (2, "")
    assert done.stdout.startswith("failed queue-reachable")


def test_what_is_no_check_is_refused(invoke: Invoke) -> None:
    done = invoke("--only", "databse")
    assert (done.exit_code, done.stdout) == (1, "")
    assert "There is no check databse; there are the categories settings, database" in done.stderr


def test_nothing_is_started_or_made(invoke: Invoke, tmp_path: Path) -> None:
    done = invoke("--only", "database-reachable")
    assert done.exit_code == 2
    assert "no `ariesone serve` runs on" in " ".join(done.stdout.split())
    assert list(tmp_path.iterdir()) == []


def test_a_table_fits_into_80_columns(invoke: Invoke) -> None:
    host = "a." * 90 + "example"
    done = invoke("--only", "settings", ENVIRONMENT="production", DATABASE_URL=f"postgresql://a@{host}/a")
    assert done.exit_code == 1
    assert max(map(len, done.stdout.splitlines()[:-1])) <= 80


@pytest.mark.slow
def test_it_waits_for_a_database_that_is_being_started(invoke: Invoke, tmp_path: Path) -> None:
    words = [sys.executable, "-m", "graph", "doctor", "--only", "database-reachable", "--wait", "60"]
    waiting = subprocess.Popen(words, cwd=tmp_path, env=environment(), stdout=subprocess.PIPE, text=True)
    serving = subprocess.Popen(
        [sys.executable, "-m", "graph", "serve"],
        cwd=tmp_path,
        env=environment(PORT="0", SAMPLE_COMPANIES="0"),
        stderr=subprocess.DEVNULL,
    )
    try:
        told, _ = waiting.communicate(timeout=90)
        assert waiting.returncode == 0, told
        assert "answers in" in told
    finally:
        serving.terminate()
        serving.wait(30)
    assert invoke("--only", "database-reachable", "--wait", "0.3").exit_code == 2


@pytest.mark.slow
def test_a_terminal_shows_how_far_it_is(tmp_path: Path) -> None:
    main, other = pty.openpty()
    variables = {**environment(), "TERM": "xterm", "COLUMNS": "80"}
    done = subprocess.run(
        [sys.executable, "-m", "graph", "doctor", "--only", "settings"],
        cwd=tmp_path, env=variables, stdout=subprocess.PIPE, stderr=other, check=False, timeout=60,
    )  # fmt: skip
    os.close(other)
    shown = os.read(main, 65536).decode()
    os.close(main)
    assert done.returncode == 0, done.stdout
    assert "of 4 checks" in shown
