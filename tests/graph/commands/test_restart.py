"""`ariesone serve` whose embedded servers are killed: they come back, and so do the answers."""

import hashlib
import os
import re
import signal
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import httpx2
import pytest

from tests.graph.commands.conftest import Server, nothing_left_in

pytestmark = pytest.mark.slow

COUNT = "{ dataset { companies { value } locations { value } } }"
TYPENAME = "{__typename}"


def pids_of(server: Server, program: str) -> set[int]:
    """The processes of a program that `serve` itself has started."""
    found = set()
    for file in Path(f"/proc/{server.process.pid}/task").glob("*/children"):
        for pid in map(int, file.read_text().split()):
            # One that has just ended has no words.
            with suppress(OSError):
                words = Path(f"/proc/{pid}/cmdline").read_bytes()
                if program.encode() in words and b"child.py" not in words:
                    found.add(pid)
    return found


def kill(server: Server, program: str) -> None:
    """Kill a server: of a PostgreSQL, the postmaster."""
    with suppress(OSError):
        for pid in pids_of(server, program):
            os.kill(pid, signal.SIGKILL)


def until(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 180
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def is_answered(server: Server, expected: object) -> bool:
    """Whether the server answers from its database; it never fails otherwise than by saying that it's away."""
    answer = httpx2.post(f"{server.address}/graphql", json={"query": COUNT}, timeout=30)
    body = answer.json()
    if "errors" in body:
        assert body["errors"][0]["extensions"]["code"] == "SERVICE_UNAVAILABLE", body
        return False
    assert body == expected
    return True


@pytest.mark.parametrize("workers", ["1", "2"])
def test_a_postgresql_that_is_killed_comes_back_with_its_data(
    workers: str, serve: Callable[..., Server], tmp_path: Path
) -> None:
    server = serve(WORKERS=workers, CACHE_SECONDS="0", TMPDIR=str(tmp_path))
    expected = server.ask(COUNT)
    for _ in range(2):
        [before] = pids_of(server, "/bin/postgres")
        kill(server, "/bin/postgres")
        until(lambda: is_answered(server, expected))
        # Where there are two, both.
        for _ in range(12):
            assert is_answered(server, expected)
        assert pids_of(server, "/bin/postgres") != {before}
    assert httpx2.get(f"{server.address}/readyz").status_code == 200
    text = server.output.read_text()
    assert "PostgreSQL ended with SIGKILL; it is started again" in text
    assert "Traceback" not in text
    assert server.end(signal.SIGTERM) == 0
    assert nothing_left_in(tmp_path)


def test_a_valkey_that_is_killed_comes_back_and_no_request_fails(
    serve: Callable[..., Server], tmp_path: Path
) -> None:
    server = serve()
    hash_ = hashlib.sha256(TYPENAME.encode()).hexdigest()
    body = {"extensions": {"persistedQuery": {"version": 1, "sha256Hash": hash_}}}
    address = f"{server.address}/graphql"
    registered = httpx2.post(address, json={"query": TYPENAME, **body})
    [before] = pids_of(server, "valkey-server")
    kill(server, "valkey-server")
    assert httpx2.post(address, json=body).json() == registered.json()
    until(lambda: bool(pids_of(server, "valkey-server") - {before}))

    def is_well() -> bool:
        assert httpx2.post(address, json=body).json() == registered.json()
        check = httpx2.get(f"{server.address}/health").json()["checks"]["cache"]
        return (check["status"], check["detail"]) == ("healthy", None)

    until(is_well)
    assert server.end(signal.SIGTERM) == 0
    assert nothing_left_in(tmp_path)


@pytest.mark.parametrize("workers", ["1", "2"])
def test_a_postgresql_that_is_killed_again_and_again_ends_the_server_with_one_sentence(
    workers: str, serve: Callable[..., Server], tmp_path: Path
) -> None:
    server = serve(WORKERS=workers, TMPDIR=str(tmp_path))

    def has_ended() -> bool:
        kill(server, "/bin/postgres")
        return server.process.poll() is not None

    until(has_ended)
    assert server.process.returncode == 1
    last = server.output.read_text().strip().splitlines()[-1]
    assert re.fullmatch(r"Error: PostgreSQL ended \d+ times in a row; the last time: \S.*\.", last), last
    assert nothing_left_in(tmp_path)
