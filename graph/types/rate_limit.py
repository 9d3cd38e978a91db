"""What an operation costs, and what is left for others: told beside its data, or in place of running it."""

from datetime import datetime
from typing import Annotated

import strawberry

from graph.context import Context, Spending
from graph.directives.example import Example
from graph.resolvers import reads, single

DryRun = Annotated[
    bool | None,
    strawberry.argument(
        description="Leave out all other root fields, as `@skip` would, so that nothing but this is run."
    ),
]


@reads()
def cost(root: Spending) -> float:
    """Return the most that the operation can cost."""
    return root.cost


@reads()
def limit(root: Spending) -> int | None:
    """Return what the bucket holds."""
    return root.limit


@reads()
def remaining(root: Spending) -> int | None:
    """Return what is left in the bucket."""
    return root.remaining


@reads()
def reset_at(root: Spending) -> datetime | None:
    """Return when the bucket is full again."""
    return root.reset_at


@strawberry.type(description="What an operation costs, and the bucket that pays for it.")
class RateLimit:
    """What an operation costs and what is left, resolved from the context's."""

    cost: float = strawberry.field(
        resolver=cost,
        directives=[Example(value="12.4")],
        description="The most that the whole operation can cost, by `@cost` and `@listSize`: `221.1`.",
    )
    limit: int | None = strawberry.field(
        resolver=limit, description="The size of the bucket; null if there is no rate limit."
    )
    remaining: int | None = strawberry.field(
        directives=[Example(value="987")],
        resolver=remaining,
        description="What is left of it after this operation; null if `limit` is.",
    )
    reset_at: datetime | None = strawberry.field(
        resolver=reset_at, description="When it will be full again without further requests; null if `limit` is."
    )


@single
async def rate_limit(context: Context, dry_run: DryRun = False) -> RateLimit | None:  # noqa: ARG001, FBT002 - whoever runs the operation has looked at it; as in the schema
    """Return what the operation costs."""
    return context.spending  # type: ignore[return-value]
