"""deleteWatchList: a list goes, with its NPIs or its filter."""

from typing import Annotated

import strawberry
from strawberry import UNSET

from db.edits import watch_lists
from graph.context import Context
from graph.mutations.editing import require_version, writing_of
from graph.mutations.own import answer
from graph.mutations.rows import Row
from graph.mutations.user_error import Problems
from graph.mutations.verb import ValidateOnly
from graph.mutations.watch_list_editing import lock_list
from graph.mutations.watch_list_payload import DeletedWatchListPayload
from graph.resolvers import single
from graph.types.examples import A_WATCH_LIST


@strawberry.input(description="A watch list, and its version that you know.")
class DeleteWatchListInput:
    """A list by its id."""

    id: strawberry.ID = strawberry.field(directives=[A_WATCH_LIST], description="Which list.")
    if_version: int | None = strawberry.field(
        default=UNSET, description="Do it only if this is still its `version`."
    )


Input = Annotated[DeleteWatchListInput, strawberry.argument(description="Which list.")]


@single
async def delete_watch_list(
    context: Context,
    input: Input,  # noqa: A002 - the argument's name in the schema
    validate_only: ValidateOnly = False,  # noqa: FBT002
) -> DeletedWatchListPayload:
    """Delete a list."""
    row = Row(input, Problems(("input",)))
    locked = await lock_list(context, row)
    require_version(row, {})
    if locked is not None and not row.problems.found:
        await watch_lists.delete(writing_of(context).transaction, locked["id"])
    return answer(context, row, only_try=validate_only)  # type: ignore[return-value]
