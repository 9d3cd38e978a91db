"""disableWebhook: nothing is sent to a webhook until it is enabled again."""

from db.edits import webhooks
from graph.context import Context
from graph.mutations.editing import require_version, writing_of
from graph.mutations.own import answer
from graph.mutations.rows import Row
from graph.mutations.user_error import Problems
from graph.mutations.verb import ValidateOnly
from graph.mutations.webhook_choice import Input
from graph.mutations.webhook_editing import lock_webhook
from graph.mutations.webhook_payload import WebhookPayload
from graph.resolvers import single

# What its owner reads as the reason.
BY_OWNER = "You have disabled it."


@single
async def disable_webhook(
    context: Context,
    input: Input,  # noqa: A002 - the argument's name in the schema
    validate_only: ValidateOnly = False,  # noqa: FBT002
) -> WebhookPayload:
    """Have nothing sent to a webhook."""
    row = Row(input, Problems(("input",)))
    locked = await lock_webhook(context, row)
    require_version(row, {})
    if locked is not None and not row.problems.found:
        await webhooks.disable(writing_of(context).transaction, locked["id"], BY_OWNER)
    return answer(context, row, only_try=validate_only)  # type: ignore[return-value]
