"""@live: a query that is answered anew whenever its answer has changed."""

import strawberry
from strawberry.directive import DirectiveLocation

NAME = "live"


@strawberry.directive(
    locations=[DirectiveLocation.QUERY],
    name=NAME,
    description=(
        "Answer this query now, and again whenever a change alters its answer, until the client disconnects: as "
        "an event stream, or over a WebSocket."
    ),
)
def live() -> None:
    """Nothing to resolve: it says how the operation is answered (graph/events/live_query.py)."""
