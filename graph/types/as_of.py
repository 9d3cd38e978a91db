"""As of when something is asked for: a moment, or a change; what is read below it is as it was then."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Annotated

import strawberry
from strawberry import UNSET

from db import past
from db.past import Past
from graph.context import Context
from graph.errors import BadUserInputError, InvalidCursorError
from graph.execution.sources import Move
from graph.loaders import ALONE
from graph.types.change_feed import change_id
from graph.types.examples import A_CHANGE
from graph.types.guards import CONTACT


@strawberry.input(
    description="A moment in the past: give `time`, or the `cursor` of the change just after which it was."
)
class AsOf:
    """An instant or a change's cursor."""

    time: datetime | None = strawberry.field(
        default=UNSET,
        description="An instant such as 2026-11-01T00:00:00Z: with all changes recorded until then.",
    )
    cursor: str | None = strawberry.field(
        default=UNSET,
        directives=[A_CHANGE],
        description="A change's cursor such as 4711, from `changes`, `history` or `dataset`.",
    )


AsOfThen = Annotated[
    AsOf | None,
    strawberry.argument(
        description="As of when, with everything selected below; now if left out.", directives=[CONTACT]
    ),
]


async def turn_back(context: Context, as_of: AsOf) -> Context:
    """The context in which everything is as it was; raises BadUserInputError where nobody knows what was."""
    cursor = await cursor_of(context, as_of)
    first, last = await past.bounds(context.database)
    if cursor > last:
        raise InvalidCursorError("asOf names a change that hasn't been made.", field="asOf")
    if cursor < first:
        raise BadUserInputError(
            f"What was then isn't known: it can be read back to the change with the cursor {first}.", field="asOf"
        )
    return replace(context, database=Past(context.database, cursor), loaders=ALONE)


async def cursor_of(context: Context, as_of: AsOf) -> int:
    """The last change of a moment; raises BadUserInputError for one that is still to come."""
    if isinstance(as_of.time, datetime) is isinstance(as_of.cursor, str):
        raise BadUserInputError("Give asOf either time or cursor.", field="asOf")
    if isinstance(as_of.time, datetime):
        if as_of.time > datetime.now(UTC):
            raise BadUserInputError("asOf lies in the future.", field="asOf")
        return await past.cursor_at(context.database, as_of.time)
    return change_id(as_of.cursor or "", "asOf.cursor") or 0


MOVE = Move("as_of", turn_back)
