"""A load killed at any moment leaves the database as it was, and the next one completes."""

import asyncio
import signal
import sys
from pathlib import Path

import pytest

from db.nppes.layout import FileKind
from tests.db.nppes.cms import WEEK_1, Directory, npi, organisation

ROOT = Path(__file__).resolve().parents[3]

# Says each phase on a line, and waits for a line before it goes on.
CHILD = """
import asyncio, sys
from pathlib import Path
import asyncpg
from db.nppes.load import load
from db.nppes.source import discover

def tell(progress):
    print(progress.phase, progress.rows, flush=True)
    sys.stdin.readline()

async def main():
    connection = await asyncpg.connect(sys.argv[1])
    await load(connection, discover([Path(sys.argv[2])]), progress=tell)

asyncio.run(main())
"""


@pytest.mark.parametrize(
    ("steps", "is_first"), [*((steps, True) for steps in (1, 2, 3, 4)), *((steps, False) for steps in (1, 2, 3))]
)
async def test_a_killed_load_leaves_no_trace(
    directory: Directory, database_url: str, steps: int, *, is_first: bool
) -> None:
    if not is_first:
        await directory.companies(organisation(npi(1)))
    before = await directory.contents()
    path = directory.write(FileKind.COMPANIES, [organisation(npi(n)) for n in range(100, 400)], WEEK_1)
    child = await asyncio.create_subprocess_exec(
        sys.executable, "-c", CHILD, database_url, str(path),
        cwd=ROOT, stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    assert child.stdin is not None
    assert child.stdout is not None
    phases = []
    for step in range(steps):
        phases.append((await child.stdout.readline()).split()[0].decode())
        if step < steps - 1:
            child.stdin.write(b"\n")
    child.send_signal(signal.SIGKILL)
    await child.wait()
    assert phases == ["reading", "reading", "merging", "indexing"][:steps]
    await gone(directory)
    assert await directory.contents() == before
    assert (await directory.load(path)).total("created") == 300


async def gone(directory: Directory) -> None:
    """Wait until the server has noticed that the killed client's connection is closed."""
    query = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
    for _ in range(100):
        if await directory.connection.fetchval(query) == 0:
            return
        await asyncio.sleep(0.05)
    raise AssertionError("The killed client's connection is still there.")
