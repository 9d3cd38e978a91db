"""Runs jobs in child processes of a server, one at a time, so that requests don't wait for them."""

import asyncio
import logging
import sys
from collections.abc import Mapping
from typing import Final, NoReturn
from uuid import UUID

from db import jobs
from db.engine import Database
from db.failures import DatabaseUnavailableError, words_of
from db.jobs import TakenJob
from graph.jobs.kinds import KINDS
from graph.jobs.worker import INTERVAL, LEASE, holder_of_jobs
from graph.telemetry.metrics import count_job

# The folder in which processes that serve together keep their metrics.
METRICS: Final = "PROMETHEUS_MULTIPROC_DIR"
COMMAND: Final = (sys.executable, "-P", "-m", "graph.commands.job")

# Seconds that a process may take to release its job.
GRACE: Final = 5.0

log = logging.getLogger("ariesone.jobs")


class Supervisor:
    """Takes jobs, and starts a child process for each, in an `environment` that has the settings."""

    def __init__(self, database: Database, environment: Mapping[str, str]) -> None:
        self._database = database
        # The child's metrics aren't collected.
        self._environment = {name: value for name, value in environment.items() if name != METRICS}
        self._holder = holder_of_jobs()

    async def run(self) -> NoReturn:
        """Run one job after the other until cancelled."""
        while True:
            try:
                is_done = await self._try_next()
            except DatabaseUnavailableError as error:
                # The server itself reports that.
                log.debug("no job can be started: %s", words_of(error))
                is_done = False
            except Exception as error:  # noqa: BLE001 - whatever it is, the next look must come
                log.warning("no job can be started: %s", words_of(error))
                is_done = False
            if not is_done:
                await asyncio.sleep(INTERVAL)

    async def _try_next(self) -> bool:
        """Run the next waiting job; False if none waits."""
        # Most looks find nothing, and need no transaction.
        if not await jobs.has_waiting(self._database, KINDS):
            return False
        job = await jobs.take(self._database, self._holder, KINDS, LEASE)
        if job is not None:
            await self._do(job["id"])
            await self._count(job)
        return job is not None

    async def _count(self, job: TakenJob) -> None:
        """Count how a job ended, or that it is left to others."""
        end = await jobs.end_of(self._database, job["id"])
        if end is None:
            count_job(job["kind"], "left", None)
        else:
            count_job(job["kind"], end["state"].lower(), end["seconds"])

    async def _do(self, id_: UUID) -> None:
        # The child ends when its standard input does, however this process ends.
        process = await asyncio.create_subprocess_exec(
            *COMMAND,
            str(id_),
            self._holder,
            stdin=asyncio.subprocess.PIPE,
            env=self._environment,
            start_new_session=True,
        )
        try:
            if code := await process.wait():
                log.warning("the process of job %s ended with %d", id_, code)
        finally:
            if process.returncode is None:
                await end(process)


async def end(process: asyncio.subprocess.Process) -> None:
    """Let a process release its job and end; kill it if it doesn't."""
    process.terminate()
    try:
        async with asyncio.timeout(GRACE):
            await process.wait()
    except TimeoutError:
        process.kill()
        await process.wait()
