"""@sunset: since when something is deprecated, until when it works all the same, and what to use in its place.

It stands beside @deprecated, which gives the reason. A change of the schema may take away what is past its day
(graph/compatibility.py).
"""

from datetime import date

import strawberry
from strawberry.schema_directive import Location


@strawberry.schema_directive(
    locations=[
        Location.FIELD_DEFINITION,
        Location.ARGUMENT_DEFINITION,
        Location.INPUT_FIELD_DEFINITION,
        Location.ENUM_VALUE,
    ],
    name="sunset",
    description=(
        "What is deprecated works until the day `on` (UTC), at least twelve months after `since`. Use the "
        "`replacement`, a schema coordinate such as Company.name, if there is one."
    ),
)
class Sunset:
    """The days on which something is deprecated and may be removed, and the coordinate of what replaces it."""

    since: date
    on: date
    replacement: str | None = strawberry.UNSET
