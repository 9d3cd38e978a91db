"""Asks before data is destroyed: on a terminal a person, elsewhere an option that says so."""

import asyncio
import sys

import typer

from db import migrations
from db.engine import Database
from db.revision import revision as revision_of
from db.revision import rows_held
from graph.commands.servers import console, fail


def warn_of_loss(url: str, revision: str) -> None:
    """Say what is lost when a database goes back to a revision."""
    current, rows = asyncio.run(state_of(url))
    undone = migrations.undone_by(revision, current)
    console.print(f"To go back to {revision} undoes these migrations, and what they hold is lost:", markup=False)
    for each in undone:
        console.print(f"  {each}", soft_wrap=True, markup=False)
    told = ", ".join(f"{count:,} in {table}" for table, count in rows.items() if count)
    console.print(f"The database has rows now: {told or 'none'}.", soft_wrap=True, markup=False)


def require_consent(*, given: bool, how: str) -> None:
    """End the command, nothing done, unless consent was given or is given now; `how` gives it beforehand."""
    if given:
        return
    if not sys.stdin.isatty():
        fail(f"Nothing was done, since nobody is there to ask; say `{how}` to go on.")
    if not typer.confirm("Go on?", err=True):
        fail("Nothing was done.")


async def state_of(url: str) -> tuple[str | None, dict[str, int]]:
    """Return the revision that a database is at, and how many rows each of its tables holds."""
    async with Database.open(url) as database:
        return await revision_of(database), await rows_held(database)
