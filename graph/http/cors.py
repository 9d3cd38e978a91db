"""Which pages of other sites may ask (Fetch, "CORS protocol"): Starlette's answers, its refusals in our shape."""

from starlette.datastructures import Headers
from starlette.middleware.cors import CORSMiddleware
from starlette.responses import JSONResponse, Response
from starlette.types import Receive, Scope, Send

from graph.errors import BadRequestError
from graph.http.reports import Report


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
        error = BadRequestError(self._message)
        content = {"errors": [Report(scope["trace_id"]).refused(error)]}
        await JSONResponse(content, self.status_code, self._others)(scope, receive, send)
