"""addToWatchList: more NPIs in a list."""

from db.edits import watch_lists
from graph.context import Context
from graph.mutations.editing import require_version, writing_of
from graph.mutations.own import answer
from graph.mutations.rows import Row
from graph.mutations.user_error import Problems, UserErrorCode
from graph.mutations.verb import ValidateOnly
from graph.mutations.watch_list_editing import MAX_NPIS, lock_list_of_npis, read_npis
from graph.mutations.watch_list_npis import Input
from graph.mutations.watch_list_payload import WatchListPayload
from graph.resolvers import single


@single
async def add_to_watch_list(
    context: Context,
    input: Input,  # noqa: A002 - the argument's name in the schema
    validate_only: ValidateOnly = False,  # noqa: FBT002
) -> WatchListPayload:
    """Add NPIs to a list."""
    row = Row(input, Problems(("input",)))
    npis = read_npis(row)
    locked = await lock_list_of_npis(context, row)
    require_version(row, {})
    if locked is not None and not row.problems.found:
        size = await watch_lists.add(writing_of(context).transaction, locked["id"], npis)
        if size > MAX_NPIS:
            message = f"The list would have {size} NPIs; at most {MAX_NPIS} fit."
            row.problems.add(UserErrorCode.TOO_MANY, message, "npis")
    return answer(context, row, only_try=validate_only)  # type: ignore[return-value]
