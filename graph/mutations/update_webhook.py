"""updateWebhook: another address, or something else to be sent there."""

from collections.abc import Mapping
from typing import Annotated, Any

import strawberry
from strawberry import UNSET

from db.edits import webhooks
from db.edits.edit import Edit
from graph.context import Context
from graph.mutations.editing import require_version, writing_of
from graph.mutations.own import answer
from graph.mutations.rows import Row
from graph.mutations.user_error import Problems, UserErrorCode
from graph.mutations.verb import ValidateOnly
from graph.mutations.webhook_editing import checker_of, lock_webhook, owner_in, read_description, read_url
from graph.mutations.webhook_payload import WebhookPayload
from graph.mutations.webhook_subscription import (
    WebhookSubscriptionInput,
    read_subscription,
    require_subscription,
    subscription_in,
)
from graph.resolvers import single
from graph.types.change import ChangeKind
from graph.types.change_filter import ChangeFilter
from graph.types.examples import A_HOOK, A_WEBHOOK


@strawberry.input(description="New values of a webhook: fields that are left out stay as they are.")
class UpdateWebhookInput:
    """A webhook by its id, and what to write."""

    id: strawberry.ID = strawberry.field(directives=[A_WEBHOOK], description="Which webhook.")
    url: str | None = strawberry.field(directives=[A_HOOK], default=UNSET, description="Where to send events.")
    topics: list[ChangeKind] | None = strawberry.field(
        default=UNSET,
        description="The kinds of changes to send; with `filter`, they replace the subscription.",
    )
    filter: ChangeFilter | None = strawberry.field(
        default=UNSET, description="Which changes of these kinds; only with `topics`."
    )
    watch_list_id: strawberry.ID | None = strawberry.field(
        default=UNSET, description="Only changes of what your watch list finds; only with `topics`."
    )
    subscription: WebhookSubscriptionInput | None = strawberry.field(
        default=UNSET, description="The subscription whose answers to send; replaces topics and filter."
    )
    description: str | None = strawberry.field(default=UNSET, description="Your description of it.")
    if_version: int | None = strawberry.field(
        default=UNSET, description="Do it only if this is still its `version`."
    )


# The columns that are called as the fields are.
TOLD = ("url", "topics", "description")

Input = Annotated[UpdateWebhookInput, strawberry.argument(description="Which webhook, and its new values.")]


@single
async def update_webhook(
    context: Context,
    input: Input,  # noqa: A002 - the argument's name in the schema
    validate_only: ValidateOnly = False,  # noqa: FBT002
) -> WebhookPayload:
    """Write new values of a webhook, and have its events seen by the roles of today's token."""
    row, writing = Row(input, Problems(("input",))), writing_of(context)
    locked = await lock_webhook(context, row)
    new = await read_new(context, row)
    require_version(row, {name: value for name, value in new.items() if name in TOLD})
    if locked is not None and not row.problems.found:
        if "document" not in new:
            # The roles of today's token may open less than those of the last one.
            await require_subscription(context, row.problems, subscription_in(locked), "id")
        edit = Edit(locked, {**owner_in(context), **new})
        if edit.new and not row.problems.found:
            after = edit.after((*webhooks.EDITABLE, *webhooks.OF_OWNER))
            await webhooks.write(writing.transaction, locked["id"], after)
    return answer(context, row, only_try=validate_only)  # type: ignore[return-value]


async def read_new(context: Context, row: Row[Any]) -> Mapping[str, object]:
    """The columns that an input gives new values, checked."""
    given: Any = row.given
    values: dict[str, object] = {}
    if given.url is not UNSET:
        values["url"] = read_url(row, checker_of(context))
    if given.description is not UNSET:
        values["description"] = read_description(row)
    if given.topics not in (None, UNSET) or given.subscription:
        values |= await read_subscription(context, row)
    elif given.filter or given.watch_list_id:
        way = "filter" if given.filter else "watchListId"
        row.problems.add(UserErrorCode.INVALID, f"{way} is only for topics.", way)
    return values
