"""createUpload: a link that a file is sent to, for a job to take."""

from secrets import token_bytes
from typing import Any
from uuid import uuid4

import strawberry

from db.edits import uploads
from graph.context import Context
from graph.links import LIFETIME
from graph.mutations.editing import writing_of
from graph.mutations.job_payload import KEY_BYTES
from graph.mutations.own import NOTHING_DONE, Payload, answer
from graph.mutations.rows import Row
from graph.mutations.user_error import Problems, UserError, UserErrorCode
from graph.resolvers import reads, single
from graph.types.upload import Upload

# Uploads of one owner that wait for their files.
MAX_WAITING = 20


@reads()
def upload_of(root: Payload) -> Upload | None:
    """The upload that a payload is about."""
    return root.get("upload")


@strawberry.type(description="The result of creating an upload.")
class CreateUploadPayload:
    """A row of uploads with the most bytes that are taken, or nothing, and rows of Problems."""

    upload: Upload | None = strawberry.field(
        resolver=upload_of, description="The upload; null if nothing was done."
    )
    user_errors: list[UserError] = strawberry.field(description=NOTHING_DONE)


@single
async def create_upload(context: Context) -> CreateUploadPayload:
    """Make an upload."""
    row: Row[Any] = Row(None, Problems())
    writing = writing_of(context)
    waiting = await uploads.count(writing.transaction, writing.author, LIFETIME)
    if waiting >= MAX_WAITING:
        message = f"{waiting} of your uploads wait for their files; send these, or wait until their links expire."
        row.problems.add(UserErrorCode.TOO_MANY, message)
        return answer(context, row, only_try=False)  # type: ignore[return-value]
    made = await uploads.create(writing.transaction, uuid4(), writing.author, token_bytes(KEY_BYTES))
    upload = {**made, "max_bytes": float(context.runner.max_upload_bytes)}
    return answer(context, row, only_try=False, upload=upload)  # type: ignore[return-value]
