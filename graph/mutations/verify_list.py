"""verifyList: a list of NPIs that was sent, each row written with the verdict on its number."""

from typing import Annotated

import strawberry
from strawberry import UNSET

from graph.context import Context
from graph.directives.example import Example
from graph.mutations.job_payload import JobPayload, ask_for
from graph.mutations.rows import Row
from graph.mutations.texts import Texts
from graph.mutations.upload_choice import take_upload
from graph.mutations.user_error import Problems
from graph.mutations.verb import ValidateOnly
from graph.resolvers import single
from graph.types.job import JobKind

MOST_ROWS = 1_000_000
# Characters of a column's name.
MAX_COLUMN = 200


@strawberry.input(description="A list to verify.")
class VerifyListInput:
    """An upload, and which of its columns has the numbers."""

    upload: strawberry.ID = strawberry.field(
        description="The upload that the list was sent to: a CSV file, or one with a number on each line."
    )
    column: str | None = strawberry.field(
        default=UNSET,
        directives=[Example(value="NPI")],
        description="The column of the NPIs, by its name or its number from 1 on; if left out, it is detected.",
    )


Input = Annotated[VerifyListInput, strawberry.argument(description="Which list.")]


@single
async def verify_list(
    context: Context,
    input: Input,  # noqa: A002 - the argument's name in the schema
    validate_only: ValidateOnly = False,  # noqa: FBT002
) -> JobPayload:
    """Have a list verified."""
    row = Row(input, Problems(("input",)))
    arguments = {
        "upload": await take_upload(context, row),
        "column": Texts(row.problems).text(input.column or None, MAX_COLUMN, "column"),
    }
    return await ask_for(context, row, JobKind.VERIFY_LIST, arguments, only_try=validate_only)  # type: ignore[return-value]
