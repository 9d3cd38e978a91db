"""cancelJob: nobody works at a job any more, and nothing comes of it."""

from typing import Annotated
from uuid import UUID

import strawberry

from db.edits import jobs
from graph.context import Context
from graph.errors import BadUserInputError
from graph.mutations.editing import writing_of
from graph.mutations.job_payload import JobPayload, answer
from graph.mutations.rows import Row
from graph.mutations.user_error import Problems, UserErrorCode
from graph.mutations.verb import ValidateOnly
from graph.resolvers import single
from graph.types.scalars import job_uuid


@strawberry.input(description="A job that is to be called off.")
class CancelJobInput:
    """A job by its id."""

    id: strawberry.ID = strawberry.field(description="Which job.")


Input = Annotated[CancelJobInput, strawberry.argument(description="Which job.")]

# Nothing has this id.
NONE = UUID(int=0)


@single
async def cancel_job(
    context: Context,
    input: Input,  # noqa: A002 - the argument's name in the schema
    validate_only: ValidateOnly = False,  # noqa: FBT002
) -> JobPayload:
    """Call a job off."""
    row, writing, id_ = Row(input, Problems(("input",))), writing_of(context), NONE
    try:
        id_ = job_uuid(str(input.id))
    except BadUserInputError as error:
        row.problems.add(UserErrorCode.INVALID, error.message, "id")
    else:
        state = await jobs.lock_state(writing.transaction, id_, writing.author)
        if state is None:
            row.problems.add(UserErrorCode.NOT_FOUND, "You have no job with this id.", "id")
        elif state not in {"QUEUED", "RUNNING"}:
            row.problems.add(UserErrorCode.INVALID, f"It has ended already: {state}.", "id")
        else:
            await jobs.cancel(writing.transaction, id_)
    return answer(context, row, id_, only_try=validate_only)  # type: ignore[return-value]
