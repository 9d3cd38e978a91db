"""Webhooks: where a partner has events sent to, how far each has come, and what became of them."""

from collections.abc import Sequence
from datetime import datetime
from enum import Enum
from typing import Annotated, Any, ClassVar

import strawberry
from strawberry import enum_value
from strawberry.scalars import JSON

from db import webhooks
from db.webhooks import MOST_COUNTED
from db.webhooks import Delivery as DeliveryRow
from db.webhooks import Webhook as WebhookRow
from graph.context import Context
from graph.directives.cost import Cost
from graph.directives.example import Example
from graph.resolvers import batched, inlined, single
from graph.types import paging, scalars
from graph.types.change import ChangeKind
from graph.types.change_feed import ChangeSlice, change_id
from graph.types.examples import A_CHANGE, A_HOOK, A_PLACE, A_WATCH_LIST, A_WEBHOOK
from graph.types.own import Own
from graph.types.paging import PageArguments, PageInfo, own_row
from graph.types.scalars import NPI

WebhookId = Annotated[strawberry.ID, strawberry.argument(directives=[A_WEBHOOK], description="Its `id`.")]
BeforeAttempt = Annotated[
    str | None,
    strawberry.argument(directives=[A_PLACE], description="The cursor of the attempt before which to go on."),
]
# Up to MOST_COUNTED changes are counted.
COUNTED = Cost(weight="10")


@strawberry.enum(description="What came of an attempt to send an event.")
class WebhookOutcome(Enum):
    """The ends of an attempt."""

    DELIVERED = enum_value("DELIVERED", description="It was answered with a status from 200 to 299.")
    FAILED = enum_value("FAILED", description="It wasn't, and will be retried.")
    GIVEN_UP = enum_value(
        "GIVEN_UP", description="It wasn't, and won't be retried; `replayWebhook` can send it again."
    )
    TEST = enum_value("TEST", description="It was sent by `testWebhook`; `status` is the answer's.")


@inlined('"webhook:" + str({id})')
def webhook_id(root: WebhookRow) -> strawberry.ID:
    """Return a webhook's id."""
    return strawberry.ID(f"webhook:{root['id']}")


@inlined('(None if {watch_list_id} is None else "watch-list:" + str({watch_list_id}))')
def watch_list_id(root: WebhookRow) -> strawberry.ID | None:
    """Return the id of the watch list that narrows a webhook."""
    return None if root["watch_list_id"] is None else strawberry.ID(f"watch-list:{root['watch_list_id']}")


@inlined("str({cursor})")
def cursor(root: Any) -> str:  # noqa: ANN401 - a row with a place in the log
    """Return a place in the log of changes."""
    return str(root["cursor"])


@strawberry.type(description="An attempt to send an event to a webhook.")
class WebhookDelivery:
    """A row of webhook_deliveries."""

    row: ClassVar = DeliveryRow

    message_id: str = strawberry.field(
        directives=[Example(value="4711-2bae3472")],
        description="The header `webhook-id`: the same whenever the same event is sent.",
    )
    cursor: str = strawberry.field(
        resolver=cursor,
        directives=[A_CHANGE],
        description="The cursor of the change that the event is about.",
    )
    type: str = strawberry.field(
        directives=[Example(value="COMPANY_UPDATED")], description="The `type` of the event."
    )
    npi: NPI | None = strawberry.field(description="The NPI of the company that the event is about.")
    attempt: int = strawberry.field(
        directives=[Example(value="1")], description="The number of this attempt for the event, from 1."
    )
    status: int | None = strawberry.field(
        directives=[Example(value="200")], description="The answer's HTTP status; null if there was none."
    )
    outcome: WebhookOutcome = strawberry.field(description="What came of it.")
    duration_ms: int = strawberry.field(
        directives=[Example(value="85")], description="How long it took, in milliseconds."
    )
    attempted_at: datetime = strawberry.field(description="When it was sent.")


@strawberry.type(description="An edge of a page of deliveries.")
class WebhookDeliveryEdge:
    """An edge, resolved from an EdgeRow."""

    cursor: str = strawberry.field(resolver=paging.edge_cursor, description="Where to continue after it.")
    node: WebhookDelivery = strawberry.field(resolver=paging.edge_node, description="The attempt.")


@strawberry.type(description="A page of deliveries to a webhook.")
class WebhookDeliveryConnection:
    """A connection, resolved from a Slice."""

    edges: list[WebhookDeliveryEdge] = strawberry.field(
        resolver=paging.slice_edges, description="The attempts with their cursors."
    )
    nodes: list[WebhookDelivery] = strawberry.field(
        resolver=paging.slice_nodes, description="The attempts without their cursors."
    )
    page_info: PageInfo = strawberry.field(resolver=own_row, description="Where the page is in the list.")


@strawberry.type(description="How far a webhook is behind the log of changes.")
class WebhookLag:
    """A Lag of db/webhooks.py."""

    changes: int = strawberry.field(
        description=f"How many changes it hasn't reached, whether they match or not; counted up to {MOST_COUNTED}."
    )
    seconds: float = strawberry.field(
        directives=[Example(value="0.4")],
        description="How many seconds the first of these has waited; 0 if there is none.",
    )


@batched("id")
async def lags_of_webhooks(context: Context, parents: Sequence[WebhookRow]) -> list[WebhookLag]:
    """Return how far the log is ahead of each webhook."""
    found = await webhooks.lags(context.database, [row["id"] for row in parents])
    return [found[row["id"]] for row in parents]  # type: ignore[misc]


