"""deleteWebhook: a webhook goes, with the log of what was sent to it."""

from db.edits import webhooks
from graph.context import Context
from graph.mutations.editing import require_version, writing_of
from graph.mutations.own import answer
from graph.mutations.rows import Row
from graph.mutations.user_error import Problems
from graph.mutations.verb import ValidateOnly
from graph.mutations.webhook_choice import Input
from graph.mutations.webhook_editing import lock_webhook
from graph.mutations.webhook_payload import DeletedWebhookPayload
from graph.resolvers import single


@single
async def delete_webhook(
    context: Context,
    input: Input,  # noqa: A002 - the argument's name in the schema
    validate_only: ValidateOnly = False,  # noqa: FBT002
) -> DeletedWebhookPayload:
    """Delete a webhook."""
    row = Row(input, Problems(("input",)))
    locked = await lock_webhook(context, row)
    require_version(row, {})
    if locked is not None and not row.problems.found:
        await webhooks.delete(writing_of(context).transaction, locked["id"])
    return answer(context, row, only_try=validate_only)  # type: ignore[return-value]
