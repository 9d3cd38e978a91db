"""replayWebhook: what was sent to a webhook after a change is sent once more."""

from typing import Annotated

import strawberry
from strawberry import UNSET

from db.edits import webhooks
from graph.context import Context
from graph.mutations.editing import require_version, writing_of
from graph.mutations.own import answer
from graph.mutations.rows import Row
from graph.mutations.user_error import Problems, UserErrorCode
from graph.mutations.verb import ValidateOnly
from graph.mutations.webhook_editing import lock_webhook, read_place
from graph.mutations.webhook_payload import WebhookPayload
from graph.resolvers import single
from graph.types.examples import A_CHANGE, A_WEBHOOK


@strawberry.input(description="A webhook, and how far to go back.")
class ReplayWebhookInput:
    """A webhook by its id, and a place in the log."""

    id: strawberry.ID = strawberry.field(directives=[A_WEBHOOK], description="Which webhook.")
    from_: str = strawberry.field(
        name="from",
        directives=[A_CHANGE],
        description="The cursor of the change after which everything is sent again, in order.",
    )
    if_version: int | None = strawberry.field(
        default=UNSET, description="Do it only if this is still its `version`."
    )


Input = Annotated[ReplayWebhookInput, strawberry.argument(description="Which webhook, and how far to go back.")]


@single
async def replay_webhook(
    context: Context,
    input: Input,  # noqa: A002 - the argument's name in the schema
    validate_only: ValidateOnly = False,  # noqa: FBT002
) -> WebhookPayload:
    """Have a webhook go back in the log."""
    row = Row(input, Problems(("input",)))
    locked = await lock_webhook(context, row)
    require_version(row, {})
    place = await read_place(context, row, input.from_)
    if locked is not None and not row.problems.found:
        if place > locked["cursor"]:
            message = f"It has only reached the cursor {locked['cursor']}; a replay can only go back."
            row.problems.add(UserErrorCode.INVALID, message, "from")
        else:
            await webhooks.go_to(writing_of(context).transaction, locked["id"], place)
    return answer(context, row, only_try=validate_only)  # type: ignore[return-value]
