"""A place that is chosen by its id, and the version that its client has seen of it."""

import strawberry
from strawberry import UNSET

from graph.directives.example import Example
from graph.types.examples import A_LOCATION_BY_HAND


@strawberry.input(description="A location, and its version that you know.")
class LocationChoice:
    """A location by its id."""

    id: strawberry.ID = strawberry.field(
        directives=[A_LOCATION_BY_HAND],
        description="Which location, by its global id.",
    )
    if_version: int | None = strawberry.field(
        directives=[Example(value="3")], default=UNSET, description="Do it only if this is still its `version`."
    )
