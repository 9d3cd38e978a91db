"""The command line run as a person runs it: another process, in a folder of its own."""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2
import pytest

ROOT = Path(__file__).resolve().parents[3]
STARTED = re.compile(r"serves (http://\S+)/graphql")


@dataclass
class Server:
    """A running `ariesone serve`."""

    process: subprocess.Popen[str]
    address: str
    output: Path

    def ask(self, query: str) -> Any:
        answer = httpx2.post(f"{self.address}/graphql", json={"query": query}, timeout=10)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def end(self, number: signal.Signals) -> int:
        self.process.send_signal(number)
        return self.process.wait(timeout=20)


def environment(**settings: str) -> dict[str, str]:
    """What a command sees: the path to programs, and the settings of the test alone."""
    return {
        "PATH": os.defpath,
        "HOME": "/nonexistent",
        "TERM": "dumb",
        "COLUMNS": "200",
        "PYTHONPATH": str(ROOT),
        "GRAPHIQL": "false",
        **settings,
    }


def running_in(folder: Path) -> list[str]:
    """The processes that work in a folder, by what they run."""
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            words = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
            here = str((entry / "cwd").readlink())
        except OSError:
            continue
        if words.strip() and (str(folder) in words or here.startswith(str(folder))):
            found.append(words)
    return found


def nothing_left_in(folder: Path, seconds: float = 10.0) -> bool:
    """Wait until no process works in a folder."""
    deadline = time.monotonic() + seconds
    while running_in(folder):
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)
    return True


@pytest.fixture(scope="session")
def forker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[subprocess.Popen[str]]:
    """What runs commands; see forker.py."""
    with subprocess.Popen(
        [sys.executable, "-m", "tests.graph.commands.forker"],
        cwd=tmp_path_factory.mktemp("forker"),
        env=environment(),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        yield process


@pytest.fixture
def command(
    forker: subprocess.Popen[str], tmp_path: Path, tmp_path_factory: pytest.TempPathFactory
) -> Callable[..., subprocess.CompletedProcess[str]]:
    """Run a command to its end in an empty folder."""
    assert forker.stdin is not None
    assert forker.stdout is not None
    asked, answers = forker.stdin, forker.stdout
    folder = tmp_path_factory.mktemp("command")

    def run(*words: str | Path, given: str = "", **settings: str) -> subprocess.CompletedProcess[str]:
        arguments = list(map(str, words))
        files = [folder / name for name in ("given", "printed", "told")]
        files[0].write_text(given, encoding="utf-8")
        order = {
            "words": arguments,
            "folder": str(tmp_path),
            "settings": environment(**settings),
            "files": list(map(str, files)),
        }
        print(json.dumps(order), file=asked, flush=True)
        code = int(answers.readline())
        printed, told = (file.read_text(encoding="utf-8") for file in files[1:])
        return subprocess.CompletedProcess(arguments, code, printed, told)

    return run


@pytest.fixture(scope="session")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data directory as a first start leaves it, with a small sample; to be made anew it takes seconds."""
    folder = tmp_path_factory.mktemp("filled")
    server = started(folder, SAMPLE_COMPANIES="40")
    assert server.end(signal.SIGTERM) == 0, server.output.read_text()
    return folder / ".ariesone"


@pytest.fixture
def serve(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Callable[..., Server]]:
    """Start a server on a free port, on data with a small sample; in an empty folder with SAMPLE_COMPANIES."""
    servers: list[Server] = []

    def start(*words: str, python: tuple[str, ...] = (sys.executable,), **settings: str) -> Server:
        data = tmp_path / ".ariesone"
        if not (data.exists() or settings.keys() & {"SAMPLE_COMPANIES", "DATABASE_URL"}):
            shutil.copytree(request.getfixturevalue("filled"), data)
        server = started(tmp_path, *words, python=python, **settings)
        servers.append(server)
        return server

    yield start
    for server in servers:
        if server.process.poll() is None:
            server.process.kill()
            server.process.wait()


def started(folder: Path, *words: str, python: tuple[str, ...] = (sys.executable,), **settings: str) -> Server:
    """Start a server in a folder, and wait until it answers."""
    output = folder / f"output-{len(list(folder.glob('output-*')))}.txt"
    with output.open("w") as file:
        process = subprocess.Popen(
            [*python, "-m", "graph", "serve", *words],
            cwd=folder,
            env=environment(PORT="0", **settings),
            stdout=file,
            stderr=file,
            text=True,
        )
    server = Server(process, "", output)
    try:
        server.address = address_of(server)
    except BaseException:
        process.kill()
        process.wait()
        raise
    return server


def address_of(server: Server) -> str:
    # A loaded machine may take long.
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline:
        text = server.output.read_text()
        if found := STARTED.search(text):
            wait_until_it_answers(found[1])
            return found[1]
        if server.process.poll() is not None:
            break
        time.sleep(0.05)
    raise AssertionError(server.output.read_text())


def wait_until_it_answers(address: str) -> None:
    for _ in range(1200):
        try:
            httpx2.get(f"{address}/livez", timeout=1)
        except httpx2.TransportError:
            time.sleep(0.05)
        else:
            return
