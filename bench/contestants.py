"""The servers that are measured side by side: this one in its forms, and its peers."""

import secrets
import sys
import time
from collections.abc import Mapping
from pathlib import Path

import jwt

from bench.commits import Checkout
from bench.installed import PACKAGES, SOURCES, Installed
from bench.servers import HOST, Server, slug
from bench.workloads import OPERATIONS

OURS = "AriesOne"
# The same with its answers kept, as it is unless told otherwise; the others are asked anew each time.
OURS_KEPT = f"{OURS} with answers kept"
# The same with no room for them in its process, so that Redis gives them.
OURS_SHARED = f"{OURS} with answers kept in Redis"
# Over a directory of a hundredth of the size.
OURS_SMALL = f"{OURS} on a hundredth of the companies"
# At another commit, whose short name follows.
OURS_AT = f"{OURS} at "
HANDWRITTEN = "hand-written"
CONSTANT = "constant answer"
STRAWBERRY = "Strawberry"
_ARIADNE = "Ariadne"

_BUN = "graphql-jit on Bun"
_ON_NODE = {
    "Mercurius": "mercurius",
    "PostGraphile": "postgraphile",
    "Apollo Server": "apollo",
    "Yoga": "yoga",
}
# This server is held against the fastest of them.
JAVASCRIPT = (_BUN, *_ON_NODE)
# Those that answer what they are asked.
PEERS = (HANDWRITTEN, STRAWBERRY, _ARIADNE, *JAVASCRIPT)

# For tokens of this benchmark alone.
_SECRET = secrets.token_hex(32)
_DAY = 24 * 60 * 60

_LOOP = ("--loop", "uvloop", "--http", "httptools", "--no-access-log", "--log-level", "warning")
# At the end of a load its connections wait for the slowest answer; uvicorn would close them after five seconds.
_PATIENCE = ("--timeout-keep-alive", "60")


def contestants(folder: Path, installed: Installed, other: Checkout | None) -> list[Server]:
    """Return every server, this one first; `other` is what it was at another commit."""
    program = Path(sys.executable).with_name("ariesone")
    return [
        *(ours(folder, program, name) for name in (OURS, OURS_KEPT, OURS_SHARED, OURS_SMALL)),
        *([ours(folder, other.program, f"{OURS_AT}{other.commit}", other.caching)] if other else []),
        *_on_python(installed.python),
        *_on_javascript(installed),
    ]


def ours(folder: Path, program: Path, name: str, caching: str = "CACHE_SECONDS") -> Server:
    """Return this server as shipped, for production; its log and its embedded cache lie in `folder`.

    `caching` is the setting that has it keep no answers.
    """
    environment = {"ENVIRONMENT": "production", "TOKEN_SECRET": _SECRET}
    # The load comes from one subject; its bucket is kept as others are, but never empty.
    environment |= {"THROTTLE_COST_TOKEN": "1000000000", "THROTTLE_RESTORE_TOKEN": "1000000000"}
    environment |= {"THROTTLE_COST_BULK": "1000000000", "THROTTLE_RESTORE_BULK": "1000000000"}
    if name == OURS_SHARED:
        environment["CACHE_BYTES"] = "0"
    elif name != OURS_KEPT:
        environment[caching] = "0"
    if name.startswith(OURS_AT):
        # The database has been brought up to the newest migration, which another commit may not know.
        environment["MIGRATE_ON_START"] = "false"
    own = folder / "servers" / slug(name)
    own.mkdir(parents=True, exist_ok=True)
    return Server(name, [program, "serve"], own, environment, headers=credentials())


def credentials() -> Mapping[str, str]:
    """Return the headers by which this server knows its viewer: a partner, who may ask for 500 at a time."""
    claims = {"sub": "bench", "roles": ["PARTNER"], "exp": int(time.time()) + _DAY}
    return {"authorization": f"Bearer {jwt.encode(claims, _SECRET, algorithm='HS256')}"}


def _on_python(python: Path) -> list[Server]:
    return [
        _uvicorn(HANDWRITTEN, python, "handwritten"),
        _uvicorn(STRAWBERRY, python, "strawberry_plain"),
        _uvicorn(_ARIADNE, python, "ariadne_plain"),
        _uvicorn(CONSTANT, python, "constant", answers=False),
    ]


def _uvicorn(name: str, python: Path, module: str, *, answers: bool = True) -> Server:
    program = f"bench.peers.python.{module}:app"
    address = ("--host", HOST, "--port", "{port}")
    environment = {"OPERATIONS": str(OPERATIONS), "PYTHONPATH": str(SOURCES.parent.parent)}
    command: list[str | Path] = [python, "-m", "uvicorn", program, *address, *_LOOP, *_PATIENCE]
    return Server(name, command, SOURCES / "python", environment, answers=answers)


def _on_javascript(installed: Installed) -> list[Server]:
    return [
        *([_javascript(_BUN, installed.bun, "graphql_jit")] if installed.bun else []),
        *([_javascript(name, installed.node, file) for name, file in _ON_NODE.items()] if installed.node else []),
    ]


def _javascript(name: str, program: Path, file: str) -> Server:
    environment = {"NODE_ENV": "production", "GRAPHILE_ENV": "production"}
    operations = OPERATIONS / "postgraphile" if name == "PostGraphile" else OPERATIONS
    return Server(name, [program, f"{file}.js"], PACKAGES.parent, environment, operations=operations)
