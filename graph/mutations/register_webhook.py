"""registerWebhook: a place of a partner's that events are sent to from now on."""

from typing import Annotated
from uuid import uuid4

import strawberry
from strawberry import UNSET

from db.edits import webhooks
from graph.context import Context
from graph.mutations.editing import writing_of
from graph.mutations.own import answer
from graph.mutations.rows import Row
from graph.mutations.user_error import Problems, UserErrorCode
from graph.mutations.verb import ValidateOnly
from graph.mutations.webhook_editing import (
    MAX_URL,
    MAX_WEBHOOKS,
    checker_of,
    new_secret,
    owner_in,
    read_description,
    read_place,
    read_url,
    require_vault,
    text_of,
)
from graph.mutations.webhook_payload import WebhookSecretPayload
from graph.mutations.webhook_subscription import WebhookSubscriptionInput, read_subscription
from graph.resolvers import single
from graph.types.change import ChangeKind
from graph.types.change_filter import ChangeFilter
from graph.types.examples import A_CHANGE, A_HOOK


@strawberry.input(description="A webhook to register: for kinds of changes, or for a subscription.")
class RegisterWebhookInput:
    """An address, and what is to be sent there."""

    url: str = strawberry.field(
        directives=[A_HOOK],
        description=f"Where to send events: an https:// URL without user or password, up to {MAX_URL} characters.",
    )
    topics: list[ChangeKind] | None = strawberry.field(
        default=UNSET, description="The kinds of changes to send; or give `subscription`."
    )
    filter: ChangeFilter | None = strawberry.field(
        default=UNSET, description="Which changes of these kinds; all if left out."
    )
    watch_list_id: strawberry.ID | None = strawberry.field(
        default=UNSET, description="Only changes of what your watch list finds; only with `topics`."
    )
    subscription: WebhookSubscriptionInput | None = strawberry.field(
        default=UNSET, description="The subscription whose answers to send; or give `topics`."
    )
    from_: str | None = strawberry.field(
        name="from",
        default=UNSET,
        directives=[A_CHANGE],
        description="The cursor of the change after which to start; from now on, if left out.",
    )
    description: str | None = strawberry.field(default=UNSET, description="Your description of it.")


Input = Annotated[RegisterWebhookInput, strawberry.argument(description="Where to send which changes.")]


@single
async def register_webhook(
    context: Context,
    input: Input,  # noqa: A002 - the argument's name in the schema
    validate_only: ValidateOnly = False,  # noqa: FBT002
) -> WebhookSecretPayload:
    """Make a webhook."""
    row, writing, checker = Row(input, Problems(("input",))), writing_of(context), checker_of(context)
    row.part_id = uuid4()
    vault, secret = require_vault(row, checker), new_secret()
    row.values = {
        "url": read_url(row, checker),
        "description": read_description(row),
        "cursor": await read_place(context, row, input.from_ or None),
        **owner_in(context),
        **await read_subscription(context, row),
    }
    number = await webhooks.lock_owner(writing.transaction, writing.author)
    if number >= MAX_WEBHOOKS:
        row.problems.add(
            UserErrorCode.TOO_MANY, f"You have {number} webhooks; at most {MAX_WEBHOOKS} are allowed."
        )
    if vault is not None and not row.problems.found:
        writing.is_secret = True
        values = {**row.values, "secret": vault.seal(secret)}
        await webhooks.create(writing.transaction, row.part_id, writing.author, values)
    return answer(context, row, only_try=validate_only, secret=text_of(secret))  # type: ignore[return-value]
