"""GET /files/{id}: the file of a job, or a part of it, for whoever has a link."""

from uuid import UUID

from starlette.requests import Request
from starlette.responses import FileResponse, Response

from db import jobs
from db.failures import DatabaseUnavailableError
from graph.errors import ForbiddenError, NotFoundError, ServiceUnavailableError
from graph.files import Files
from graph.links import is_good


class Downloads:
    """Serves the files of a folder; a link says which one, and until when."""

    def __init__(self, files: Files) -> None:
        self._files = files

    async def answer(self, request: Request) -> Response:
        """Answer with a file, or a part of it (RFC 9110, section 14).

        Raises NotFoundError, ForbiddenError or ServiceUnavailableError.
        """
        id_: UUID = request.path_params["id"]
        try:
            file = await jobs.file_of(request.state.database, id_)
        except DatabaseUnavailableError:
            raise ServiceUnavailableError("The database can't be reached right now; try again.") from None
        given = request.query_params
        # Nobody learns without a link whether there is a file.
        if file is None or not is_good(id_, file["key"], given.get("expires", ""), given.get("signature", "")):
            raise ForbiddenError("This link is invalid or has expired; get a new one from `job`.")
        path = self._files.path_of(file["file"])
        if not path.is_file():
            raise NotFoundError("The file isn't on this server; all servers must share one FILES_DIR.")
        headers = {"etag": f'"{file["sha256"]}"', "cache-control": "private, no-transform"}
        return FileResponse(path, headers=headers, media_type="application/gzip", filename=file["file"])
