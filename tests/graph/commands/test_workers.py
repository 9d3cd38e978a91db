"""`ariesone serve --workers`: several processes that a client can't tell from one."""

import hashlib
import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import httpx2
import pytest
from prometheus_client.mmap_dict import MmapedDict
from prometheus_client.openmetrics.parser import text_string_to_metric_families as read_openmetrics
from pydantic import SecretStr

from db.engine import Database
from graph.commands.workers import sharing_connections
from graph.recorded_usage import RecordedUsage
from graph.settings import Settings
from tests.graph.commands.conftest import Server, environment, nothing_left_in

pytestmark = pytest.mark.slow

TYPENAME = "{ __typename }"
COUNTED = re.compile(
    r'^http_requests_total\{endpoint="/graphql",method="POST",outcome="success",status="200"\} (\S+)$',
    re.MULTILINE,
)


@pytest.fixture
def two(serve: Callable[..., Server], tmp_path: Path) -> Server:
    return serve("--workers", "2", TMPDIR=str(tmp_path))


def pids_of(server: Server) -> set[int]:
    """The processes that serve for a server, as the system knows them."""
    children = Path(f"/proc/{server.process.pid}/task").glob("*/children")
    pids = {int(pid) for file in children for pid in file.read_text().split()}
    return {pid for pid in pids if b"graph.commands.worker" in words_of(pid)}


def words_of(pid: int) -> bytes:
    """What a process runs; nothing where it has just ended."""
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return b""


def counts_of(folder: Path) -> list[int]:
    """How many requests to /graphql each process has answered, from the files that they keep."""
    found = []
    for file in folder.glob("ariesone-metrics-*/counter_*.db"):
        values = MmapedDict.read_all_values_from_file(str(file))  # type: ignore[no-untyped-call]
        found.append(sum(int(value) for key, value, *_ in values if '"/graphql"' in key))
    return found


def total(server: Server) -> float:
    found = COUNTED.search(httpx2.get(f"{server.address}/metrics").text)
    assert found
    return float(found[1])


def is_counted(server: Server, requests: int) -> bool:
    """Wait until so many requests have been counted: a client has its answer a moment earlier."""
    deadline = time.monotonic() + 2
    while (found := total(server)) < requests and time.monotonic() < deadline:
        time.sleep(0.02)
    return found == requests


def test_connections_are_shared_and_every_worker_tells_the_sums_of_all(two: Server, tmp_path: Path) -> None:
    for _ in range(100):
        two.ask(TYPENAME)
    assert is_counted(two, 100)
    counts = counts_of(tmp_path)
    assert len(counts) == 2
    assert sum(counts) == 100
    assert min(counts) >= 20
    assert {total(two) for _ in range(12)} == {100.0}


def test_a_document_registered_at_one_worker_is_found_at_the_other(two: Server, tmp_path: Path) -> None:
    query = "{ companies(first: 1) { nodes { name } } }"
    hash_ = hashlib.sha256(query.encode()).hexdigest()
    body = {"extensions": {"persistedQuery": {"version": 1, "sha256Hash": hash_}}}
    registered = httpx2.post(f"{two.address}/graphql", json={"query": query, **body}).json()
    for _ in range(24):
        assert httpx2.post(f"{two.address}/graphql", json=body).json() == registered
    assert "errors" not in registered
    assert min(counts_of(tmp_path)) > 0


async def test_workers_add_up_who_uses_what_when_they_stop(serve: Callable[..., Server], sample_copy: str) -> None:
    server = serve("--workers", "2", DATABASE_URL=sample_copy, USAGE_FIELDS="all")
    for number in range(40):
        headers = {"apollographql-client-name": "shop", "apollographql-client-version": str(number % 2)}
        query = {"query": "{ companies(first: 1) { nodes { npi } } }"}
        assert httpx2.post(f"{server.address}/graphql", json=query, headers=headers).status_code == 200
    assert server.end(signal.SIGTERM) == 0
    async with Database.open(sample_copy) as database:
        recorded = await RecordedUsage.read(database, "Company.npi")
    assert [(use.who, use.uses) for use in recorded.uses] == [
        ("shop 0 (without a token)", 20),
        ("shop 1 (without a token)", 20),
    ]
    assert recorded.whole_since is not None


