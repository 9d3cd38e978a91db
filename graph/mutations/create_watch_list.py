"""createWatchList: companies that a partner wants to hear of, under a name."""

from typing import Annotated
from uuid import uuid4

import strawberry
from strawberry import UNSET

from db.edits import watch_lists
from graph.context import Context
from graph.directives.cost import LONGEST_LIST
from graph.directives.example import Example
from graph.mutations.editing import writing_of
from graph.mutations.own import answer
from graph.mutations.rows import Row
from graph.mutations.user_error import Problems, UserErrorCode
from graph.mutations.verb import ValidateOnly
from graph.mutations.watch_filter_input import WatchFilterInput, read_filter
from graph.mutations.watch_list_editing import MAX_LISTS, read_name, read_npis, require_free_name
from graph.mutations.watch_list_payload import WatchListPayload
from graph.resolvers import single
from graph.types.scalars import NPI


@strawberry.input(description="A watch list to create, with NPIs or with a filter.")
class CreateWatchListInput:
    """A name, and NPIs or a filter."""

    name: str = strawberry.field(
        directives=[Example(value="Suppliers in Texas")],
        description="Its name, different from those of your other lists.",
    )
    npis: list[NPI] | None = strawberry.field(
        default=UNSET,
        description=f"At most {LONGEST_LIST}; `addToWatchList` adds more. They needn't be in the directory yet.",
    )
    filter: WatchFilterInput | None = strawberry.field(
        default=UNSET, description="The filter by which it finds companies; or give `npis`."
    )


Input = Annotated[CreateWatchListInput, strawberry.argument(description="Which companies to watch, and a name.")]


@single
async def create_watch_list(
    context: Context,
    input: Input,  # noqa: A002 - the argument's name in the schema
    validate_only: ValidateOnly = False,  # noqa: FBT002
) -> WatchListPayload:
    """Make a list."""
    row, writing = Row(input, Problems(("input",))), writing_of(context)
    row.part_id = uuid4()
    row.values = {
        "name": read_name(row),
        "filter": read_filter(input.filter, row.problems) if input.filter else None,
    }
    if bool(input.filter) == isinstance(input.npis, list):
        row.problems.add(UserErrorCode.INVALID, "Give either npis or filter.")
    npis = read_npis(row)
    taken = await watch_lists.lock_owner(writing.transaction, writing.author)
    require_free_name(row, taken)
    if len(taken) >= MAX_LISTS:
        row.problems.add(UserErrorCode.TOO_MANY, f"You have {len(taken)} watch lists; at most {MAX_LISTS} fit.")
    if not row.problems.found:
        await watch_lists.create(writing.transaction, row.part_id, writing.author, row.values, npis)
    return answer(context, row, only_try=validate_only)  # type: ignore[return-value]
