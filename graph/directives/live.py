"""@live: a query that is answered anew whenever its answer has changed."""

import strawberry
from strawberry.directive import DirectiveLocation

NAME = "live"


@strawberry.directive(
    locations=[DirectiveLocation.QUERY],
    name=NAME,
    description=(
        "Answer this query, and answer it anew whenever a change has made its answer another one, for as long as "
        "somebody listens: as an event stream, or over a WebSocket."
    ),
)
def live() -> None:
    """Nothing to resolve: it says how the operation is answered (graph/events/onlooker.py)."""
