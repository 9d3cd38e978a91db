"""A server to measure: how it is started, found ready, asked, and stopped."""

import http.client
import json
import os
import re
import socket
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bench.workloads import OPERATIONS
from graph.settings import Settings

HOST = "127.0.0.1"
PATH = "/graphql"
# Connections to PostgreSQL, for every server as many as this one takes.
POOL_SIZE = Settings.model_fields["database_pool_size"].default

_STARTUP_SECONDS = 60.0
_STOP_SECONDS = 15.0


class ServerError(Exception):
    """A server that doesn't start, or answers what it shouldn't."""


def slug(name: str) -> str:
    """Return a server's name as files and folders have it."""
    return "-".join(re.findall(r"\w+", name.lower()))


@dataclass(frozen=True, slots=True)
class Server:
    """A server's name, its command, and the folder that its command runs in."""

    name: str
    command: Sequence[str | Path]
    folder: Path
    environment: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    operations: Path = OPERATIONS
    # Whether it answers what is asked, and not always the same.
    answers: bool = True

    def can(self, operation: str) -> bool:
        """Return whether it has a document for an operation."""
        return (self.operations / f"{operation}.graphql").exists()

    def body(self, operation: str, variables: Mapping[str, Any]) -> str:
        """Return a request's body, as client libraries write it."""
        query = (self.operations / f"{operation}.graphql").read_text()
        name = query.partition("query ")[2].partition("(")[0]
        return json.dumps({"operationName": name, "query": query, "variables": variables})


@dataclass(frozen=True, slots=True)
class Running:
    """A server that is up."""

    server: Server
    pid: int
    port: int

    @property
    def url(self) -> str:
        """Return where it takes operations."""
        return f"http://{HOST}:{self.port}{PATH}"

    @property
    def headers(self) -> dict[str, str]:
        """Return what every request carries."""
        return {"content-type": "application/json", "accept": "application/json", **self.server.headers}

    def ask(self, body: str) -> bytes:
        """Return the answer to one request; raises ServerError where it isn't a good one."""
        with closing(http.client.HTTPConnection(HOST, self.port, timeout=30)) as connection:
            connection.request("POST", PATH, body, self.headers)
            response = connection.getresponse()
            content = response.read()
        if response.status != http.client.OK or b'"errors":[' in content:
            raise ServerError(f"{self.server.name} answered {response.status}: {content[:500]!r}")
        return content


@contextmanager
def running(server: Server, database_url: str, logs: Path) -> Iterator[Running]:
    """Start a server over a database and stop it at the end; what it prints goes into a file of `logs`.

    Raises ServerError where it doesn't come up.
    """
    port = _free_port()
    log = logs / f"{slug(server.name)}.log"
    environment = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    environment |= {"HOST": HOST, "PORT": str(port), "DATABASE_URL": database_url, "POOL_SIZE": str(POOL_SIZE)}
    with log.open("wb") as output:
        process = subprocess.Popen(
            [word if isinstance(word, Path) else word.format(port=port) for word in server.command],
            cwd=server.folder,
            env={**environment, **server.environment},
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    try:
        _await(process, port, server.name, log)
        yield Running(server, process.pid, port)
    finally:
        _stop(process)


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind((HOST, 0))
        return int(listener.getsockname()[1])


def _await(process: subprocess.Popen[bytes], port: int, name: str, log: Path) -> None:
    deadline = time.monotonic() + _STARTUP_SECONDS
    while process.poll() is None and time.monotonic() < deadline:
        try:
            socket.create_connection((HOST, port), timeout=1).close()
        except OSError:
            time.sleep(0.05)
        else:
            return
    raise ServerError(f"{name} doesn't start, see {log}: {log.read_text(errors='replace')[-500:]}")


def _stop(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(_STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
