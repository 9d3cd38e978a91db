"""A place that is chosen by its id, and the version that its client has seen of it."""

import strawberry
from strawberry import UNSET


@strawberry.input(description="A place, and the version of it that you have seen.")
class LocationChoice:
    """A location by its id."""

    id: strawberry.ID = strawberry.field(description="Which place, by its global id.")
    if_version: int | None = strawberry.field(
        default=UNSET, description="Do it only if this is still its `version`."
    )
