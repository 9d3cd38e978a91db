"""Jobs in processes of their own: beside `ariesone serve` and by `ariesone work`, killed and stopped."""

import gzip
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx2
import pytest

from tests.graph.commands.conftest import Server, environment, running_in
from tests.graph.conftest import bearer

pytestmark = pytest.mark.slow

# Seconds until a test that makes no headway is given up.
PATIENCE = 60
HEADERS = {"authorization": bearer("PARTNER")}
ASK = 'mutation { exportCompanies(input: {fields: "npi name"}) { job { id } userErrors { code } } }'
READ = "query($id: ID!) { job(id: $id) { state done file { url rows bytes } error { code } } }"

# A job that takes as long as a test wants: until a file is there.
SLOWLY = """
import asyncio, pathlib, sys
from graph.jobs import kinds, worker

export = kinds.KINDS["EXPORT_COMPANIES"]

async def wait(work):
    while not pathlib.Path("go").exists():
        await asyncio.sleep(0.02)
    return await export(work)

worker.KINDS = {"EXPORT_COMPANIES": wait}
worker.LEASE, worker.RENEWAL, worker.INTERVAL = 2.0, 0.2, 0.1
from graph.__main__ import main
main()
"""


def ask(server: Server, query: str, **variables: Any) -> Any:
    body = {"query": query, "variables": variables}
    return httpx2.post(f"{server.address}/graphql", json=body, headers=HEADERS, timeout=10).json()["data"]


def asked(server: Server) -> str:
    return str(ask(server, ASK)["exportCompanies"]["job"]["id"])


def until(server: Server, id_: str, state: str) -> Any:
    """Wait for a state of a job."""
    deadline = time.monotonic() + PATIENCE
    while (found := ask(server, READ, id=id_)["job"])["state"] != state:
        assert time.monotonic() < deadline, (found, server.output.read_text())
        time.sleep(0.05)
    return found


def nobody_works_in(folder: Path) -> bool:
    """Wait until no process does a job there; a killed server's PostgreSQL may live on."""
    deadline = time.monotonic() + 30
    while any("graph.commands.job" in each for each in running_in(folder)):
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)
    return True


def is_counted(server: Server) -> bool:
    """Wait until the metrics count a job, which they do once its process has ended."""
    counted = 'jobs_ended_total{kind="EXPORT_COMPANIES",outcome="succeeded"} 1.0'
    deadline = time.monotonic() + 30
    while counted not in httpx2.get(f"{server.address}/metrics").text:
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)
    return True


def test_a_job_is_done_beside_a_server_and_its_file_downloaded(serve: Callable[..., Server]) -> None:
    server = serve()
    found = until(server, asked(server), "SUCCEEDED")
    content = httpx2.get(server.address + found["file"]["url"], timeout=10).content
    assert len(content) == found["file"]["bytes"]
    assert gzip.decompress(content).count(b"\n") == found["file"]["rows"] == 40
    assert is_counted(server)
    assert server.end(signal.SIGTERM) == 0, server.output.read_text()
    # Its process has ended well: any other end is told of.
    assert " ended with " not in server.output.read_text()


def test_a_server_that_stops_or_is_killed_takes_its_job_with_it(
    serve: Callable[..., Server], tmp_path: Path
) -> None:
    for number in (signal.SIGTERM, signal.SIGKILL):
        server = serve()
        id_ = asked(server)
        until(server, id_, "RUNNING")
        server.end(number)
        assert nobody_works_in(tmp_path)
    again = serve()
    assert until(again, id_, "SUCCEEDED")["done"] == 40
    assert again.end(signal.SIGTERM) == 0


def test_whoever_works_is_killed_and_another_does_the_job(serve: Callable[..., Server], tmp_path: Path) -> None:
    server = serve(JOBS_IN_SERVE="false")
    id_ = asked(server)

    def working() -> subprocess.Popen[bytes]:
        with (tmp_path / "log").open("ab") as log:
            return subprocess.Popen(
                [sys.executable, "-c", SLOWLY, "work"],
                cwd=tmp_path, env=environment(), stdout=log, stderr=log,
            )  # fmt: skip

    first = working()
    until(server, id_, "RUNNING")
    first.kill()
    first.wait()
    second = working()
    (tmp_path / "go").touch()
    assert until(server, id_, "SUCCEEDED")["file"]["rows"] == 40
    second.send_signal(signal.SIGTERM)
    assert second.wait(20) == 0, (tmp_path / "log").read_text()
    [file] = (tmp_path / ".ariesone" / "files").iterdir()
    assert file.stat().st_mode & 0o077 == 0
    assert server.end(signal.SIGTERM) == 0
