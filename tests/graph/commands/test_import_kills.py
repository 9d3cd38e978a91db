"""Imports whose processes are killed again and again: each row is written once, and told of once."""

import gzip
import itertools
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx2
import orjson
import pytest

from db.npi import check_digit
from tests.graph.commands.conftest import Server, environment
from tests.graph.conftest import bearer

# Seconds until a test that makes no headway is given up.
PATIENCE = 60
HEADERS = {"authorization": bearer("ADMIN")}
UPLOAD = "mutation { createUpload { upload { id url } } }"
IMPORT = "mutation($id: ID!) { importCompanies(input: {upload: $id}) { job { id } userErrors { message } } }"
READ = "query($id: ID!) { job(id: $id) { state done failed file { url } error { code } } }"
CHANGES = """
    query($after: String) {
      changes(after: $after, first: 200, filter: {kinds: [COMPANY_CREATED]}) {
        nodes { npi } pageInfo { endCursor hasNextPage }
      }
    }
"""
# Rows of a batch.
BATCH = 10

# Does jobs, and takes its time before it commits a batch.
SLOWLY = f"""
import asyncio
from graph.jobs import worker
from graph.jobs.imports import importing

record = importing.Import._record

async def record_slowly(*given):
    await record(*given)
    await asyncio.sleep(0.05)

importing.MAX_ROWS = {BATCH}
importing.Import._record = record_slowly
worker.LEASE, worker.RENEWAL, worker.INTERVAL = 1.0, 0.2, 0.1
from graph.__main__ import main
main()
"""


def ask(server: Server, query: str, **variables: Any) -> Any:
    body = {"query": query, "variables": variables}
    answer = httpx2.post(f"{server.address}/graphql", json=body, headers=HEADERS, timeout=10).json()
    assert "errors" not in answer, answer
    [found] = answer["data"].values()
    return found


def until(server: Server, id_: str, is_reached: Callable[[Any], bool]) -> Any:
    """Wait until a job has come somewhere."""
    deadline = time.monotonic() + PATIENCE
    while not is_reached(found := ask(server, READ, id=id_)):
        assert time.monotonic() < deadline, (found, server.output.read_text())
        time.sleep(0.05)
    return found


def working(folder: Path) -> subprocess.Popen[bytes]:
    with (folder / "log").open("ab") as log:
        return subprocess.Popen(
            [sys.executable, "-c", SLOWLY, "work"], cwd=folder, env=environment(), stdout=log, stderr=log
        )


def created(server: Server) -> list[str]:
    """The companies that were entered, as the log of changes has them."""
    found: list[str] = []
    after = "0"
    while True:
        page = ask(server, CHANGES, after=after)
        found += [each["npi"] for each in page["nodes"]]
        if not page["pageInfo"]["hasNextPage"]:
            return found
        after = page["pageInfo"]["endCursor"]


@pytest.mark.parametrize(
    "kills", [pytest.param(2, marks=pytest.mark.slow), pytest.param(30, marks=pytest.mark.long)]
)
def test_whoever_imports_is_killed_and_nothing_is_written_twice(
    serve: Callable[..., Server], tmp_path: Path, kills: int
) -> None:
    server = serve(JOBS_IN_SERVE="false")
    nines = [f"17{number:07}" for number in range((kills + 2) * 3 * BATCH)]
    npis = [nine + check_digit(nine) for nine in nines]
    known = created(server)
    upload = ask(server, UPLOAD)["upload"]
    content = b"\n".join(orjson.dumps({"npi": npi, "name": f"Company {npi}"}) for npi in npis)
    assert httpx2.put(server.address + upload["url"], content=content, timeout=10).status_code == 200
    id_ = ask(server, IMPORT, id=upload["id"])["job"]["id"]
    delays = itertools.cycle((0.0, 0.02, 0.04, 0.06))
    done = 0
    for delay in itertools.islice(delays, kills):
        process = working(tmp_path)
        reached = until(server, id_, lambda job: job["done"] > done)  # noqa: B023 - called at once
        time.sleep(delay)
        process.kill()
        process.wait()
        assert reached["state"] == "RUNNING", "the file is too short for so many kills"
        done = ask(server, READ, id=id_)["done"]
    process = working(tmp_path)
    job = until(server, id_, lambda job: job["state"] not in {"QUEUED", "RUNNING"})
    process.terminate()
    assert process.wait(20) == 0, (tmp_path / "log").read_text()
    assert (job["state"], job["done"], job["failed"]) == ("SUCCEEDED", len(npis), 0), job
    result = gzip.decompress(httpx2.get(server.address + job["file"]["url"], timeout=10).content)
    outcomes = [orjson.loads(line) for line in result.splitlines()]
    assert [(each["npi"], each["outcome"]) for each in outcomes] == [(npi, "CREATED") for npi in npis]
    assert created(server)[len(known) :] == npis
