"""Processes that own embedded servers, and a data directory that need not be made anew for each test."""

import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from db.embedded.cluster import create
from db.embedded.programs import Programs, choose

REPOSITORY = Path(__file__).parents[3]

OWNER = """
import sys
from pathlib import Path
from db.embedded.postgresql import postgresql

with postgresql(Path(sys.argv[1]), durable=False, transient=sys.argv[2] == "command") as url:
    print(url, flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def own() -> Iterator[Callable[..., "subprocess.Popen[str]"]]:
    """Start a child that owns the server of a directory until its standard input ends.

    `before` is code that it runs first, `command` what starts it; it answers when it is returned,
    unless `wait` is false.
    """
    owners: list[subprocess.Popen[str]] = []

    def start(
        directory: Path,
        kind: str = "serve",
        *,
        before: str = "",
        command: tuple[str, ...] = (),
        wait: bool = True,
    ) -> "subprocess.Popen[str]":
        words = [*command, sys.executable, "-c", before + OWNER, str(directory), kind]
        owner = subprocess.Popen(words, cwd=REPOSITORY, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        owners.append(owner)
        if wait and owner.stdout is not None:
            assert owner.stdout.readline().startswith("postgresql://")
        return owner

    yield start
    for owner in owners:
        owner.communicate(timeout=10)


@pytest.fixture(scope="session")
def programs(tmp_path_factory: pytest.TempPathFactory) -> Programs:
    return choose(tmp_path_factory.mktemp("empty"))


@pytest.fixture(scope="session")
def pristine(programs: Programs, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a data directory as the first start makes it."""
    directory = tmp_path_factory.mktemp("pristine")
    create(programs, programs.data_in(directory), durable=False)
    return directory


@pytest.fixture(scope="session")
def shared(pristine: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a data directory for tests that leave it in order."""
    return Path(shutil.copytree(pristine, tmp_path_factory.mktemp("shared") / "data"))


@pytest.fixture(scope="session")
def query(programs: Programs) -> Callable[..., str]:
    """Run statements on a connection of their own; what the last one prints is the answer."""

    def run(url: str, *statements: str) -> str:
        words = [word for statement in statements for word in ("-c", statement)]
        psql = [str(programs.folder / "psql"), "-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1"]
        return subprocess.run([*psql, url, *words], capture_output=True, text=True, check=True).stdout.strip()

    return run


@pytest.fixture(scope="session")
def processes_in() -> Callable[[Path], list[int]]:
    """List the processes that work in a folder: PostgreSQL and all its children, initdb, Valkey."""
    if sys.platform != "linux":
        pytest.skip("processes are counted through /proc")

    def find(folder: Path) -> list[int]:
        found = []
        for process in Path("/proc").glob("[0-9]*"):
            try:
                if (process / "cwd").readlink().is_relative_to(folder):
                    found.append(int(process.name))
            except OSError:
                continue
        return found

    return find


@pytest.fixture(scope="session")
def await_silence(processes_in: Callable[[Path], list[int]]) -> Callable[[Path], None]:
    """Wait until no process works in a folder; fail when one stays."""

    def wait(folder: Path) -> None:
        deadline = time.monotonic() + 10
        while processes_in(folder):
            assert time.monotonic() < deadline, f"processes stay: {processes_in(folder)}"
            time.sleep(0.02)

    return wait
