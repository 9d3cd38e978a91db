"""A webhook and the version of it that somebody has seen, for the verbs that need no more."""

from typing import Annotated

import strawberry
from strawberry import UNSET

from graph.types.examples import A_WEBHOOK


@strawberry.input(description="A webhook, and its version that you know.")
class WebhookChoiceInput:
    """A webhook by its id."""

    id: strawberry.ID = strawberry.field(directives=[A_WEBHOOK], description="Which webhook.")
    if_version: int | None = strawberry.field(
        default=UNSET, description="Do it only if this is still its `version`."
    )


Input = Annotated[WebhookChoiceInput, strawberry.argument(description="Which webhook.")]
