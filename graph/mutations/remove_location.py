"""removeLocation: a place that was entered by hand goes, and can be brought back."""

from db.edits import locations
from graph.context import Context
from graph.mutations.editing import ValidateOnly, done, lock_location, nothing_done, require_version, writing_of
from graph.mutations.location_choice import Choice
from graph.mutations.payload import LocationPayload
from graph.mutations.user_error import Problems, UserErrorCode
from graph.resolvers import single
from graph.types.scalars import location_uuid


@single
async def remove_location(
    context: Context,
    input: Choice,  # noqa: A002 - the argument's name in the schema
    validate_only: ValidateOnly = False,  # noqa: FBT002
) -> LocationPayload:
    """Remove a place that was entered by hand."""
    problems = Problems()
    writing = writing_of(context)
    row = await lock_location(context, location_uuid(str(input.id)), problems)
    if row is not None:
        require_version(row, input.if_version, {}, problems)
        if row["source"] != "MANUAL":
            message = (
                "The place comes from NPPES, whose next file would bring it back; set isActive to false instead."
            )
            problems.add(UserErrorCode.OWNED_BY_REGISTRY, message, "input", "id")
    if row is None or problems.found:
        return nothing_done(writing, problems)  # type: ignore[return-value]
    changes = await locations.remove(writing.transaction, row)
    return done(writing, changes, row["npi"], only_try=validate_only)  # type: ignore[return-value]
