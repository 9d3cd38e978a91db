"""setPrimaryLocation: which of a company's places stands for it."""

from db.changes import Change
from db.edits import primaries
from graph.context import Context
from graph.mutations.editing import lock_locations, require_version, writing_of
from graph.mutations.location_choice import LocationChoice
from graph.mutations.payload import OF_LOCATION
from graph.mutations.rows import Rows
from graph.mutations.verb import Verb


async def set_primary_locations(context: Context, rows: Rows[LocationChoice]) -> list[Change]:
    """Make places their companies' primary ones, in place of those that are."""
    await lock_locations(context, rows)
    rows.refuse_repeats(lambda row: row.npi, "An earlier row of the list chooses for this company.", "id")
    for row in rows:
        require_version(row, {"is_primary": True})
    chosen = [row.locked for row in rows.to_write]
    return await primaries.make_primary(writing_of(context).transaction, chosen)


SET_PRIMARY_LOCATION = Verb(set_primary_locations, LocationChoice, "Which place.", OF_LOCATION)
