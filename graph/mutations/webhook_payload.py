"""What mutations of webhooks answer."""

from collections.abc import Sequence

import strawberry

from db import webhooks
from graph.context import Context
from graph.directives.example import Example
from graph.mutations.own import NOTHING_DONE, Payload, own_of_payloads
from graph.mutations.user_error import UserError
from graph.resolvers import batched, inlined, reads
from graph.types.examples import A_WEBHOOK
from graph.types.webhook import Webhook


@batched("part_id")
async def webhook_of_payloads(context: Context, parents: Sequence[Payload]) -> list[Webhook | None]:
    """The webhook that each payload is about; None where nothing was done."""
    return await own_of_payloads(context, parents, webhooks.OWNED)


@reads()
def secret(root: Payload) -> str | None:
    """The secret that a payload shows, this once."""
    return root.get("secret")


@inlined('(None if {part_id} is None else "webhook:" + str({part_id}))')
def deleted_id(root: Payload) -> strawberry.ID | None:
    """The id that a deleted webhook had."""
    return None if root["part_id"] is None else strawberry.ID(f"webhook:{root['part_id']}")


@strawberry.type(description="The result of a mutation of a webhook.")
class WebhookPayload:
    """The UUID of a webhook, or None, and rows of Problems."""

    webhook: Webhook | None = strawberry.field(
        resolver=webhook_of_payloads, description="The webhook as it is now; null if nothing was done."
    )
    user_errors: list[UserError] = strawberry.field(description=NOTHING_DONE)


@strawberry.type(description="The result of a mutation of a webhook, with its new secret.")
class WebhookSecretPayload:
    """The UUID of a webhook, or None, its new secret, and rows of Problems."""

    webhook: Webhook | None = strawberry.field(
        resolver=webhook_of_payloads, description="The webhook as it is now; null if nothing was done."
    )
    secret: str | None = strawberry.field(
        resolver=secret,
        directives=[Example(value="whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")],
        description=(
            "What events are signed with, such as whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw. It is shown this once: "
            "keep it. Null if nothing was done, or with `validateOnly`."
        ),
    )
    user_errors: list[UserError] = strawberry.field(description=NOTHING_DONE)


@strawberry.type(description="The result of deleting a webhook.")
class DeletedWebhookPayload:
    """The UUID of a webhook, or None, and rows of Problems."""

    deleted_id: strawberry.ID | None = strawberry.field(
        resolver=deleted_id,
        directives=[A_WEBHOOK],
        description="The id that it had; null if nothing was done.",
    )
    user_errors: list[UserError] = strawberry.field(description=NOTHING_DONE)
