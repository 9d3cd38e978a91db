"""@example: a value that something of the schema can have, for those who read about it."""

import strawberry
from strawberry.schema_directive import Location


@strawberry.schema_directive(
    locations=[
        Location.SCALAR,
        Location.FIELD_DEFINITION,
        Location.ARGUMENT_DEFINITION,
        Location.INPUT_FIELD_DEFINITION,
    ],
    name="example",
    description=(
        "A value that this can have, or an item of it if it is a list: a text as it is, everything else as JSON. "
        "A field, argument or input field without one has its scalar's, or that of others with its name and type."
    ),
)
class Example:
    """A value as a text, or as JSON."""

    value: str
