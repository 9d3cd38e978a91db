"""What mutations of jobs answer, and how one is asked for."""

from collections.abc import Mapping, Sequence
from secrets import token_bytes
from typing import Any
from uuid import UUID, uuid4

import strawberry

from db import jobs as kept
from db.edits import jobs
from db.edits.jobs import Rights
from graph.context import Context
from graph.mutations.editing import writing_of
from graph.mutations.rows import Row
from graph.mutations.user_error import UserError, UserErrorCode
from graph.resolvers import batched
from graph.types.job import MAX_UNFINISHED, Job, JobKind

# Bytes of a key for HMAC with SHA-256 (RFC 2104, section 3).
KEY_BYTES = 32

Payload = Mapping[str, Any]


@batched("job_id")
async def job_of_payloads(context: Context, parents: Sequence[Payload]) -> list[Job | None]:
    """The job that each payload is about; None where nothing was done."""
    ids = [each["job_id"] for each in parents if each["job_id"]]
    owner = writing_of(context).author
    found = dict(zip(ids, await kept.OWNED.by_id(context.database, ids, owner), strict=True)) if ids else {}
    return [found.get(each["job_id"]) for each in parents]


@strawberry.type(description="What became of a job.")
class JobPayload:
    """The id of a job, or None, and rows of Problems."""

    job: Job | None = strawberry.field(
        resolver=job_of_payloads, description="The job as it is now; null where nothing was done."
    )
    user_errors: list[UserError] = strawberry.field(
        description="All that was wrong with the input; where it isn't empty, nothing was done."
    )


async def ask_for(
    context: Context, row: Row[Any], kind: JobKind, arguments: Mapping[str, object], *, only_try: bool
) -> Payload:
    """Have a job done for the viewer, unless something is wrong with its input; the payload.

    `arguments` are what its kind (graph/jobs/) is handed, as JSON.
    """
    writing, viewer, id_ = writing_of(context), context.viewer, uuid4()
    unfinished = await jobs.count(writing.transaction, writing.author)
    if unfinished >= MAX_UNFINISHED:
        message = f"{unfinished} jobs of yours haven't ended; wait for one, or call one off with cancelJob."
        row.problems.add(UserErrorCode.TOO_MANY, message)
    if not row.problems.found:
        rights = Rights(viewer.roles, viewer.companies)
        key = token_bytes(KEY_BYTES)
        await jobs.create(writing.transaction, id_, writing.author, rights, str(kind.value), dict(arguments), key)
    return answer(context, row, id_, only_try=only_try)


def answer(context: Context, row: Row[Any], id_: UUID, *, only_try: bool) -> Payload:
    """End a mutation of a job: with problems, nothing is kept; the payload."""
    writing = writing_of(context)
    if row.problems.found:
        writing.undo()
        return {"job_id": None, "user_errors": row.problems.found}
    if only_try:
        writing.rehearse()
    return {"job_id": id_, "user_errors": []}
