"""testWebhook: one event is sent to a webhook to see what comes of it; nothing else moves."""

from collections.abc import Mapping
from typing import Annotated, Any

import strawberry

from db.edits import webhooks
from graph.context import Context
from graph.directives.example import Example
from graph.mutations.editing import writing_of
from graph.mutations.own import NOTHING_DONE, Payload, answer
from graph.mutations.rows import Row
from graph.mutations.user_error import Problems, UserError
from graph.mutations.verb import ValidateOnly
from graph.mutations.webhook_editing import checker_of, find_webhook, require_vault, tell
from graph.mutations.webhook_payload import webhook_of_payloads
from graph.mutations.webhook_subscription import require_subscription, subscription_in
from graph.resolvers import reads, single
from graph.types.examples import A_WEBHOOK
from graph.types.webhook import Webhook
from graph.webhook_checker import RefusedError, Trial


@reads()
def trial_of(root: Payload) -> "WebhookTrial | None":
    """What came of the event that a payload is about."""
    return root.get("trial")


@strawberry.type(description="A test event, and the result of sending it.")
class WebhookTrial:
    """A Trial as a mapping."""

    message_id: str = strawberry.field(description="Its header `webhook-id`.")
    body: str = strawberry.field(
        directives=[Example(value='{"type": "COMPANY_UPDATED", "data": {"changes": {"npi": "1234567893"}}}')],
        description="Its body: a sample of what is sent, made from the last change that matches.",
    )
    status: int | None = strawberry.field(description="The answer's HTTP status; null if there was none.")
    duration_ms: int = strawberry.field(description="How long it took, in milliseconds.")
    problem: str | None = strawberry.field(description="What was wrong; null if nothing was.")


@strawberry.type(description="The result of testing a webhook.")
class TestWebhookPayload:
    """The UUID of a webhook, or None, a trial, and rows of Problems."""

    webhook: Webhook | None = strawberry.field(
        resolver=webhook_of_payloads,
        description="The webhook; null if nothing was sent, or it was deleted meanwhile.",
    )
    trial: WebhookTrial | None = strawberry.field(
        resolver=trial_of,
        description="The event and its result; null if nothing was sent, as with `validateOnly`.",
    )
    user_errors: list[UserError] = strawberry.field(description=NOTHING_DONE)


@strawberry.input(description="A webhook to test.")
class TestWebhookInput:
    """A webhook by its id."""

    id: strawberry.ID = strawberry.field(
        directives=[A_WEBHOOK],
        description="Which webhook; it needn't be enabled.",
    )


Input = Annotated[TestWebhookInput, strawberry.argument(description="Which webhook.")]


@single
async def test_webhook(
    context: Context,
    input: Input,  # noqa: A002 - the argument's name in the schema
    validate_only: ValidateOnly = False,  # noqa: FBT002, PT028 - no test of ours
) -> TestWebhookPayload:
    """Send a webhook one event, whose end is logged."""
    row, writing, checker = Row(input, Problems(("input",))), writing_of(context), checker_of(context)
    found, vault, told = await find_webhook(context, row), require_vault(row, checker), None
    if found is not None and vault is not None:
        # What is sent is told here, too, and the roles of today's token may open less than those of the last one.
        await require_subscription(context, row.problems, subscription_in(found), "id")
    if found is not None and not row.problems.found and not validate_only:
        try:
            trial = await checker.send_test(writing.database, found)
        except RefusedError as error:
            tell(row.problems, error)
        else:
            told = in_payload(trial)
            await webhooks.note_trial(writing.transaction, found["id"], {"cursor": found["cursor"], **told})
    return answer(context, row, only_try=validate_only, trial=told)  # type: ignore[return-value]


def in_payload(trial: Trial) -> Mapping[str, Any]:
    """A trial as its type reads it."""
    return {
        "message_id": trial.message_id,
        "body": trial.body,
        "status": trial.status,
        "duration_ms": round(trial.seconds * 1000),
        "problem": trial.problem,
    }
