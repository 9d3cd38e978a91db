"""The way in: GraphQL goes straight to its endpoint, everything else through Starlette's middleware and routes."""

from starlette.applications import Starlette
from starlette.types import ASGIApp, Receive, Scope, Send


class Entrance:
    """The whole server; pages of other sites (CORS) and people with a browser (GraphiQL) take the long way."""

    def __init__(self, graphql: ASGIApp, others: Starlette, path: str) -> None:
        self._graphql = graphql
        self.others = others
        self._path = path

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] == "http" and self._is_straight(scope):
            await self._graphql(scope, receive, send)
        else:
            await self.others(scope, receive, send)

    def _is_straight(self, scope: Scope) -> bool:
        return scope["path"] == self._path and scope["method"] == "POST" and not has_origin(scope)


def has_origin(scope: Scope) -> bool:
    """Return whether a page of another site may have sent a request."""
    return any(name == b"origin" for name, _ in scope["headers"])
