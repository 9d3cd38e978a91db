"""The guides for operators: each command of theirs is typed beside a running server, and prints what is shown."""

import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.clients.environments import required
from tests.fences import BASE_URL, fences
from tests.graph.commands.conftest import Server, environment
from tests.graph.guides.walk import is_printed

pytestmark = pytest.mark.slow

# What the doctor may end with: a slow machine is worth a warning.
DOCTOR = (0, 1)


def typed(command: str, folder: Path, *allowed: int) -> str:
    """What a command prints in a folder, in one session with those before it."""
    script = f". ./.session\n{command}\nstatus=$?\nexport -p > .session\nexit $status"
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    done = subprocess.run(
        [required("bash", "bash"), "-c", script],
        cwd=folder, env={**environment(), "PATH": path}, stdin=subprocess.DEVNULL,
        capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    told = f"{command} ended with {done.returncode}:\n{done.stdout}{done.stderr}"
    assert done.returncode in (allowed or (0,)), told
    return done.stdout


@pytest.mark.parametrize("page", ["installing.md", "tuning.md", "backup.md", "upgrades.md", "runbooks.md"])
def test_the_commands_of_a_page_work(serve: Callable[..., Server], tmp_path: Path, page: str) -> None:
    server = serve()
    (tmp_path / ".session").touch()
    count = 0
    for fence in fences(page):
        if fence.name:
            (tmp_path / fence.name).write_text(fence.text, encoding="utf-8")
        if fence.language != "console":
            continue
        for command, shown in fence.session:
            allowed = DOCTOR if command.startswith("ariesone doctor") else ()
            printed = typed(command.replace(BASE_URL, server.address), tmp_path, *allowed)
            assert not shown.strip() or is_printed(printed, shown), f"{fence} shows another thing than\n{printed}"
            count += 1
    assert count


def test_who_makes_searches_slow_is_found_and_mended_as_the_runbook_says(
    serve: Callable[..., Server], tmp_path: Path
) -> None:
    serve()
    (tmp_path / ".session").touch()
    doctor = "ariesone doctor --only database-missing-indexes"
    typed("ariesone db shell -qc 'DROP INDEX listings_facets, locations_near'", tmp_path)
    # It failed, and prints what to run, a line each: all are pasted at once.
    commands = re.findall(r"^ariesone db shell -c .+$", typed(doctor, tmp_path, 2), re.MULTILINE)
    assert len(commands) == 2
    assert all("CREATE INDEX CONCURRENTLY" in each for each in commands)
    typed("\n".join(commands), tmp_path)
    typed(doctor, tmp_path, 0)