def test_a_killed_worker_is_replaced_and_its_counts_stay(two: Server, tmp_path: Path) -> None:
    for _ in range(10):
        two.ask(TYPENAME)
    assert is_counted(two, 10)
    before = pids_of(two)
    killed = min(before)
    os.kill(killed, signal.SIGKILL)
    deadline = time.monotonic() + 20
    while len(pids_of(two) - {killed}) < 2:
        assert time.monotonic() < deadline, two.output.read_text()
        time.sleep(0.05)
    assert killed not in pids_of(two)
    for _ in range(10):
        two.ask(TYPENAME)
    assert is_counted(two, 20)
    lines = [line for line in two.output.read_text().splitlines() if "SIGKILL" in line]
    assert str(killed) in json.loads(lines[0])["message"]
    # What it had is no longer there, so it isn't told.
    gauges = [file.stem for file in tmp_path.glob("ariesone-metrics-*/gauge_live*.db")]
    assert gauges
    assert not [name for name in gauges if name.endswith(f"_{killed}")]


def test_operations_are_sums_of_all_and_what_is_at_hand_of_those_that_live(
    serve: Callable[..., Server], tmp_path: Path
) -> None:
    server = serve("--workers", "2", TMPDIR=str(tmp_path), METRICS_OPERATIONS="Counted")
    limit = r'^database_pool_limit\{pool="reads"\} (\S+)$'
    statements = r'^graphql_operation_sql_statements_total\{operation="Counted"\} (\S+)$'
    requests = r'^graphql_operation_requests_total\{operation="Counted",outcome="success"\} (\S+)$'
    for first in range(1, 41):
        # Each asks for other rows, which are read from the database.
        server.ask(f"query Counted {{ companies(first: {first}) {{ nodes {{ name }} }} }}")
    assert becomes(server, requests, 40)
    assert becomes(server, statements, 40)
    assert becomes(server, limit, 40)
    # As Prometheus asks for it.
    accept = {"accept": "application/openmetrics-text;version=1.0.0"}
    told = httpx2.get(f"{server.address}/metrics", headers=accept).text
    [family] = [each for each in read_openmetrics(told) if each.name == "graphql_operation_duration_seconds"]  # type: ignore[no-untyped-call]
    counts = {each.labels["operation"]: each.value for each in family.samples if each.name.endswith("_count")}
    assert counts == {"Counted": 40}
    os.kill(min(pids_of(server)), signal.SIGKILL)
    assert becomes(server, limit, 20)
    # And that of the one that takes its place.
    assert becomes(server, limit, 40)
    assert becomes(server, requests, 40)


def becomes(server: Server, pattern: str, value: float) -> bool:
    """Wait until a metric has a value."""
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        with suppress(httpx2.TransportError):
            found = re.search(pattern, httpx2.get(f"{server.address}/metrics").text, re.MULTILINE)
            if found and float(found[1]) == value:
                return True
        time.sleep(0.02)
    return False


def test_when_all_are_killed_all_come_back(two: Server, tmp_path: Path) -> None:
    two.ask(TYPENAME)
    for pid in pids_of(two):
        os.kill(pid, signal.SIGKILL)
    deadline = time.monotonic() + 20
    while len(list(tmp_path.glob("ariesone-metrics-*/counter_*.db"))) < 4:
        assert time.monotonic() < deadline, two.output.read_text()
        time.sleep(0.05)
    while True:
        try:
            two.ask(TYPENAME)
        except httpx2.ConnectError:
            assert time.monotonic() < deadline
            time.sleep(0.05)
        else:
            break
    assert two.process.poll() is None


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_nothing_is_left_however_it_ends(two: Server, tmp_path: Path, number: signal.Signals) -> None:
    two.ask(TYPENAME)
    assert len(pids_of(two)) == 2
    two.end(number)
    assert nothing_left_in(tmp_path)
    assert not list(tmp_path.glob("ariesone-metrics-*"))
    assert "Traceback" not in two.output.read_text()


