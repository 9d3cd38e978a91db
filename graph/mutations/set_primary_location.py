"""setPrimaryLocation: which of a company's places stands for it."""

from db.edits import locations
from graph.context import Context
from graph.mutations.editing import ValidateOnly, done, lock_location, nothing_done, require_version, writing_of
from graph.mutations.location_choice import Choice
from graph.mutations.payload import LocationPayload
from graph.mutations.user_error import Problems
from graph.resolvers import single
from graph.types.scalars import location_uuid


@single
async def set_primary_location(
    context: Context,
    input: Choice,  # noqa: A002 - the argument's name in the schema
    validate_only: ValidateOnly = False,  # noqa: FBT002
) -> LocationPayload:
    """Make a place its company's primary one, in place of the one that is."""
    problems = Problems()
    writing = writing_of(context)
    row = await lock_location(context, location_uuid(str(input.id)), problems)
    if row is not None:
        require_version(row, input.if_version, {"is_primary": True}, problems)
    if row is None or problems.found:
        return nothing_done(writing, problems)  # type: ignore[return-value]
    changes = await locations.make_primary(writing.transaction, row)
    return done(writing, changes, row["npi"], row["id"], only_try=validate_only)  # type: ignore[return-value]
