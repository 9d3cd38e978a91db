"""The child process of `ariesone serve` that does one job; it ends when its standard input does."""

import asyncio
import os
import signal
import sys
import time
from threading import Thread
from uuid import UUID

from db import jobs
from db.engine import Database
from graph.commands.configuration import read_settings
from graph.commands.listen import collect_seldom, end
from graph.commands.logs import configure_logging
from graph.commands.reporting import reporting
from graph.commands.servers import database_url
from graph.commands.work import until_stopped
from graph.parts import worker_of
from graph.settings import Settings

# Requests come first wherever CPU is short.
NICENESS = 10
# Seconds that it may take to release its job.
GRACE = 5


def main() -> None:
    """Do the job with the settings that the parent put into the environment."""
    signal.signal(signal.SIGTERM, end)
    os.nice(NICENESS)
    settings = read_settings(_env_file=None)
    configure_logging(settings)
    Thread(target=end_with_parent, daemon=True).start()
    with reporting(settings):
        asyncio.run(until_stopped(do(settings, UUID(sys.argv[1]), sys.argv[2])))


async def do(settings: Settings, id_: UUID, holder: str) -> None:
    """Do a job that was taken in the name of a holder, unless the lease was lost."""
    async with Database.open(database_url(settings), settings.pool_options()) as database:
        job = await jobs.taken(database, id_, holder)
        if job is not None:
            worker = worker_of(settings, database, holder)
            collect_seldom()
            await worker.do(job)


def end_with_parent() -> None:
    """Stop this process when the one that started it is gone, however that one ended."""
    # Not by sys.stdin, whose lock this thread would hold when the interpreter ends, which aborts it then.
    while os.read(sys.stdin.fileno(), 1):
        pass
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(GRACE)
    os._exit(1)


if __name__ == "__main__":
    main()
