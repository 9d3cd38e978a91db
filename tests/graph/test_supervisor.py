"""The process of a job: one that doesn't end when it is told to is killed, so that its server can stop."""

import asyncio
import sys

import pytest

from graph.jobs import supervisor

STUBBORN = (
    "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('here', flush=True); time.sleep(60)"
)


async def test_a_process_that_does_not_end_is_killed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(supervisor, "GRACE", 0.2)
    process = await asyncio.create_subprocess_exec(sys.executable, "-c", STUBBORN, stdout=asyncio.subprocess.PIPE)
    assert process.stdout is not None
    assert await process.stdout.readline() == b"here\n"
    await asyncio.wait_for(supervisor.end(process), 10)
    assert process.returncode == -9
