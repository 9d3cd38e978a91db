"""The clients as npm and PyPI have them, in pinned versions: installed once for each lock, apart from ours."""

import fcntl
import hashlib
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NoReturn

import pytest

NPM = Path(__file__).with_name("npm")
REQUIREMENTS = Path(__file__).with_name("requirements")
# The oldest Node that all of the packages run on.
OLDEST_NODE = (20, 19)
# Seconds that an installation may take on a machine that does other things too.
PATIENCE = 400


def give_up(reason: str) -> NoReturn:
    """Skip what needs something that isn't here; where everything must be tested, fail."""
    if os.environ.get("CI"):
        pytest.fail(reason)
    pytest.skip(reason)


def required(program: str, package: str) -> str:
    """Return where a program is; the test is skipped where it isn't."""
    return shutil.which(program) or give_up(f"{program} isn't installed; on Debian: apt-get install {package}")


def node_modules(cache: Path) -> Path:
    """Return a folder with the packages of npm/package-lock.json."""
    node, npm = required("node", "nodejs"), required("npm", "npm")
    version = subprocess.run([node, "--version"], capture_output=True, text=True, check=True).stdout.strip()
    if tuple(map(int, re.findall(r"\d+", version)[:2])) < OLDEST_NODE:
        give_up(f"The clients need Node {'.'.join(map(str, OLDEST_NODE))} or newer, this is {version}.")
    files = [NPM / "package.json", NPM / "package-lock.json"]

    def install(folder: Path) -> None:
        for file in files:
            shutil.copy(file, folder)
        run([npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"], folder)

    return installed(cache, "npm", version, files, install) / "node_modules"


def python(cache: Path, client: str) -> Path:
    """Return the Python of an environment with the packages of requirements/CLIENT.lock and no others."""
    lock = REQUIREMENTS / f"{client}.lock"

    def install(folder: Path) -> None:
        run([sys.executable, "-m", "venv", str(folder)], folder)
        pip = [str(folder / "bin" / "python"), "-m", "pip", "--quiet", "--disable-pip-version-check"]
        run([*pip, "install", "--require-hashes", "--no-deps", "--requirement", str(lock)], folder)

    return installed(cache, client, sys.version, [lock], install) / "bin" / "python"


def installed(cache: Path, name: str, version: str, files: list[Path], install: Callable[[Path], None]) -> Path:
    """Return the folder of what `files` pin, installing it first unless that was done; others of its name go."""
    pinned = hashlib.sha256(b"\0".join([version.encode(), *(file.read_bytes() for file in files)]))
    folder = cache / f"{name}-{pinned.hexdigest()[:16]}"
    done = folder / "installed"
    with locked(cache / f"{name}.lock"):
        if not done.exists():
            for old in cache.glob(f"{name}-{'[0-9a-f]' * 16}"):
                shutil.rmtree(old)
            folder.mkdir()
            install(folder)
            done.touch()
    return folder


def run(command: list[str], folder: Path) -> None:
    """Run a command that needs a registry; without one, the test is skipped with what the command says."""
    try:
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False, timeout=PATIENCE)
    except subprocess.TimeoutExpired:
        give_up(f"{' '.join(command[:4])} took more than {PATIENCE} s: is the registry within reach?")
    if done.returncode:
        give_up(f"{' '.join(command[:4])} failed: {(done.stderr or done.stdout).strip()[-600:]}")


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Keep other processes of the tests out for the life of the block."""
    with path.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
