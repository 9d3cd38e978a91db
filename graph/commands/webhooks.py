"""`ariesone webhooks`: lists the webhooks of all owners, and disables some."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from typing import Annotated
from urllib.parse import urlsplit
from uuid import UUID

import typer

from db import webhook_oversight
from db.engine import Database
from graph.commands.configuration import read_settings
from graph.commands.servers import console, database_at, database_url, fail, running

commands = typer.Typer(help="Look after the webhooks of partners.", no_args_is_help=True)

# What an owner reads unless something else is said.
REASON = "The operator of this server has disabled it."

Work = Callable[[Database], Awaitable[None]]


@commands.command("list")
def list_() -> None:
    """Print each webhook: its id, its owner, the host of its URL, its cursor, and its problem if it has one."""
    run(tell_all)


@commands.command()
def disable(
    ids: Annotated[list[str] | None, typer.Argument(help="Webhooks by their ids.")] = None,
    *,
    subject: Annotated[str | None, typer.Option(help="Disable all webhooks of this `sub`.")] = None,
    reason: Annotated[str, typer.Option(help="What their owners read.")] = REASON,
) -> None:
    """Disable webhooks; their owners can enable them again, with a valid token."""
    if bool(ids) == bool(subject):
        fail("Say which webhooks to disable: their ids, or --subject SUB for all of one owner.")
    run(partial(end, ids=[uuid_in(each) for each in ids or ()], subject=subject, reason=reason))


def run(work: Work) -> None:
    """Do something on the database of the settings."""
    settings = read_settings()
    with running(settings, transient=True) as found:
        asyncio.run(on_database(database_url(found), work))


async def on_database(url: str, work: Work) -> None:
    """Do something on an open database."""
    async with database_at(url) as database:
        await work(database)


async def tell_all(database: Database) -> None:
    """Print a line for each webhook; of its URL the host alone, since the rest may be a secret of its owner's."""
    count = 0
    async for row in webhook_oversight.every(database):
        state = "enabled" if row["is_enabled"] else "disabled"
        owner = f"{row['subject']} ({row['issuer']})" if row["issuer"] else row["subject"]
        told = [str(row["id"]), owner, urlsplit(row["url"]).hostname, state, str(row["cursor"]), row["problem"]]
        typer.echo("  ".join(each for each in told if each))
        count += 1
    if not count:
        console.print("There are no webhooks.")


async def end(database: Database, ids: Sequence[UUID], subject: str | None, reason: str) -> None:
    """Disable webhooks; ends the command where one of those named isn't there, or is disabled already."""
    ended = await webhook_oversight.disable(database, ids, subject, reason)
    typer.echo(f"{len(ended):,} disabled.")
    if absent := [str(each) for each in ids if each not in ended]:
        fail(f"Not disabled: {', '.join(absent)}. There is no such webhook, or it is disabled already.")


def uuid_in(given: str) -> UUID:
    """Return the UUID of an id; ends the command where it is none."""
    try:
        return UUID(given.removeprefix("webhook:"))
    except ValueError:
        fail(f"{given} isn't a webhook's id: `ariesone webhooks list` prints the ids.")
