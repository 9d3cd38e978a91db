"""updateWatchList: another name, or another filter."""

from collections.abc import Mapping
from typing import Annotated

import strawberry
from strawberry import UNSET

from db.edits import watch_lists
from db.edits.edit import Edit
from graph.context import Context
from graph.directives.example import Example
from graph.mutations.editing import require_version, writing_of
from graph.mutations.own import answer
from graph.mutations.rows import Row
from graph.mutations.user_error import Problems, UserErrorCode
from graph.mutations.verb import ValidateOnly
from graph.mutations.watch_filter_input import WatchFilterInput, read_filter
from graph.mutations.watch_list_editing import lock_list, read_name, require_free_name
from graph.mutations.watch_list_payload import WatchListPayload
from graph.resolvers import single
from graph.types.examples import A_WATCH_LIST


@strawberry.input(description="New values of a watch list: fields that are left out stay as they are.")
class UpdateWatchListInput:
    """A list by its id, and what to write."""

    id: strawberry.ID = strawberry.field(directives=[A_WATCH_LIST], description="Which list.")
    name: str | None = strawberry.field(
        default=UNSET, directives=[Example(value="Suppliers in Texas")], description="Its name."
    )
    filter: WatchFilterInput | None = strawberry.field(
        default=UNSET, description="The whole filter that replaces the present one."
    )
    if_version: int | None = strawberry.field(
        default=UNSET, description="Do it only if this is still its `version`."
    )


Input = Annotated[UpdateWatchListInput, strawberry.argument(description="Which list, and its new values.")]


@single
async def update_watch_list(
    context: Context,
    input: Input,  # noqa: A002 - the argument's name in the schema
    validate_only: ValidateOnly = False,  # noqa: FBT002
) -> WatchListPayload:
    """Write new values of a list."""
    row, writing = Row(input, Problems(("input",))), writing_of(context)
    row.values = read_new(row)
    taken = await watch_lists.lock_owner(writing.transaction, writing.author)
    locked = await lock_list(context, row)
    if locked is not None:
        require_free_name(row, taken, locked["id"])
        require_version(row, row.values)
        if "filter" in row.values and locked["filter"] is None:
            row.problems.add(UserErrorCode.INVALID, "This is a list of NPIs; it has no filter.", "filter")
        if not row.problems.found:
            await watch_lists.write(writing.transaction, Edit(locked, row.values))
    return answer(context, row, only_try=validate_only)  # type: ignore[return-value]


def read_new(row: Row[UpdateWatchListInput]) -> Mapping[str, object]:
    """The columns that an input gives new values, checked."""
    values: dict[str, object] = {}
    if row.given.name is not UNSET:
        values["name"] = read_name(row)
    if row.given.filter:
        values["filter"] = read_filter(row.given.filter, row.problems)
    elif row.given.filter is None:
        row.problems.add(UserErrorCode.BLANK, "A filter needs a test.", "filter")
    return values
