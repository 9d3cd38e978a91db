"""What mutations of watch lists answer."""

from collections.abc import Sequence

import strawberry

from db import watch_lists
from graph.context import Context
from graph.mutations.own import NOTHING_DONE, Payload, own_of_payloads
from graph.mutations.user_error import UserError
from graph.resolvers import batched, inlined
from graph.types.examples import A_WATCH_LIST
from graph.types.watch_list import WatchList


@batched("part_id")
async def list_of_payloads(context: Context, parents: Sequence[Payload]) -> list[WatchList | None]:
    """The list that each payload is about; None where nothing was done."""
    return await own_of_payloads(context, parents, watch_lists.OWNED)


@inlined('(None if {part_id} is None else "watch-list:" + str({part_id}))')
def deleted_id(root: Payload) -> strawberry.ID | None:
    """The id that a deleted list had."""
    return None if root["part_id"] is None else strawberry.ID(f"watch-list:{root['part_id']}")


@strawberry.type(description="The result of changing a watch list.")
class WatchListPayload:
    """The UUID of a list, or None, and rows of Problems."""

    watch_list: WatchList | None = strawberry.field(
        resolver=list_of_payloads, description="The list as it is now; null if nothing was done."
    )
    user_errors: list[UserError] = strawberry.field(description=NOTHING_DONE)


@strawberry.type(description="The result of deleting a watch list.")
class DeletedWatchListPayload:
    """The UUID of a list, or None, and rows of Problems."""

    deleted_id: strawberry.ID | None = strawberry.field(
        resolver=deleted_id,
        directives=[A_WATCH_LIST],
        description="The id that it had; null if nothing was done.",
    )
    user_errors: list[UserError] = strawberry.field(description=NOTHING_DONE)
