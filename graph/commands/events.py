"""`ariesone events`: how the delivery to RabbitMQ stands, what was set aside, and sending some events again."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Collection
from functools import partial
from typing import Annotated

import orjson
import typer

from db import changes, deliveries
from db.changes import ExpiredError, Filter
from db.deliveries import DeadLetter
from db.engine import Database
from graph.commands.configuration import read_settings
from graph.commands.consent import require_consent
from graph.commands.servers import console, database_at, database_url, fail, running
from graph.events.broker import Broker, BrokerError, Fate
from graph.events.cloud_event import Event, events_of
from graph.events.deliverer import AMQP
from graph.events.status import words_of_status
from graph.settings import Settings

commands = typer.Typer(help="Look into the delivery of changes to RabbitMQ.", no_args_is_help=True)

# Events that were set aside and are read at a time.
PAGE = 100

Work = Callable[[Database, Settings], Awaitable[None]]
Yes = Annotated[bool, typer.Option("--yes", help="Don't ask.")]


@commands.command("list")
def list_() -> None:
    """Print how the delivery stands, and each event that was set aside since RabbitMQ refused it."""
    run(tell_status)


@commands.command()
def show(cursor: Annotated[int, typer.Argument(min=1, help="The cursor of a change.")]) -> None:
    """Print the event of a change as it is sent, or as it was when it was set aside."""
    run(partial(tell_event, cursor=cursor))


@commands.command()
def replay(
    cursors: Annotated[list[int] | None, typer.Argument(help="Changes whose events were set aside.")] = None,
    *,
    every: Annotated[bool, typer.Option("--all", help="Each event that was set aside.")] = False,
    after: Annotated[
        int | None, typer.Option(min=0, help="Everything after this change, whether or not it was taken.")
    ] = None,
    yes: Yes = False,
) -> None:
    """Send events again: some that were set aside, or everything after a change."""
    if [bool(cursors), every, after is not None].count(True) != 1:
        fail("Say which events to send again: their cursors, --all of those set aside, or --after CURSOR.")
    if after is None:
        run(partial(send_again, chosen=None if every else frozenset(cursors or ())))
        return
    console.print(f"This has everything after {after} sent again, to every queue that is bound for it.")
    require_consent(given=yes, how="--yes")
    run(partial(go_back, cursor=after))


@commands.command()
def stop(*, yes: Yes = False) -> None:
    """Forget how far the delivery has come, so that no change is kept for it any longer."""
    console.print("First stop what delivers, and take AMQP_URL away: it would begin anew, with the oldest change.")
    require_consent(given=yes, how="--yes")
    run(forget)


def run(work: Work) -> None:
    """Do something on the database of the settings."""
    settings = read_settings()
    with running(settings, transient=True) as found:
        asyncio.run(on_database(found, work))


async def on_database(settings: Settings, work: Work) -> None:
    """Do something on an open database."""
    async with database_at(database_url(settings)) as database:
        await work(database, settings)


async def tell_status(database: Database, _: Settings) -> None:
    """Print how the delivery stands, and what was set aside."""
    status = await deliveries.status(database, AMQP)
    typer.echo(f"Delivered up to {status.cursor}: {words_of_status(status)}.")
    typer.echo(f"{status.delivered:,} events were taken, {status.unroutable:,} passed over without a queue.")
    typer.echo(f"{'A process works' if status.is_held else 'No process works'} at it.")
    async for letter in letters(database):
        event = orjson.loads(letter["event"])
        when = letter["set_aside_at"].isoformat(timespec="seconds")
        typer.echo(f"{letter['cursor']:>12}  {event['type']:<19} {event['subject']}  {when}  {letter['reason']}")


async def tell_event(database: Database, settings: Settings, cursor: int) -> None:
    """Print an event; ends the command where there is no such change."""
    letter = await deliveries.dead_letter(database, AMQP, cursor)
    body = letter["event"] if letter else await body_of(database, settings, cursor)
    typer.echo(orjson.dumps(orjson.loads(body), option=orjson.OPT_INDENT_2).decode())


async def body_of(database: Database, settings: Settings, cursor: int) -> bytes:
    """The event of a change in the log; ends the command where it isn't there."""
    try:
        rows = (await changes.page(database, cursor - 1, 1, Filter())).rows
    except ExpiredError:
        rows = ()
    if not rows or rows[0]["id"] != cursor:
        fail(f"There is no change {cursor}, or it is no longer kept.")
    [event] = await events_of(database, rows, settings.amqp_source)
    return event.body


async def send_again(database: Database, settings: Settings, chosen: Collection[int] | None) -> None:
    """Send events that were set aside (all of them where none are chosen) one by one, and keep those refused."""
    if settings.amqp_url is None:
        fail("AMQP_URL isn't set: it says which RabbitMQ to send events to.")
    broker = Broker(settings.amqp_url.get_secret_value(), settings.amqp_exchange)
    taken: list[int] = []
    try:
        async for letter in letters(database):
            if chosen is None or letter["cursor"] in chosen:
                [fate] = await broker.publish([event_in(letter)])
                if fate is not Fate.TAKEN:
                    fail(f"{len(taken):,} sent; the event of change {letter['cursor']} is {fate.value}.")
                await deliveries.forget(database, AMQP, [letter["cursor"]])
                taken.append(letter["cursor"])
    except BrokerError as error:
        fail(f"{len(taken):,} sent; then: {error}.")
    finally:
        await broker.close()
    if absent := sorted(set(chosen or ()) - set(taken)):
        fail(f"{len(taken):,} sent; {', '.join(map(str, absent))} not, since it wasn't set aside.")
    typer.echo(f"{len(taken):,} sent.")


async def go_back(database: Database, _: Settings, cursor: int) -> None:
    """Have everything after a change delivered again."""
    if not await deliveries.go_back(database, AMQP, cursor):
        fail(f"Nothing after {cursor} was delivered yet.")
    typer.echo(f"What delivers goes on after {cursor} within seconds.")


async def forget(database: Database, _: Settings) -> None:
    """Have no change kept for the delivery."""
    was_there = await deliveries.end(database, AMQP)
    typer.echo("No change is kept for RabbitMQ any longer." if was_there else "Nothing was ever delivered.")


async def letters(database: Database) -> AsyncIterator[DeadLetter]:
    """The events that were set aside, in the order of their changes."""
    after = 0
    while page := await deliveries.dead_letters(database, AMQP, after, PAGE):
        for letter in page:
            yield letter
        after = page[-1]["cursor"]


def event_in(letter: DeadLetter) -> Event:
    """The event that was set aside."""
    event = orjson.loads(letter["event"])
    return Event(letter["cursor"], event["subject"], event["type"], letter["event"].encode())
