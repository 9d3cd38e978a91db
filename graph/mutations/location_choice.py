"""A place that is chosen by its id, and the version that its client has seen of it."""

import strawberry
from strawberry import UNSET


@strawberry.input(description="A location, and its version that you know.")
class LocationChoice:
    """A location by its id."""

    id: strawberry.ID = strawberry.field(description="Which location, by its global id.")
    if_version: int | None = strawberry.field(
        default=UNSET, description="Do it only if this is still its `version`."
    )
