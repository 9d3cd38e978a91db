"""restoreLocation: a place that was removed by hand comes back as it was."""

import strawberry

from db.changes import Change
from db.edits import removals
from db.edits.locations import ADDRESS
from graph.context import Context
from graph.mutations.editing import lock_by_ids, writing_of
from graph.mutations.location_values import refuse_twins
from graph.mutations.payload import OF_LOCATION
from graph.mutations.rows import Rows
from graph.mutations.verb import Verb
from graph.types.examples import A_REMOVED_LOCATION
from graph.types.scalars import location_uuid


@strawberry.input(description="A removed location.")
class RestoreLocationInput:
    """A removed location by its id."""

    id: strawberry.ID = strawberry.field(
        directives=[A_REMOVED_LOCATION],
        description="Which location, by the global id that it had.",
    )


async def restore_locations(context: Context, rows: Rows[RestoreLocationInput]) -> list[Change]:
    """Bring removed places back, but for those whose company has the place anew."""
    missing = "There is no removed location with this id that you may change."
    await lock_by_ids(context, rows, location_uuid, removals.lock, missing)
    for row in rows.good:
        row.values = {name: row.locked["content"][name] for name in ADDRESS}
    await refuse_twins(context, rows, "id")
    restored = [row.locked for row in rows.to_write]
    return await removals.restore(writing_of(context).transaction, restored)


RESTORE_LOCATION = Verb(restore_locations, RestoreLocationInput, "Which place.", OF_LOCATION)
