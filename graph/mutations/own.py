"""What the verbs of the viewer's own things have in common: finding one by its id, and what is answered."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, TypeVar
from uuid import UUID

from db.changes import Author
from db.owned import Owned
from db.transaction import Transaction
from graph.context import Context
from graph.errors import BadUserInputError
from graph.mutations.editing import writing_of
from graph.mutations.rows import Row
from graph.mutations.user_error import UserErrorCode
from graph.types.own import Own

Payload = Mapping[str, Any]
F = TypeVar("F")

NOTHING_DONE = "Everything that was wrong with the input; unless it is empty, nothing was done."


async def find_own(
    context: Context,
    row: Row[Any],
    own: Own[Any],
    find: Callable[[Transaction, UUID, Author], Awaitable[F | None]],
) -> F | None:
    """What of the viewer's an input names by `id`; None, and a problem, where it has no such thing."""
    writing = writing_of(context)
    try:
        row.part_id = own.uuid(str(row.given.id))
    except BadUserInputError as error:
        row.problems.add(UserErrorCode.INVALID, error.message, "id")
        return None
    found = row.locked = await find(writing.transaction, row.part_id, writing.author)
    if found is None:
        row.problems.add(UserErrorCode.NOT_FOUND, f"You have no {own.name} with this id.", "id")
    return found


async def own_of_payloads(context: Context, parents: Sequence[Payload], rows: Owned[Any]) -> list[Any]:
    """The thing that each payload is about; None where nothing was done."""
    ids = [each["part_id"] for each in parents if each["part_id"]]
    owner = writing_of(context).author
    found = dict(zip(ids, await rows.by_id(context.database, ids, owner), strict=True)) if ids else {}
    return [found.get(each["part_id"]) for each in parents]


def answer(context: Context, row: Row[Any], *, only_try: bool, **told: object) -> Payload:
    """End a mutation of what a row is about: with problems, nothing is kept; the payload.

    `told` is what it shows besides, where it was done.
    """
    writing = writing_of(context)
    if row.problems.found:
        writing.undo()
        return row.payload
    if only_try:
        writing.rehearse()
        return row.payload
    return {**row.payload, **told}
