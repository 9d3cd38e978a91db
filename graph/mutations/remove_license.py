"""removeLicense: one that a company hasn't any more, or that was entered by mistake."""

import strawberry
from strawberry import UNSET

from db.changes import Change
from db.edits import licenses
from graph.context import Context
from graph.mutations.editing import lock_licenses, require_version, writing_of
from graph.mutations.payload import OF_LICENSE
from graph.mutations.rows import Rows
from graph.mutations.verb import Verb
from graph.types.examples import A_LICENSE


@strawberry.input(description="A license, and its version that you know.")
class RemoveLicenseInput:
    """A license by its id."""

    id: strawberry.ID = strawberry.field(
        directives=[A_LICENSE],
        description="Which license, by its global id.",
    )
    if_version: int | None = strawberry.field(
        default=UNSET, description="Do it only if this is still its `version`."
    )


async def remove_licenses(context: Context, rows: Rows[RemoveLicenseInput]) -> list[Change]:
    """Remove licenses."""
    await lock_licenses(context, rows)
    for row in rows:
        require_version(row, {})
    removed = [row.locked for row in rows.to_write]
    return await licenses.remove(writing_of(context).transaction, removed)


REMOVE_LICENSE = Verb(remove_licenses, RemoveLicenseInput, "Which license.", OF_LICENSE)
