"""rotateWebhookSecret: a new secret, beside which the old one signs for a while."""

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
from graph.mutations.webhook_editing import checker_of, lock_webhook, new_secret, require_vault, text_of
from graph.mutations.webhook_payload import WebhookSecretPayload
from graph.resolvers import single
from graph.types.examples import A_WEBHOOK

# Hours that an old secret signs, and may.
OVERLAP = 24
LONGEST_OVERLAP = 168


@strawberry.input(description="A webhook whose secret to replace.")
class RotateWebhookSecretInput:
    """A webhook by its id, and for how long its old secret is good."""

    id: strawberry.ID = strawberry.field(directives=[A_WEBHOOK], description="Which webhook.")
    old_secret_hours: int = strawberry.field(
        default=OVERLAP,
        description=f"For how many hours the old secret also signs: 0 to {LONGEST_OVERLAP}; 0 if it has leaked.",
    )
    if_version: int | None = strawberry.field(
        default=UNSET, description="Do it only if this is still its `version`."
    )


Input = Annotated[RotateWebhookSecretInput, strawberry.argument(description="Which webhook.")]


@single
async def rotate_webhook_secret(
    context: Context,
    input: Input,  # noqa: A002 - the argument's name in the schema
    validate_only: ValidateOnly = False,  # noqa: FBT002
) -> WebhookSecretPayload:
    """Give a webhook another secret."""
    row, writing = Row(input, Problems(("input",))), writing_of(context)
    locked = await lock_webhook(context, row)
    require_version(row, {})
    vault, secret, hours = require_vault(row, checker_of(context)), new_secret(), input.old_secret_hours
    if not 0 <= hours <= LONGEST_OVERLAP:
        message = f"oldSecretHours is {hours}; it must be from 0 to {LONGEST_OVERLAP}."
        row.problems.add(UserErrorCode.INVALID, message, "oldSecretHours")
    if locked is not None and vault is not None and not row.problems.found:
        writing.is_secret = True
        await webhooks.rotate(writing.transaction, locked["id"], vault.seal(secret), hours)
    return answer(context, row, only_try=validate_only, secret=text_of(secret))  # type: ignore[return-value]
