"""/docs/schema.graphql: the schema as text, as much of it as the viewer may use."""

import asyncio

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from graph import sdl
from graph.errors import ForbiddenError
from graph.identity.authentication import Authentication


class SchemaText:
    """Answers with the schema; `is_open` says whether the anonymous may have it as well."""

    def __init__(self, authentication: Authentication, *, is_open: bool) -> None:
        self._authentication = authentication
        self._is_open = is_open

    async def answer(self, request: Request) -> Response:
        """Answer one request; raises what `authenticate` does, or ForbiddenError as introspection."""
        viewer = await self._authentication.authenticate(request.headers.raw)
        if viewer.is_anonymous and not self._is_open:
            raise ForbiddenError("The schema is open to those with a token only.")
        headers = {"cache-control": "private, no-cache", "vary": "authorization"}
        # The first time for these roles it takes 0.1 s and more.
        text = await asyncio.to_thread(sdl.printed, viewer.roles)
        return PlainTextResponse(text, headers=headers)
