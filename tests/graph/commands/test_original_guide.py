"""The commands of the troubleshooting guide that this project began as, typed beside an `ariesone serve`.

docs/guide.md has all of its lines.
"""

import re
import shlex
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx2
import pytest

from db import migrations
from tests.graph.commands.conftest import ROOT, Server, environment, started

pytestmark = pytest.mark.slow

COMPANIES = "{ companies(first: 3) { nodes { npi name } } }"


@dataclass(frozen=True)
class Operator:
    """Somebody at a terminal in the folder of a running server."""

    folder: Path
    server: Server

    def type(self, *words: str) -> subprocess.CompletedProcess[str]:
        """Run a command to its end."""
        return subprocess.run(
            words,
            cwd=self.folder,
            env={**environment(), "PATH": f"{Path(sys.executable).parent}:/usr/local/bin:/usr/bin:/bin"},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )

    def ways(self) -> tuple[list[str], list[str]]:
        """How psql and redis-cli are called here, as `ariesone db connect` prints it."""
        first, second = self.type("ariesone", "db", "connect").stdout.splitlines()
        return shlex.split(first), shlex.split(second)

    def redis(self, words: str) -> str:
        """What redis-cli prints."""
        done = self.type(*self.ways()[1], *words.split())
        assert done.returncode == 0, done.stderr
        return done.stdout


@pytest.fixture(scope="module")
def operator(filled: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Operator]:
    """A server with a small sample, and somebody beside it."""
    if shutil.which("redis-cli") is None:
        pytest.skip("no redis-cli is installed here: apt-get install redis-tools")
    folder = tmp_path_factory.mktemp("guide")
    shutil.copytree(filled, folder / ".ariesone")
    server = started(folder)
    try:
        yield Operator(folder, server)
    finally:
        assert server.end(signal.SIGTERM) == 0, server.output.read_text()


def test_psql_reaches_the_database(operator: Operator) -> None:
    psql, _ = operator.ways()
    counted = operator.type(*psql, "-Atc", "SELECT count(*) FROM companies")
    assert counted.stdout == "40\n", counted.stderr
    assert operator.type("ariesone", "db", "shell", "-Atc", "SELECT 1").stdout == "1\n"


def test_pg_stat_activity_has_the_sessions_of_the_server(operator: Operator) -> None:
    operator.server.ask(COMPANIES)
    psql, _ = operator.ways()
    sessions = operator.type(*psql, "-Atc", "SELECT count(*) FROM pg_stat_activity")
    ours = operator.type(
        *psql, "-Atc", "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'ariesone'"
    )
    assert int(sessions.stdout) > int(ours.stdout) > 0
    metrics = httpx2.get(f"{operator.server.address}/metrics").text
    assert re.search(r'^database_pool_connections\{.*pool="reads".*\} [1-9]', metrics, re.MULTILINE), metrics


def test_redis_cli_answers_ping(operator: Operator) -> None:
    assert operator.redis("ping") == "PONG\n"


def test_redis_cli_tells_its_memory(operator: Operator) -> None:
    told = operator.redis("info memory")
    assert re.search(r"^used_memory_human:\d", told, re.MULTILINE)
    assert "maxmemory_policy:allkeys-lru" in told


def test_redis_cli_sets_its_memory_until_it_is_restarted(operator: Operator) -> None:
    before = operator.redis("config get maxmemory").split()[1]
    assert operator.redis("config set maxmemory 2gb") == "OK\n"
    assert operator.redis("config get maxmemory").split() == ["maxmemory", str(2 << 30)]
    operator.redis(f"config set maxmemory {before}")


def test_redis_cli_monitors_what_the_server_asks(operator: Operator) -> None:
    _, redis = operator.ways()
    query = "query Monitored { companies(first: 5) { nodes { npi name } totalCount { value } } }"
    with subprocess.Popen([*redis, "monitor"], stdout=subprocess.PIPE, text=True) as monitor:
        assert monitor.stdout
        assert monitor.stdout.readline() == "OK\n"
        for _ in range(5):
            operator.server.ask(query)
        # The server tells Redis now and then what its caches do, and keeps what was asked for again.
        assert any('"ariesone:' in line for line in firsts(monitor.stdout, 50))
        monitor.terminate()


def firsts(lines: Iterator[str], count: int) -> Iterator[str]:
    """So many lines, or those of ten seconds."""
    deadline = time.monotonic() + 10
    for _, line in zip(range(count), lines, strict=False):
        yield line
        if time.monotonic() > deadline:
            return


def test_redis_cli_flushes_everything_and_nobody_notices(operator: Operator) -> None:
    answer = operator.server.ask(COMPANIES)
    assert operator.redis("flushall") == "OK\n"
    assert operator.server.ask(COMPANIES) == answer
    assert httpx2.get(f"{operator.server.address}/readyz").json()["checks"]["cache"]["status"] == "healthy"


def test_alembic_goes_to_base_writes_a_revision_and_goes_up_again(
    tmp_path: Path, database_url: str, template: str
) -> None:
    """In the guide's order; what it would write it can write only of a database that is up to date."""
    assert template
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    shutil.copytree(ROOT / "migrations", tmp_path / "migrations")

    def alembic(words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "alembic", *shlex.split(words)],
            cwd=tmp_path,
            env=environment(DATABASE_URL=database_url),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )

    # It says what is lost, and does it for who has heard that.
    assert alembic("downgrade base").returncode == 1
    assert alembic("-x yes downgrade base").returncode == 0
    early = alembic("revision --autogenerate -m reset")
    assert early.returncode != 0
    assert "alembic upgrade head" in early.stderr + early.stdout, early
    assert alembic("upgrade head").returncode == 0
    written = alembic("revision --autogenerate -m reset")
    assert written.returncode == 0, written.stderr
    number = f"{int(migrations.head()) + 1:04}"
    assert (tmp_path / "migrations" / "versions" / f"{number}_reset.py").is_file()
    assert alembic("upgrade head").returncode == 0
    assert f"{number} (head)" in alembic("current").stdout


@pytest.mark.parametrize("path", ["/docs", "/docs/architecture", "/docs/troubleshooting", "/docs/guide"])
def test_the_pages_are_served(operator: Operator, path: str) -> None:
    answer = httpx2.get(f"{operator.server.address}{path}")
    assert (answer.status_code, answer.headers["content-type"]) == (200, "text/html; charset=utf-8")


def test_app_log_has_what_standard_error_has(serve: Callable[..., Server], tmp_path: Path) -> None:
    server = serve(LOG_FILE="app.log")
    server.ask("query ToTheFile { __typename }")
    assert server.end(signal.SIGTERM) == 0
    assert "ToTheFile" in server.output.read_text()
    assert "ToTheFile" in (tmp_path / "app.log").read_text()