@pytest.mark.parametrize("workers", ["1", "2"])
def test_a_manifest_that_is_wrong_ends_the_command_before_anything_is_started(
    command: Callable[..., subprocess.CompletedProcess[str]], workers: str, tmp_path: Path
) -> None:
    (tmp_path / "documents.json").write_text('{"a": "query A { nothing }", "b": "query B { no }"}')
    done = command("serve", "--workers", workers, PORT="0", TRUSTED_DOCUMENTS="*.json")
    assert done.returncode == 1
    assert done.stdout == ""
    assert done.stderr == (
        "Error: TRUSTED_DOCUMENTS can't be used: "
        "documents.json: A (id a): Cannot query field 'nothing' on type 'Query'; "
        "documents.json: B (id b): Cannot query field 'no' on type 'Query'\n"
    )
    assert not (tmp_path / ".ariesone").exists()


def test_what_keeps_a_worker_from_starting_ends_the_command(database_url: str, tmp_path: Path) -> None:
    # A worker imports it when it begins to serve, and the command itself never does.
    (tmp_path / "uvloop.py").write_text("raise SystemExit(7)")
    path = f"{tmp_path}:{environment()['PYTHONPATH']}"
    # A Python of its own, which takes PYTHONPATH.
    done = subprocess.run(
        [sys.executable, "-m", "graph", "serve", "--workers", "2"],
        cwd=tmp_path, env=environment(PORT="0", DATABASE_URL=database_url, PYTHONPATH=path),
        capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert done.returncode == 1
    assert "The workers can't start; the first ended with code 7" in done.stderr
    assert "Traceback" not in done.stderr
    assert nothing_left_in(tmp_path)


def test_an_address_that_is_shared_is_taken_all_the_same(
    two: Server, command: Callable[..., subprocess.CompletedProcess[str]]
) -> None:
    done = command("serve", "--workers", "2", PORT=two.address.rpartition(":")[2])
    assert done.returncode == 1
    assert "set HOST or PORT" in done.stderr


def test_a_secret_is_not_in_the_list_of_processes(two: Server) -> None:
    words = b" ".join(Path(f"/proc/{pid}/cmdline").read_bytes() for pid in pids_of(two))
    environments = b" ".join(Path(f"/proc/{pid}/environ").read_bytes() for pid in pids_of(two))
    assert b"postgresql://" in environments
    assert b"postgresql://" not in words


def test_settings_go_through_the_environment_unchanged(monkeypatch: pytest.MonkeyPatch) -> None:
    settings = Settings(_env_file=None).model_copy(
        update={
            "database_url": SecretStr("postgresql://reader:secret@[::1]/x?sslmode=disable"),
            "data_dir": Path("a folder"),
            "graphiql": False,
            "max_lag": 0.25,
            "cors_origins": "https://a.example,https://b.example",
        }
    )
    for name, value in settings.as_environment().items():
        monkeypatch.setenv(name, value)
    assert Settings(_env_file=None) == settings


@pytest.mark.parametrize(("workers", "reads", "transactions"), [(2, 20, 10), (4, 15, 7), (100, 1, 1)])
def test_the_connections_of_the_embedded_database_do_for_all(workers: int, reads: int, transactions: int) -> None:
    shared = sharing_connections(Settings(_env_file=None).model_copy(update={"workers": workers}))
    assert (shared.database_pool_size, shared.database_max_overflow) == (reads, transactions)
