"""What can be listened to at the root."""

import strawberry

from graph.types.change import Change
from graph.types.change_event import ChangeEvent
from graph.types.change_events import change_events
from graph.types.events_as_of import company_events, location_events
from graph.types.guards import FEED


@strawberry.type(description="All subscriptions: each event is an answer of its own.")
class Subscription:
    """The root of every subscription."""

    changes: Change = strawberry.field(
        resolver=change_events,
        directives=[FEED],
        description=(
            "The changes of companies and their locations, one after the other in commit order: first those after "
            "the cursor `after`, then each as soon as it is made. None is left out, and none comes twice. To "
            "continue after a lost connection, subscribe with the last cursor that you received."
        ),
    )
    company_changed: ChangeEvent = strawberry.field(
        resolver=company_events,
        directives=[FEED],
        description=(
            "The same as `changes`, but the company, with its locations, licenses and names, is shown as the "
            "change left it."
        ),
    )
    location_changed: ChangeEvent = strawberry.field(
        resolver=location_events,
        directives=[FEED],
        description="The same as `companyChanged`, but only changes of locations.",
    )
