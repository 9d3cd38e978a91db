"""The server's own address: a page for people, which leads each to what they came for; the places for programs."""

from collections.abc import Mapping
from importlib.metadata import version
from typing import Any, Final

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from graph.condition import Health
from graph.http.check_up import CheckUp
from graph.http.health import health_for
from graph.site.capabilities import PATH as CAPABILITIES
from graph.site.directory import Directory, Sight
from graph.site.door import prefers_html
from graph.site.frame import answer_page
from graph.site.front_page import HEALTH, Ways, write_front
from graph.site.schema_text import PATH as SCHEMA

# What leads on from here, for programs; the page for people has the same.
PLACES: Final = {
    "graphql": "/graphql",
    "docs": "/docs",
    "schema": SCHEMA,
    "capabilities": CAPABILITIES,
    "troubleshooting": "/docs/troubleshooting",
    "health": HEALTH,
}

HEADERS: Final = {"cache-control": "no-cache", "vary": "accept"}


class FrontPage:
    """Answers at /, and for browsers at /graphql where there is no GraphiQL.

    Everyone is told if something works less well where it `tells`.
    """

    def __init__(self, directory: Directory, check_up: CheckUp, ways: Ways, *, tells: bool) -> None:
        self._directory = directory
        self._check_up = check_up
        self._ways = ways
        self._tells = tells

    async def answer(self, request: Request) -> Response:
        """Answer one request."""
        if prefers_html(request.scope):
            return await self.page(request)
        health, sight = await self._look(request)
        told = {"name": "AriesOne", "version": version("ariesone"), "status": health}
        return JSONResponse({**told, "directory": told_of(sight), **PLACES}, headers=HEADERS)

    async def page(self, request: Request) -> Response:
        """Answer with the page."""
        health, sight = await self._look(request)
        origin = f"{request.url.scheme}://{request.headers.get('host', '')}"
        body = write_front(self._ways, origin, health, sight)
        return answer_page("Healthcare companies, and where they practise", body, headers=HEADERS, layout="plain")

    async def _look(self, request: Request) -> tuple[Health, Sight | None]:
        """Return how the server is, and what can be told of its directory."""
        health = await health_for(request, self._check_up, tells=self._tells)
        is_there = health is not Health.UNHEALTHY
        return health, await self._directory.look(request.state.database) if is_there else None


def told_of(sight: Sight | None) -> Mapping[str, Any] | None:
    """Return what programs are told of the directory; None if nothing can be."""
    if sight is None:
        return None
    return {
        "companies": sight.companies.value,
        "locations": sight.locations.value,
        "asOf": None if sight.as_of is None else sight.as_of.isoformat(),
        "isSample": sight.is_sample,
    }
