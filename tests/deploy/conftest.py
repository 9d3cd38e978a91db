"""A Prometheus of the tests' own, as Debian has it, and the programs that come with it."""

import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2
import pytest

from tests.clients.environments import required
from tests.graph.amqp.rabbitmq import free_port

# As the compose file has it run.
EXEMPLARS = "--enable-feature=exemplar-storage"

# Seconds that it may take to start on a machine that others use too.
STARTING = 60


@dataclass(frozen=True)
class Prometheus:
    """A running Prometheus, and how to ask it."""

    client: httpx2.Client

    def query(self, text: str) -> list[dict[str, Any]]:
        """Return the series that a query finds now, each with its labels and value."""
        return list(self._data("query", query=text)["result"])

    def rules(self) -> list[dict[str, Any]]:
        """Return the rules that it has loaded, each with its state."""
        return [rule for group in self._data("rules")["groups"] for rule in group["rules"]]

    def traces(self, text: str) -> set[str]:
        """Return the traces that came with the series of a query in the last minute."""
        now = time.time()
        found = self._data("query_exemplars", query=text, start=str(now - 60), end=str(now))
        return {each["labels"]["trace_id"] for series in found for each in series["exemplars"]}

    def _data(self, path: str, **parameters: str) -> Any:
        answer = self.client.get(f"/api/v1/{path}", params=parameters)
        assert answer.status_code == 200, answer.text
        return answer.json()["data"]


@pytest.fixture(scope="session")
def promtool() -> Callable[..., str]:
    """Run promtool in a folder, and return what it prints where it is content."""
    program = required("promtool", "prometheus")

    def run(folder: Path, *words: str) -> str:
        done = subprocess.run(
            [program, *words], cwd=folder, capture_output=True, text=True, check=False, timeout=60
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    return run


@pytest.fixture(scope="session")
def prometheus() -> Callable[[Path], AbstractContextManager[Prometheus]]:
    """Run a Prometheus by a configuration, with its data beside it."""
    program = required("prometheus", "prometheus")

    @contextmanager
    def run(configuration: Path) -> Iterator[Prometheus]:
        folder, address = configuration.parent, f"127.0.0.1:{free_port()}"
        command = [program, f"--config.file={configuration}", f"--storage.tsdb.path={folder / 'data'}", EXEMPLARS]
        with (folder / "log").open("wb") as log:
            process = subprocess.Popen(
                [*command, f"--web.listen-address={address}"], stdin=subprocess.DEVNULL, stdout=log, stderr=log
            )
        try:
            with httpx2.Client(base_url=f"http://{address}") as client:
                await_ready(client, process, folder / "log")
                yield Prometheus(client)
        finally:
            process.terminate()
            process.wait(30)

    return run


def await_ready(client: httpx2.Client, process: subprocess.Popen[bytes], log: Path) -> None:
    """Wait until it answers queries."""
    deadline = time.monotonic() + STARTING
    while not is_ready(client):
        assert process.poll() is None, log.read_text(errors="replace")
        assert time.monotonic() < deadline, log.read_text(errors="replace")
        time.sleep(0.1)


def is_ready(client: httpx2.Client) -> bool:
    try:
        return client.get("/-/ready").status_code == 200
    except httpx2.TransportError:
        return False
