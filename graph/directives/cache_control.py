"""@cacheControl: whose answer a field's value may stand in."""

from enum import Enum

import strawberry
from strawberry.schema_directive import Location


@strawberry.enum(name="CacheControlScope", description="Whom an answer is good for.")
class CacheScope(Enum):
    """Whom an answer is good for."""

    PUBLIC = strawberry.enum_value("PUBLIC", description="Everyone with the same roles.")
    PRIVATE = strawberry.enum_value("PRIVATE", description="The viewer alone.")


@strawberry.schema_directive(
    locations=[Location.FIELD_DEFINITION],
    name="cacheControl",
    description="Who may be given an answer with this field again. Without it: everyone with the same roles.",
)
class CacheControl:
    """Whose answer a field's value may stand in."""

    scope: CacheScope = CacheScope.PUBLIC
