"""/graphql/schema.graphql: the schema as text, as much of it as the viewer may use."""

import asyncio
from functools import lru_cache
from typing import Final

from starlette.requests import Request
from starlette.responses import Response

from graph import sdl
from graph.errors import ForbiddenError
from graph.identity.authentication import Authentication
from graph.site.assets import Asset, made, served

PATH: Final = "/graphql/schema.graphql"
# Where it stood first; programs that were set up then find it there.
OLD_PATH: Final = "/docs/schema.graphql"

HEADERS: Final = {"cache-control": "private, no-cache", "vary": "authorization, accept-encoding"}


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
        return served(request, await asyncio.to_thread(text_for, viewer.roles), HEADERS)


# Four roles make sixteen sets.
@lru_cache(maxsize=16)
def text_for(roles: frozenset[str]) -> Asset:
    """Return the schema as these roles see it; the first time it takes 0.1 s and more."""
    return made(sdl.printed(roles).encode(), "text/plain")
