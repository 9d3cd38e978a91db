"""Does jobs: takes one, does it, and records the result; several processes may, each has a job of its own."""

import asyncio
import logging
import secrets
import time
from contextlib import suppress
from typing import Final, NoReturn
from uuid import UUID, uuid4

from db import jobs
from db.engine import Database
from db.failures import DatabaseUnavailableError, words_of
from db.job_parts import LeaseLostError
from db.jobs import Outcome, TakenJob
from db.tally import count_mine
from graph.errors import INTERNAL_SERVER_ERROR, ClientError, ServiceUnavailableError
from graph.execution.run import Runner
from graph.files import Files
from graph.jobs.kinds import KINDS
from graph.jobs.work import Work
from graph.telemetry.attributes import JOB_ID, JOB_KIND
from graph.telemetry.spans import tell_statements
from graph.telemetry.traces import Place
from graph.telemetry.tracing import tracing

# Seconds of a lease on a job, and seconds after which it is renewed.
LEASE: Final = 30.0
RENEWAL: Final = 2.0
# Seconds between two looks for a job.
INTERVAL: Final = 2.0
# Seconds for releasing a job when this process ends.
LEAVING: Final = 2.0

log = logging.getLogger("ariesone.jobs")


def holder_of_jobs() -> str:
    """Return a name that nobody else takes jobs by."""
    return secrets.token_hex(8)


class Worker:
    """Does jobs that it takes in the name of `holder`."""

    def __init__(self, database: Database, runner: Runner, files: Files, holder: str) -> None:
        self._database = database
        self._runner = runner
        self._files = files
        self._holder = holder
        self._problem: str | None = None

    async def run(self) -> NoReturn:
        """Do one job after the other until cancelled."""
        while True:
            if not await self.try_next():
                await asyncio.sleep(INTERVAL)

    async def try_next(self) -> bool:
        """Do the next waiting job, and survive any error; False if none waits, or none can be taken."""
        try:
            job = await jobs.take(self._database, self._holder, KINDS, LEASE)
        except Exception as error:  # noqa: BLE001 - whatever it is, the next look must come
            self._tell(words_of(error))
            return False
        self._problem = None
        if job is not None:
            await self.do(job)
        return job is not None

    def _tell(self, problem: str) -> None:
        """Log why no job can be taken, once for as long as it is so."""
        if problem != self._problem:
            log.warning("no job can be taken: %s", problem)
        self._problem = problem

    async def do(self, job: TakenJob) -> None:
        """Do a job, and record the result; if this is cancelled, others may take the job at once."""
        place = tracing.place_after(Place.recall(job["trace"]))
        with tracing.doing("internal", f"job {job['kind']}", place) as span:
            span.note({JOB_KIND: job["kind"], JOB_ID: str(job["id"])})
            tally = count_mine() if place is not None and place.is_sampled else None
            await self._do(job)
        if place is not None and tally is not None:
            tell_statements(place, tally)

    async def _do(self, job: TakenJob) -> None:
        work = Work.at(job, self._holder, self._database, self._runner, self._files)
        doing = asyncio.ensure_future(KINDS[job["kind"]](work))
        renewing = asyncio.create_task(self._renew(job["id"], work, doing))
        try:
            await asyncio.wait([doing])
            await self._note(job["id"], doing)
        except asyncio.CancelledError:
            doing.cancel()
            await asyncio.wait([doing])
            await self._release(job["id"])
            raise
        except Exception as error:  # noqa: BLE001 - others try it once its time is over
            log.warning("the outcome of job %s can't be recorded: %s", job["id"], words_of(error))
        finally:
            renewing.cancel()

    async def _renew(self, id_: UUID, work: Work, doing: "asyncio.Future[Outcome]") -> None:
        """Renew the lease on a job, and record its progress; cancel the job once the lease is lost."""
        held_until = time.monotonic() + LEASE
        while time.monotonic() < held_until:
            await asyncio.sleep(RENEWAL)
            now = time.monotonic()
            # Whatever it is, the next attempt must come.
            with suppress(Exception):
                if not await jobs.renew(self._database, id_, self._holder, LEASE, work.done, work.total):
                    break
                held_until = now + LEASE
        doing.cancel()

    async def _note(self, id_: UUID, doing: "asyncio.Future[Outcome]") -> None:
        if doing.cancelled():
            # Its owner has canceled it, or another process has it.
            return
        match doing.exception():
            case None:
                await self._note_success(id_, doing.result())
            case LeaseLostError():
                return
            case ClientError() as error:
                await jobs.fail(self._database, id_, self._holder, error.code, error.message)
            case DatabaseUnavailableError() as error:
                log.warning("job %s waits for the database: %s", id_, words_of(error))
                await jobs.release(self._database, id_, self._holder, counts=True)
            case OSError() as error:
                log.error("the file of job %s can't be written: %s", id_, error)
                message = "Its file can't be written at the moment; start another job."
                await jobs.fail(self._database, id_, self._holder, ServiceUnavailableError.code, message)
            case error:
                told = uuid4()
                log.error("job %s failed (%s)", id_, told, exc_info=error)
                message = f"Something went wrong on the server; its log has the error as {told}."
                await jobs.fail(self._database, id_, self._holder, INTERNAL_SERVER_ERROR, message)

    async def _note_success(self, id_: UUID, outcome: Outcome) -> None:
        """Record a job's file, and remove the owner's oldest ones; or remove it if the lease was lost."""
        if not await jobs.succeed(self._database, id_, self._holder, outcome):
            self._files.remove(outcome.file)
            return
        for name in await jobs.make_room(self._database, id_):
            self._files.remove(name)

    async def _release(self, id_: UUID) -> None:
        with suppress(Exception):
            async with asyncio.timeout(LEAVING):
                await jobs.release(self._database, id_, self._holder, counts=False)
