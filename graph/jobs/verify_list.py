"""Verifies a list of NPIs that was sent, as of one moment: each row is written with the verdict on its number."""

import asyncio
from contextlib import aclosing
from typing import Final

from db import changes
from db.jobs import Outcome
from graph.errors import BadUserInputError
from graph.jobs.work import Work
from graph.mutations.verify_list import MOST_ROWS
from graph.rosters.roster import RosterError, open_roster
from graph.rosters.verdicts import VerifiedRoster

# What files are called by.
KIND: Final = "verified"


async def verify_list(work: Work) -> Outcome:
    """Write the rows of a list with verdicts into a file, in their order."""
    try:
        return await _verify(work)
    except RosterError as error:
        raise BadUserInputError(f"The list can't be verified. {error}", field="upload") from None


async def _verify(work: Work) -> Outcome:
    async with work.database.snapshot() as snapshot:
        cursor = await changes.last(snapshot)
        with work.files.reading(work.arguments["upload"]) as source, work.files.writing(KIND, "csv") as file:
            verified = VerifiedRoster(open_roster(source, work.arguments["column"]))
            async with aclosing(verified.parts(snapshot)) as parts:
                async for part in parts:
                    work.done = verified.counts.total()
                    if work.done > MOST_ROWS:
                        raise RosterError(f"It has more than {MOST_ROWS:,} rows.")
                    await asyncio.to_thread(file.write, part.encode())
    return Outcome(file.name, work.done, file.bytes, file.sha256, cursor)
