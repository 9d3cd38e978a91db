"""restoreLocation: a place that was removed by hand comes back as it was."""

from typing import Annotated

import strawberry

from db.edits import locations
from graph.context import Context
from graph.mutations.editing import ValidateOnly, allowed_npis, done, nothing_done, writing_of
from graph.mutations.payload import LocationPayload
from graph.mutations.user_error import Problems, UserErrorCode
from graph.resolvers import single
from graph.types.scalars import location_uuid


@strawberry.input(description="A place that was removed.")
class RestoreLocationInput:
    """A removed location by its id."""

    id: strawberry.ID = strawberry.field(description="Which place, by the global id that it had.")


Input = Annotated[RestoreLocationInput, strawberry.argument(description="Which place.")]


@single
async def restore_location(
    context: Context,
    input: Input,  # noqa: A002 - the argument's name in the schema
    validate_only: ValidateOnly = False,  # noqa: FBT002
) -> LocationPayload:
    """Bring a removed place back."""
    problems = Problems()
    writing = writing_of(context)
    id_ = location_uuid(str(input.id))
    restored = await locations.restore(writing.transaction, id_, allowed_npis(context))
    if restored is None:
        message = "There is no removed location with this id that you may change."
        problems.add(UserErrorCode.NOT_FOUND, message, "input", "id")
        return nothing_done(writing, problems)  # type: ignore[return-value]
    return done(writing, restored, restored[0].npi, id_, only_try=validate_only)  # type: ignore[return-value]
