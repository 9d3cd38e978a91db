"""Verifies a list of NPIs that was sent, as of one moment: each row is written with the verdict on its number."""

import asyncio
from collections.abc import Iterator
from contextlib import aclosing, contextmanager
from itertools import islice
from typing import Final

from db import changes
from db.jobs import Outcome
from graph.errors import BadUserInputError
from graph.jobs.work import Work
from graph.mutations.verify_list import MOST_ROWS
from graph.rosters.roster import Roster, RosterError, open_roster
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
    work.total = await asyncio.to_thread(_count, work)
    async with work.database.snapshot() as snapshot:
        cursor = await changes.last(snapshot)
        with _reading(work) as roster, work.files.writing(KIND, "csv") as file:
            verified = VerifiedRoster(roster)
            async with aclosing(verified.parts(snapshot)) as parts:
                async for part in parts:
                    await asyncio.to_thread(file.write, part.encode())
                    work.done = verified.counts.total()
    return Outcome(file.name, work.done, file.bytes, file.sha256, cursor)


def _count(work: Work) -> int:
    """Return how many rows a list has; what can't be read of it is found out here, before anything is written."""
    with _reading(work) as roster:
        rows = sum(1 for _ in islice(roster.rows, MOST_ROWS + 1))
    if rows > MOST_ROWS:
        raise RosterError(f"It has more than {MOST_ROWS:,} rows.")
    return rows


@contextmanager
def _reading(work: Work) -> Iterator[Roster]:
    with work.files.reading(work.arguments["upload"]) as source:
        yield open_roster(source, work.arguments["column"])
