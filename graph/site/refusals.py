"""What is refused outside of the endpoint: a page that leads on for browsers, the one JSON shape for programs."""

from html import escape
from http import HTTPStatus

from starlette.requests import Request
from starlette.responses import Response

from graph.errors import ClientError
from graph.http import refusal
from graph.http.exchange import exchange_of
from graph.site.door import prefers_html
from graph.site.frame import answer_page

# Where one may have wanted to go.
WAYS = {
    "/": "what this server is",
    "/graphql": "the API, and GraphiQL if this server shows it",
    "/docs": "how to use it",
    "/docs/troubleshooting": "what each error means",
}


async def answer_error(request: Request, error: Exception) -> Response:
    """Answer what one of the routes refuses."""
    answer = await refusal.answer_error(request, error)
    if not prefers_html(request.scope):
        answer.headers.add_vary_header("accept")
        return answer
    title = f"{answer.status_code} {HTTPStatus(answer.status_code).phrase}"
    message = str(error) if isinstance(error, ClientError) else "These places are here:"
    ways = "".join(f'<li><a href="{place}">{place}</a>: {what}</li>' for place, what in WAYS.items())
    trace = f"<p>Trace <code>{exchange_of(request.scope).trace_id}</code>.</p>"
    body = f"<h1>{title}</h1><p>{escape(message)}</p><ul>{ways}</ul>{trace}"
    kept = {name: value for name, value in answer.headers.items() if not name.startswith("content-")}
    return answer_page(title, body, answer.status_code, kept)
