"""What can be listened to at the root."""

import strawberry

from graph.types.change import Change
from graph.types.change_event import ChangeEvent
from graph.types.change_events import change_events
from graph.types.events_as_of import company_events, location_events
from graph.types.guards import FEED


@strawberry.type(description="What can be listened to: each event is an answer of its own.")
class Subscription:
    """The root of every subscription."""

    changes: Change = strawberry.field(
        resolver=change_events,
        directives=[FEED],
        description=(
            "What becomes of companies and their locations, one change after the other in the order of the "
            "commits: first those after the cursor that is given, then each as soon as it is made. None is left "
            "out, and none comes twice. To go on after a connection was lost, subscribe with the last cursor that "
            "came."
        ),
    )
    company_changed: ChangeEvent = strawberry.field(
        resolver=company_events,
        directives=[FEED],
        description=(
            "The same as `changes`, each with the company as the change left it: with as much of its locations, "
            "licenses and names as you ask for, as it was then."
        ),
    )
    location_changed: ChangeEvent = strawberry.field(
        resolver=location_events,
        directives=[FEED],
        description="The same as `companyChanged`, of what becomes of locations alone.",
    )
