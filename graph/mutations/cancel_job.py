"""cancelJob: nobody works at a job any more, and nothing comes of it."""

from typing import Annotated

import strawberry

from db.edits import jobs
from graph.context import Context
from graph.mutations.editing import writing_of
from graph.mutations.job_payload import JobPayload
from graph.mutations.own import answer, find_own
from graph.mutations.rows import Row
from graph.mutations.user_error import Problems, UserErrorCode
from graph.mutations.verb import ValidateOnly
from graph.resolvers import single
from graph.types.examples import A_JOB
from graph.types.job import JOBS


@strawberry.input(description="A job to cancel.")
class CancelJobInput:
    """A job by its id."""

    id: strawberry.ID = strawberry.field(directives=[A_JOB], description="Which job.")


Input = Annotated[CancelJobInput, strawberry.argument(description="Which job.")]


@single
async def cancel_job(
    context: Context,
    input: Input,  # noqa: A002 - the argument's name in the schema
    validate_only: ValidateOnly = False,  # noqa: FBT002
) -> JobPayload:
    """Cancel a job."""
    row = Row(input, Problems(("input",)))
    locked = await find_own(context, row, JOBS, jobs.lock)
    if locked is not None:
        if locked["state"] in {"QUEUED", "RUNNING"}:
            await jobs.cancel(writing_of(context).transaction, locked["id"])
        else:
            row.problems.add(UserErrorCode.INVALID, f"The job has already ended: {locked['state']}.", "id")
    return answer(context, row, only_try=validate_only)  # type: ignore[return-value]
