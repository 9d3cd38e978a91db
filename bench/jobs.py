"""One job that this process does, and what that took: time, CPU, and memory at its peak."""

import secrets
import sys
import time
from collections.abc import Mapping
from typing import Any

from bench import processes
from db import jobs
from db.engine import Database
from graph.commands.listen import collect_seldom
from graph.context import Context
from graph.execution.run import Runner
from graph.identity.viewer import Viewer
from graph.jobs.kinds import KINDS
from graph.jobs.worker import LEASE
from graph.parts import limits_of, worker_of
from graph.schema import core_schema
from graph.settings import Settings

Given = Mapping[str, Any]

ADMIN = Viewer("bench", frozenset({"ADMIN"}))
HEAD = ("", "rows", "s", "a second", "CPU here, s", "CPU of PostgreSQL, s", "peak MB", "file MB")


async def ask(database: Database, settings: Settings, text: str, variables: Given) -> Given:
    """Do a mutation of one field, whose payload comes back; ends the process where it isn't done."""
    runner = Runner(core_schema, limits_of(settings), settings.operation_timeout)
    prepared = runner.prepare(text, None, variables, ADMIN)
    result = await runner.run(prepared, Context(database))
    if result.errors:
        sys.exit(str(result))
    payload: Given
    [payload] = (result.data or {}).values()
    if payload["userErrors"]:
        sys.exit(str(result))
    return payload


async def forget_others(database: Database) -> None:
    """Fail jobs that an ended run has left, which would be measured under the names of others."""
    holder = secrets.token_hex(8)
    while (left := await jobs.take(database, holder, KINDS, LEASE)) is not None:
        await jobs.fail(database, left["id"], holder, "INTERNAL", "The run that asked for it was ended.")


async def do_next(database: Database, settings: Settings, name: str, postmaster: int | None) -> list[str]:
    """Do the job that waits; what it took, under its name, as HEAD has it. Ends the process where it fails."""
    holder = secrets.token_hex(8)
    worker = worker_of(settings, database, holder)
    collect_seldom()
    server = processes.cpu_seconds(postmaster) if postmaster else 0.0
    started, own = time.perf_counter(), time.process_time()
    job = await jobs.take(database, holder, KINDS, LEASE)
    if job is None:
        sys.exit("Somebody else does the job.")
    await worker.do(job)
    seconds = time.perf_counter() - started
    file = await jobs.file_of(database, job["id"])
    if file is None:
        sys.exit("The job failed.")
    rows = file["rows"]
    return [
        name,
        f"{rows:,}",
        f"{seconds:.1f}",
        f"{rows / seconds:,.0f}",
        f"{time.process_time() - own:.1f}",
        f"{processes.cpu_seconds(postmaster) - server:.1f}" if postmaster else "-",
        f"{processes.peak_memory_mb():.0f}",
        f"{(settings.files_folder / file['file']).stat().st_size / 1e6:.0f}",
    ]
