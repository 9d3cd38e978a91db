"""`ariesone serve --profile FILE`: where the time went, in a file and in short."""

import pstats
import signal
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.graph.commands.conftest import Server

pytestmark = pytest.mark.slow


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_what_ran_is_written_to_the_file_and_the_longest_is_shown(
    serve: Callable[..., Server], tmp_path: Path, number: signal.Signals
) -> None:
    server = serve("--profile", "run.pstats")
    # Each is another operation: what is asked again is answered from what is kept, without its task.
    for first in (3, 4, 5):
        server.ask(f"{{ companies(first: {first}) {{ nodes {{ npi name }} }} }}")
    server.end(number)
    calls = {
        (Path(file).name, function): figures[0]
        for (file, _, function), figures in vars(pstats.Stats(str(tmp_path / "run.pstats")))["stats"].items()
    }
    assert calls["requests.py", "record"] >= 3
    assert calls["endpoint.py", "__call__"] >= 3
    assert "due to restriction <20>" in server.output.read_text()


def test_it_watches_one_process_only(command: Callable[..., subprocess.CompletedProcess[str]]) -> None:
    done = command("serve", "--profile", "run.pstats", "--workers", "2", PORT="0")
    assert done.returncode == 1
    assert "--profile watches one process" in done.stderr


def test_a_file_that_cannot_be_written_is_one_clear_error(
    command: Callable[..., subprocess.CompletedProcess[str]],
) -> None:
    done = command("serve", "--profile", "missing/run.pstats", PORT="0", SAMPLE_COMPANIES="0")
    assert done.returncode == 1
    assert "can't be written" in done.stderr
    assert "Traceback" not in done.stderr
