"""What mutations of jobs answer, and how one is asked for."""

from collections.abc import Mapping, Sequence
from secrets import token_bytes
from typing import Any
from uuid import uuid4

import strawberry

from db import jobs as kept
from db.edits import jobs
from db.edits.jobs import Rights
from graph.context import Context
from graph.mutations.editing import writing_of
from graph.mutations.own import NOTHING_DONE, Payload, answer, own_of_payloads
from graph.mutations.rows import Row
from graph.mutations.user_error import UserError, UserErrorCode
from graph.resolvers import batched
from graph.types.job import MAX_UNFINISHED, Job, JobKind

# Bytes of a key for HMAC with SHA-256 (RFC 2104, section 3).
KEY_BYTES = 32


@batched("part_id")
async def job_of_payloads(context: Context, parents: Sequence[Payload]) -> list[Job | None]:
    """The job that each payload is about; None where nothing was done."""
    return await own_of_payloads(context, parents, kept.OWNED)


@strawberry.type(description="The result of a mutation of a job.")
class JobPayload:
    """The UUID of a job, or None, and rows of Problems."""

    job: Job | None = strawberry.field(
        resolver=job_of_payloads,
        description="The job as it is now; null if nothing was done, or if a new one was only checked.",
    )
    user_errors: list[UserError] = strawberry.field(description=NOTHING_DONE)


async def ask_for(
    context: Context, row: Row[Any], kind: JobKind, arguments: Mapping[str, object], *, only_try: bool
) -> Payload:
    """Have a job done for the viewer, unless something is wrong with its input; the payload.

    With `only_try` there is none: it would have an id that nothing is found by. `arguments` are what its kind
    (graph/jobs/) is handed, as JSON.
    """
    writing, viewer = writing_of(context), context.viewer
    unfinished = await jobs.count(writing.transaction, writing.author)
    if unfinished >= MAX_UNFINISHED:
        message = f"{unfinished} of your jobs haven't ended; wait for one, or cancel one with cancelJob."
        row.problems.add(UserErrorCode.TOO_MANY, message)
    if not row.problems.found and not only_try:
        row.part_id = uuid4()
        rights = Rights(viewer.roles, viewer.companies, viewer.jti)
        key = token_bytes(KEY_BYTES)
        whose = (row.part_id, writing.author, rights)
        await jobs.create(writing.transaction, *whose, str(kind.value), dict(arguments), key)
    return answer(context, row, only_try=only_try)
