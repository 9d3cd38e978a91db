"""What the verbs of watch lists have in common: locking the viewer's own, and the bounds of what one holds."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from db.edits import watch_lists
from db.edits.watch_lists import LockedWatchList
from graph.context import Context
from graph.directives.cost import LONGEST_LIST
from graph.mutations.own import find_own
from graph.mutations.rows import Row
from graph.mutations.texts import Texts
from graph.mutations.user_error import UserErrorCode
from graph.types.watch_list import WATCH_LISTS

# Of one owner, and numbers of one list.
MAX_LISTS = 100
MAX_NPIS = 10_000
MAX_NAME = 200


async def lock_list(context: Context, row: Row[Any]) -> LockedWatchList | None:
    """Lock the viewer's list that an input names by `id`; None, and a problem, where there is none."""
    return await find_own(context, row, WATCH_LISTS, watch_lists.lock)


async def lock_list_of_npis(context: Context, row: Row[Any]) -> LockedWatchList | None:
    """The same of a list of NPIs, which a list with a filter is not."""
    locked = await lock_list(context, row)
    if locked is not None and locked["filter"] is not None:
        row.problems.add(UserErrorCode.INVALID, "This list finds companies by a filter; it has no NPIs.", "id")
    return locked


def read_name(row: Row[Any]) -> str | None:
    """The name that an input gives."""
    return Texts(row.problems).required(row.given.name, MAX_NAME, "name")


def require_free_name(row: Row[Any], taken: dict[str, UUID], own: UUID | None = None) -> None:
    """Tell where another list of the owner's has this name."""
    name = row.values.get("name")
    if name is not None and taken.get(str(name), own) != own:
        row.problems.add(UserErrorCode.TAKEN, "You have another watch list with this name.", "name")


def read_npis(row: Row[Any]) -> Sequence[str]:
    """The NPIs that an input gives, each once."""
    given = row.given.npis or ()
    if len(given) > LONGEST_LIST:
        message = f"npis lists {len(given)} NPIs; at most {LONGEST_LIST} at a time."
        row.problems.add(UserErrorCode.TOO_MANY, message, "npis")
        return ()
    return list(dict.fromkeys(given))
