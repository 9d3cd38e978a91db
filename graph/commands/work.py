"""`ariesone work`: does jobs, such as exports, until it is told to stop."""

import asyncio
import signal
from collections.abc import Coroutine
from contextlib import suppress
from typing import Any

from graph.commands.configuration import read_settings
from graph.commands.listen import collect_seldom, end
from graph.commands.logs import configure_logging
from graph.commands.reporting import reporting
from graph.commands.servers import console, database_at, database_url, running
from graph.jobs.worker import holder_of_jobs
from graph.parts import worker_of
from graph.settings import Settings


def work() -> None:
    """Do jobs, such as exports, one after the other until stopped; several may run."""
    settings = read_settings()
    # Stops a start; once it works, it ends by being cancelled.
    signal.signal(signal.SIGTERM, end)
    configure_logging(settings)
    with running(settings, transient=True) as found, suppress(KeyboardInterrupt), reporting(found):
        asyncio.run(until_stopped(serve_jobs(found)))


async def serve_jobs(settings: Settings) -> None:
    """Do one job after the other."""
    async with database_at(database_url(settings), settings.pool_options()) as database:
        told = f"Does jobs; their files are in {settings.files_folder.absolute()}. Press Ctrl-C to stop."
        console.print(told, soft_wrap=True, markup=False)
        worker = worker_of(settings, database, holder_of_jobs())
        collect_seldom()
        await worker.run()


async def until_stopped(doing: Coroutine[Any, Any, None]) -> None:
    """Do something to its end, or cancel it when a signal says to stop, and wait for its end."""
    task = asyncio.ensure_future(doing)
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, task.cancel)
    with suppress(asyncio.CancelledError):
        await task
