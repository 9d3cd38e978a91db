"""What mutations of webhooks answer, and how they end."""

from collections.abc import Mapping, Sequence
from typing import Any

import strawberry

from db import webhooks
from graph.context import Context
from graph.mutations.editing import writing_of
from graph.mutations.rows import Row
from graph.mutations.user_error import UserError
from graph.resolvers import batched, inlined, reads
from graph.types.webhook import Webhook

Payload = Mapping[str, Any]

NOTHING_DONE = "All that was wrong with the input; where it isn't empty, nothing was done."


@batched("part_id")
async def webhook_of_payloads(context: Context, parents: Sequence[Payload]) -> list[Webhook | None]:
    """The webhook that each payload is about; None where nothing was done."""
    ids = [each["part_id"] for each in parents if each["part_id"]]
    owner = writing_of(context).author
    found = dict(zip(ids, await webhooks.OWNED.by_id(context.database, ids, owner), strict=True)) if ids else {}
    return [found.get(each["part_id"]) for each in parents]


@reads()
def secret(root: Payload) -> str | None:
    """The secret that a payload shows, this once."""
    return root.get("secret")


@inlined('(None if {part_id} is None else "webhook:" + str({part_id}))')
def deleted_id(root: Payload) -> strawberry.ID | None:
    """The id that a deleted webhook had."""
    return None if root["part_id"] is None else strawberry.ID(f"webhook:{root['part_id']}")


@strawberry.type(description="What became of a webhook.")
class WebhookPayload:
    """The UUID of a webhook, or None, and rows of Problems."""

    webhook: Webhook | None = strawberry.field(
        resolver=webhook_of_payloads, description="The webhook as it is now; null where nothing was done."
    )
    user_errors: list[UserError] = strawberry.field(description=NOTHING_DONE)


@strawberry.type(description="What became of a webhook, and the secret that it has since.")
class WebhookSecretPayload:
    """The UUID of a webhook, or None, its new secret, and rows of Problems."""

    webhook: Webhook | None = strawberry.field(
        resolver=webhook_of_payloads, description="The webhook as it is now; null where nothing was done."
    )
    secret: str | None = strawberry.field(
        resolver=secret,
        description=(
            "What events are signed with, such as whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw. It is shown this once: "
            "keep it. Null where nothing was done, or it was only tried."
        ),
    )
    user_errors: list[UserError] = strawberry.field(description=NOTHING_DONE)


@strawberry.type(description="What became of a webhook that was to be deleted.")
class DeletedWebhookPayload:
    """The UUID of a webhook, or None, and rows of Problems."""

    deleted_id: strawberry.ID | None = strawberry.field(
        resolver=deleted_id, description="The id that it had; null where nothing was done."
    )
    user_errors: list[UserError] = strawberry.field(description=NOTHING_DONE)


def answer(context: Context, row: Row[Any], *, only_try: bool, **told: object) -> Payload:
    """End a mutation of the webhook that a row is about: with problems, nothing is kept; the payload.

    `told` is what it shows besides the webhook, where it was done.
    """
    writing = writing_of(context)
    if row.problems.found:
        writing.undo()
        return row.payload
    if only_try:
        writing.rehearse()
        return row.payload
    return {**row.payload, **told}
