"""What mutations of watch lists answer, and how they end."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

import strawberry

from db import watch_lists
from graph.context import Context
from graph.mutations.editing import writing_of
from graph.mutations.rows import Row
from graph.mutations.user_error import UserError
from graph.resolvers import batched, inlined
from graph.types.watch_list import WatchList

Payload = Mapping[str, Any]


@batched("list_id")
async def list_of_payloads(context: Context, parents: Sequence[Payload]) -> list[WatchList | None]:
    """The list that each payload is about; None where nothing was done."""
    ids = [each["list_id"] for each in parents if each["list_id"]]
    owner = writing_of(context).author
    found = dict(zip(ids, await watch_lists.OWNED.by_id(context.database, ids, owner), strict=True)) if ids else {}
    return [found.get(each["list_id"]) for each in parents]


@inlined('(None if {list_id} is None else "watch-list:" + str({list_id}))')
def deleted_id(root: Payload) -> strawberry.ID | None:
    """The id that a deleted list had."""
    return None if root["list_id"] is None else strawberry.ID(f"watch-list:{root['list_id']}")


@strawberry.type(description="What became of a watch list.")
class WatchListPayload:
    """The id of a list, or None, and rows of Problems."""

    watch_list: WatchList | None = strawberry.field(
        resolver=list_of_payloads, description="The list as it is now; null where nothing was done."
    )
    user_errors: list[UserError] = strawberry.field(
        description="All that was wrong with the input; where it isn't empty, nothing was done."
    )


@strawberry.type(description="What became of a watch list that was to be deleted.")
class DeletedWatchListPayload:
    """The id of a list, or None, and rows of Problems."""

    deleted_id: strawberry.ID | None = strawberry.field(
        resolver=deleted_id, description="The id that it had; null where nothing was done."
    )
    user_errors: list[UserError] = strawberry.field(
        description="All that was wrong with the input; where it isn't empty, nothing was done."
    )


def answer(context: Context, row: Row[Any], *, only_try: bool, made: UUID | None = None) -> Payload:
    """End a mutation of the list that a row has locked, or `made`: with problems, nothing is kept; the payload."""
    writing = writing_of(context)
    if row.problems.found:
        writing.undo()
        return {"list_id": None, "user_errors": row.problems.found}
    if only_try:
        writing.rehearse()
    return {"list_id": made or row.locked["id"], "user_errors": []}
