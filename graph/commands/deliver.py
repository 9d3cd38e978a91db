"""`ariesone deliver`: sends changes to RabbitMQ until it is told to stop."""

import asyncio
import signal
from contextlib import suppress

from db.engine import Database
from db.revision import missing
from graph.commands.configuration import read_settings
from graph.commands.listen import end
from graph.commands.logs import configure_logging
from graph.commands.servers import console, database_url, fail, running
from graph.environment.words import without_account
from graph.parts import deliverer_of
from graph.settings import Settings


def deliver() -> None:
    """Send every change to RabbitMQ (AMQP_URL) as an event, until stopped; several may run, of which one works."""
    settings = read_settings()
    if settings.amqp_url is None:
        fail("AMQP_URL isn't set: it says which RabbitMQ to send changes to.")
    # While servers start; what delivers ends by being cancelled.
    signal.signal(signal.SIGTERM, end)
    configure_logging(settings.log_level, settings.log_format)
    with running(settings, transient=True) as found, suppress(KeyboardInterrupt):
        asyncio.run(send(found))


async def send(settings: Settings) -> None:
    """Deliver until a signal says to stop."""
    async with Database.open(database_url(settings), settings.pool_options()) as database:
        if await missing(database):
            fail("The database isn't as this version needs it: ariesone db upgrade.")
        deliverer = deliverer_of(settings, database)
        if deliverer is None or settings.amqp_url is None:
            return
        stopped = asyncio.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().add_signal_handler(number, stopped.set)
        async with deliverer.running():
            place = without_account(settings.amqp_url.get_secret_value())
            told = f"Delivers changes to {place}, exchange {settings.amqp_exchange}. Press Ctrl-C to stop."
            console.print(told, soft_wrap=True, markup=False)
            await stopped.wait()
