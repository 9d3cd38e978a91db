"""The upload that a job takes: what its input names by `upload`."""

from typing import Any

from db.edits import uploads
from graph.context import Context
from graph.errors import BadUserInputError
from graph.mutations.editing import writing_of
from graph.mutations.rows import Row
from graph.mutations.user_error import UserErrorCode
from graph.types.scalars import upload_uuid


async def take_upload(context: Context, row: Row[Any]) -> str | None:
    """Have a job take the file of the viewer's upload: its name, for `upload` of the job's arguments.

    None, and a problem, where the viewer has no such upload, or nothing was sent to it.
    """
    transaction, author = writing_of(context).transaction, writing_of(context).author
    try:
        id_ = upload_uuid(str(row.given.upload))
    except BadUserInputError as error:
        row.problems.add(UserErrorCode.INVALID, error.message, "upload")
        return None
    found = await uploads.lock(transaction, id_, author)
    if found is None:
        row.problems.add(UserErrorCode.NOT_FOUND, "You have no upload with this id, or none any more.", "upload")
        return None
    if found["file"] is None:
        message = "No file has been sent to this upload; PUT one to its `url`."
        row.problems.add(UserErrorCode.INVALID, message, "upload")
        return None
    await uploads.take(transaction, id_)
    name: str = found["file"]
    return name
