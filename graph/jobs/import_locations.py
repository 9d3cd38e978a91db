"""Imports locations: updates those that rows name by id, and enters the others."""

from collections.abc import Mapping, Sequence
from typing import Final
from uuid import UUID

from db import locations
from db.jobs import Outcome
from db.reads import Reads
from graph.jobs.imports.importing import Import
from graph.jobs.imports.subject import VERSION, Subject
from graph.jobs.work import Work
from graph.mutations.add_location import ADD_LOCATION
from graph.mutations.update_location import UPDATE_LOCATION


async def import_locations(work: Work) -> Outcome:
    """Write the locations of a file, and what became of each row into another one."""
    return await Import(work, LOCATIONS).run()


async def named(_: Reads, ids: Sequence[str]) -> Sequence[str]:
    """Return the ids that rows give: what has an id is there, or was."""
    return ids


async def versions_of(database: Reads, ids: Sequence[UUID]) -> Mapping[UUID, int]:
    """Return the versions of locations by their UUIDs."""
    rows = zip(ids, await locations.by_id(database, ids, VERSION), strict=True)
    return {id_: row["version"] for id_, row in rows if row is not None}


LOCATIONS: Final = Subject(
    name="imported-locations",
    create=ADD_LOCATION,
    update=UPDATE_LOCATION,
    key="id",
    repeated="An earlier row of the file has this id.",
    needed=("id", "npi"),
    known=named,
    of_row=lambda row: row.part_id,
    of_change=lambda change: change.location_id,
    versions=versions_of,
    prefix="location:",
)