@batched("id")
async def deliveries_of_webhooks(
    context: Context, parents: Sequence[WebhookRow], first: paging.First = None, after: BeforeAttempt = None
) -> list[WebhookDeliveryConnection]:
    """Return a page of what was sent to each webhook, the last first."""
    size, before = paging.page_size(first, "first"), change_id(after, of="an attempt")
    # Several may be the same one, where several sets of variables ask for it.
    ids = list(dict.fromkeys(row["id"] for row in parents))
    pages = await webhooks.deliveries(context.database, ids, before, size)
    return [ChangeSlice(pages[row["id"]]) for row in parents]  # type: ignore[misc]


@strawberry.type(
    description=(
        "A URL of yours that events are sent to by HTTP POST, signed according to Standard Webhooks "
        "(https://www.standardwebhooks.com). Only you can see it."
    )
)
class Webhook:
    """A webhook, resolved from a row of webhooks."""

    row: ClassVar = WebhookRow

    id: strawberry.ID = strawberry.field(
        resolver=webhook_id,
        directives=[A_WEBHOOK],
        description="Its id, for `webhook`.",
    )
    url: str = strawberry.field(
        directives=[A_HOOK],
        description="The URL that events are sent to.",
    )
    description: str | None = strawberry.field(
        directives=[Example(value="For our CRM")], description="Your description of it."
    )
    topics: list[ChangeKind] | None = strawberry.field(
        description="The kinds of changes that are sent; null if you gave a subscription."
    )
    watch_list_id: strawberry.ID | None = strawberry.field(
        resolver=watch_list_id,
        directives=[A_WATCH_LIST],
        description="The watch list whose companies' changes are sent; null if all are.",
    )
    document: str = strawberry.field(
        directives=[Example(value="subscription { changes { kind npi } }")],
        description="The subscription whose answers are sent: yours, or the one made from your topics.",
    )
    operation_name: str | None = strawberry.field(
        directives=[Example(value="Changes")],
        description="Which operation of the document is used, if it has several.",
    )
    variables: JSON = strawberry.field(
        directives=[Example(value='{"npis": ["1234567893"]}')], description="The subscription's variables."
    )
    old_secret_until: datetime | None = strawberry.field(
        description="Until when the previous secret also signs, or did; null if there is none."
    )
    is_enabled: bool = strawberry.field(description="Whether events are sent.")
    disabled_reason: str | None = strawberry.field(
        directives=[Example(value="You disabled it.")], description="Why it is disabled; null if it is enabled."
    )
    disabled_at: datetime | None = strawberry.field(
        description="Since when it is disabled; null if it is enabled."
    )
    cursor: str = strawberry.field(
        resolver=cursor,
        directives=[A_CHANGE],
        description="The last change that was processed: its event was sent, or waits to be retried.",
    )
    lag: WebhookLag = strawberry.field(
        resolver=lags_of_webhooks, directives=[COUNTED], description="The changes that it hasn't reached yet."
    )
    failures: int = strawberry.field(
        directives=[Example(value="0")],
        description="For how many companies in a row an event failed; from 3 on nothing new is sent.",
    )
    next_attempt_at: datetime | None = strawberry.field(
        description="The earliest time at which something is sent again; null if it needn't wait."
    )
    problem: str | None = strawberry.field(
        directives=[Example(value="The answer was 500.")], description="Why it makes no progress; null if it does."
    )
    deliveries: WebhookDeliveryConnection = strawberry.field(
        resolver=deliveries_of_webhooks,
        directives=[paging.PAGED_FORWARD],
        description="The deliveries of the last 30 days, the latest attempt first.",
    )
    created_at: datetime = strawberry.field(description="When it was registered.")
    updated_at: datetime = strawberry.field(description="When you last updated it.")
    version: int = strawberry.field(description="Counts your updates of it, from 1.")


@strawberry.type(description="An edge of a page of your webhooks.")
class WebhookEdge:
    """An edge, resolved from an EdgeRow."""

    cursor: str = strawberry.field(resolver=paging.edge_cursor, description="Where to continue after it.")
    node: Webhook = strawberry.field(resolver=paging.edge_node, description="The webhook.")


@strawberry.type(description="A page of your webhooks.")
class WebhookConnection:
    """A connection, resolved from a Slice."""

    edges: list[WebhookEdge] = strawberry.field(
        resolver=paging.slice_edges, description="The webhooks with their cursors."
    )
    nodes: list[Webhook] = strawberry.field(
        resolver=paging.slice_nodes, description="The webhooks without their cursors."
    )
    page_info: PageInfo = strawberry.field(resolver=own_row, description="Where the page is in the list.")


WEBHOOKS = Own("webhook", "webhooks", scalars.webhook_uuid, webhooks.OWNED)


@single
async def webhook(context: Context, id: WebhookId) -> Webhook | None:  # noqa: A002 - the argument's name in the schema
    """Return the viewer's webhook with this id."""
    return await WEBHOOKS.by_id(context, id)  # type: ignore[return-value]


@single
async def webhooks_page(
    context: Context,
    first: paging.First = None,
    after: paging.After = None,
    last: paging.Last = None,
    before: paging.Before = None,
) -> WebhookConnection:
    """Return a page of the viewer's webhooks."""
    return await WEBHOOKS.page(context, PageArguments(first, after, last, before))  # type: ignore[return-value]
