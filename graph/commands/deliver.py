"""`ariesone deliver`: sends changes to RabbitMQ and to webhooks until it is told to stop."""

import asyncio
import signal
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress

from db.engine import Database
from graph.background import in_background
from graph.commands.configuration import read_settings
from graph.commands.listen import end
from graph.commands.logs import configure_logging
from graph.commands.reporting import reporting
from graph.commands.servers import console, database_at, database_url, fail, running
from graph.environment.words import without_account
from graph.parts import Parts, deliverer_of
from graph.settings import Settings


def deliver() -> None:
    """Send every change to RabbitMQ (AMQP_URL) and to webhooks (WEBHOOK_KEY), until stopped; several may run."""
    settings = read_settings()
    # Stops a start; once it delivers, it ends by being cancelled.
    signal.signal(signal.SIGTERM, end)
    configure_logging(settings)
    with running(settings, transient=True) as found, suppress(KeyboardInterrupt):
        if found.amqp_url is None and found.webhook_key is None:
            fail("Neither AMQP_URL nor WEBHOOK_KEY is set: there is nowhere to send changes to.")
        with reporting(found):
            asyncio.run(send(found))


async def send(settings: Settings) -> None:
    """Deliver until a signal says to stop."""
    async with database_at(database_url(settings), settings.pool_options()) as database:
        stopped = asyncio.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().add_signal_handler(number, stopped.set)
        async with to_broker(settings, database), to_webhooks(settings, database):
            console.print("Press Ctrl-C to stop.")
            await stopped.wait()


@asynccontextmanager
async def to_broker(settings: Settings, database: Database) -> AsyncIterator[None]:
    """Send events to the RabbitMQ that the settings name, if any, for the life of the block."""
    async with AsyncExitStack() as stack:
        deliverer = deliverer_of(settings, database)
        if deliverer is not None and settings.amqp_url is not None:
            await stack.enter_async_context(in_background(deliverer.run()))
            place = without_account(settings.amqp_url.get_secret_value())
            told = f"Delivers changes to {place}, exchange {settings.amqp_exchange}."
            console.print(told, soft_wrap=True, markup=False)
        yield


@asynccontextmanager
async def to_webhooks(settings: Settings, database: Database) -> AsyncIterator[None]:
    """Send to webhooks for the life of the block, if WEBHOOK_KEY is set."""
    parts = Parts.of(settings)
    sender = parts.sender(database)
    async with AsyncExitStack() as stack:
        if sender is not None:
            stack.callback(asyncio.create_task(parts.cache.follower.follow(database)).cancel)
            await stack.enter_async_context(in_background(sender.run()))
            console.print("Delivers changes to webhooks.")
        yield
