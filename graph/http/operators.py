"""Who may read what operators do: metrics, each check, and the whole schema by roles."""

from collections.abc import Awaitable, Callable
from hmac import compare_digest

from starlette.requests import Request
from starlette.responses import Response

from graph.errors import ForbiddenError
from graph.http.exchange import exchange_of
from graph.identity.authentication import Authentication
from graph.identity.refusal import refuse

Endpoint = Callable[[Request], Awaitable[Response]]


class Operators:
    """Lets ADMIN read, and who has the operators' `secret`; everyone, where it `is_open`: where one develops."""

    def __init__(self, authentication: Authentication, secret: str | None, *, is_open: bool) -> None:
        self._authentication = authentication
        self._secret = secret.encode() if secret else None
        self._is_open = is_open

    def only(self, endpoint: Endpoint, where: Callable[[Request], bool] = lambda _: True) -> Endpoint:
        """Return an endpoint that answers to those alone, `where` it matters; it raises what `require` does."""

        async def answer(request: Request) -> Response:
            if self._is_open or not where(request):
                return await endpoint(request)
            await self.require(request)
            response = await endpoint(request)
            response.headers["cache-control"] = "no-store"
            return response

        return answer

    async def require(self, request: Request) -> None:
        """Raise UnauthenticatedError or ForbiddenError for who may not read."""
        if self.has_secret(request):
            return
        viewer = await self._authentication.authenticate(request.headers.raw)
        if viewer.is_anonymous:
            refuse("MISSING")
        if "ADMIN" not in viewer.roles:
            raise ForbiddenError(f"{request.url.path} is open to ADMIN, and to OPERATIONS_TOKEN.", roles=["ADMIN"])

    def has_secret(self, request: Request) -> bool:
        """Return whether a request comes with the operators' secret."""
        authorization = exchange_of(request.scope).headers.get(b"authorization", b"")
        scheme, _, given = authorization.replace(b"\t", b" ").partition(b" ")
        if self._secret is None or scheme.lower() != b"bearer":
            return False
        return compare_digest(given.strip(), self._secret)
