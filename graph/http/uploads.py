"""PUT /uploads/{id}: a file for jobs to take, from whoever has a link; it goes to disk piece by piece."""

import asyncio
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final
from uuid import UUID

from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response

from db import uploads
from db.engine import Database
from db.failures import DatabaseUnavailableError, LockedError, OutcomeUnknownError
from db.uploads import Received
from graph.errors import (
    BadRequestError,
    BodyTooLargeError,
    ForbiddenError,
    LinkExpiredError,
    ReplacementError,
    ServiceUnavailableError,
    UnsupportedMediaTypeError,
)
from graph.files import Files
from graph.http.exchange import exchange_of
from graph.links import is_over, is_signed

PUT: Final = "PUT"
# Bytes that are written at a time. A client has as long for each piece as others have for a whole request.
PIECE: Final = 256 * 1024
# Files that one process receives at a time.
MOST: Final = 16
# How a file may be coded that is sent: as it is kept.
CODINGS: Final = frozenset({"identity", "gzip", "x-gzip"})

TAKEN: Final = "A job has taken this upload, so its file can't be replaced; make another one with `createUpload`."

log = logging.getLogger("ariesone.uploads")


class Uploads:
    """Receives files of at most so many bytes into a folder; a link says for which upload, and until when."""

    def __init__(self, files: Files, max_bytes: int) -> None:
        self._files = files
        self._max_bytes = max_bytes
        self._receiving: set[UUID] = set()

    async def answer(self, request: Request) -> Response:
        """Receive a file, and answer with its size and digest; one that was sent before is replaced.

        Raises a ClientError for a link that isn't good, a file that isn't taken, and where it can't be kept.
        """
        id_: UUID = request.path_params["id"]
        try:
            await require_link(request, id_)
            self._require_fitting(request)
            with self._turn(id_):
                received = await self._receive(request)
            await self._keep(request.state.database, id_, received)
        except (DatabaseUnavailableError, LockedError):
            raise ServiceUnavailableError("The database can't be reached right now; try again.") from None
        except ClientDisconnect:
            raise BadRequestError("The connection was closed before the file was complete.") from None
        except OSError as error:
            log.warning("the file of upload %s can't be written: %s", id_, error)
            raise ServiceUnavailableError("The file can't be written at the moment; try again later.") from None
        return JSONResponse({"id": f"upload:{id_}", "bytes": received.bytes, "sha256": received.sha256})

    def _require_fitting(self, request: Request) -> None:
        """Refuse by its headers a file that isn't taken, before it is sent where the client waits for that."""
        if "content-range" in request.headers:
            raise BadRequestError("A part of a file isn't taken (Content-Range); send all of it.")
        if request.headers.get("content-encoding", "identity").strip().lower() not in CODINGS:
            raise UnsupportedMediaTypeError("A file is taken as it is, or with gzip round it.", "gzip, identity")
        if int(request.headers.get("content-length", 0)) > self._max_bytes:
            raise self._too_large()

    @contextmanager
    def _turn(self, id_: UUID) -> Iterator[None]:
        """Have one file come for an upload at a time, and no more than MOST in all."""
        if id_ in self._receiving or len(self._receiving) >= MOST:
            raise ServiceUnavailableError(
                "Another file of this upload, or too many others, are being sent now; try again."
            )
        self._receiving.add(id_)
        try:
            yield
        finally:
            self._receiving.remove(id_)

    async def _receive(self, request: Request) -> Received:
        """Write the body to a file, a piece after the other."""
        exchange, piece = exchange_of(request.scope), bytearray()
        with self._files.receiving() as file:
            async for chunk in request.stream():
                piece += chunk
                if file.bytes + len(piece) > self._max_bytes:
                    raise self._too_large()
                if len(piece) >= PIECE:
                    await asyncio.to_thread(file.write, bytes(piece))
                    piece.clear()
                    if exchange.renew is not None:
                        exchange.renew()
            await asyncio.to_thread(file.write, bytes(piece))
            if not file.bytes:
                raise BadRequestError("The body is empty; send the file as it is.")
        return Received(file.name, file.bytes, file.sha256)

    async def _keep(self, database: Database, id_: UUID, received: Received) -> None:
        """Record a file, and remove what it replaces; or remove it where it can't be recorded."""
        try:
            replaced = await uploads.receive(database, id_, received)
        except OutcomeUnknownError:
            # Removed in some days if it wasn't recorded.
            raise
        except Exception:
            self._files.remove(received.file)
            raise
        if replaced is None:
            self._files.remove(received.file)
            raise ReplacementError(TAKEN)
        for name in replaced:
            self._files.remove(name)

    def _too_large(self) -> BodyTooLargeError:
        return BodyTooLargeError(f"The file is longer than {self._max_bytes:,} bytes, the most that is taken.")


async def require_link(request: Request, id_: UUID) -> None:
    """Raise ForbiddenError, LinkExpiredError or ReplacementError unless a request has a good link to an upload."""
    link = await uploads.link_of(request.state.database, id_)
    expires = request.query_params.get("expires", "")
    # Nobody learns without a link whether there is an upload.
    if link is None or not is_signed(id_, link["key"], expires, request.query_params.get("signature", "")):
        raise ForbiddenError(
            "This link is invalid, or its upload has been removed; get another with `createUpload`."
        )
    if is_over(expires):
        raise LinkExpiredError("This link has expired; get another one with `createUpload`.")
    if link["is_taken"]:
        raise ReplacementError(TAKEN)
