"""`ariesone schema usage`: who uses which part of the schema, as servers have counted it."""

import asyncio
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Annotated

import orjson
import typer
from rich.console import Console
from rich.table import Table

from graph.commands.configuration import read_settings
from graph.commands.findings import told
from graph.commands.servers import database_at, database_url, fail, running
from graph.recorded_usage import RecordedUsage


def usage(
    coordinate: Annotated[
        str | None,
        typer.Argument(help="Such as Company.name, or Company for all of its fields."),
    ] = None,
    *,
    since: Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d"], help="The first day to tell of.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON, for `schema diff --usage`.")] = False,
) -> None:
    """Tell which client still uses what, how often, and when it did last."""
    found = all_uses(coordinate, since.date() if since else None)
    if as_json:
        typer.echo(orjson.dumps(found.as_json(), option=orjson.OPT_INDENT_2).decode())
    else:
        show(found)


def show(found: RecordedUsage) -> None:
    """Print a line for each client and what it used, and since when that is counted."""
    table = Table("what", "who", box=None, padding=(0, 2, 0, 0))
    table.add_column("times", justify="right")
    table.add_column("last")
    for use in found.uses:
        last = use.last_used_at.astimezone(UTC).isoformat(" ", "minutes").removesuffix("+00:00")
        table.add_row(told(use.coordinate), told(use.who), f"{use.uses:,}", last)
    console = Console(highlight=False)
    console.print(table if found.uses else "Nobody used it, as far as that is counted.")
    console.print(words_of_counting(found), soft_wrap=True)


def words_of_counting(found: RecordedUsage) -> str:
    """Since when what is counted."""
    if found.since is None:
        return "Nothing is counted yet: servers note it once a minute."
    told = f"What is deprecated is counted since {found.since}"
    whole = f", the whole schema since {found.whole_since}" if found.whole_since else ""
    return f"{told}{whole} (days and times in UTC)."


def all_uses(coordinate: str | None = None, since: date | None = None) -> RecordedUsage:
    """Return what the database of the settings has recorded."""
    with running(read_settings(), transient=True) as settings:
        return asyncio.run(recorded_in(database_url(settings), coordinate, since))


async def recorded_in(url: str, coordinate: str | None, since: date | None) -> RecordedUsage:
    """Return what a database has recorded."""
    async with database_at(url) as database:
        return await RecordedUsage.read(database, coordinate, since)


def uses_in(file: Path) -> RecordedUsage:
    """Return what a file has of it; ends the command where it is something else."""
    try:
        return RecordedUsage.from_json(file.read_bytes())
    except FileNotFoundError:
        fail(f"{file} isn't there.")
    except ValueError as error:
        fail(f"{file} isn't what `ariesone schema usage --json` prints: {error}.")
