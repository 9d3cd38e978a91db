"""@cacheControl: for how long an answer with a field may be kept, and whose it is.

The arithmetic is Apollo's (https://www.apollographql.com/docs/apollo-server/performance/caching): what a type says
counts for each field of that type, property by property, where the field itself says nothing. A root field and one
that is an object count as 0 seconds where nothing is said of them; a leaf says nothing. The least of an answer's
fields is the answer's.

`staleWhileRevalidate` is ours, and named as in the header (RFC 5861): Apollo's directive has no such argument. It
is the least of all fields that have a say in `maxAge`; one that doesn't mention it stands for 0.
"""

from enum import Enum

import strawberry
from strawberry import UNSET
from strawberry.schema_directive import Location


@strawberry.enum(name="CacheControlScope", description="Who may be given an answer.")
class CacheScope(Enum):
    """Who may be given an answer."""

    PUBLIC = strawberry.enum_value("PUBLIC", description="Everyone with the same roles.")
    PRIVATE = strawberry.enum_value("PRIVATE", description="The viewer alone.")


@strawberry.schema_directive(
    locations=[Location.FIELD_DEFINITION, Location.OBJECT, Location.INTERFACE, Location.UNION],
    name="cacheControl",
    description=(
        "For how many seconds browsers and proxies may keep an answer with this field, 0 without this "
        "directive, and for how many seconds more (`staleWhileRevalidate`) while they ask again. This server "
        "keeps an answer that may be kept at all as long as it is right: it is never given once a change has "
        "touched it."
    ),
)
class CacheControl:
    """For how long an answer with a field may be kept, in seconds, and whose it is."""

    max_age: int | None = UNSET
    scope: CacheScope | None = UNSET
    # Whether the object that the field stands in decides.
    inherit_max_age: bool | None = UNSET
    stale_while_revalidate: int | None = UNSET


# What comes from the directory, whose changes this server sees at once; others ask again after this time.
KEPT = CacheControl(max_age=60, stale_while_revalidate=30)
# Objects inside of others.
INHERITED = CacheControl(inherit_max_age=True)
# What is the viewer's alone.
PRIVATE = CacheControl(scope=CacheScope.PRIVATE)
