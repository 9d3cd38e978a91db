"""enableWebhook: events are sent again, from where they stopped or from another place."""

from typing import Annotated

import strawberry
from strawberry import UNSET

from db.edits import webhooks
from graph.context import Context
from graph.mutations.editing import require_version, writing_of
from graph.mutations.own import answer
from graph.mutations.rows import Row
from graph.mutations.user_error import Problems
from graph.mutations.verb import ValidateOnly
from graph.mutations.webhook_editing import lock_webhook, owner_in, read_place
from graph.mutations.webhook_payload import WebhookPayload
from graph.mutations.webhook_subscription import require_subscription, subscription_in
from graph.resolvers import single
from graph.types.examples import A_CHANGE, A_WEBHOOK


@strawberry.input(description="A webhook to enable.")
class EnableWebhookInput:
    """A webhook by its id, and where it goes on."""

    id: strawberry.ID = strawberry.field(directives=[A_WEBHOOK], description="Which webhook.")
    from_: str | None = strawberry.field(
        name="from",
        default=UNSET,
        directives=[A_CHANGE],
        description=(
            "The cursor of the change after which to resume, dropping the events that wait; if left out, it "
            "resumes where it stopped."
        ),
    )
    if_version: int | None = strawberry.field(
        default=UNSET, description="Do it only if this is still its `version`."
    )


Input = Annotated[EnableWebhookInput, strawberry.argument(description="Which webhook, and where to resume.")]


@single
async def enable_webhook(
    context: Context,
    input: Input,  # noqa: A002 - the argument's name in the schema
    validate_only: ValidateOnly = False,  # noqa: FBT002
) -> WebhookPayload:
    """Have events sent to a webhook again, as the roles of today's token see them."""
    row, transaction = Row(input, Problems(("input",))), writing_of(context).transaction
    locked = await lock_webhook(context, row)
    require_version(row, {})
    if locked is not None:
        place = await read_place(context, row, input.from_ or str(await webhooks.place_of(transaction, locked)))
        await require_subscription(context, row.problems, subscription_in(locked), "id")
        if not row.problems.found:
            if input.from_:
                await webhooks.begin_at(transaction, locked["id"], place)
            await webhooks.enable(transaction, locked["id"], owner_in(context))
    return answer(context, row, only_try=validate_only)  # type: ignore[return-value]
