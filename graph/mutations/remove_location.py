"""removeLocation: a place that was entered by hand goes, and can be brought back."""

from db.changes import Change
from db.edits import removals
from graph.context import Context
from graph.mutations.editing import lock_locations, require_version, writing_of
from graph.mutations.location_choice import LocationChoice
from graph.mutations.payload import OF_LOCATION
from graph.mutations.rows import Rows
from graph.mutations.user_error import UserErrorCode
from graph.mutations.verb import Verb


async def remove_locations(context: Context, rows: Rows[LocationChoice]) -> list[Change]:
    """Remove places that were entered by hand."""
    await lock_locations(context, rows)
    for row in rows:
        require_version(row, {})
        if row.locked is not None and row.locked["source"] != "MANUAL":
            message = (
                "The place comes from NPPES, whose next file would bring it back; set isActive to false instead."
            )
            row.problems.add(UserErrorCode.OWNED_BY_REGISTRY, message, "id")
    removed = [row.locked for row in rows.to_write]
    return await removals.remove(writing_of(context).transaction, removed)


REMOVE_LOCATION = Verb(remove_locations, LocationChoice, "Which place.", OF_LOCATION)
