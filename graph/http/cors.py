"""Which pages of other sites may ask (Fetch, "CORS protocol"): Starlette's answers, its refusals in our shape."""

from starlette.datastructures import Headers
from starlette.middleware.cors import CORSMiddleware
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from graph.errors import BadRequestError
from graph.http.exchange import exchange_of
from graph.http.refusal import refuse_status


class Cors(CORSMiddleware):
    """Tells browsers which origins, methods and headers are allowed."""

    def preflight_response(self, request_headers: Headers) -> Response:
        """Return the answer to a preflight."""
        answer = super().preflight_response(request_headers)
        return answer if answer.status_code < BadRequestError.status else RefusedPreflight(answer)


class RefusedPreflight(Response):
    """A refusal of Starlette's, with its headers, as an error."""

    def __init__(self, refused: Response) -> None:
        super().__init__(status_code=refused.status_code)
        self._message = f"{bytes(refused.body).decode()}."
        self._others = {name: each for name, each in refused.headers.items() if not name.startswith("content-")}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer."""
        answer = refuse_status(self.status_code, self._message, exchange_of(scope), self._others)
        await answer(scope, receive, send)
